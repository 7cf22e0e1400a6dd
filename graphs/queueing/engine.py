"""DBOS as we use it: tickets put in the ledger's own transaction, and given out to this process.

Fair by partitions: each client's tickets are one, and none may take all the slots of a process.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, _scheduler, _workflow_commands
from sqlalchemy import Connection, Engine, create_engine, event, text

from savoirfaire.graphs.queueing.prepared import prepared
from savoirfaire.graphs.submitting import Ticket

NAME = "savoirfaire"
QUEUE = "runs"
PROBES = "probes"
_WORK = "savoirfaire.drive"
_PROBE = "savoirfaire.probe"
_VERSION = "1"  # of what a ticket means; a worker of any release takes any ticket
_MIGRATING = 7_283_466_231_109  # the lock of whoever makes the tables
_NEVER = 3600.0  # seconds; DBOS has no schedule of ours
_PROBED = 5.0  # seconds between two looks for a probe; each look costs as much as one for runs
_WAITING = "ENQUEUED"
_TAKEN = "PENDING"

log = structlog.get_logger(__name__)

Work = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Rules:
    """How many runs a process works on at a time, of one client at most, and how often it looks."""

    slots: int = 64
    per_client: int = 0
    every: float = 1.0

    @property
    def share(self) -> int:
        """What one client may take: all but a quarter, so that there is room for the next."""
        most = self.per_client or max(1, self.slots - max(1, self.slots // 4))
        return min(most, self.slots)


class DbosTickets:
    """The queue in the ledger's database, as whoever fills it and looks at it sees it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._own: Engine | None = None
        self._client: DBOSClient | None = None

    def ready(self) -> None:
        """Make what the queue needs; it cannot be made inside a transaction on the ledger."""
        self._open()

    def put(self, connection: Connection, tickets: Sequence[Ticket]) -> None:
        """Put tickets in the queue, in the caller's transaction on the ledger."""
        client = self._open()
        for ticket in tickets:
            client.enqueue_in_transaction(
                connection,
                {
                    "workflow_name": _WORK,
                    "queue_name": QUEUE,
                    "workflow_id": ticket.id,
                    "queue_partition_key": ticket.client,
                    "priority": max(0, ticket.priority) + 1,
                },
                ticket.run,
            )

    def standing(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """The status and the process of those of the tickets that are waiting or taken."""
        if not ids:  # DBOS would list all there are
            return {}
        found = self._open().list_workflows(
            workflow_ids=list(ids),
            status=[_WAITING, _TAKEN],
            load_input=False,
            load_output=False,
        )
        return {each.workflow_id: (each.status, each.executor_id or "") for each in found}

    def withdraw(self, ids: Sequence[str]) -> None:
        """Take tickets out of the queue."""
        if ids:
            self._open().cancel_workflows(list(ids))

    def forget(self, ids: Sequence[str]) -> None:
        """Delete what is kept of tickets."""
        if ids:
            self._open().delete_workflows(list(ids))

    def depth(self) -> int:
        """How many tickets wait."""
        found = self._open().list_workflows(
            queue_name=QUEUE, status=_WAITING, load_input=False, load_output=False
        )
        return len(found)

    def ended(self, *, before: str, limit: int = 1000) -> list[str]:
        """Tickets that were worked off before an instant."""
        found = self._open().list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            end_time=before,
            load_input=False,
            load_output=False,
            limit=limit,
        )
        return [each.workflow_id for each in found]

    def close(self) -> None:
        """Give every connection back."""
        if self._client is not None:
            self._client.destroy()
            self._client = None
        if self._own is not None:
            self._own.dispose()
            self._own = None

    def _open(self) -> DBOSClient:
        if self._client is None:
            _quiet()
            migrated(self._engine)
            self._own = own_engine(self._engine)
            self._client = DBOSClient(
                system_database_engine=self._own,
                application_name=NAME,
                retry_connection_errors=False,
            )
            prepared(self._client._sys_db)  # noqa: SLF001
        return self._client


