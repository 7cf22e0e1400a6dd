"""Workers that are killed, frozen and told to stop: no run is lost, and none published twice."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from savoirfaire.graphs.queueing.engine import Rules
from savoirfaire.graphs.queueing.worker import Worker
from savoirfaire.graphs.submitting import Asked
from savoirfaire.graphs.watching import batch_progress, watch
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.schema import effects
from tests.graphs.working import opened

FAULTS = "SAVOIR_TEST_FAULTS" in os.environ
"""Whether all is done that `make faults` asks for, and not only what is quick."""

Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def folder(tmp_path: Path, database: Path | str) -> Path:
    """A workspace's data, with a client."""
    engine = open_database(database)
    Ledger(engine).add_client("acme", "en")
    engine.dispose()
    return tmp_path


@pytest.fixture
def start(folder: Path, database: Path | str) -> Iterator[Start]:
    """Starts workers, and ends them with the test."""
    begun: list[subprocess.Popen[str]] = []

    def one() -> "subprocess.Popen[str]":
        place = database if isinstance(database, str) else ""
        command = [sys.executable, str(Path(__file__).with_name("working.py")), str(folder), place]
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
    async with opened(folder, _url(database)) as runs:
        scope = runs.knowledge.ledger.scope("acme")
        items = [{"item": item} for item in range(count)]
        return runs.submit_batch(scope, "items", items, by="ann", asked=Asked(queue=True))


def _url(database: Path | str) -> str:
    return database if isinstance(database, str) else ""


def at_rest(database: Path | str, batch: str, seconds: float, until: int = 0) -> None:
    """Wait until nothing of a batch goes on, or no more than so many."""
    engine = open_database(database)
    ends = time.monotonic() + seconds
    try:
        while batch_progress(engine, batch).going > until:
            assert time.monotonic() < ends, batch_progress(engine, batch).counts
            time.sleep(0.05)
    finally:
        engine.dispose()


def each_once(folder: Path, database: Path | str, batch: str, count: int) -> None:
    """Every run is completed, and published once, what it should."""
    engine = open_database(database)
    assert batch_progress(engine, batch).counts == {"completed": count}
    with engine.connect() as connection:
        made = Counter(
            connection.scalars(select(effects.c.run).where(effects.c.made_at.is_not(None)))
        )
    engine.dispose()
    assert set(made.values()) == {1}
    assert len(made) == count
    texts = sorted(path.read_text("utf-8") for path in (folder / "outbox").rglob("*.md"))
    assert texts == sorted(f"item {item} after 2 steps" for item in range(count))


def test_killed(start: Start, folder: Path, database: Path | str) -> None:
    """Workers that are killed in the middle of their runs leave them to the next."""
    count, shares = (40, (0.9, 0.6, 0.3)) if FAULTS else (8, (0.7,))
    batch = asyncio.run(submitted(folder, database, count))
    for share in shares:
        worker = start()
        at_rest(database, batch, 60, until=int(count * share))
        worker.kill()
        worker.wait()
    start()
    at_rest(database, batch, 90)
    each_once(folder, database, batch, count)


@pytest.mark.sweep
def test_frozen_overtaken_woken(start: Start, folder: Path, database: Path | str) -> None:
    """A worker that is frozen is overtaken, and does no harm when it wakes."""
    batch = asyncio.run(submitted(folder, database, 18))
    frozen = start()
    at_rest(database, batch, 60, until=15)
    frozen.send_signal(signal.SIGSTOP)
    start()
    at_rest(database, batch, 90)
    frozen.send_signal(signal.SIGCONT)
    time.sleep(2 * 1.5)
    assert frozen.poll() is None
    each_once(folder, database, batch, 18)


@pytest.mark.sweep
def test_told_to_stop(start: Start, folder: Path, database: Path | str) -> None:
    """A worker that is told to stop ends its steps, and what it has not ended goes on elsewhere."""
    batch = asyncio.run(submitted(folder, database, 8))
    worker = start()
    at_rest(database, batch, 60, until=7)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    start()
    at_rest(database, batch, 60)
    each_once(folder, database, batch, 8)


async def test_submitted_twice(folder: Path, database: Path | str) -> None:
    """The same key is the same run, and the same batch."""
    async with opened(folder, _url(database)) as runs:
        scope = runs.knowledge.ledger.scope("acme")
        asked = Asked(key="k", queue=True)
        one, again = (runs.submit(scope, "items", {"item": 1}, by="ann", asked=asked) for _ in "12")
        assert one == again
        batches = {
            runs.submit_batch(scope, "items", [{"item": 1}, {"item": 2}], by="ann", asked=asked)
            for _ in range(2)
        }
        assert len(batches) == 1
        assert len(runs.list()) == 3


async def test_cancelled(folder: Path, database: Path | str) -> None:
    """A run that is cancelled in the queue is not worked on, and one that is watched ends."""
    async with opened(folder, _url(database)) as runs:
        scope = runs.knowledge.ledger.scope("acme")
        asked = Asked(queue=True)
        one, other = (
            runs.submit(scope, "items", {"item": n}, by="ann", asked=asked) for n in range(2)
        )
        assert runs.cancel(one, by="ann") == "cancelled"
        async with Worker(runs, runs.queue.opened, Rules(every=0.05)):
            kinds = [event.kind async for event in watch(runs, other)]
        assert kinds[0] == "run.begun"
        assert (runs.get(one).status, runs.get(other).status) == ("cancelled", "completed")
        assert runs.cancel(other, by="ann") == "completed"
        later: list[Any] = [event.seq async for event in watch(runs, other, after=2)]
        assert later == [3, 4]


async def test_cancelled_at_work(folder: Path, database: Path | str) -> None:
    """A run that is cancelled while it is worked on stops within seconds, between two writes."""
    async with opened(folder, _url(database)) as runs:
        scope = runs.knowledge.ledger.scope("acme")
        run = runs.submit(scope, "items", {"item": 1}, by="ann")
        driving = asyncio.create_task(runs.drive(run))
        await asyncio.sleep(STEP / 2)
        runs.cancel(run, by="ann")
        assert (await driving).status == "cancelled"
        assert (await runs.drive(run)).status == "cancelled"


STEP = 0.15
