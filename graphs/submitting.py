"""Asking for runs: once for each key, one by one or many at a stroke, worked on here or in a queue.

A run and its place in the queue are written in one transaction: there is never one without the
other.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection, Engine, insert, select, update

from savoirfaire.agents.model import Gateway
from savoirfaire.errors import ConflictError, RequestError
from savoirfaire.graphs.record import OPEN, Record, new_id
from savoirfaire.graphs.registry import Wired, check_request
from savoirfaire.knowledge.access import changing
from savoirfaire.knowledge.database import later, now, writing
from savoirfaire.knowledge.schema import batches, runs
from savoirfaire.knowledge.scope import ClientScope

_LONGEST_KEY = 128

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Asked:
    """How a run is asked for, besides what for.

    Submitted again with the same `key`, it is the same run. A smaller `priority` is worked on
    sooner. After `within` it is not worked on any more, and needs attention. `queue` leaves it to
    the workers.
    """

    key: str | None = None
    priority: int = 0
    within: timedelta | None = None
    queue: bool = False

    def __post_init__(self) -> None:
        """Refuse a key that cannot be kept."""
        if self.key is not None and not 0 < len(self.key) <= _LONGEST_KEY:
            raise RequestError("a key has 1 to {most} characters", most=_LONGEST_KEY)


@dataclass(frozen=True)
class Order:
    """What is asked for, by the name of its graph, by whom, and how."""

    graph: str
    wired: Wired
    by: str
    asked: Asked


@dataclass(frozen=True)
class Ticket:
    """A run's place in the queue; each turn of a run has one of its own."""

    run: str
    client: str
    priority: int
    turn: int

    @property
    def id(self) -> str:
        """The ticket's name, by which it is in the queue once."""
        return f"{self.run}:{self.turn}"


class Tickets(Protocol):
    """The queue, as whoever fills it sees it."""

    def ready(self) -> None:
        """Make what the queue needs, before the transaction."""

    def put(self, connection: Connection, tickets: Sequence[Ticket]) -> None:
        """Put tickets in the queue, in the caller's transaction on the ledger."""


class Submissions:
    """Writes down what is asked for."""

    def __init__(self, record: Record, engine: Engine, gateway: Gateway, tickets: Tickets) -> None:
        self._record = record
        self._engine = engine
        self._gateway = gateway
        self._tickets = tickets

    def one(self, scope: ClientScope, order: Order, request: Mapping[str, Any]) -> str:
        """Record a run, once for its key; its id."""
        asked = order.asked
        if asked.queue:
            self._tickets.ready()
        with changing(self._engine, scope) as connection:
            row = self._row(connection, scope, order, request)
            if asked.key is not None:
                known = self._record.by_key(connection, scope.client, [asked.key])
                if found := known.get(asked.key):
                    _require_same(found, row)
                    return str(found.id)
            self._write(connection, [row], queue=asked.queue)
        log.info("run.submitted", run=row["id"], client=scope.client, graph=row["graph"])
        return str(row["id"])

    def batch(self, scope: ClientScope, order: Order, items: Sequence[Mapping[str, Any]]) -> str:
        """Record a batch and a run for each item, once for its key; its id."""
        asked = order.asked
        if not items:
            raise RequestError("there is no item to work on")
        batch = f"batch-{secrets.token_hex(4)}"
        self._tickets.ready()
        with changing(self._engine, scope) as connection:
            if known := _batch_of(connection, scope, asked.key):
                _require_same_batch(known, order, len(items))
                return str(known.id)
            alone = replace(order, asked=Asked(None, asked.priority, asked.within, queue=True))
            rows = [{**self._row(connection, scope, alone, each), "batch": batch} for each in items]
            connection.execute(
                insert(batches).values(
                    id=batch,
                    client=scope.client,
                    graph=order.graph,
                    key=asked.key,
                    total=len(rows),
                    submitted_by=order.by,
                    created_at=now(connection),
                )
            )
            self._write(connection, rows, queue=True)
        log.info("batch.submitted", batch=batch, client=scope.client, runs=len(rows))
        return batch

    def enqueue(self, run: str) -> None:
        """Put a run that has not ended in the queue."""
        self._tickets.ready()
        with writing(self._engine) as connection:
            row = connection.execute(
                update(runs)
                .where(runs.c.id == run, runs.c.status.in_(OPEN))
                .values(turn=runs.c.turn + 1, status="queued", updated_at=now(connection))
                .returning(runs.c.id, runs.c.client, runs.c.priority, runs.c.turn)
            ).first()
            if row is not None:
                self._tickets.put(connection, [Ticket(*row)])

    def cancel(self, run: str, by: str) -> str:
        """End a run that has not ended; its status."""
        with writing(self._engine) as connection:
            at = now(connection)
            done = connection.execute(
                update(runs)
                .where(runs.c.id == run, runs.c.status.in_(OPEN))
                .values(status="cancelled", reason=None, updated_at=at)
            )
            if done.rowcount:
                self._record.append(connection, run, "run.cancelled", {"by": by})
                log.info("run.cancelled", run=run)
            return str(connection.scalar(select(runs.c.status).where(runs.c.id == run)))

    def _row(
        self, connection: Connection, scope: ClientScope, order: Order, request: Mapping[str, Any]
    ) -> dict[str, Any]:
        asked = order.asked
        checked = check_request(order.wired.spec, request)
        seconds = asked.within.total_seconds() if asked.within else None
        return {
            "id": new_id(order.graph),
            "client": scope.client,
            "graph": order.graph,
            "fingerprint": order.wired.fingerprint,
            "request": checked.model_dump(mode="json"),
            "model": self._gateway.mode,
            "submitted_by": order.by,
            "key": asked.key,
            "batch": None,
            "priority": asked.priority,
            "deadline_at": None if seconds is None else later(now(connection), seconds),
            "turn": int(asked.queue),
            "status": "queued" if asked.queue else "running",
        }

    def _write(
        self, connection: Connection, rows: Sequence[Mapping[str, Any]], *, queue: bool
    ) -> None:
        self._record.begin(connection, rows)
        if queue:
            parts = ("id", "client", "priority", "turn")
            tickets = [Ticket(*(row[each] for each in parts)) for row in rows]
            self._tickets.put(connection, tickets)


def _batch_of(connection: Connection, scope: ClientScope, key: str | None) -> Any:
    if key is None:
        return None
    mine = (batches.c.client == scope.client, batches.c.key == key)
    return connection.execute(select(batches).where(*mine)).first()


def _require_same(known: Any, row: Mapping[str, Any]) -> None:
    if known.graph != row["graph"] or known.request != row["request"]:
        raise ConflictError(
            "run {run} was submitted with the key {key} and asks for something else",
            run=known.id,
            key=known.key,
            hint="Give what is asked for anew a key of its own.",
        )


def _require_same_batch(known: Any, order: Order, count: int) -> None:
    if known.graph != order.graph or known.total != count:
        raise ConflictError(
            "batch {batch} was submitted with the key {key} and asks for something else",
            batch=known.id,
            key=known.key,
            hint="Give what is asked for anew a key of its own.",
        )
