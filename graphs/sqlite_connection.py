"""A connection as aiosqlite's, over a writer, for LangGraph's own saver to work with."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from savoirfaire.graphs.sqlite_writer import SqliteWriter

T = TypeVar("T")


@dataclass(frozen=True)
class Asked(Generic[T]):
    """Something asked of the connection: awaited, or entered for as long as a block."""

    writer: SqliteWriter
    do: Callable[[], T]

    def __await__(self) -> Generator[Any, Any, T]:
        """In a coroutine that is driven, leave it to whoever drives; else have it done."""
        if self.writer.is_driving:
            answer: T = yield self
            return answer
        return (yield from self.writer.do(self.do).__await__())

    async def __aenter__(self) -> T:
        return await self

    async def __aexit__(self, *_: object) -> None:
        pass


class Cursor:
    """A cursor of the connection, which has all its rows at once.

    SQLite's own one does not leave the thread: where it ended elsewhere, it would reset a statement
    that the thread has just taken up again.
    """

    def __init__(self, writer: SqliteWriter) -> None:
        self._writer = writer
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def __aiter__(self) -> AsyncIterator[Any]:
        for row in await self.fetchall():
            yield row

    def execute(self, statement: str, given: Sequence[Any] = ()) -> Asked[Self]:
        """Run a statement."""
        return Asked(self._writer, lambda: self._read(self._writer.raw.execute(statement, given)))

    def executemany(self, statement: str, given: Sequence[Sequence[Any]]) -> Asked[Self]:
        """Run a statement for each of many rows."""
        return Asked(
            self._writer, lambda: self._read(self._writer.raw.executemany(statement, given))
        )

    async def fetchone(self) -> Any:
        """The next row, or None."""
        return self._rows.pop(0) if self._rows else None

    async def fetchall(self) -> list[Any]:
        """All rows that are left."""
        rows, self._rows = self._rows, []
        return rows

    def _read(self, cursor: sqlite3.Cursor) -> Self:
        self._rows = cursor.fetchall()
        cursor.close()
        return self


@dataclass(frozen=True)
class Connection:
    """The writer's connection as aiosqlite has one. What jobs write is committed by the writer."""

    writer: SqliteWriter

    def is_alive(self) -> bool:
        """It is open."""
        return True

    def __await__(self) -> Generator[Any, Any, Self]:
        """It is open: nothing is waited for."""
        yield from ()
        return self

    def cursor(self) -> Cursor:
        """A cursor."""
        return Cursor(self.writer)

    def execute(self, statement: str, given: Sequence[Any] = ()) -> Asked[Cursor]:
        """Run a statement."""
        return self.cursor().execute(statement, given)

    def executescript(self, script: str) -> Asked[Any]:
        """Run several statements."""
        return Asked(self.writer, lambda: self.writer.raw.executescript(script).close())

    async def commit(self) -> None:
        """Nothing: each statement is, and a job's with the others beside it."""
