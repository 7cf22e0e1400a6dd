from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from savoirfaire.errors import ScopeError
from savoirfaire.graphs.budgets.tariff import Tariff
from savoirfaire.graphs.budgets.totals import Totaller
from savoirfaire.graphs.costing import Spent, entries, summed, total
from savoirfaire.graphs.leases import Leases
from savoirfaire.graphs.retention import Retention
from savoirfaire.graphs.timing import deliveries, times, together
from savoirfaire.knowledge.database import connect
from savoirfaire.knowledge.schema import (
    approvals,
    decisions,
    effects,
    run_events,
    runs,
    seeds,
    spending,
)
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.settings import Price
from tests.graphs.ledgers import ledger_at

EN, RIVAL = ClientScope("acme"), ClientScope("rival")
TARIFF = Tariff({"late": Price(input=Decimal(1), output=Decimal(2))}, "EUR")
DAY = 86_400


@pytest.fixture
def engine(database: Path | str) -> Iterator[Engine]:
    """A ledger with two clients."""
    opened = ledger_at(database)
    yield opened
    opened.dispose()


def spend(engine: Engine, *rows: dict[str, Any]) -> None:
    """Calls as the till writes them."""
    usual = {
        "at": "2026-03-01T00:00:00.000Z",
        "client": "acme",
        "run": "r1",
        "graph": "letters",
        "node": "write",
        "role": "writer",
        "model": "small",
        "mode": "live",
        "state": "made",
        "until": None,
        "input_tokens": 1000,
        "output_tokens": 100,
        "seconds": 2.0,
        "cost": 5,
        "currency": "EUR",
    }
    with engine.begin() as connection:
        connection.execute(insert(spending), [{**usual, **row} for row in rows])


def work(engine: Engine, run: str, ended: str, *, client: str = "acme", **more: Any) -> None:
    """A run that was asked for at the start of 2026 and published something."""
    begun = "2026-01-01T00:00:00.000Z"
    row = {
        "id": run,
        "client": client,
        "graph": "proposal",
        "fingerprint": "",
        "request": {},
        "model": "live",
        "status": "completed",
        "submitted_by": "ann",
        "created_at": begun,
        "updated_at": ended,
        **more,
    }
    effect = {
        "key": f"{run}:e",
        "client": client,
        "run": run,
        "kind": "publish",
        "payload_hash": "",
        "bound_to": "",
        "planned_at": begun,
        "made_at": ended,
        "result": [f"{run}.pdf"],
    }
    event = {"run": run, "seq": 1, "at": begun, "kind": "run.begun", "node": "", "data": {}}
    with engine.begin() as connection:
        connection.execute(insert(runs).values(row))
        connection.execute(insert(effects).values(effect))
        connection.execute(insert(run_events).values(event))


def asked(engine: Engine, run: str, *spans: tuple[str, str | None]) -> None:
    """Approvals of a run, each asked about at an instant and answered at another."""
    rows = [
        {
            "id": f"{run}-{n}",
            "run": run,
            "client": "acme",
            "graph": "proposal",
            "gate": "send",
            "interrupt": f"{n}",
            "payload_hash": "",
            "request": {},
            "asked_at": start,
            "decided_at": end,
            "decided_by": "bob" if end else None,
        }
        for n, (start, end) in enumerate(spans)
    ]
    with engine.begin() as connection:
        connection.execute(insert(approvals), rows)


# --- costs ----------------------------------------------------------------------------------------


def test_sums_say_what_they_do_not_know(engine: Engine) -> None:
    """Unknown prices, uncounted, failed and lost calls are told apart; clients are never mixed."""
    spend(
        engine,
        {},
        {"model": "new", "cost": None},
        {"model": "late", "cost": None},
        {"state": "estimated", "currency": "USD"},
        {"state": "failed", "cost": None, "input_tokens": 0, "output_tokens": 0},
        {"state": "lost"},
        {"state": "reserved", "until": "2026-03-01T00:03:00.000Z"},
        {"state": "reserved", "until": "2999-01-01T00:00:00.000Z"},
        {"client": "rival", "cost": 700},
    )
    found = entries(engine, EN, TARIFF)
    sums = total(found)
    counts = (sums.calls, sums.unpriced, sums.estimated, sums.failed, sums.lost)
    assert counts == (4, 1, 1, 1, 2)
    late = Decimal("0.0012")  # a thousand tokens read, a hundred written, at today's price
    assert sums.money == {"EUR": late + Decimal("5e-9"), "USD": Decimal("5e-9")}
    assert (sums.input_tokens, sums.seconds) == (4000, 10.0)
    assert summed(found, lambda each: each.model)["new"] == Spent(1, 1000, 100, 2.0, unpriced=1)
    assert total(entries(engine, RIVAL, TARIFF)).money == {"EUR": Decimal("7e-7")}
    with pytest.raises(ScopeError):
        entries(engine, ClientScope("nobody"), TARIFF)


def test_costs_of_a_part(engine: Engine) -> None:
    """A graph, a model, a run and a first day choose; together, what all of them fit."""
    spend(engine, {}, {"graph": "inbox", "run": "r2"}, {"at": "2026-02-28T23:59:59.999Z"})

    def calls(**only: str) -> int:
        return total(entries(engine, EN, TARIFF, **only)).calls

    assert calls(graph="inbox") == calls(run="r2") == 1
    assert calls(since="2026-03-01") == 2
    assert calls(since="2026-03-01", graph="letters") == 1
    assert calls(model="another") == 0


