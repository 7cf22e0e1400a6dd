"""Opening the ledger's database, bringing its tables up to date, and saying what ails it.

It is a file of SQLite, or a database of PostgreSQL at an address. Whatever SQLite says of a file
that is damaged, full or read-only reaches the caller as a WorkspaceError, and of one that another
process keeps locked as a BusyError, wherever it happens; so does what PostgreSQL says of itself.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    ExceptionContext,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_engine,
    event,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError

from savoirfaire.errors import (
    BusyError,
    SavoirError,
    SettingsError,
    UnreachableError,
    WorkspaceError,
)
from savoirfaire.knowledge.dialects import NOW, alone
from savoirfaire.knowledge.schema import metadata

HEAD = "0006"
"""The newest revision in `migrations/versions`; a test holds the two together."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_WAITED = {"55P03", "40001", "40P01"}  # PostgreSQL's: lock timeout, serialization, deadlock
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_DISK = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
}


def open_database(place: Path | str, *, wait: float = 30.0) -> Engine:
    """Open the ledger at `place`, made if missing and migrated if older.

    `place` is the path of SQLite's file, or the address of a PostgreSQL database
    (`postgresql://USER:PASSWORD@HOST/NAME`). `wait` is how many seconds a write waits for another
    process before BusyError. Raises WorkspaceError where there is no such database, or it comes
    from a newer savoirfaire.
    """
    engine = connect(place, wait=wait)
    try:
        _migrate(engine)
    except BaseException as error:
        engine.dispose()
        if isinstance(error, DatabaseError):
            raise _unusable(_name(engine), error.orig) from error
        raise
    return engine


def connect(place: Path | str, *, wait: float = 30.0) -> Engine:
    """An engine for the database at `place`, whatever tables it has."""
    return _at_address(place, wait) if isinstance(place, str) else _in_file(place, wait)


def _in_file(path: Path, wait: float) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": wait})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _say)
    return engine


def _at_address(address: str, wait: float) -> Engine:
    url = postgresql_url(address)
    # A process that is frozen in a transaction must not keep its locks for ever.
    options = f"-c lock_timeout={max(1, int(wait * 1000))}"
    options += " -c idle_in_transaction_session_timeout=60000"
    engine = create_engine(
        url,
        connect_args={"options": options, "application_name": "savoirfaire"},
        isolation_level="REPEATABLE READ",
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
    )
    # Before SQLAlchemy asks the server for its version: in another encoding, that fails.
    event.listen(engine, "connect", _in_utf8, insert=True)
    event.listen(engine, "handle_error", _say)
    return engine


def _in_utf8(connection: Any, _record: object) -> None:
    """Refuse a database in which not every text could be kept."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise WorkspaceError(
            "the database {file} keeps text as {encoding}, and has to keep it as UTF8",
            file=f"{connection.info.host}/{connection.info.dbname}",
            encoding=encoding,
            hint="Make it anew: createdb -T template0 -E UTF8.",
        )


def postgresql_url(address: str) -> URL:
    """The address of a PostgreSQL database as SQLAlchemy takes it. Raises SettingsError."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise SettingsError("{name} is not an address", name="database.url") from error
    if url.get_backend_name() != "postgresql":
        raise SettingsError(
            "{name} is not the address of a PostgreSQL database",
            name="database.url",
            hint="It has the form postgresql://USER:PASSWORD@HOST:PORT/NAME.",
        )
    return url.set(drivername="postgresql+psycopg")


@contextmanager
def writing(engine: Engine, *, shared: bool = False) -> Iterator[Connection]:
    """A transaction that takes the write lock at once, so that it cannot fail half way for it.

    `shared` says that it rests on nothing that it read: others may write meanwhile where the
    database can do that.
    """
    chosen: dict[str, Any] = {"savoir_write": True}
    if engine.dialect.name == "postgresql":
        chosen["isolation_level"] = "READ COMMITTED"
    with engine.connect().execution_options(**chosen) as connection, connection.begin():
        if not shared:
            alone(connection)
        yield connection