class Counter:
    """Where tickets are given out to this process, while the block lasts; one for a process."""

    def __init__(self, engine: Engine, worker: str, rules: Rules, work: Work) -> None:
        self._engine = engine
        self._worker = worker
        self._rules = rules
        self._work = work
        self._own = own_engine(engine)
        self._at_work = 0

    @property
    def at_work(self) -> int:
        """How many tickets are being worked on."""
        return self._at_work

    async def open(self) -> None:
        """Give out tickets from now on."""
        global _counter  # noqa: PLW0603 - DBOS is one for a process, and finds its work by name
        _quiet()
        await asyncio.to_thread(migrated, self._engine)
        config: DBOSConfig = {
            "name": NAME,
            "system_database_engine": self._own,
            "application_version": _VERSION,
            "executor_id": self._worker,
            "log_level": "ERROR",
            "use_listen_notify": False,
            "run_migrations": False,
            "scheduler_polling_interval_sec": _NEVER,
        }
        dbos = DBOS(config=config)
        _calm(dbos, self._engine)
        _counter = self
        DBOS.launch()
        prepared(dbos._sys_db)  # noqa: SLF001
        rules = self._rules
        await DBOS.register_queue_async(
            QUEUE,
            worker_concurrency=rules.slots,
            partition_worker_concurrency=rules.share,
            polling_interval_sec=rules.every,
            on_conflict="always_update",
        )
        await DBOS.register_queue_async(
            PROBES, polling_interval_sec=_PROBED, on_conflict="always_update"
        )

    async def close(self, *, patience: float = 0) -> None:
        """Give out no more; wait for what is being worked on for so many seconds."""
        global _counter  # noqa: PLW0603
        await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=int(patience))
        # DBOS made its threads the loop's, and has just ended them.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        self._own.dispose()
        _counter = None

    async def serve(self, run: str) -> None:
        """Work on one ticket."""
        self._at_work += 1
        try:
            await self._work(run)
        finally:
            self._at_work -= 1

    async def probe(self) -> None:
        """Send a ticket through the queue and wait until it has come out."""
        handle: Any = await DBOS.enqueue_workflow_async(PROBES, _probe)
        await handle.get_result(polling_interval_sec=1.0)


_counter: Counter | None = None


@DBOS.workflow(name=_WORK, max_recovery_attempts=None)
async def _drive(run: str) -> None:
    assert _counter is not None
    await _counter.serve(run)


@DBOS.workflow(name=_PROBE)
async def _probe() -> None:
    """Nothing: that it was done is what is asked."""


def migrated(engine: Engine) -> None:
    """Bring DBOS's tables up to date; of several processes that begin at once, one after another.

    On SQLite, DBOS takes the write lock for it; on PostgreSQL, it takes none.
    """
    url = engine.url.set(drivername=engine.dialect.name).render_as_string(hide_password=False)
    if engine.dialect.name == "sqlite":
        DBOS.migrate(url)
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Asked for again and again: whoever waits inside a statement has a snapshot, which what
        # makes an index concurrently waits for, and it holds the lock.
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _MIGRATING}):
            time.sleep(0.1)
        try:
            DBOS.migrate(url)
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATING})


def own_engine(engine: Engine) -> Engine:
    """DBOS's own connections to the ledger's database: it tells its errors apart by itself."""
    if engine.dialect.name == "postgresql":
        return create_engine(engine.url, pool_size=5, max_overflow=10, pool_pre_ping=True)
    own = create_engine(engine.url)

    @event.listens_for(own, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "foreign_keys=ON", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA secure_delete=ON")

    return own


def _calm(dbos: DBOS, engine: Engine) -> None:
    """Have DBOS look seldom for what we never ask of it: its own queue, schedules, delays, ends.

    On PostgreSQL whoever looks for delays and ends keeps a transaction open from one look to the
    next: there it stays a second.
    """
    with suppress(AttributeError):
        dbos._registry.get_internal_queue()._polling_interval_sec = _NEVER  # noqa: SLF001
    _scheduler._STARTUP_FAST_POLL_INTERVAL_SEC = _NEVER  # noqa: SLF001
    if engine.dialect.name == "sqlite":
        _workflow_commands._BACKGROUND_JOBS_INTERVAL_SEC = _NEVER  # noqa: SLF001


def _quiet() -> None:
    """Have DBOS say only what is wrong; the rest is in our own log."""
    logging.getLogger("dbos").setLevel(logging.ERROR)
