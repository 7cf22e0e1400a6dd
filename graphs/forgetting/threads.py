"""What the checkpoints hold of runs: read, changed and deleted, whatever graph wrote them."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import ormsgpack

from savoirfaire.errors import BusyError, WorkspaceError

_BUSY = 30.0  # seconds
_KNOWN = "SELECT 1 FROM sqlite_master WHERE name = ?"
_NUMBER = 9  # bytes of the longest number
_TABLES = (("checkpoints", ("checkpoint", "metadata")), ("writes", ("value",)))


class _Ext:
    """A value that only its own class can read, kept as what it is packed from."""

    def __init__(self, code: int, packed: bytes) -> None:
        self.code = code
        try:
            self.inner = unpacked(packed)
        except ValueError:
            self.inner = packed


class Threads:
    """The threads of a workspace's checkpoints, one for each run: `client:run`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self, client: str) -> list[str]:
        """The runs of a client that have checkpoints."""
        start = f"{client}:"
        with self._open() as database:
            rows = database.execute("SELECT DISTINCT thread_id FROM checkpoints")
            found = [str(row[0]) for row in rows] if self._path.exists() else []
        return [each.removeprefix(start) for each in found if each.startswith(start)]

    def read(self, client: str, run: str) -> Iterator[Any]:
        """Everything kept of a run, as plain data."""
        with self._open() as database:
            for table, columns in _TABLES:
                query = f"SELECT {', '.join(columns)} FROM {table} WHERE thread_id = ?"
                for row in database.execute(query, (f"{client}:{run}",)):
                    yield from (plain(readable(each)) for each in row if each)

    def delete(self, client: str, run: str) -> None:
        """Delete everything kept of a run."""
        with self._open() as database, database:
            database.execute("BEGIN IMMEDIATE")
            for table, _columns in _TABLES:
                query = f"DELETE FROM {table} WHERE thread_id = ?"
                database.execute(query, (f"{client}:{run}",))
            if database.execute(_KNOWN, ("leases",)).fetchone():
                database.execute("DELETE FROM leases WHERE thread = ?", (f"{client}:{run}",))

    def change(self, client: str, run: str, change: Callable[[Any], Any]) -> None:
        """Change everything kept of a run, each value on its own."""
        with self._open() as database, database:
            database.execute("BEGIN IMMEDIATE")
            for table, columns in _TABLES:
                query = f"SELECT rowid, {', '.join(columns)} FROM {table} WHERE thread_id = ?"
                for rowid, *values in database.execute(query, (f"{client}:{run}",)).fetchall():
                    changed = [each and _changed(each, change) for each in values]
                    if changed != values:
                        put = ", ".join(f"{column} = ?" for column in columns)
                        database.execute(
                            f"UPDATE {table} SET {put} WHERE rowid = ?", (*changed, rowid)
                        )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The database; an empty one in memory where there is none."""
        path = str(self._path) if self._path.exists() else ":memory:"
        with saying(self._path), closing(sqlite3.connect(path, timeout=_BUSY)) as database:
            database.isolation_level = None
            database.execute("PRAGMA secure_delete = ON")
            for table, columns in _TABLES:
                held = ", ".join((*columns, "thread_id"))
                if database.execute(_KNOWN, (table,)).fetchone() is None:
                    database.execute(f"CREATE TEMP TABLE {table} ({held})")
            yield database


@contextmanager
def saying(path: Path) -> Iterator[None]:
    """Say what SQLite says of a file as the errors that people are shown."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise BusyError("another command is using {file}", file=path.name) from error
        raise WorkspaceError(
            "{file} cannot be used: {reason}", file=path.name, reason=error
        ) from error
    except sqlite3.DatabaseError as error:
        raise WorkspaceError(
            "{file} cannot be used: {reason}", file=path.name, reason=error
        ) from error


def compact(path: Path) -> None:
    """Write a database anew without what was deleted, and empty its log. Raises BusyError."""
    if not path.exists():
        return
    with saying(path), closing(sqlite3.connect(path, timeout=_BUSY)) as database:
        database.isolation_level = None
        database.execute("PRAGMA secure_delete = ON")
        for step in (
            "PRAGMA wal_checkpoint(TRUNCATE)",
            "VACUUM",
            "PRAGMA wal_checkpoint(TRUNCATE)",
        ):
            row = database.execute(step).fetchone()
            if row and row[0]:
                raise BusyError("another command is using {file}", file=path.name)


def readable(value: Any) -> Any:
    """A stored value as data: JSON or MessagePack; anything else as text."""
    if isinstance(value, str):
        return value
    try:
        if value[:1] in {b"{", b"["}:
            return json.loads(value)
        known = unpacked(value)
    except (ValueError, RecursionError):
        return value.decode("utf-8", "replace")
    # The unpacker passes over what follows a number: this is text that begins like one.
    is_text = isinstance(known, int | float | None)
    return value.decode("utf-8", "replace") if is_text and len(value) > _NUMBER else known


def plain(value: Any) -> Any:
    """The same without the wrapping of classes."""
    if isinstance(value, _Ext):
        return plain(value.inner)
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def unpacked(data: bytes) -> Any:
    """What MessagePack says; raises ValueError where the bytes are none."""
    return ormsgpack.unpackb(data, ext_hook=_Ext, option=ormsgpack.OPT_NON_STR_KEYS)


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """A stored value, changed, in the form it was stored in."""
    if isinstance(value, str):
        return change(value)
    known = readable(value)
    if value[:1] in {b"{", b"["} and not isinstance(known, str):
        changed = change(known)
        return value if changed == known else json.dumps(changed, ensure_ascii=False).encode()
    if isinstance(known, str) and known.encode() == value:
        return change(known).encode()
    before = _packed(known)  # changing what is wrapped changes it in place
    after = _packed(_within(known, change))
    return value if after == before else after


def _within(value: Any, change: Callable[[Any], Any]) -> Any:
    """Change the texts of data, also of what is wrapped."""
    if isinstance(value, _Ext):
        value.inner = _within(value.inner, change)
        return value
    if isinstance(value, dict):
        return {_within(key, change): _within(each, change) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_within(each, change) for each in value)
    return change(value) if isinstance(value, str) else value


def _packed(value: Any) -> bytes:
    options = ormsgpack.OPT_NON_STR_KEYS | ormsgpack.OPT_PASSTHROUGH_SUBCLASS
    return ormsgpack.packb(value, default=_wrapped, option=options)


def _wrapped(value: Any) -> ormsgpack.Ext:
    if not isinstance(value, _Ext):
        raise TypeError(type(value).__name__)
    inner = value.inner
    return ormsgpack.Ext(value.code, inner if isinstance(inner, bytes) else _packed(inner))
