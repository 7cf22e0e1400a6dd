"""Checkpoints: where LangGraph keeps what a run has done, in SQLite's file or in PostgreSQL.

A run is driven under a lease: once another process has taken it over, nothing more of it is
written, and whoever tries gets a LeaseLostError. The check is made by the database itself, in the
transaction of the write.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from savoirfaire.errors import LeaseLostError, WorkspaceError
from savoirfaire.graphs.leases import GIVE_BACK, TAKE, Lease
from savoirfaire.graphs.sqlite_connection import Connection
from savoirfaire.graphs.sqlite_writer import SqliteWriter
from savoirfaire.knowledge.database import ailment

if TYPE_CHECKING:
    import aiosqlite

    from savoirfaire.graphs.checkpoints_postgres import PostgresSaver

T = TypeVar("T")

_BUSY = 30.0  # seconds to wait for another process's write

# `held_epoch` gives the epoch of the lease under which a thread is written now, and nothing for one
# that is written without a lease.
_FENCE = """
CREATE TABLE IF NOT EXISTS leases (
  thread VARCHAR(200) NOT NULL, epoch BIGINT NOT NULL, holder VARCHAR(64), PRIMARY KEY (thread)
);
""" + "".join(
    f"""
CREATE TEMP TRIGGER fence_{table} BEFORE INSERT ON main.{table}
WHEN held_epoch(NEW.thread_id) <> (SELECT epoch FROM main.leases WHERE thread = NEW.thread_id)
BEGIN SELECT RAISE(ABORT, 'lease lost'); END;
"""
    for table in ("checkpoints", "writes")
)


def serializer() -> JsonPlusSerializer:
    """Only plain data comes back (strict msgpack): a checkpoint cannot name code to load.

    State that is not plain JSON shows at once instead of coming back half built.
    """
    return JsonPlusSerializer(allowed_msgpack_modules=None)


class SqliteSaver(AsyncSqliteSaver):
    """LangGraph's saver for SQLite, over a writer; a lease's thread is written only under it."""

    def __init__(self, writer: SqliteWriter) -> None:
        super().__init__(cast("aiosqlite.Connection", Connection(writer)), serde=serializer())
        self.lock = cast("asyncio.Lock", nullcontext())  # the writer does one thing at a time
        self._writer = writer
        self._held: dict[str, Lease] = {}

    async def hold(self, lease: Lease) -> None:
        """Drive a thread under a lease from now on."""
        self._held[lease.thread] = lease

    async def let_go(self, lease: Lease) -> None:
        """Drive a thread under a lease no more."""
        self._held.pop(lease.thread, None)

    async def lend(self, thread: str, holder: str) -> int | None:
        """Take a lease that nobody holds; its epoch. Raises BusyError."""

        def take() -> int | None:
            taken = self._writer.raw.execute(TAKE, (thread, holder)).fetchall()
            return int(taken[0][0]) if taken else None

        with saying(self._writer.name):
            return await self._writer.do(take, writes=True)

    async def give_back(self, lease: Lease) -> None:
        """Give a lease back. Raises BusyError."""
        given = (lease.thread, lease.epoch)
        with saying(self._writer.name):
            await self._writer.do(
                lambda: self._writer.raw.execute(GIVE_BACK, given).close(), writes=True
            )

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """A checkpoint. Raises WorkspaceError."""
        with saying(self._writer.name):
            return await self._writer.through(super().aget_tuple(config))

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint. Raises LeaseLostError, BusyError."""
        put = super().aput(config, checkpoint, metadata, new_versions)
        return await self._fenced(config, put)

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Save what a step wrote. Raises LeaseLostError, BusyError."""
        await self._fenced(config, super().aput_writes(config, writes, task_id, task_path))

    async def _fenced(self, config: RunnableConfig, work: Coroutine[Any, Any, T]) -> T:
        # The lease is that of now: what is written late, of a run let go of, is under it still.
        lease = self._held.get(config["configurable"]["thread_id"])
        with saying(self._writer.name):
            return await self._writer.through(work, writes=True, about=lease)


@contextmanager
def saying(name: str) -> Iterator[None]:
    """Say what SQLite says of a file as the errors that people are shown."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise LeaseLostError("another process works on this run now") from error
    except sqlite3.DatabaseError as error:
        known = ailment(name, error)
        unknown = WorkspaceError("{file} cannot be used: {reason}", file=name, reason=error)
        raise known or unknown from error


@asynccontextmanager
async def open_checkpoints(path: Path) -> AsyncIterator[SqliteSaver]:
    """The saver over the SQLite file at `path`, made if missing.

    Raises WorkspaceError where the file cannot be used.
    """
    with saying(path.name):
        writer = await SqliteWriter(path, _prepare, wait=_BUSY).__aenter__()
    try:
        saver = SqliteSaver(writer)
        with saying(path.name):
            await saver.setup()
            await saver.conn.executescript(_FENCE)
        yield saver
    finally:
        await writer.__aexit__()


def _prepare(writer: SqliteWriter) -> None:
    def held_epoch(thread: str) -> int | None:
        lease: Lease | None = writer.about
        return lease.epoch if lease is not None and lease.thread == thread else None

    writer.raw.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
    writer.raw.create_function("held_epoch", 1, held_epoch)


class Checkpoints:
    """The checkpoints of a workspace, opened for each use, or once for all uses while entered.

    `place` is the path of SQLite's file, or the address of a PostgreSQL database. Closing the last
    connection makes SQLite write its log back to the disk (measured: 50 ms).
    """

    def __init__(self, place: Path | str) -> None:
        self._place = place
        self._saver: SqliteSaver | PostgresSaver | None = None
        self._opening: asyncio.Lock | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> None:
        self._opening = asyncio.Lock()

    async def __aexit__(self, *_: object) -> None:
        self._saver = self._opening = None
        await self._stack.aclose()

    @asynccontextmanager
    async def saver(self) -> "AsyncIterator[SqliteSaver | PostgresSaver]":
        """The saver, for as long as the block."""
        if self._opening is None:
            async with self._open() as saver:
                yield saver
            return
        async with self._opening:
            if self._saver is None:
                self._saver = await self._stack.enter_async_context(self._open())
        yield self._saver

    @asynccontextmanager
    async def under(self, lease: Lease) -> "AsyncIterator[SqliteSaver | PostgresSaver]":
        """The saver, driving the thread of a lease for as long as the block."""
        async with self.saver() as saver:
            await saver.hold(lease)
            try:
                yield saver
            finally:
                await saver.let_go(lease)

    @asynccontextmanager
    async def _open(self) -> "AsyncIterator[SqliteSaver | PostgresSaver]":
        if isinstance(self._place, Path):
            async with open_checkpoints(self._place) as saver:
                yield saver
            return
        from savoirfaire.graphs.checkpoints_postgres import open_postgres  # noqa: PLC0415

        async with open_postgres(self._place) as opened:
            yield opened