def test_what_is_settled_is_added_up_once(engine: Engine) -> None:
    """Kept sums and a fresh look agree, while old calls are still held and new ones come."""
    day, until = "2026-03-0{}T00:00:00.000Z".format, "2026-03-04T00:00:00.000Z"
    spend(engine, *[{"at": day(1)}] * 300, {"at": day(2), "state": "reserved", "until": until})
    spend(engine, {"at": day(3)}, {"at": "2026-02-01T00:00:00.000Z"}, {"client": "rival"})
    kept = Totaller(TARIFF)

    def look(totaller: Totaller) -> list[tuple[int, int]]:
        with engine.connect() as connection:
            found = totaller.totals(connection, "acme", "r1", day(3), ["run", "month", "ever"])
        return [(int(each.spent["calls"]), int(each.held["calls"])) for each in found.values()]

    assert look(kept) == look(kept) == [(302, 1), (301, 1), (302, 1)]
    with engine.begin() as connection:
        connection.execute(
            update(spending).where(spending.c.state == "reserved").values(state="made")
        )
    spend(engine, {"at": day(3)}, {"at": day(3), "cost": None, "model": "late"})
    assert look(kept) == look(Totaller(TARIFF)) == [(305, 0), (304, 0), (305, 0)]
    with engine.connect() as connection:
        month = kept.totals(connection, "acme", "r1", day(3), ["month"])["month"]
    assert month.spent["money"] == Decimal("0.0012") + 303 * Decimal("5e-9")


# --- times ----------------------------------------------------------------------------------------


def test_from_104_days_to_42(engine: Engine) -> None:
    """Deliveries are compared with the former time; waiting for people is part of them."""
    for run, ended in (("p1", "2026-01-11"), ("p2", "2026-02-12"), ("p3", "2026-04-01")):
        work(engine, run, f"{ended}T00:00:00.000Z")
    work(engine, "p4", "2026-05-01T00:00:00.000Z", status="cancelled")
    work(engine, "q1", "2026-02-01T00:00:00.000Z", client="rival")
    day = "2026-01-0{}T00:00:00.000Z".format
    asked(engine, "p2", (day(2), day(4)), (day(3), day(6)), (day(8), None))
    spend(engine, {"run": "p2"}, {"run": "p2", "state": "lost", "seconds": 99.0})
    found = deliveries(engine, EN)
    assert [each.run for each in found] == ["p1", "p2", "p3"]
    assert (found[1].cycle, found[1].waiting, found[1].model) == (42 * DAY, 4 * DAY, 2.0)
    assert found[1].what == ("p2.pdf",)
    (known,) = times(found, {"proposal": 104})
    assert (known.count, known.cycle, known.former) == (3, 42 * DAY, 104 * DAY)
    assert known.share == pytest.approx(42 / 104)
    assert deliveries(engine, EN, since="2026-04-01")[0].run == "p3"
    assert times([], {"proposal": 104}) == []
    assert times(found, {})[0].share is None


@pytest.mark.parametrize(
    ("spans", "days"),
    [([], 0), ([(1, 3), (2, 4)], 3), ([(1, 9), (2, 3)], 8), ([(5, 6), (1, 2)], 2)],
)
def test_waiting_counts_once(spans: list[tuple[int, int]], days: int) -> None:
    """A time in which several people were asked is waited for once."""
    day = "2026-01-0{}T00:00:00.000Z".format
    assert together((day(one), day(other)) for one, other in spans) == days * DAY


# --- retention ------------------------------------------------------------------------------------


def test_what_is_pruned(engine: Engine, database: Path | str, tmp_path: Path) -> None:
    """Events of runs that ended long ago go; what evidence rests on stays, and what is due."""
    place = tmp_path / "checkpoints.db" if isinstance(database, Path) else database
    ended = "2026-01-02T00:00:00.000Z"
    for run in ("old", "open", "held", "origin"):
        work(engine, run, ended)
        asked(engine, run, (ended, ended))
    work(engine, "other", ended, client="rival")
    with engine.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == "open").values(status="waiting"))
        due = update(effects).where(effects.c.run == "held")
        connection.execute(due.values(made_at=None, result=None))
        seed = {"client": "acme", "approval": "s", "run": "s", "gate": 1, "donor": "origin-0"}
        more = {"made": "file", "known_to": [], "attempt": 1, "counts": False, "counted": False}
        connection.execute(insert(seeds).values({**seed, **more}))
    leases = Leases(connect(place), "me", lambda _: False)
    retention = Retention(engine, place, leases)
    assert [each.run for each in retention.prunable(EN, 1)] == ["old"]
    assert retention.prunable(EN, 100_000) == []
    assert [each.run for each in retention.prune(EN, 1)] == ["old"]
    assert retention.prune(EN, 1) == []
    with engine.connect() as connection:
        left = set(connection.scalars(select(run_events.c.run)))
        assert left == {"open", "held", "origin", "other"}
        assert len(connection.execute(select(approvals)).all()) == 4
        assert len(connection.execute(select(effects)).all()) == 5
        assert connection.execute(select(decisions)).all() == []
    leases.engine.dispose()
