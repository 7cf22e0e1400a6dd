import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, select, text

from savoirfaire.errors import BusyError, WorkspaceError
from savoirfaire.knowledge import database
from savoirfaire.knowledge.database import HEAD, now, open_database, writing
from savoirfaire.knowledge.schema import clients, metadata
from tests.conftest import SERVER, drop_database, own_database

ADD = "INSERT INTO clients (name, language, created_at, revision) VALUES ('acme', 'en', '', 0)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ledger is to be."""
    return tmp_path / "ledger.db"


@contextmanager
def opened(path: Path, wait: float = 30) -> Iterator[Engine]:
    """A ledger that is closed at the end."""
    engine = open_database(path, wait=wait)
    try:
        yield engine
    finally:
        engine.dispose()


def names(engine: Engine) -> list[str]:
    """The clients in a ledger."""
    with engine.connect() as connection:
        return list(connection.scalars(select(clients.c.name)))


def test_migrations_make_the_tables(path: Path) -> None:
    """What the migrations make from nothing is what a new workspace has, to the last index."""
    engine = database.connect(path)
    with writing(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(database._MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    with engine.connect() as connection:
        assert database._current(engine) == HEAD
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_head_is_the_newest_migration(path: Path) -> None:
    """There is one line of migrations, and HEAD is its end."""
    config = Config()
    config.set_main_option("script_location", str(database._MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    open_database(path).dispose()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    connection.close()


def test_a_migration_can_be_undone(path: Path) -> None:
    """Going down from the newest revision leaves no table behind."""
    engine = open_database(path)
    config = Config()
    config.set_main_option("script_location", str(database._MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with engine.connect() as connection:
        tables = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        ours = [name for name in tables if not name.startswith("sqlite_")]
        assert ours == ["alembic_version"]
    engine.dispose()


@pytest.mark.parametrize("name", ["led ger.db", "a?b=c.db", "50%.db", "#1.db", "été.db", "x;y.db"])
def test_odd_names(tmp_path: Path, name: str) -> None:
    """A ledger is opened at exactly the path it has, whatever characters are in it."""
    folder = tmp_path / f"of {name}"
    folder.mkdir()
    open_database(folder / name).dispose()
    names = {path.name for path in folder.iterdir()}
    assert name in names
    assert not {"a", "50"} & names


def test_durable_and_checked(path: Path) -> None:
    """Every connection has the write-ahead log, foreign keys, and overwrites what is deleted."""
    engine = open_database(path, wait=1.5)
    with engine.connect() as connection:
        said = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 1500
    engine.dispose()
    assert said == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "secure_delete": 1}


def test_the_clock(path: Path) -> None:
    """Times are UTC with milliseconds, and sort as text."""
    engine = open_database(path)
    with engine.connect() as connection:
        first, second = now(connection), now(connection)
    engine.dispose()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first)
    assert first <= second


# --- what cannot be opened ------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["9998", "9999", "0000", "abc", ""])
def test_another_schema_is_refused(path: Path, version: str) -> None:
    """A ledger of a revision that is not ours is left as it is."""
    open_database(path).dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
    connection.close()
    with pytest.raises(WorkspaceError, match="made by a newer savoirfaire") as raised:
        open_database(path)
    assert raised.value.hint == "Upgrade savoirfaire."
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == [(version,)]
    connection.close()


@pytest.mark.parametrize(
    "content",
    [
        b"not a database, but long enough to be one" * 99,
        b"\0" * 5000,
        bytes(range(255, 0, -1)) * 40,
    ],
    ids=["text", "zeros", "binary"],
)
def test_no_database(path: Path, content: bytes) -> None:
    """A file that is no database is named, and not touched."""
    path.write_bytes(content)
    with pytest.raises(WorkspaceError, match=r"ledger\.db cannot be opened: .*not a database"):
        open_database(path)
    assert path.read_bytes() == content


def test_a_cut_database(path: Path) -> None:
    """A ledger that lost its end is refused when it is opened or when it is read."""
    open_database(path).dispose()
    whole = path.read_bytes()
    for size in (len(whole) // 2, 4096, 1500, 100):
        path.write_bytes(whole[:size])
        with (
            pytest.raises(WorkspaceError, match=r"ledger\.db cannot be opened"),
            opened(path) as cut,
        ):
            names(cut)


def test_damage_met_later(path: Path) -> None:
    """Damage that opening does not meet is said in the same words where it is met."""
    engine = open_database(path)
    with writing(engine) as connection:
        connection.exec_driver_sql(ADD)
    engine.dispose()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(WorkspaceError, match="malformed") as raised, opened(path) as damaged:
        names(damaged)
    assert "backup" in raised.value.hint


@pytest.mark.parametrize("kind", ["folder", "missing folder"])
def test_nowhere_to_be(tmp_path: Path, kind: str) -> None:
    """A path that cannot hold a file is a WorkspaceError too."""
    path = tmp_path if kind == "folder" else tmp_path / "none" / "ledger.db"
    with pytest.raises(WorkspaceError, match="cannot be read or written: unable to open"):
        open_database(path)


def test_another_programs_database(path: Path) -> None:
    """A database with a table in our way is refused, with nothing half made in it."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sources (mine)")
    connection.close()
    with pytest.raises(WorkspaceError, match="sources already exists"):
        open_database(path)
    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        assert tables.fetchall() == [("sources",)]
    connection.close()


# --- several at once ------------------------------------------------------------------------------


@pytest.mark.skipif(not SERVER, reason="SAVOIR_TEST_DATABASE_URL names no PostgreSQL server")
def test_another_encoding() -> None:
    """A server's database that cannot keep every text is refused; the hint makes one that can."""
    address = own_database(encoding="SQL_ASCII")
    with pytest.raises(WorkspaceError, match="SQL_ASCII, and has to keep it as UTF8") as caught:
        open_database(address)
    drop_database(address)
    assert "createdb" in caught.value.hint


def test_a_locked_ledger(path: Path) -> None:
    """A write waits, then says that another command is writing; reading goes on; then it works."""
    engine = open_database(path, wait=0.05)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError, match=r"writing to ledger\.db"), writing(engine):
        pass
    assert names(engine) == []
    holder.execute("ROLLBACK")
    holder.close()
    with writing(engine) as connection:
        connection.exec_driver_sql(ADD)
    assert names(engine) == ["acme"]
    engine.dispose()


def test_waiting_for_a_lock(path: Path) -> None:
    """A write that has to wait a little for another process goes through."""
    engine = open_database(path, wait=10)
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.1, holder.execute, ["ROLLBACK"])
    release.start()
    with writing(engine) as connection:
        connection.exec_driver_sql(ADD)
    release.join()
    holder.close()
    engine.dispose()


def test_a_failed_write_leaves_nothing(path: Path) -> None:
    """An error inside a transaction undoes it, and gives its lock back."""
    engine = open_database(path, wait=0.05)

    def fail() -> None:
        with writing(engine) as connection:
            connection.exec_driver_sql(ADD)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert names(engine) == []
    with writing(engine):
        pass
    engine.dispose()


def test_many_processes_make_one_ledger(path: Path) -> None:
    """Processes that open a new workspace at once all find it made."""
    code = (
        "import sys; from pathlib import Path\n"
        "from savoirfaire.knowledge.database import open_database\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "open_database(Path(sys.argv[1])).dispose()\n"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for child in children:
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
    said = [child.communicate("go\n") for child in children]
    assert [child.returncode for child in children] == [0] * 4, said
    engine = open_database(path)
    assert names(engine) == []
    engine.dispose()
