"""Checkpoints: where LangGraph keeps what a run has done."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiosqlite
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from savoirfaire.errors import WorkspaceError

_BUSY = 30.0  # seconds to wait for another process's write


@asynccontextmanager
async def open_checkpoints(path: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """The saver over the SQLite file at `path`, made if missing.

    Only plain data comes back from it (strict msgpack): a checkpoint cannot name code to load, and
    state that is not plain JSON shows at once instead of coming back half built. Raises
    WorkspaceError where the file cannot be used.
    """
    async with aiosqlite.connect(path, timeout=_BUSY) as connection:
        saver = AsyncSqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        try:
            await connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
            await saver.setup()
        except sqlite3.DatabaseError as error:
            raise WorkspaceError(
                "{file} cannot be used: {reason}", file=path.name, reason=error
            ) from error
        yield saver


class Checkpoints:
    """The checkpoints of a workspace, opened for each use, or once for all uses while entered.

    Closing the last connection makes SQLite write its log back to the disk (measured: 50 ms).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._saver: AsyncSqliteSaver | None = None
        self._opening: asyncio.Lock | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> None:
        self._opening = asyncio.Lock()

    async def __aexit__(self, *_: object) -> None:
        self._saver = self._opening = None
        await self._stack.aclose()

    @asynccontextmanager
    async def saver(self) -> AsyncIterator[AsyncSqliteSaver]:
        """The saver, for as long as the block."""
        if self._opening is None:
            async with open_checkpoints(self._path) as saver:
                yield saver
            return
        async with self._opening:
            if self._saver is None:
                opened = open_checkpoints(self._path)
                self._saver = await self._stack.enter_async_context(opened)
        yield self._saver
