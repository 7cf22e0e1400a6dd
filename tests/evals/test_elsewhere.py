"""Frameworks that are measured beside ours, where they cannot be."""

import sys
from pathlib import Path

from savoirfaire.evals.bench import elsewhere
from savoirfaire.evals.bench.contestants import Job
from savoirfaire.evals.bench.frameworks import FRAMEWORKS


def test_each_is_installed_and_run() -> None:
    """What is installed is what there is a contestant for."""
    assert set(elsewhere.NEEDED) == set(FRAMEWORKS)


def test_no_place_for_them(tmp_path: Path) -> None:
    """An environment that cannot be made is said in place of figures."""
    (tmp_path / "elsewhere").write_text("in the way", "utf-8")
    told = elsewhere.frameworks(_job(tmp_path))
    assert set(told) == set(elsewhere.NEEDED)
    assert all("elsewhere" in each["error"] for each in told.values())


def test_one_that_fails(tmp_path: Path) -> None:
    """A contestant that cannot run is said with its reason."""
    assert elsewhere._contest(sys.executable, "none", _job(tmp_path)) == {
        "error": "KeyError: 'none'"
    }


def _job(folder: Path) -> Job:
    return Job(items=1, slots=1, base_url="http://127.0.0.1:9/v1", folder=folder)
