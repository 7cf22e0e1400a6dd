"""The record of runs: what each was asked, where it stands, and what happened in it, in order.

Events are appended, never changed. Those of a drive are written together, a quarter of a second
late at most: one transaction for a burst of quick steps instead of one each (measured: 8 ms of CPU
for the steps of a newsletter, 0.3 ms together). A process killed within that time loses lines of
the account, never work: what a run has done is in its checkpoints.
"""

import asyncio
import builtins
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog
from sqlalchemy import Connection, Engine, Row, bindparam, func, insert, select, update

from savoirfaire.errors import BusyError, LeaseLostError, NotFoundError, SavoirError
from savoirfaire.knowledge.database import writing
from savoirfaire.knowledge.dialects import clock
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import run_events, runs

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no characters that are read for one another

Status = Literal["queued", "running", "waiting", "needs_attention", "completed", "cancelled"]

OPEN = ("queued", "running", "waiting", "needs_attention")
"""A run that has not ended."""
GOING = ("queued", "running")
"""A run that somebody is to work on, without waiting for a person."""

_LATE = 0.25  # seconds an event may wait for others

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Event:
    """Something that happened in a run, now."""

    kind: str
    node: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    moment: float = field(default_factory=time.monotonic)


def new_id(graph: str) -> str:
    """An id for a run of `graph`, short enough to be typed."""
    return f"{graph}-{''.join(secrets.choice(_ALPHABET) for _ in range(6))}"


def stored_fault(error: SavoirError) -> dict[str, Any]:
    """An error as an event keeps it: apart from its values, so that it can be translated."""
    values = {key: str(value) for key, value in error.values.items()}
    return {"template": error.template, "values": values, "hint": error.hint}


def fault_of(stored: Mapping[str, Any]) -> SavoirError:
    """The error that `stored_fault` kept."""
    return SavoirError(stored["template"], hint=stored["hint"], **stored["values"])


class Record:
    """The runs of a workspace as its database has them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write down new runs, which are to be worked on."""
        connection.execute(_BEGIN, list(rows))

    def by_key(self, connection: Connection, client: str, keys: Sequence[str]) -> dict[str, Any]:
        """The runs of a client that were submitted with keys, by these."""
        mine = select(runs).where(runs.c.client == client, runs.c.key.in_(keys))
        return {row.key: row for row in connection.execute(mine)}

    def get(self, run: str) -> Row[Any]:
        """A run by id. Raises NotFoundError with the nearest ids."""
        with self._engine.connect() as connection:
            row = connection.execute(_GET, {"of": run}).first()
            if row is not None:
                return row
            known = list(connection.scalars(select(runs.c.id)))
        raise NotFoundError(
            "there is no run {name}{near}",
            name=run,
            near=near(run, known),
            hint="`savoir runs` lists them.",
        )

    def list(
        self,
        client: str | None = None,
        *,
        limit: int = 50,
        statuses: Collection[str] = (),
        graph: str | None = None,
        batch: str | None = None,
    ) -> "builtins.list[Row[Any]]":
        """The newest runs first: of a client, a graph, a batch, or in certain statuses."""
        query = select(runs).order_by(runs.c.created_at.desc(), runs.c.id).limit(limit)
        wanted = {"client": client, "graph": graph, "batch": batch}
        for name, value in wanted.items():
            if value is not None:
                query = query.where(runs.c[name] == value)
        if statuses:
            query = query.where(runs.c.status.in_(statuses))
        with self._engine.connect() as connection:
            return list(connection.execute(query))

    def events(self, run: str, *, after: int = 0) -> "builtins.list[Row[Any]]":
        """What happened in a run, in order; only what came after an event's number."""
        query = select(run_events).where(run_events.c.run == run, run_events.c.seq > after)
        query = query.order_by(run_events.c.seq)
        with self._engine.connect() as connection:
            return list(connection.execute(query))

    def note(
        self,
        run: str,
        events: Sequence[Event],
        status: Status | None,
        why: str,
        require: Callable[[Connection], None] | None = None,
    ) -> bool:
        """Append events and, where given, change the status and its reason, together.

        A run that was cancelled stays so: False. `require` raises in the transaction where this
        process may not write of the run any more.
        """
        read = time.monotonic()
        rows = [
            {
                "of": run,
                "ago": f"{event.moment - read:.3f} seconds",
                "kind": event.kind,
                "node": event.node,
                "data": dict(event.data),
            }
            for event in events
        ]
        with writing(self._engine, shared=True) as connection:
            if require is not None:
                require(connection)
            if rows:
                connection.execute(_APPEND, rows)
            if status is None:
                return True
            change = _COMPLETE if status == "completed" else _CHANGE
            done = connection.execute(change, {"of": run, "status": status, "why": why or None})
            return bool(done.rowcount)

    def append(self, connection: Connection, run: str, kind: str, data: Mapping[str, Any]) -> None:
        """Append an event that happens now."""
        row = {"of": run, "ago": "0 seconds", "kind": kind, "node": "", "data": dict(data)}
        connection.execute(_APPEND, [row])


class Steps:
    """The events of one drive, on their way to the record."""

    def __init__(
        self, record: Record, run: str, require: Callable[[Connection], None] | None = None
    ) -> None:
        self._record = record
        self._run = run
        self._require = require
        self._waiting: list[Event] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, event: Event) -> None:
        """Take an event; it is written with the next ones, soon."""
        self._waiting.append(event)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LATE, self._write_late)

    def write(self, status: Status | None = None, *, why: str = "") -> bool:
        """Write what waits and, where given, the run's new status and the reason for it.

        False for a run that was cancelled. Raises LeaseLostError where another process has it.
        """
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting and status is None:
            return True
        events, self._waiting = self._waiting, []
        try:
            return self._record.note(self._run, events, status, why, self._require)
        except BusyError:
            self._waiting = events
            raise

    def _write_late(self) -> None:
        try:
            self.write()
        except LeaseLostError:  # whoever has the run tells what happens in it
            self._waiting = []
        except BusyError:  # the events stay, and are written with the next ones
            log.warning("run.events_late", run=self._run)


# Statements are made once: making one takes longer than what it does.
_GET = select(runs).where(runs.c.id == bindparam("of"))
_BEGIN = insert(runs).values(created_at=clock(), updated_at=clock())
_CHANGE = (
    update(runs)
    .where(runs.c.id == bindparam("of"), runs.c.status != "cancelled")
    .values(status=bindparam("status"), reason=bindparam("why"), updated_at=clock())
)
_COMPLETE = _CHANGE.values(outcome=func.coalesce(runs.c.outcome, "done"))
_LAST = select(func.coalesce(func.max(run_events.c.seq), 0)).where(
    run_events.c.run == bindparam("of")
)
_APPEND = insert(run_events).values(
    run=bindparam("of"),
    seq=_LAST.scalar_subquery() + 1,
    at=clock(shifted=bindparam("ago")),
    kind=bindparam("kind"),
    node=bindparam("node"),
    data=bindparam("data"),
)
