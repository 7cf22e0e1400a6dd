"""Opening the ledger's database, and bringing its tables up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, OperationalError

from savoirfaire.errors import WorkspaceError

HEAD = "0001"
"""The newest revision in `migrations/versions`; a test holds the two together."""

_MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(path: Path) -> Engine:
    """Open the SQLite ledger at `path`, made if missing and migrated if older.

    Raises WorkspaceError where the file is no database, or comes from a newer savoirfaire.
    """
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    try:
        _migrate(engine)
    except DatabaseError as error:
        engine.dispose()
        raise WorkspaceError(
            "{file} cannot be opened: {reason}",
            file=path.name,
            reason=error.orig,
            hint="Restore the file from a backup, or start a new workspace with `savoir init`.",
        ) from error
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that takes the write lock at once, so that it cannot fail half way for it."""
    with engine.connect().execution_options(savoir_write=True) as connection, connection.begin():
        yield connection


def now(connection: Connection) -> str:
    """The database's clock, UTC, ISO 8601 with milliseconds: one clock for every process."""
    return str(connection.scalar(text("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")))


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=30000",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("savoir_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _migrate(engine: Engine) -> None:
    current = _current(engine)
    if current == HEAD:
        return
    if current is not None and current > HEAD:
        raise WorkspaceError(
            "this workspace was made by a newer savoirfaire (schema {current}, not {known})",
            current=current,
            known=HEAD,
            hint="Upgrade savoirfaire.",
        )
    from alembic import command  # noqa: PLC0415 - half a second that only a migration needs
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)


def _current(engine: Engine) -> str | None:
    with engine.connect() as connection:
        try:
            return connection.scalar(text("SELECT version_num FROM alembic_version"))
        except OperationalError:
            return None
