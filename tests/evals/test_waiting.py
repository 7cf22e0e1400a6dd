"""The benchmark of questions that wait, at a small size."""

from savoirfaire.evals.bench.waiting import waiting


def test_it_measures_a_page_one_that_goes_on_and_a_worker() -> None:
    """Every figure is there, and what is resumed ends."""
    told = waiting(20, resumed=1, idle=0.2)
    assert told["waiting"] == 20
    assert 0 < told["page_ms"] < 1000
    assert 0 < told["resume_ms"] < 5000
    assert told["worker_grows_mb"] < 100
