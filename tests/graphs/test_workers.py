"""Workers that are killed, frozen and told to stop: no run is lost, and none published twice."""

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.graphs.queueing.engine import Rules
from savoirfaire.graphs.queueing.worker import Worker
from savoirfaire.graphs.submitting import Asked
from savoirfaire.graphs.watching import watch
from tests.graphs.working import STEP, opened
from tests.graphs.workshop import (  # noqa: F401 - the fixtures are found by name
    FAULTS,
    Start,
    at_rest,
    each_once,
    folder_fixture,
    freeze,
    start_fixture,
    submitted,
    url_of,
)


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
    freeze(frozen, folder)
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
    async with opened(folder, url_of(database)) as runs:
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
    async with opened(folder, url_of(database)) as runs:
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
    async with opened(folder, url_of(database)) as runs:
        scope = runs.knowledge.ledger.scope("acme")
        run = runs.submit(scope, "items", {"item": 1}, by="ann")
        driving = asyncio.create_task(runs.drive(run))
        await asyncio.sleep(STEP / 2)
        runs.cancel(run, by="ann")
        assert (await driving).status == "cancelled"
        assert (await runs.drive(run)).status == "cancelled"
