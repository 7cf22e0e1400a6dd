"""Opening the ledger's database, bringing its tables up to date, and saying what ails it.

Whatever SQLite says of a file that is damaged, full or read-only reaches the caller as a
WorkspaceError, and of one that another process keeps locked as a BusyError, wherever it happens.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.exc import DatabaseError

from savoirfaire.errors import BusyError, WorkspaceError

HEAD = "0004"
"""The newest revision in `migrations/versions`; a test holds the two together."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_DISK = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
}


def open_database(path: Path, *, wait: float = 30.0) -> Engine:
    """Open the SQLite ledger at `path`, made if missing and migrated if older.

    `wait` is how many seconds a write waits for another process before BusyError. Raises
    WorkspaceError where the file is no database, or comes from a newer savoirfaire.
    """
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": wait})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _say)
    try:
        _migrate(engine)
    except BaseException as error:
        engine.dispose()
        if isinstance(error, DatabaseError):
            raise _unusable(path.name, error.orig) from error
        raise
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that takes the write lock at once, so that it cannot fail half way for it."""
    with engine.connect().execution_options(savoir_write=True) as connection, connection.begin():
        yield connection


def now(connection: Connection) -> str:
    """The database's clock, UTC, ISO 8601 with milliseconds: one clock for every process."""
    return str(connection.scalar(text("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")))


def later(instant: str, seconds: float) -> str:
    """The instant so many seconds after one that `now` gave, in the same form."""
    moment = datetime.fromisoformat(instant) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "secure_delete=ON",
        # A question reads some hundred pages all over the file. Copied one by one, with the
        # 2 MB that SQLite keeps, they take longer than the search (1.5 of 5.7 ms).
        "mmap_size=1073741824",
        "cache_size=-16384",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("savoir_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _say(context: ExceptionContext) -> None:
    error = context.original_exception
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest only refines it
    name = Path(context.engine.url.database or "").name if context.engine else ""
    if code in _BUSY:
        raise BusyError("another command is writing to {file}", file=name) from error
    if code in _DAMAGED:
        raise _unusable(name, error) from error
    if code in _DISK:
        raise WorkspaceError(
            "{file} cannot be read or written: {reason}",
            file=name,
            reason=error,
            hint="Look whether the folder may be written to, and whether the disk is full.",
        ) from error


def _unusable(name: str, reason: object) -> WorkspaceError:
    return WorkspaceError(
        "{file} cannot be opened: {reason}",
        file=name,
        reason=reason,
        hint="Restore the file from a backup, or start a new workspace with `savoir init`.",
    )


def _migrate(engine: Engine) -> None:
    current = _current(engine)
    if current == HEAD:
        return
    if current is not None and not _is_ours(current):
        raise WorkspaceError(
            "this workspace was made by a newer savoirfaire (schema {current}, not {known})",
            current=current,
            known=HEAD,
            hint="Upgrade savoirfaire.",
        )
    from alembic import command  # noqa: PLC0415 - half a second that only a migration needs
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)


def _current(engine: Engine) -> str | None:
    named = text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
    with engine.connect() as connection:
        if connection.scalar(named) is None:
            return None
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def _is_ours(revision: str) -> bool:
    """Whether this savoirfaire has the migration that made a schema."""
    return any(
        path.name.startswith(f"{revision}_") for path in (_MIGRATIONS / "versions").glob("*.py")
    )
