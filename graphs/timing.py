"""How long deliveries take, and what of it is the model and what is waiting for a person.

A delivery is a run that ended with something that left: from the asking for it to its end. What was
planted to test reviewers is none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import Engine, Row, func, select

from savoirfaire.graphs.budgets.totals import SPENT
from savoirfaire.knowledge.access import reading
from savoirfaire.knowledge.schema import approvals, effects, runs, seeds, spending
from savoirfaire.knowledge.scope import ClientScope, client_of

_DAY = 86_400.0


@dataclass(frozen=True)
class Delivery:
    """A run that delivered; times in seconds.

    `cycle` is from its submission to its end; `waiting` the part of it in which a person was asked
    and had not answered; `model` what its calls took, also where several were made at once.
    """

    client: str
    run: str
    graph: str
    what: tuple[str, ...]
    ended_at: str
    cycle: float
    waiting: float
    model: float


@dataclass(frozen=True)
class Times:
    """The medians of a graph's deliveries, in seconds, and what one took before, where known."""

    graph: str
    count: int
    cycle: float
    waiting: float
    model: float
    former: float | None

    @property
    def share(self) -> float | None:
        """What part of the former time a delivery takes now."""
        return None if self.former is None else self.cycle / self.former


def deliveries(
    engine: Engine, scope: ClientScope, *, graph: str | None = None, since: str | None = None
) -> list[Delivery]:
    """The deliveries to a client, the oldest first; those of a graph, or that ended `since`."""
    client = client_of(scope)
    made = (effects.c.client == client, effects.c.made_at.is_not(None))
    query = select(runs).where(runs.c.client == client, runs.c.status == "completed")
    query = query.where(runs.c.id.in_(select(effects.c.run).where(*made)))
    query = query.where(runs.c.id.not_in(select(seeds.c.run).where(seeds.c.client == client)))
    if graph is not None:
        query = query.where(runs.c.graph == graph)
    if since is not None:
        query = query.where(runs.c.updated_at >= since)
    with reading(engine, scope) as connection:
        found = list(connection.execute(query.order_by(runs.c.updated_at, runs.c.id)))
        spans = select(approvals.c.run, approvals.c.asked_at, approvals.c.decided_at)
        asked = _by_run(connection.execute(spans.where(approvals.c.client == client)))
        names = select(effects.c.run, effects.c.result).order_by(effects.c.made_at)
        left = _by_run(connection.execute(names.where(*made)))
        took = connection.execute(_TOOK.where(spending.c.client == client))
        model = {row.run: float(row.seconds) for row in took}
    return [
        _delivery(row, asked.get(row.id, []), left.get(row.id, []), model.get(row.id, 0.0))
        for row in found
    ]


def times(found: Iterable[Delivery], former_days: Mapping[str, float]) -> list[Times]:
    """The medians by graph, in its order of first delivery."""
    by_graph: dict[str, list[Delivery]] = {}
    for each in found:
        by_graph.setdefault(each.graph, []).append(each)
    return [
        Times(
            graph,
            len(several),
            median(each.cycle for each in several),
            median(each.waiting for each in several),
            median(each.model for each in several),
            former_days[graph] * _DAY if graph in former_days else None,
        )
        for graph, several in by_graph.items()
    ]


def together(spans: Iterable[tuple[str, str]]) -> float:
    """The seconds that lie in at least one of the spans, each from an instant to another."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted((_seconds(one), _seconds(other)) for one, other in spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _delivery(row: Row[Any], asked: Sequence[Any], left: Sequence[Any], model: float) -> Delivery:
    decided = [(each.asked_at, each.decided_at) for each in asked if each.decided_at]
    names = [str(name) for each in left for name in each.result or ()]
    return Delivery(
        client=row.client,
        run=row.id,
        graph=row.graph,
        what=tuple(names),
        ended_at=row.updated_at,
        cycle=_seconds(row.updated_at) - _seconds(row.created_at),
        waiting=together(decided),
        model=model,
    )


def _by_run(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.run, []).append(row)
    return found


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


_TOOK = (
    select(spending.c.run, func.sum(spending.c.seconds).label("seconds"))
    .where(spending.c.state.in_((*SPENT, "failed")))
    .group_by(spending.c.run)
)
