"""Schedules: the right instants, and one run for each."""

from pathlib import Path

import pytest
from sqlalchemy import text

from savoirfaire.errors import RequestError
from savoirfaire.graphs.queueing.schedules import Schedule, Schedules, next_time, submit_due
from savoirfaire.knowledge.ledger import Ledger
from tests.graphs.working import opened


@pytest.mark.parametrize(
    ("cron", "zone", "after", "due"),
    [
        ("0 8 * * 1-5", "UTC", "2026-05-01T08:00:00.000Z", "2026-05-04T08:00:00.000Z"),
        ("0 8 * * *", "Europe/Paris", "2026-03-28T12:00:00.000Z", "2026-03-29T06:00:00.000Z"),
        ("0 8 * * *", "Europe/Paris", "2026-10-24T12:00:00.000Z", "2026-10-25T07:00:00.000Z"),
        ("0 0 29 2 *", "UTC", "2026-01-01T00:00:00.000Z", "2028-02-29T00:00:00.000Z"),
    ],
)
def test_next_time(cron: str, zone: str, after: str, due: str) -> None:
    """Times are told in their zone, also across the days when clocks change."""
    assert next_time(cron, zone, after) == due


@pytest.mark.parametrize(
    ("cron", "zone"),
    [
        ("", "UTC"),
        ("* * * *", "UTC"),
        ("0 0 0 * * *", "UTC"),
        ("61 * * * *", "UTC"),
        ("0 8 * * *", "Europe/Nowhere"),
        ("0 8 * * *", ""),
        ("0 8 * * *", "../etc/passwd"),
        ("0 0 31 2 *", "UTC"),
    ],
)
def test_no_time(cron: str, zone: str) -> None:
    """What names no time is refused."""
    with pytest.raises(RequestError):
        next_time(cron, zone, "2026-05-01T08:00:00.000Z")


async def test_once_for_each_time(tmp_path: Path) -> None:
    """What is due is submitted once, by whichever worker is first, and is due again later."""
    async with opened(tmp_path, "") as runs:
        scope = Ledger(runs.engine).add_client("acme", "en")
        kept = Schedules(runs.engine)
        kept.put(scope, Schedule("daily", "items", {"item": 1}, "0 8 * * *", "UTC"), by="ann")
        assert submit_due(runs) == []
        with runs.engine.begin() as connection:
            connection.execute(text("UPDATE schedules SET next_at = '2020-01-01T08:00:00.000Z'"))
        stale = kept.due()
        (run,) = submit_due(runs)
        assert submit_due(runs) == []
        (row,) = kept.of(scope)
        assert row.last_run == run
        assert row.next_at > "2026"
        kept.done(stale[0], "other")  # a worker that came second changes nothing
        assert kept.of(scope)[0].last_run == run
        assert [each.id for each in runs.list()] == [run]
        kept.remove(scope, "daily")
        assert kept.of(scope) == []
