"""What goes wrong around workers: databases, disks, clocks, releases. Nothing lost, nothing twice.

`make faults` runs them; they take minutes.
"""

import asyncio
import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import text

from savoirfaire.errors import WorkspaceError
from savoirfaire.graphs.watching import batch_progress
from savoirfaire.knowledge.database import HEAD, connect, open_database, writing
from savoirfaire.knowledge.ledger import Ledger
from tests.graphs.working import opened
from tests.graphs.workshop import (  # noqa: F401 - the fixtures are found by name
    FAULTS,
    Start,
    at_rest,
    each_once,
    folder_fixture,
    start_fixture,
    submitted,
    url_of,
)

pytestmark = pytest.mark.skipif(not FAULTS, reason="`make faults` asks for it")

COUNT = 12
HALF = COUNT // 2
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


# --- databases ------------------------------------------------------------------------------------


class Server:
    """A PostgreSQL server of this test's own."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._data = programs, folder / "db"
        self._as = {"user": "nobody", "group": "nogroup"} if os.getuid() == 0 else {}
        with closing(socket.socket()) as found:
            found.bind(("127.0.0.1", 0))
            self._port = found.getsockname()[1]
        self._run("initdb", "-U", "savoir", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8")

    def database(self) -> str:
        """The address of a new database."""
        name = f"savoir_{secrets.token_hex(6)}"
        at = f"postgresql://savoir@127.0.0.1:{self._port}"
        with psycopg.connect(f"{at}/postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"{at}/{name}"

    def control(self, *does: str) -> None:
        """Start it, stop it, start it again."""
        said = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        self._run("pg_ctl", "-w", "-l", f"{self._data}.log", "-o", said, *does)

    def _run(self, program: str, *given: str) -> None:
        whole = [str(self._programs / program), "-D", str(self._data), *given]
        more: dict[str, Any] = {**self._as, "extra_groups": []} if self._as else {}
        subprocess.run(whole, check=True, stdout=subprocess.DEVNULL, cwd="/", **more)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that may be killed."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(f"/tmp/savoir-{secrets.token_hex(6)}")  # noqa: S108 - for another user to enter
    folder.mkdir()
    if os.getuid() == 0:
        shutil.chown(folder, "nobody")
    made = Server(programs[-1], folder)
    made.control("start")
    yield made
    made.control("stop", "-m", "immediate")
    shutil.rmtree(folder)


@pytest.fixture(name="database")
def database_fixture(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """A file, or the database of a server of one's own."""
    if request.param == "sqlite":
        return tmp_path / "ledger.db"
    return str(request.getfixturevalue("server").database())


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_that_is_killed(start: Start, folder: Path, database: str, server: Server) -> None:
    """The server is restarted without a farewell while two workers work: they wait, and go on."""
    batch = asyncio.run(submitted(folder, database, COUNT))
    workers = [start(), start()]
    at_rest(database, batch, 60, until=HALF)
    server.control("restart", "-m", "immediate")
    at_rest(database, batch, 120)
    assert [each.poll() for each in workers] == [None, None]
    each_once(folder, database, batch, COUNT)


@on_sqlite
@pytest.mark.parametrize("name", ["ledger.db", "checkpoints.db"])
def test_a_file_that_is_locked(start: Start, folder: Path, database: Path, name: str) -> None:
    """A file that somebody keeps locked for longer than anybody waits holds up, and harms none."""
    batch = asyncio.run(submitted(folder, database, COUNT))
    worker = start()
    at_rest(database, batch, 60, until=HALF)
    with closing(sqlite3.connect(folder / name, timeout=30, isolation_level=None)) as mine:
        mine.execute("BEGIN IMMEDIATE")
        time.sleep(40)
        mine.execute("ROLLBACK")
    at_rest(database, batch, 120)
    assert worker.poll() is None
    each_once(folder, database, batch, COUNT)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if os.getuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can make a small disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


async def test_a_full_disk(small_disk: Path) -> None:
    """On a full disk a run parks and says so; once there is room again, it goes on and ends."""
    ledger = small_disk / "ledger.db"
    batch = await _on(small_disk, ledger)
    async with opened(small_disk, "") as runs:
        one, *_rest = (row.id for row in runs.list(batch=batch))
        (small_disk / "ballast").write_bytes(bytes(shutil.disk_usage(small_disk).free))
        progress = None
        try:
            progress = await runs.drive(one)
        except WorkspaceError as error:
            assert "disk is full" in error.hint  # noqa: PT017 - either way it is said
        if progress is not None:
            assert progress.status == "needs_attention"
            assert "full" in progress.reason
    (small_disk / "ballast").unlink()
    async with opened(small_disk, "") as runs:
        for row in runs.list(batch=batch):
            assert (await runs.drive(row.id)).status == "completed"
    each_once(small_disk, ledger, batch, 2)


async def _on(folder: Path, ledger: Path) -> str:
    engine = open_database(ledger)
    Ledger(engine).add_client("acme", "en")
    engine.dispose()
    return await submitted(folder, ledger, 2)


