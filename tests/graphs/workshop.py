"""Workers in processes of their own, and what is asked of them in the end."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from savoirfaire.graphs.submitting import Asked
from savoirfaire.graphs.watching import batch_progress
from savoirfaire.knowledge.database import connect, open_database
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.schema import effects
from tests.graphs.working import opened

FAULTS = "SAVOIR_TEST_FAULTS" in os.environ
"""Whether all is done that `make faults` asks for, and not only what is quick."""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path, database: Path | str) -> Path:
    """A workspace's data, with a client."""
    engine = open_database(database)
    Ledger(engine).add_client("acme", "en")
    engine.dispose()
    return tmp_path


@pytest.fixture(name="start")
def start_fixture(folder: Path, database: Path | str) -> Iterator[Start]:
    """Starts workers, and ends them with the test."""
    begun: list[subprocess.Popen[str]] = []

    def one(**odd: Any) -> "subprocess.Popen[str]":
        script = str(Path(__file__).with_name("working.py"))
        command = [sys.executable, script, str(folder), url_of(database), json.dumps(odd)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield one
    for process in begun:
        process.kill()
        assert process.stdout is not None
        process.stdout.close()
        process.wait()


async def submitted(folder: Path, database: Path | str, count: int) -> str:
    """A batch in the queue."""
    async with opened(folder, url_of(database)) as runs:
        scope = runs.knowledge.ledger.scope("acme")
        items = [{"item": item} for item in range(count)]
        return runs.submit_batch(scope, "items", items, by="ann", asked=Asked(queue=True))


def url_of(database: Path | str) -> str:
    """The address of a server's database; empty for SQLite's file."""
    return database if isinstance(database, str) else ""


def at_rest(database: Path | str, batch: str, seconds: float, until: int = 0) -> None:
    """Wait until nothing of a batch goes on, or no more than so many."""
    engine = connect(database)
    ends = time.monotonic() + seconds
    try:
        while batch_progress(engine, batch).going > until:
            assert time.monotonic() < ends, batch_progress(engine, batch).counts
            time.sleep(0.05)
    finally:
        engine.dispose()


def each_once(
    folder: Path, database: Path | str, batch: str, count: int, steps: tuple[int, ...] = (2,)
) -> None:
    """Every run is completed, and published once, what it should, after so many steps."""
    engine = connect(database)
    assert batch_progress(engine, batch).counts == {"completed": count}
    with engine.connect() as connection:
        made = Counter(
            connection.scalars(select(effects.c.run).where(effects.c.made_at.is_not(None)))
        )
    engine.dispose()
    assert set(made.values()) == {1}
    assert len(made) == count
    texts = [path.read_text("utf-8") for path in (folder / "outbox").rglob("*.md")]
    assert len(texts) == count
    for item in range(count):
        assert sum(f"item {item} after {number} steps" in texts for number in steps) == 1


def freeze(process: "subprocess.Popen[str]", folder: Path) -> None:
    """Stop a process, at a moment when it writes to none of SQLite's files.

    The system takes a file's lock from a process that dies, but not from one that is frozen: in
    the middle of a write, it keeps all others waiting until it wakes.
    """
    for _ in range(200):
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.01)
        if not any(is_locked(path) for path in folder.glob("*.db")):
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(0.01)
    raise AssertionError("it never stops writing")


def is_locked(path: Path) -> bool:
    """Whether some process is writing to a database now."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False
