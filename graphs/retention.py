"""Retention: the states and events of runs that ended long ago, deleted; what was decided stays.

Runs, approvals, decisions, effects and costs are kept: the evidence of gates, the outbox and the
accounts rest on them. A run whose effect is still to be made, and one that an unanswered seed was
made from, keep everything.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import Connection, Engine, delete, func, select

from savoirfaire.errors import BusyError
from savoirfaire.graphs.forgetting.threads import Threads, compact
from savoirfaire.graphs.leases import Leases
from savoirfaire.knowledge.access import reading
from savoirfaire.knowledge.database import later, now, writing
from savoirfaire.knowledge.schema import approvals, effects, run_events, runs, seeds
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.knowledge.snapshot import in_parts

_ENDED = ("completed", "cancelled")
_DAY = 86_400

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Prunable:
    """A run that ended long ago, and what of it can go."""

    client: str
    run: str
    ended_at: str
    events: int
    has_state: bool


class Retention:
    """What of ended runs is kept for how long.

    `place` is where the checkpoints are: the path of SQLite's file or PostgreSQL's address.
    """

    def __init__(self, engine: Engine, place: Path | str, leases: Leases) -> None:
        self._engine = engine
        self._place = place
        self._threads = Threads(place)
        self._leases = leases

    def prunable(self, scope: ClientScope, days: float) -> list[Prunable]:
        """A client's runs that ended so many days ago and of which something can go."""
        stored = set(self._threads.names(client_of(scope)))
        with reading(self._engine, scope) as connection:
            before = later(now(connection), -days * _DAY)
            ended = _ended(connection, scope.client, before)
            counts = _counts(connection, [run for run, _ in ended])
        return [
            Prunable(scope.client, run, at, counts.get(run, 0), run in stored)
            for run, at in ended
            if run in stored or run in counts
        ]

    def prune(self, scope: ClientScope, days: float) -> list[Prunable]:
        """Delete the states and events of those runs; the same that `prunable` told.

        A run that somebody is at work on is left for the next time.
        """
        gone = [each for each in self.prunable(scope, days) if self._prune(each)]
        if any(each.has_state for each in gone) and isinstance(self._place, Path):
            with suppress(BusyError):  # the room is given back another time
                compact(self._place)
        log.info("runs.pruned", runs=len(gone), days=days)
        return gone

    def _prune(self, each: Prunable) -> bool:
        thread = f"{each.client}:{each.run}"
        try:
            self._leases.take(thread)
        except BusyError:
            return False
        self._threads.delete(each.client, each.run)  # the lease with it
        with writing(self._engine) as connection:
            connection.execute(delete(run_events).where(run_events.c.run == each.run))
        return True


def _ended(connection: Connection, client: str, before: str) -> list[tuple[str, str]]:
    """The runs of a client that ended before an instant, without those that something rests on."""
    due = select(effects.c.run).where(
        effects.c.client == client, effects.c.made_at.is_(None), effects.c.ended_at.is_(None)
    )
    origins = select(approvals.c.run).join(seeds, seeds.c.donor == approvals.c.id)
    origins = origins.where(seeds.c.client == client, approvals.c.client == client)
    query = (
        select(runs.c.id, runs.c.updated_at)
        .where(runs.c.client == client, runs.c.status.in_(_ENDED), runs.c.updated_at < before)
        .where(runs.c.id.not_in(due))
        .where(runs.c.id.not_in(origins.where(seeds.c.caught.is_(None))))
        .order_by(runs.c.updated_at, runs.c.id)
    )
    return [(row.id, row.updated_at) for row in connection.execute(query)]


def _counts(connection: Connection, ids: list[str]) -> dict[str, int]:
    """How many events each of the runs has; none of those without."""
    found: dict[str, int] = {}
    for part in in_parts(ids):
        query = select(run_events.c.run, func.count().label("events"))
        query = query.where(run_events.c.run.in_(part)).group_by(run_events.c.run)
        found |= {row.run: int(row.events) for row in connection.execute(query)}
    return found
