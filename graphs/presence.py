"""Which processes are at work, so that one that is dead or frozen is not waited for.

A process at work holds a lock as long as it lives (of a file, or PostgreSQL's on a session) and
says so every few seconds on the database's clock. Whoever holds no lock is dead, whoever has not
said so for too long is frozen: both count as gone, and `leases` keep a frozen one that wakes from
doing harm.
"""

import hashlib
import os
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import portalocker
import structlog
from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from savoirfaire.errors import SavoirError
from savoirfaire.knowledge.database import later, now, writing
from savoirfaire.knowledge.dialects import clock
from savoirfaire.knowledge.schema import workers
from savoirfaire.workspace import within

Kind = Literal["command", "worker"]

STALE = 30.0  # seconds without a beat
_BEATS = 6  # in that time
_LAST_BEAT = 2.0  # seconds to wait for one that is being said

log = structlog.get_logger(__name__)


class Presence:
    """The process itself among those at work; it enters when it first takes a run."""

    def __init__(
        self,
        engine: Engine,
        locks: Path,
        *,
        kind: Kind = "command",
        slots: int = 1,
        stale: float = STALE,
    ) -> None:
        self.id = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._engine = engine
        self._locks = locks
        self._kind = kind
        self._slots = slots
        self._stale = stale
        self._held: Callable[[], None] | None = None
        self._beating: threading.Thread | None = None
        self._stop = threading.Event()
        self._entering = threading.Lock()

    def enter(self) -> None:
        """Be at work, from now until `leave` or the process's end."""
        with self._entering:
            if self._held is not None:
                return
            self._held = self._lock()
            with writing(self._engine, shared=True) as connection:
                connection.execute(insert(workers).values(self._row()))
        self._beating = threading.Thread(target=self._beat, name="savoir-beat", daemon=True)
        self._beating.start()

    def leave(self) -> None:
        """Be at work no more."""
        self._stop.set()
        if self._beating is not None:  # in the middle of one, it would keep a connection open
            self._beating.join(timeout=_LAST_BEAT)
        with self._entering:
            if self._held is None:
                return
            release, self._held = self._held, None
            with suppress(SavoirError), writing(self._engine, shared=True) as connection:
                connection.execute(delete(workers).where(workers.c.id == self.id))
            release()
            with suppress(OSError):
                self._file(self.id).unlink(missing_ok=True)

    def is_gone(self, other: str) -> bool:
        """Whether a process is dead, or frozen for so long that it is not waited for."""
        if other == self.id:
            return False
        with self._engine.connect() as connection:
            row = connection.execute(select(workers).where(workers.c.id == other)).first()
            if row is None or row.beat_at < later(now(connection), -self._stale):
                return True
            return self._is_free(connection, other)

    def living(self, kind: Kind = "worker") -> list[Any]:
        """The processes of a kind that are at work now."""
        with self._engine.connect() as connection:
            rows = list(connection.execute(select(workers).where(workers.c.kind == kind)))
        return [row for row in rows if row.id == self.id or not self.is_gone(row.id)]

    def tell(self, **said: Any) -> None:
        """Say something of this process to the others."""
        with writing(self._engine, shared=True) as connection:
            connection.execute(update(workers).where(workers.c.id == self.id).values(**said))

    def bury(self) -> list[str]:
        """Strike those from the list that are dead; gives their ids."""
        with self._engine.connect() as connection:
            others = list(connection.scalars(select(workers.c.id).where(workers.c.id != self.id)))
            dead = [each for each in others if self._is_free(connection, each)]
        if dead:
            with writing(self._engine, shared=True) as connection:
                connection.execute(delete(workers).where(workers.c.id.in_(dead)))
        for each in dead:
            with suppress(OSError):
                self._file(each).unlink(missing_ok=True)
        return dead

    # --- locks ----------------------------------------------------------------------------------

    def _row(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self._kind,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "slots": self._slots,
            "draining": False,
            "started_at": clock(),
            "beat_at": clock(),
        }

    def _file(self, of: str) -> Path:
        return within(self._locks, f"worker-{of}.lock")

    def _lock(self) -> Callable[[], None]:
        if self._engine.dialect.name == "postgresql":
            return _session_lock(self._engine, self.id)
        self._locks.mkdir(parents=True, exist_ok=True)
        flags = portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING
        lock = portalocker.Lock(self._file(self.id), timeout=0, flags=flags)
        lock.acquire()
        return lock.release

    def _is_free(self, connection: Connection, other: str) -> bool:
        """Whether nobody holds the lock of a process."""
        if self._engine.dialect.name == "postgresql":
            return not connection.scalar(_HELD, {"high": _key(other) >> 32, "low": _low(other)})
        flags = portalocker.LockFlags.SHARED | portalocker.LockFlags.NON_BLOCKING
        try:
            with portalocker.Lock(self._file(other), mode="r", timeout=0, flags=flags):
                return True
        except FileNotFoundError:
            return True
        except portalocker.LockException:
            return False

    def _beat(self) -> None:
        while not self._stop.wait(self._stale / _BEATS):
            try:
                self.tell(beat_at=clock())
                if self._engine.dialect.name == "postgresql":
                    self._lock_again()
            except SavoirError as error:  # the server is away: it is tried again
                log.warning("worker.beat_failed", worker=self.id, error=type(error).__name__)

    def _lock_again(self) -> None:
        """Take the lock anew where the server has lost the session that held it."""
        with self._entering, self._engine.connect() as connection:
            if self._held is not None and self._is_free(connection, self.id):
                self._held()
                self._held = _session_lock(self._engine, self.id)


_HELD = text(
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid = :high AND objid = :low"
)


def _key(name: str) -> int:
    """A number of 63 bits for the name of a process."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) >> 1


def _low(name: str) -> int:
    return _key(name) & 0xFFFFFFFF


def _session_lock(engine: Engine, name: str) -> Callable[[], None]:
    """Hold PostgreSQL's lock of a name until it is given back, or the session ends."""
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _key(name)})

    def release() -> None:
        connection.invalidate()  # the session ends, and with it the lock
        connection.close()

    return release
