"""What a day could not know is not told of it."""

import pytest

from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.times import AsOf
from tests.knowledge.brandos.conftest import Put
from tests.knowledge.brandos.test_filling import csv, values


@pytest.mark.parametrize(
    ("day", "points"),
    [("2024-10-31", 0), ("2024-11-29", 0), ("2024-11-30", 1), ("2025-01-05", 2)],
)
def test_points(brand_os: BrandOS, acme: ClientScope, put: Put, day: str, points: int) -> None:
    """A series ends with what was over on the day, and so do its quotes."""
    put(acme, "mail.csv", csv("month,opens\n2024-11,5\n2024-12,6\n2025-01,7\n"))
    brand_os.fill(acme)
    found = brand_os.list(acme, as_of=AsOf(day))
    assert [len(values(each)) for each in found] == ([points] if points else [])
    for each in found:
        assert [cite.field for cite in each.citations] == [
            f"/points/{n}/value" for n in range(points)
        ]


def test_what_is_dated_later(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """Editions and feedback of a later day are left out, and not missed as stale."""
    put(acme, "past/one.md", "# One\n", kind="edition", date="2025-02-28")
    data = {"about": "Draft", "quote": "Good.", "date": "2025-03-11"}
    made = brand_os.propose(acme, "feedback", data, citations=[], author="x@1")
    brand_os.accept(acme, made.id, by="kim")
    brand_os.fill(acme)
    assert brand_os.list(acme, as_of=AsOf("2025-02-15")) == []
    assert len(brand_os.list(acme, as_of=AsOf("2025-02-28"))) == 1
    assert len(brand_os.list(acme, as_of=AsOf("2025-03-11"))) == 2
    none = {gap.kind for gap in brand_os.gaps(acme, "2025-02-15") if gap.what == "none"}
    assert {"past_edition", "feedback"} <= none
