"""The record of runs: what each was asked, where it stands, and what happened in it, in order.

Events are appended, never changed; `journal` writes those of many runs together.
"""

import builtins
import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, bindparam, func, insert, select, update

from savoirfaire.errors import NotFoundError, SavoirError
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.dialects import clock
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.quickly import quickly, quickly_each
from savoirfaire.knowledge.schema import run_events, runs

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no characters that are read for one another

Status = Literal["queued", "running", "waiting", "needs_attention", "completed", "cancelled"]

OPEN = ("queued", "running", "waiting", "needs_attention")
"""A run that has not ended."""
GOING = ("queued", "running")
"""A run that somebody is to work on, without waiting for a person."""


@dataclass(frozen=True)
class Event:
    """Something that happened in a run, now."""

    kind: str
    node: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    moment: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Note:
    """What is to be written down of a run at once: events, and its new status with the reason."""

    run: str
    events: Sequence[Event] = ()
    status: Status | None = None
    why: str = ""

    def rows(self) -> list[dict[str, Any]]:
        """The events as rows."""
        read = time.monotonic()
        return [
            {
                "of": self.run,
                "ago": f"{event.moment - read:.3f} seconds",
                "kind": event.kind,
                "node": event.node,
                "data": dict(event.data),
            }
            for event in self.events
        ]


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
        at = now(connection)  # one instant for both: that they are the same says that it is new
        connection.execute(
            insert(runs), [{**row, "created_at": at, "updated_at": at} for row in rows]
        )

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

    def note(self, connection: Connection, notes: Sequence[Note]) -> dict[str, bool]:
        """Append events and change statuses; by run, False for one that was cancelled and stays so.

        On PostgreSQL the runs' rows are locked first, so that no two number their events alike.
        """
        ids = sorted({each.run for each in notes})
        if connection.dialect.name == "postgresql":
            of = select(runs.c.id).where(runs.c.id.in_(ids))
            connection.execute(of.order_by(runs.c.id).with_for_update())
        rows = [row for each in notes for row in each.rows()]
        if rows:
            quickly_each(connection, _APPEND, rows)
        return {each.run: self._change(connection, each) for each in notes}

    def _change(self, connection: Connection, note: Note) -> bool:
        if note.status is None:
            return True
        change = _COMPLETE if note.status == "completed" else _CHANGE
        said = {"of": note.run, "status": note.status, "why": note.why or None}
        return bool(quickly(connection, change, said).changed)

    def append(self, connection: Connection, run: str, kind: str, data: Mapping[str, Any]) -> None:
        """Append an event that happens now."""
        row = {"of": run, "ago": "0 seconds", "kind": kind, "node": "", "data": dict(data)}
        quickly_each(connection, _APPEND, [row])


# Statements are made once: making one takes longer than what it does.
_GET = select(runs).where(runs.c.id == bindparam("of"))
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
