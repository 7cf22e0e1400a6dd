"""Checkpoints in PostgreSQL, for several machines; needs the extra `postgres`."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from savoirfaire.errors import BusyError, LeaseLostError, UnreachableError
from savoirfaire.graphs.checkpoints import serializer
from savoirfaire.graphs.leases import GIVE_BACK, LOST, TAKE, Lease, prepare
from savoirfaire.graphs.postgres_writer import PostgresWriter, Sheet
from savoirfaire.knowledge.database import connect, postgresql_url

_SETTING_UP = 7_283_466_231_108  # a lock: of two processes that begin at once, one makes the tables
_CONNECTIONS = 8
_PATIENCE = 30.0  # seconds

_FENCED = "SELECT savoir_fence(%s, %s)"
_TAKE, _GIVE_BACK = (each.replace("?", "%s") for each in (TAKE, GIVE_BACK))


@dataclass(frozen=True)
class _Under:
    """What is written now, and under which lease, if any."""

    lease: Lease | None


_writing: ContextVar[_Under | None] = ContextVar("writing", default=None)


class PostgresSaver(AsyncPostgresSaver):
    """LangGraph's saver for PostgreSQL; what is held by a lease is written only under it."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        super().__init__(pool, serde=serializer())
        self.lock = cast("asyncio.Lock", nullcontext())  # each takes a connection of the pool
        self._pool = pool
        self._writer = PostgresWriter(pool)
        self._held: dict[str, Lease] = {}

    async def hold(self, lease: Lease) -> None:
        """Drive a thread under a lease from now on."""
        self._held[lease.thread] = lease

    async def let_go(self, lease: Lease) -> None:
        """Drive a thread under a lease no more."""
        self._held.pop(lease.thread, None)

    async def lend(self, thread: str, holder: str) -> int | None:
        """Take a lease that nobody holds; its epoch. Raises BusyError."""
        with saying():
            async with self._pool.connection() as connection:
                cursor = await connection.execute(_TAKE, (thread, holder))
                taken = await cursor.fetchone()
        return int(taken["epoch"]) if taken else None

    async def give_back(self, lease: Lease) -> None:
        """Give a lease back. Raises BusyError."""
        with saying():
            async with self._pool.connection() as connection:
                await connection.execute(_GIVE_BACK, (lease.thread, lease.epoch))

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint. Raises LeaseLostError, BusyError."""
        with saying(), self._fenced(config):
            return await super().aput(config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Save what a step wrote. Raises LeaseLostError, BusyError."""
        with saying(), self._fenced(config):
            await super().aput_writes(config, writes, task_id, task_path)

    async def aget_tuple(self, config: RunnableConfig) -> Any:
        """A checkpoint. Raises BusyError."""
        with saying():
            return await super().aget_tuple(config)

    @contextmanager
    def _fenced(self, config: RunnableConfig) -> Iterator[None]:
        token = _writing.set(_Under(self._held.get(config["configurable"]["thread_id"])))
        try:
            yield
        finally:
            _writing.reset(token)

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[Any]:
        under = _writing.get()
        if under is None:
            async with super()._cursor(pipeline=pipeline) as cursor:
                yield cursor
            return
        sheet = Sheet()
        if under.lease is not None:
            await sheet.execute(_FENCED, (under.lease.thread, under.lease.epoch))
        yield sheet
        await self._writer.write(sheet)


@contextmanager
def saying() -> Iterator[None]:
    """Say what PostgreSQL says as the errors that a run knows."""
    try:
        yield
    except PoolTimeout as error:
        raise UnreachableError("the database cannot be reached") from error
    except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected) as error:
        raise BusyError("another command is writing to {file}", file="the database") from error
    except psycopg.Error as error:
        if error.sqlstate == LOST:
            raise LeaseLostError("another process works on this run now") from error
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            raise UnreachableError("the database cannot be reached") from error
        raise


@asynccontextmanager
async def open_postgres(address: str) -> AsyncIterator[PostgresSaver]:
    """The saver over a PostgreSQL database, its tables made if missing. Raises BusyError."""
    plain = postgresql_url(address).set(drivername="postgresql")
    await asyncio.to_thread(_prepare, address)
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        plain.render_as_string(hide_password=False),
        min_size=1,
        max_size=_CONNECTIONS,
        timeout=_PATIENCE,
        open=False,
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
    )
    async with pool:
        saver = PostgresSaver(pool)
        with saying():
            async with pool.connection() as connection:
                # Not waited for inside a statement: its snapshot is what an index that is made
                # concurrently waits for.
                while not await _is_mine(connection):  # noqa: ASYNC110 - another process has it
                    await asyncio.sleep(0.1)
                try:
                    await saver.setup()
                finally:
                    await connection.execute("SELECT pg_advisory_unlock(%s)", (_SETTING_UP,))
        yield saver


async def _is_mine(connection: psycopg.AsyncConnection[Any]) -> bool:
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS mine", (_SETTING_UP,))
    row = await cursor.fetchone()
    return bool(row and row["mine"])


def _prepare(address: str) -> None:
    engine = connect(address)
    try:
        prepare(engine)
    finally:
        engine.dispose()
