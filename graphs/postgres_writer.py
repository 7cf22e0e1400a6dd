"""Many small writes to PostgreSQL, each of its own caller, in one transaction at a time.

Whoever writes while a transaction is under way waits for the next, which takes all that wait: one
journey to the server and one flush to its disk for all of them. None is told that it is done before
its transaction is. Where one of them fails, each is done on its own, and only that one is told.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

_MOST = 32  # writers in a transaction


@dataclass
class Sheet:
    """What one caller writes, in order; it looks like a cursor that gives nothing back."""

    said: list[tuple[Any, Sequence[Sequence[Any]]]] = field(default_factory=list)

    async def execute(self, statement: Any, given: Sequence[Any] = (), **_how: Any) -> Self:
        """Note a statement."""
        self.said.append((statement, [given]))
        return self

    async def executemany(self, statement: Any, given: Sequence[Sequence[Any]]) -> None:
        """Note a statement for each of many rows."""
        self.said.append((statement, list(given)))


class PostgresWriter:
    """Writes the sheets of a process, for one event loop, over connections that commit at once."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._waiting: deque[tuple[Sheet, asyncio.Future[None]]] = deque()
        self._working: asyncio.Task[None] | None = None

    async def write(self, sheet: Sheet) -> None:
        """Write a sheet; it is on the server's disk afterwards. Raises psycopg.Error."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((sheet, done))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        await done

    async def _work(self) -> None:
        while self._waiting:
            count = min(_MOST, len(self._waiting))
            group = [self._waiting.popleft() for _ in range(count)]
            error = await self._attempt([sheet for sheet, _done in group])
            if error is None or count == 1 or _is_away(error):
                for _sheet, done in group:
                    _tell(done, error)
                continue
            for sheet, done in group:
                _tell(done, await self._attempt([sheet]))

    async def _attempt(self, sheets: Sequence[Sheet]) -> BaseException | None:
        try:
            await self._together(sheets)
        except BaseException as error:  # noqa: BLE001 - whoever waits is told
            return error
        return None

    async def _together(self, sheets: Sequence[Sheet]) -> None:
        # What a pipeline has between two syncs is one transaction.
        async with self._pool.connection() as connection, connection.pipeline():
            cursor = connection.cursor(binary=True)
            for sheet in sheets:
                for statement, rows in sheet.said:
                    for row in rows:
                        await cursor.execute(statement, row)


def _is_away(error: BaseException) -> bool:
    """Whether the server is not there, which trying one by one does not mend."""
    known = PoolTimeout | psycopg.OperationalError | psycopg.InterfaceError
    return isinstance(error, known) or not isinstance(error, Exception)


def _tell(done: "asyncio.Future[None]", error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
