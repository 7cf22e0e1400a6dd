"""What the checkpoints hold of runs: read, changed and deleted, whatever graph wrote them.

They are in SQLite's file or in PostgreSQL's tables, which langgraph's savers lay out differently.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, inspect, text

from savoirfaire.errors import BusyError, WorkspaceError
from savoirfaire.graphs.forgetting.packing import changed, plain, readable
from savoirfaire.graphs.leases import leases
from savoirfaire.knowledge.database import connect, writing

_BUSY = 30.0  # seconds
_TABLES = {
    "sqlite": {"checkpoints": ("checkpoint", "metadata"), "writes": ("value",)},
    "postgresql": {
        "checkpoints": ("checkpoint", "metadata"),
        "checkpoint_blobs": ("blob",),
        "checkpoint_writes": ("blob",),
    },
}
_ROW = {"sqlite": ("rowid", ":row"), "postgresql": ("ctid", "CAST(:row AS tid)")}


class Threads:
    """The threads of a workspace's checkpoints, one for each run: `client:run`.

    `place` is the path of SQLite's file, which may not exist, or the address of a PostgreSQL
    database. What is changed or deleted must be under a lease of whoever does it.
    """

    def __init__(self, place: Path | str) -> None:
        self._place = place

    def names(self, client: str) -> list[str]:
        """The runs of a client that have checkpoints."""
        start = f"{client}:"
        with self._reading() as (connection, tables):
            if "checkpoints" not in tables:
                return []
            rows = connection.scalars(text("SELECT DISTINCT thread_id FROM checkpoints"))
            found = sorted(str(each) for each in rows)
        return [each.removeprefix(start) for each in found if each.startswith(start)]

    def read(self, client: str, run: str) -> Iterator[Any]:
        """Everything kept of a run, as plain data."""
        with self._reading() as (connection, tables):
            for table, columns in tables.items():
                query = text(f"SELECT {', '.join(columns)} FROM {table} WHERE thread_id = :of")
                for row in connection.execute(query, {"of": f"{client}:{run}"}):
                    yield from (plain(readable(each)) for each in row if each)

    def delete(self, client: str, run: str) -> None:
        """Delete everything kept of a run."""
        thread = f"{client}:{run}"
        with self._writing() as (connection, tables):
            for table in tables:
                query = text(f"DELETE FROM {table} WHERE thread_id = :of")
                connection.execute(query, {"of": thread})
            if inspect(connection).has_table("leases"):
                connection.execute(delete(leases).where(leases.c.thread == thread))

    def change(self, client: str, run: str, change: Callable[[Any], Any]) -> None:
        """Change everything kept of a run, each value on its own."""
        with self._writing() as (connection, tables):
            key, _given = _ROW[connection.dialect.name]
            for table, columns in tables.items():
                held = ", ".join((f"CAST({key} AS TEXT)", *columns))
                query = text(f"SELECT {held} FROM {table} WHERE thread_id = :of")
                for row, *values in connection.execute(query, {"of": f"{client}:{run}"}).all():
                    others = [each and changed(each, change) for each in values]
                    if others != values:
                        _put(connection, table, row, dict(zip(columns, others, strict=True)))

    @contextmanager
    def _opened(self) -> Iterator[Engine]:
        is_missing = isinstance(self._place, Path) and not self._place.exists()
        engine = connect(Path(":memory:") if is_missing else self._place, wait=_BUSY)
        try:
            yield engine
        finally:
            engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[tuple[Connection, dict[str, tuple[str, ...]]]]:
        with self._opened() as engine, engine.connect() as connection:
            yield connection, _there(connection)

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, dict[str, tuple[str, ...]]]]:
        with self._opened() as engine, writing(engine, shared=True) as connection:
            yield connection, _there(connection)


def _there(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The tables that there are, with the columns that hold a run's words."""
    names = inspect(connection).get_table_names()
    known = _TABLES[connection.dialect.name]
    return {table: columns for table, columns in known.items() if table in names}


def _put(connection: Connection, table: str, row: str, values: dict[str, Any]) -> None:
    """Write the values of a row, in the form that their columns take."""
    key, given = _ROW[connection.dialect.name]
    puts = {name: _bound(name, value) for name, value in values.items()}
    to = ", ".join(f"{name} = {form}" for name, (form, _value) in puts.items())
    bound = {"row": row, **{name: value for name, (_form, value) in puts.items()}}
    connection.execute(text(f"UPDATE {table} SET {to} WHERE {key} = {given}"), bound)


def _bound(name: str, value: Any) -> tuple[str, Any]:
    if isinstance(value, dict | list):
        return f"CAST(:{name} AS jsonb)", json.dumps(value, ensure_ascii=False)
    return f":{name}", value


def compact(place: Path | str) -> None:
    """Write a database anew without what was deleted, and empty its log. Raises BusyError.

    PostgreSQL is made to let go of deleted rows; their bytes go when their place is taken again.
    """
    if isinstance(place, str):
        _vacuum(place)
    elif place.exists():
        _compact_file(place)


def _vacuum(address: str) -> None:
    engine = connect(address, wait=_BUSY)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))
    finally:
        engine.dispose()


def _compact_file(path: Path) -> None:
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
