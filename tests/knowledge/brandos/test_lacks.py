"""What is missing is told from the records: kinds, staleness, ground, decisions."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from savoirfaire.knowledge.brandos.forms import KINDS
from savoirfaire.knowledge.brandos.lacks import Gap
from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.scope import ClientScope

Cite = Callable[..., Citation]


def add(brand_os: BrandOS, scope: ClientScope, kind: str, said: dict[str, Any], **more: Any) -> str:
    """Add an active record."""
    made = brand_os.propose(scope, kind, said, **{"citations": (), "author": "kim", **more})
    return brand_os.accept(scope, made.id, by="kim").id


def gaps(brand_os: BrandOS, scope: ClientScope, what: str, day: str = "2025-06-01") -> list[Gap]:
    """The gaps of one sort on a day."""
    return [gap for gap in brand_os.gaps(scope, day) if gap.what == what]


def series(*days: str, period: str = "week") -> dict[str, Any]:
    """Results of a channel on some days."""
    points = [{"date": day, "value": 1} for day in days]
    return {"channel": "mail", "metric": "opens", "period": period, "points": points}


def test_kinds_without_a_record(brand_os: BrandOS, acme: ClientScope) -> None:
    """Every kind is missed until it has an active record; a proposal is told, and not enough."""
    assert {gap.kind for gap in gaps(brand_os, acme, "none")} == set(KINDS)
    add(brand_os, acme, "competitor", {"name": "Bolt"})
    brand_os.propose(acme, "industry", {"name": "bread"}, citations=(), author="kim")
    missed = {gap.kind: gap.count for gap in gaps(brand_os, acme, "none")}
    assert set(missed) == set(KINDS) - {"competitor"}
    assert {kind for kind, count in missed.items() if count} == {"industry"}
    assert gaps(brand_os, acme, "waiting")[0].count == 1


@pytest.mark.parametrize(
    ("days", "today", "since"),
    [
        (("2025-03-01",), "2025-04-29", None),
        (("2025-03-01",), "2025-05-01", "2025-03-01"),
        (("2025-03-01", "2025-03-08", "2025-03-15", "2025-03-22"), "2025-04-12", None),
        (("2025-03-01", "2025-03-08", "2025-03-15", "2025-03-22"), "2025-04-13", "2025-03-22"),
        (("2022-01-01", "2023-01-01", "2024-01-01", "2025-01-01"), "2026-06-01", None),
    ],
)
def test_stale_results(
    brand_os: BrandOS, acme: ClientScope, days: tuple[str, ...], today: str, since: str | None
) -> None:
    """Results are stale after two months, or after three beats of their own rhythm."""
    add(brand_os, acme, "channel_performance", series(*days))
    assert [gap.since for gap in gaps(brand_os, acme, "stale", today)] == ([since] if since else [])


def test_ground(brand_os: BrandOS, acme: ClientScope, cite: Cite, engine: Engine) -> None:
    """A persona without a sourced trait, a strategy without a date and a lost quote are told."""
    bare = add(brand_os, acme, "audience_persona", {"name": "Lea"})
    assumed = {"name": "Max", "traits": [{"attribute": "age", "value": "40"}]}
    sourced = [cite(acme, "40", "/traits/0/value")]
    add(brand_os, acme, "audience_persona", assumed, citations=sourced)
    undated = add(brand_os, acme, "strategy", {"topic": "price", "statement": "no discount"})
    dated = {"topic": "tone", "statement": "dry", "decided_on": "2025-01-01"}
    add(brand_os, acme, "strategy", dated)
    assert [gap.records for gap in gaps(brand_os, acme, "no_evidence")] == [(bare,)]
    assert [gap.records for gap in gaps(brand_os, acme, "no_date")] == [(undated,)]
    assert gaps(brand_os, acme, "lost") == []
    with engine.begin() as connection:
        connection.execute(text('UPDATE citations SET start = NULL, "end" = NULL'))
    assert [gap.names for gap in gaps(brand_os, acme, "lost")] == [("Max",)]


def test_contradictions(brand_os: BrandOS, acme: ClientScope) -> None:
    """Two records that say different things of one matter are told, active or proposed."""
    add(brand_os, acme, "competitor", {"name": "Bolt", "notes": "cheap"})
    assert gaps(brand_os, acme, "contradicted") == []
    rival = {"name": "bolt", "notes": "dear"}
    made = brand_os.propose(acme, "competitor", rival, citations=(), author="kim")
    assert [(gap.count, gap.names) for gap in gaps(brand_os, acme, "contradicted")] == [
        (2, ("Bolt",))
    ]
    brand_os.accept(acme, made.id, by="kim")
    assert len(gaps(brand_os, acme, "contradicted")) == 1


def test_expired(brand_os: BrandOS, acme: ClientScope) -> None:
    """What held until a day and has no successor is told."""
    offer = {"name": "Rates", "currency": "EUR"}
    add(brand_os, acme, "offer", offer, valid_to="2025-05-01")
    assert gaps(brand_os, acme, "expired", "2025-04-30") == []
    assert [gap.since for gap in gaps(brand_os, acme, "expired")] == ["2025-05-01"]
    add(brand_os, acme, "offer", offer, valid_from="2025-05-01")
    assert gaps(brand_os, acme, "expired") == []