def now(connection: Connection) -> str:
    """The database's clock, UTC, ISO 8601 with milliseconds: one clock for every process."""
    return str(connection.scalar(NOW))


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
    said = "BEGIN"
    if connection.get_execution_options().get("savoir_write"):
        said = "BEGIN IMMEDIATE"
    with past(connection, said) as driver:
        driver.execute(said)


@contextmanager
def past(
    connection: Connection, said: str, given: Sequence[Any] = (), *, many: bool = False
) -> Iterator[Any]:
    """SQLite's own connection, for what is said past SQLAlchemy: that takes a tenth of the time.

    Whoever listens to SQLAlchemy's `before_cursor_execute` hears it. Raises what SQLAlchemy would.
    """
    for told in connection.dispatch.before_cursor_execute:
        told(connection, None, said, given, None, many)
    try:
        yield connection.connection.driver_connection
    except sqlite3.Error as error:
        known = ailment(_name(connection.engine), error)
        raise known or DBAPIError.instance(said, None, error, sqlite3.Error) from error


def _name(engine: Engine | None) -> str:
    """What a database is called where people read it: never its password."""
    if engine is None:
        return ""
    if engine.dialect.name == "postgresql":
        return f"{engine.url.host}/{engine.url.database}"
    return Path(engine.url.database or "").name


def _say(context: ExceptionContext) -> None:
    error, name = context.original_exception, _name(context.engine)
    state = getattr(error, "sqlstate", None)
    if state in _WAITED:
        raise BusyError("another command is writing to {file}", file=name) from error
    if isinstance(context.sqlalchemy_exception, OperationalError) and _is_away(error, state):
        raise UnreachableError(
            "the database {file} cannot be reached: {reason}", file=name, reason=_first_line(error)
        ) from error
    if said := ailment(name, error):
        raise said from error


def ailment(name: str, error: BaseException) -> SavoirError | None:
    """What SQLite says of a file, as people are told of it; None for what is no ailment."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest only refines it
    if code in _BUSY:
        return BusyError("another command is writing to {file}", file=name)
    if code in _DAMAGED:
        return _unusable(name, error)
    if code in _DISK:
        return WorkspaceError(
            "{file} cannot be read or written: {reason}",
            file=name,
            reason=error,
            hint="Look whether the folder may be written to, and whether the disk is full.",
        )
    return None


def _is_away(error: BaseException, state: str | None) -> bool:
    """Whether PostgreSQL is not there, or not ready: by itself, or because somebody stops it."""
    is_its_own = type(error).__module__.startswith("psycopg")
    return is_its_own and (state is None or state[:2] in {"08", "57"} or state == "53300")


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]


def _unusable(name: str, reason: object) -> WorkspaceError:
    return WorkspaceError(
        "{file} cannot be opened: {reason}",
        file=name,
        reason=reason,
        hint="Restore the file from a backup, or start a new workspace with `savoir init`.",
    )


def _migrate(engine: Engine) -> None:
    current = _current(engine)
    if current == HEAD or (current is None and _make(engine)):
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


def _make(engine: Engine) -> bool:
    """Make the tables where there is none yet, as all the migrations would: a test compares them.

    Migrating from nothing takes three times as long, and half a second to import what does it.
    """
    with writing(engine) as connection:
        if inspect(connection).get_table_names():
            return False
        metadata.create_all(connection, checkfirst=False)
        _VERSION.create(connection)
        connection.execute(_VERSION.insert().values(version_num=HEAD))
    return True


_VERSION = Table(
    "alembic_version",  # as Alembic makes it
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def _current(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table(_VERSION.name):
            return None
        return str(connection.scalar(select(_VERSION.c.version_num)))


def _is_ours(revision: str) -> bool:
    """Whether this savoirfaire has the migration that made a schema."""
    return any(
        path.name.startswith(f"{revision}_") for path in (_MIGRATIONS / "versions").glob("*.py")
    )
