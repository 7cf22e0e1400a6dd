"""The one thread that reads and writes a file of SQLite for an event loop, many writes at a time.

What waits to be written when the thread is free is written in one transaction, each job behind a
savepoint of its own: a job that fails takes nothing of the others with it, and none is told that it
is done before all of them are on the disk. (Measured beside a hop to a thread for every statement
and a commit for every job: a third of the CPU.)

LangGraph's own saver works with `scribed`'s connection: a coroutine of it is begun in the loop, and
from its first statement on goes through in the thread.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from savoirfaire.graphs.sqlite_connection import Asked

_MOST = 64  # jobs in a transaction

T = TypeVar("T")


@dataclass
class _Job:
    do: Callable[[], Any]
    writes: bool
    about: Any
    done: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Tell who waits, unless nobody does any more."""
        if self.done.done():
            return
        if self.error is None:
            self.done.set_result(self.result)
        else:
            self.done.set_exception(self.error)


class SqliteWriter:
    """A thread with a connection to the file at `path`; it belongs to the loop that opens it.

    `prepare` is called in the thread before anything else. `wait` is in seconds.
    """

    def __init__(
        self, path: Path, prepare: Callable[["SqliteWriter"], object], *, wait: float
    ) -> None:
        self._path = path
        self._prepare = prepare
        self._wait = wait
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        self._is_closed = False
        self._raw: sqlite3.Connection | None = None
        self.about: Any = None
        """What the job that is done now is about; in the thread only."""
        self._state = threading.local()

    async def __aenter__(self) -> Self:
        threading.Thread(target=self._work, name="savoir-writer", daemon=True).start()
        try:
            await self.do(self._open)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_closed = True
        self._jobs.put(None)
        await self._ended

    @property
    def name(self) -> str:
        """What the file is called."""
        return self._path.name

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection, for jobs: it is used in the thread only."""
        assert self._raw is not None
        return self._raw

    async def do(self, job: Callable[[], T], *, writes: bool = False, about: Any = None) -> T:
        """Have a job done in the thread; one that `writes` in a transaction, with others."""
        if self._is_closed:
            raise sqlite3.ProgrammingError("the file is closed")
        done: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(job, writes, about, done))
        return await done

    async def through(
        self, work: Coroutine[Any, Any, T], *, writes: bool = False, about: Any = None
    ) -> T:
        """Have a coroutine that awaits nothing but the connection go through at a stroke."""
        self._state.is_driving = True
        try:
            asked = work.send(None)
        except StopIteration as ended:
            value: T = ended.value
            return value
        finally:
            self._state.is_driving = False
        try:
            return await self.do(lambda: self._go_on(work, asked), writes=writes, about=about)
        finally:
            work.close()

    @property
    def is_driving(self) -> bool:
        """Whether this thread drives a coroutine now."""
        return getattr(self._state, "is_driving", False)

    def _go_on(self, work: Coroutine[Any, Any, T], asked: "Asked[Any]") -> T:
        self._state.is_driving = True
        try:
            while True:
                try:
                    answer = asked.do()
                except Exception as error:  # noqa: BLE001 - whoever asked is told
                    asked = work.throw(error)
                else:
                    asked = work.send(answer)
        except StopIteration as ended:
            value: T = ended.value
            return value
        finally:
            self._state.is_driving = False

    # --- in the thread --------------------------------------------------------------------------

    def _open(self) -> None:
        self._raw = sqlite3.connect(self._path, timeout=self._wait, isolation_level=None)
        self._prepare(self)

    def _work(self) -> None:
        while (first := self._jobs.get()) is not None:
            jobs, is_last = self._waiting(first)
            for job in jobs:
                if not job.writes:
                    self._attempt(job)
            self._write([job for job in jobs if job.writes])
            self._tell([job.settle for job in jobs])
            if is_last:
                break
        if self._raw is not None:
            self._raw.close()
        self._tell([lambda: self._ended.set_result(None)])

    def _waiting(self, first: _Job) -> tuple[list[_Job], bool]:
        jobs = [first]
        with suppress(Empty):
            while len(jobs) < _MOST:
                job = self._jobs.get_nowait()
                if job is None:
                    return jobs, True
                jobs.append(job)
        return jobs, False

    def _write(self, jobs: list[_Job]) -> None:
        if not jobs:
            return
        try:
            self.raw.execute("BEGIN IMMEDIATE")
            for job in jobs:
                self._behind_savepoint(job) if len(jobs) > 1 else self._alone(job)
            self.raw.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - all of them are told
            with suppress(sqlite3.Error):
                self.raw.rollback()
            for job in jobs:
                job.error = job.error or error

    def _alone(self, job: _Job) -> None:
        self._attempt(job)
        if job.error is not None:
            raise job.error

    def _behind_savepoint(self, job: _Job) -> None:
        self.raw.execute("SAVEPOINT job")
        self._attempt(job)
        if job.error is not None:
            if not self.raw.in_transaction:  # the disk is full: SQLite has taken all of it back
                raise job.error
            self.raw.execute("ROLLBACK TO job")
        self.raw.execute("RELEASE job")

    def _attempt(self, job: _Job) -> None:
        self.about = job.about
        try:
            job.result = job.do()
        except BaseException as error:  # noqa: BLE001 - whoever waits is told
            job.error = error

    def _tell(self, done: list[Callable[[], None]]) -> None:
        def tell() -> None:
            for each in done:
                each()

        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            self._loop.call_soon_threadsafe(tell)