# --- clocks and releases --------------------------------------------------------------------------


both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@both
def test_clocks_that_disagree(start: Start, folder: Path, database: Path | str) -> None:
    """Workers whose clocks are an hour early and late take no run from one another."""
    batch = asyncio.run(submitted(folder, database, COUNT))
    late = start(skew=-3600)
    at_rest(database, batch, 60, until=HALF)
    start(skew=3600)
    at_rest(database, batch, 120)
    assert late.poll() is None
    each_once(folder, database, batch, COUNT)
    assert _retold(database, "run.requeued") == 0


@both
def test_a_newer_release(start: Start, folder: Path, database: Path | str) -> None:
    """The old worker drains and the new one, whose graph has a step more, ends what is left."""
    batch = asyncio.run(submitted(folder, database, COUNT))
    old = start()
    at_rest(database, batch, 60, until=COUNT - 1)
    old.terminate()
    new = start(more=["third"])
    assert old.wait(60) == 0
    at_rest(database, batch, 120)
    assert new.poll() is None
    each_once(folder, database, batch, COUNT, steps=(2, 3))


@both
def test_a_release_without_a_step(start: Start, folder: Path, database: Path | str) -> None:
    """A release that lost a step refuses what was begun with it, and the one before ends it."""
    batch = asyncio.run(submitted(folder, database, COUNT))
    old = start(more=["third"], step=0.6)  # longer than a line of the account may be late
    in_the_middle(database, 60)
    old.kill()
    old.wait()
    new = start()
    at_rest(database, batch, 120)
    parked = _parked(database, batch)
    assert parked
    assert all("the run was begun with third" in reason for reason in parked.values())
    new.terminate()
    new.wait(60)
    asyncio.run(_resumed(folder, database, list(parked)))
    start(more=["third"])
    at_rest(database, batch, 120)
    each_once(folder, database, batch, COUNT, steps=(2, 3))


@both
def test_a_migration(
    start: Start, folder: Path, database: Path | str, newer_schema: Callable[[Path | str], None]
) -> None:
    """While a worker works, a newer release brings its tables: it ends its work; no old one starts.

    A migration adds: what is renamed or dropped waits for the release after.
    """
    batch = asyncio.run(submitted(folder, database, COUNT))
    worker = start()
    at_rest(database, batch, 60, until=HALF)
    newer_schema(database)
    at_rest(database, batch, 120)
    assert worker.poll() is None
    with pytest.raises(WorkspaceError, match="made by a newer savoirfaire") as caught:
        open_database(database)
    assert caught.value.hint == "Upgrade savoirfaire."
    engine = connect(database)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :was"), {"was": HEAD})
    engine.dispose()
    each_once(folder, database, batch, COUNT)


@pytest.fixture
def newer_schema(tmp_path: Path) -> Callable[[Path | str], None]:
    """Migrates a database to what a newer release might need."""
    here = tmp_path / "migrations"
    original = Path(open_database.__code__.co_filename).parent / "migrations"
    shutil.copytree(original, here)
    (here / "versions" / "9999_newer.py").write_text(_NEWER.format(head=HEAD), "utf-8")

    def migrate(place: Path | str) -> None:
        config = Config()
        config.set_main_option("script_location", str(here))
        engine = connect(place)
        with writing(engine) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "9999")
        engine.dispose()

    return migrate


_NEWER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{head}"
branch_labels = depends_on = None


def upgrade():
    op.create_table("newer", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("runs", sa.Column("newer", sa.Text, nullable=True))
"""


def in_the_middle(database: Path | str, seconds: float) -> None:
    """Wait until it is on record that some run has done its first step, and not its last."""
    of = text(
        "SELECT count(*) FROM run_events JOIN runs ON runs.id = run_events.run"
        " WHERE run_events.node = 'first' AND runs.status = 'running'"
    )
    engine, ends = connect(database), time.monotonic() + seconds
    while True:
        with engine.connect() as connection:
            if connection.scalar(of):
                break
        assert time.monotonic() < ends
        time.sleep(0.01)
    engine.dispose()


def _retold(database: Path | str, kind: str) -> int:
    engine = open_database(database)
    with engine.connect() as connection:
        of = text("SELECT count(*) FROM run_events WHERE kind = :kind")
        count = int(connection.scalar(of, {"kind": kind}) or 0)
    engine.dispose()
    return count


def _parked(database: Path | str, batch: str) -> dict[str, str]:
    engine = open_database(database)
    with engine.connect() as connection:
        of = text("SELECT id, reason FROM runs WHERE batch = :batch AND status = 'needs_attention'")
        found = {row.id: row.reason for row in connection.execute(of, {"batch": batch})}
    counts = batch_progress(engine, batch).counts
    engine.dispose()
    assert sum(counts.values()) == COUNT
    return found


async def _resumed(folder: Path, database: Path | str, runs_: list[str]) -> None:
    async with opened(folder, url_of(database)) as runs:
        for each in runs_:
            runs.enqueue(each)
