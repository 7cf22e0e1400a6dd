"""Writers that share transactions: none is lost, none takes another with it, none writes late."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
from langgraph.checkpoint.base import empty_checkpoint

from savoirfaire.errors import LeaseLostError
from savoirfaire.graphs.checkpoints import open_checkpoints
from savoirfaire.graphs.leases import Leases
from savoirfaire.graphs.postgres_writer import PostgresWriter, Sheet
from savoirfaire.graphs.sqlite_connection import Connection
from savoirfaire.graphs.sqlite_writer import SqliteWriter
from savoirfaire.knowledge.database import connect

THREAD = "acme:run-1"
CONFIG: Any = {"configurable": {"thread_id": THREAD, "checkpoint_ns": ""}}


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[SqliteWriter]:
    """A writer over a file with one table."""

    def prepare(writer: SqliteWriter) -> None:
        writer.raw.execute("CREATE TABLE kept (name TEXT PRIMARY KEY)")

    async with SqliteWriter(tmp_path / "file.db", prepare, wait=1) as opened:
        yield opened


class Pause:
    """Keeps a writer's thread busy, so that what comes meanwhile waits together."""

    def __init__(self, writer: SqliteWriter) -> None:
        self._go_on = threading.Event()
        self._held = asyncio.create_task(writer.do(lambda: self._go_on.wait(10)))

    async def end(self) -> None:
        """Let it go on."""
        await asyncio.sleep(0.01)
        self._go_on.set()
        await self._held


async def put(writer: SqliteWriter, name: str) -> None:
    """Keep a name, through a coroutine as LangGraph's saver has them."""
    connection = Connection(writer)

    async def work() -> None:
        async with connection.cursor() as cursor:
            await cursor.executemany("INSERT INTO kept (name) VALUES (?)", [(name + "'",), (name,)])
        await connection.commit()

    await writer.through(work(), writes=True)


async def kept(writer: SqliteWriter) -> set[str]:
    """The names that are kept."""
    connection = Connection(writer)
    async with connection.execute("SELECT name FROM kept") as cursor:
        return {name async for (name,) in cursor}


async def test_one_that_fails_takes_no_other_with_it(writer: SqliteWriter) -> None:
    """Of writes in one transaction, only what failed is taken back, and only its writer told."""
    await Connection(writer).execute("INSERT INTO kept (name) VALUES ('twice')")
    pause = Pause(writer)
    names = ["a", "twice", "b"]
    tasks = [asyncio.create_task(put(writer, name)) for name in names]
    await pause.end()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in told] == [type(None), sqlite3.IntegrityError, type(None)]
    assert await kept(writer) == {"twice", "a", "a'", "b", "b'"}


async def test_nothing_is_told_before_it_is_on_the_disk(
    writer: SqliteWriter, tmp_path: Path
) -> None:
    """Whoever is told that a write is done finds it from another process, however many wait."""

    async def one(number: int) -> None:
        await put(writer, str(number))
        other = sqlite3.connect(tmp_path / "file.db")
        found = other.execute("SELECT 1 FROM kept WHERE name = ?", (str(number),)).fetchone()
        other.close()
        assert found == (1,)
        assert str(number) in await kept(writer)

    await asyncio.gather(*(one(number) for number in range(100)))


async def test_what_waits_when_it_is_closed_is_done(tmp_path: Path) -> None:
    """Closing does what was asked before, and takes nothing after."""

    def prepare(writer: SqliteWriter) -> None:
        writer.raw.execute("CREATE TABLE kept (name TEXT PRIMARY KEY)")

    async with SqliteWriter(tmp_path / "file.db", prepare, wait=1) as writer:
        tasks = [asyncio.create_task(put(writer, str(number))) for number in range(5)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        await put(writer, "late")


async def test_a_write_that_is_late_is_under_its_lease(tmp_path: Path) -> None:
    """What a run has written when it is let go of is refused, where it was overtaken meanwhile."""
    engine = connect(tmp_path / "checkpoints.db")
    lease = Leases(engine, "frozen", lambda _other: False).take(THREAD)
    async with open_checkpoints(tmp_path / "checkpoints.db") as saver:
        await saver.hold(lease)
        pause = Pause(saver.conn.writer)  # type: ignore[attr-defined]
        late = asyncio.create_task(saver.aput(CONFIG, empty_checkpoint(), {}, {}))
        await asyncio.sleep(0)
        await saver.let_go(lease)
        Leases(engine, "after", lambda _other: True).take(THREAD)
        await pause.end()
        with pytest.raises(LeaseLostError):
            await late
        assert await saver.aget_tuple(CONFIG) is None
    engine.dispose()


# --- PostgreSQL -----------------------------------------------------------------------------------


@dataclass
class Server:
    """A pool over a server that refuses one value; `done` has what each transaction wrote."""

    refused: str = ""
    is_away: bool = False
    done: list[list[str]] = field(default_factory=list)
    under_way: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Self]:
        """A connection, after a moment in which others come to wait."""
        await asyncio.sleep(0.001)
        if self.is_away:
            raise psycopg.OperationalError("away")
        yield self

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[None]:
        """A transaction."""
        self.under_way = []
        yield
        self.done.append(self.under_way)

    def cursor(self, **_how: Any) -> Self:
        """A cursor."""
        return self

    async def execute(self, _statement: str, row: list[str]) -> None:
        """Write a value."""
        if row[0] == self.refused:
            raise psycopg.errors.RaiseException(row[0])
        self.under_way.append(row[0])


async def written(server: Server, values: Iterator[str]) -> list[Any]:
    """Write values, each its own writer's; what each is told."""
    writer = PostgresWriter(server)  # type: ignore[arg-type]

    async def one(value: str) -> None:
        sheet = Sheet()
        await sheet.executemany("INSERT", [[value], [value]])
        await writer.write(sheet)

    return await asyncio.gather(*(one(value) for value in values), return_exceptions=True)


async def test_many_in_one_transaction() -> None:
    """What waits together is written together, in order; whoever fails is alone with it."""
    server = Server()
    assert await written(server, iter("abc")) == [None, None, None]
    assert server.done == [list("aabbcc")]
    server = Server(refused="b")
    told = await written(server, iter("abc"))
    assert [type(each) for each in told] == [
        type(None),
        psycopg.errors.RaiseException,
        type(None),
    ]
    assert server.done == [list("aa"), list("cc")]


async def test_a_server_that_is_away() -> None:
    """Where the server is away, all are told at once, and none is tried one by one."""
    told = await written(Server(is_away=True), iter("abc"))
    assert {type(each) for each in told} == {psycopg.OperationalError}
