"""Runs that are parked because a budget had no room, and which of them may go on by now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from savoirfaire.errors import OverBudgetError, SavoirError
from savoirfaire.graphs.budgets.limits import Budgets, Limit, Period, Unit
from savoirfaire.graphs.budgets.refusing import need_of
from savoirfaire.graphs.budgets.tariff import Tariff
from savoirfaire.graphs.budgets.totals import Totaller, Totals
from savoirfaire.graphs.record import fault_of
from savoirfaire.knowledge.access import reading
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.schema import run_events, runs
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.snapshot import in_parts

_PARKED = "needs_attention"


@dataclass(frozen=True)
class Parked:
    """A run that waits for room in a budget, and why."""

    run: str
    fault: SavoirError
    need: tuple[Period, Unit, Decimal] | None


def faults(engine: Engine, ids: Sequence[str]) -> dict[str, SavoirError]:
    """Of those of the runs that a budget has parked, the reason."""
    found: dict[str, SavoirError] = {}
    with engine.connect() as connection:
        rows = [row for part in in_parts(ids) for row in _last_events(connection, part)]
    for row in rows:
        if row.data.get("error") == OverBudgetError.__name__ and row.data.get("fault"):
            found[row.run] = fault_of(row.data["fault"])
    return found


def parked(engine: Engine, scope: ClientScope) -> list[Parked]:
    """The runs of a client that a budget has parked, the first to be parked first."""
    with reading(engine, scope) as connection:
        mine = select(runs.c.id).where(runs.c.client == scope.client, runs.c.status == _PARKED)
        ids = list(connection.scalars(mine.order_by(runs.c.updated_at, runs.c.id)))
    why = faults(engine, ids)
    return [Parked(run, why[run], need_of(why[run].values)) for run in ids if run in why]


def admitted(engine: Engine, budgets: Budgets, scope: ClientScope, tariff: Tariff) -> list[str]:
    """Those of a client's parked runs for which all budgets together have room now."""
    waiting, totaller = parked(engine, scope), Totaller(tariff)
    used: dict[tuple[Period, Unit], Decimal] = {}
    chosen = []
    for each in waiting:
        limits = budgets.limits(scope, each.run)
        with reading(engine, scope) as connection:
            periods = dict.fromkeys(limit.period for limit in limits)
            known = totaller.totals(connection, scope.client, each.run, now(connection), periods)
        if _has_room(each, limits, known, used):
            chosen.append(each.run)
            if each.need is not None and each.need[0] != "run":
                used[each.need[:2]] = used.get(each.need[:2], Decimal(0)) + each.need[2]
    return chosen


def readmit(
    engine: Engine, budgets: Budgets, tariff: Tariff, enqueue: Callable[[str], None]
) -> list[str]:
    """Put the runs that may go on by now in the queue: a month has begun, a budget was raised."""
    of = select(runs.c.client).where(runs.c.status == _PARKED).distinct()
    with engine.connect() as connection:
        clients = list(connection.scalars(of))
    ready = [
        run for name in clients for run in admitted(engine, budgets, ClientScope(name), tariff)
    ]
    for run in ready:
        enqueue(run)
    return ready


def _has_room(
    each: Parked,
    limits: Sequence[Limit],
    known: dict[Period, Totals],
    used: dict[tuple[Period, Unit], Decimal],
) -> bool:
    """Whether what the run needed is left; one that needed a price is left to a person."""
    if each.need is None:
        return False
    period, unit, need = each.need
    for limit in limits:
        if (limit.period, limit.unit) == (period, unit):
            sums = known[period]
            taken = sums.spent[unit] + sums.held[unit] + used.get((period, unit), Decimal(0))
            return taken + need <= limit.most
    return True


def _last_events(connection: Connection, ids: Sequence[str]) -> list[Row[Any]]:
    """The event that last parked each run."""
    last = (
        select(run_events.c.run, func.max(run_events.c.seq).label("seq"))
        .where(run_events.c.run.in_(ids), run_events.c.kind == "run.parked")
        .group_by(run_events.c.run)
        .subquery()
    )
    query = select(run_events.c.run, run_events.c.data).join(
        last, (run_events.c.run == last.c.run) & (run_events.c.seq == last.c.seq)
    )
    return list(connection.execute(query))
