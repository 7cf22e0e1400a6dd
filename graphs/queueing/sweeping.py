"""The sweep: every run that is to be worked on, and is by nobody, is put in the queue again.

It mends whatever broke in between: a worker that died or froze, a command that decided and died, a
ticket that was lost. One rule does for all: a run that is `queued` or `running` has a lease that a
living process holds, or a ticket that waits or is with one; else it gets a new ticket. A run that
was begun very often and never came to rest is left to a person instead: it may be what kills them.
"""

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Engine, bindparam, select, update

from savoirfaire.graphs.leases import Leases, leases
from savoirfaire.graphs.presence import Presence
from savoirfaire.graphs.queueing.engine import DbosTickets
from savoirfaire.graphs.record import GOING, Record
from savoirfaire.graphs.submitting import Ticket
from savoirfaire.knowledge.database import later, now, writing
from savoirfaire.knowledge.schema import runs

MOST_TURNS = 20
_SETTLED = 1.0  # seconds: whoever has just decided may be about to go on
_AT_A_TIME = 200

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sweep:
    """What sweeps: the ledger, who is at work, whose lease is whose, and the queue."""

    engine: Engine
    presence: Presence
    leases: Leases
    tickets: DbosTickets

    def once(self) -> list[str]:
        """Put what was left behind in the queue; gives those runs."""
        self.presence.bury()
        lost = [row for row in self._going() if not self._is_in_hand(row)]
        return [row.id for row in lost if self._again(row)]

    def _going(self) -> list[Any]:
        with self.engine.connect() as connection:
            settled = later(now(connection), -_SETTLED)
            found = list(connection.execute(_GOING, {"settled": settled}))
        rows = [row for row in found if not self.leases.is_mine(_thread(row))]
        known = self.tickets.standing([_ticket(row) for row in rows if row.turn])
        return [row for row in rows if not self._is_alive(known.get(_ticket(row)))]

    def _is_alive(self, ticket: tuple[str, str] | None) -> bool:
        """Whether a ticket waits, or is with a process that is at work."""
        if ticket is None:
            return False
        status, worker = ticket
        return status == "ENQUEUED" or not self.presence.is_gone(worker)

    def _is_in_hand(self, row: Any) -> bool:
        """Whether somebody works on a run, or nobody here ever has: an import is left alone."""
        thread = _thread(row)
        if self.leases.is_held(thread):
            return True
        return not row.turn and not self._was_driven(thread)

    def _was_driven(self, thread: str) -> bool:
        with self.leases.engine.connect() as connection:
            return (
                connection.scalar(select(leases.c.epoch).where(leases.c.thread == thread))
                is not None
            )

    def _again(self, row: Any) -> bool:
        if row.turn:
            self.tickets.withdraw([_ticket(row)])
        with writing(self.engine) as connection:
            mine = update(runs).where(runs.c.id == row.id, runs.c.status.in_(GOING))
            mine = mine.where(runs.c.turn == row.turn)
            at = now(connection)
            if row.turn >= MOST_TURNS:
                connection.execute(mine.values(status="needs_attention", reason=_GIVEN_UP))
                log.error("run.given_up", run=row.id, turns=row.turn)
                return False
            changed = connection.execute(mine.values(turn=row.turn + 1, updated_at=at))
            if not changed.rowcount:
                return False
            self.tickets.put(connection, [Ticket(row.id, row.client, row.priority, row.turn + 1)])
            Record(self.engine).append(connection, row.id, "run.requeued", {"turn": row.turn + 1})
        log.warning("run.requeued", run=row.id, turn=row.turn + 1)
        return True


_GIVEN_UP = "the run was begun again and again and never came to rest"
_GOING = (
    select(runs.c.id, runs.c.client, runs.c.priority, runs.c.turn)
    .where(runs.c.status.in_(GOING), runs.c.updated_at < bindparam("settled"))
    .order_by(runs.c.updated_at)
    .limit(_AT_A_TIME)
)


def _thread(row: Any) -> str:
    return f"{row.client}:{row.id}"


def _ticket(row: Any) -> str:
    return f"{row.id}:{row.turn}"
