"""Leases: one process at a time, the dead and the frozen overtaken, and no word of theirs kept."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import empty_checkpoint
from sqlalchemy import Engine

from savoirfaire.errors import BusyError, LeaseLostError
from savoirfaire.graphs.checkpoints import Checkpoints
from savoirfaire.graphs.leases import Lease, Leases
from savoirfaire.graphs.presence import Presence
from savoirfaire.knowledge.database import connect, open_database, writing

THREAD = "acme:run-1"
CONFIG: Any = {"configurable": {"thread_id": THREAD, "checkpoint_ns": ""}}


@pytest.fixture
def engine(database: Path | str) -> Iterator[Engine]:
    """The ledger."""
    engine = open_database(database)
    yield engine
    engine.dispose()


@pytest.fixture
def states(database: Path | str, engine: Engine, tmp_path: Path) -> Iterator[Engine]:
    """The database of the runs' states."""
    if isinstance(database, str):
        yield engine
        return
    opened = connect(tmp_path / "checkpoints.db")
    yield opened
    opened.dispose()


@pytest.fixture
async def checkpoints(database: Path | str, tmp_path: Path) -> AsyncIterator[Checkpoints]:
    """The checkpoints, kept open."""
    place = database if isinstance(database, str) else tmp_path / "checkpoints.db"
    opened = Checkpoints(place)
    async with opened:
        yield opened


def leases(states: Engine, holder: str, *, gone: bool = False) -> Leases:
    """The leases, as a process sees them."""
    return Leases(states, holder, lambda _other: gone)


async def put(saver: Any) -> None:
    """Write a checkpoint and what a step wrote."""
    checkpoint = empty_checkpoint()
    at = await saver.aput(CONFIG, checkpoint, {"step": 1}, {})
    await saver.aput_writes(at, [("a", {"b": 1}), ("c", 2)], "task")


def test_one_at_a_time(states: Engine) -> None:
    """A lease is one process's until it gives it back; each taking has a greater number."""
    mine, other = leases(states, "me"), leases(states, "other")
    lease = mine.take(THREAD)
    for each in (mine, other):
        with pytest.raises(BusyError):
            each.take(THREAD)
    assert other.is_held(THREAD)
    mine.release(lease)
    assert not other.is_held(THREAD)
    assert other.take(THREAD).epoch > lease.epoch
    mine.release(lease)  # too late: it is the other's by now
    assert mine.is_held(THREAD)


async def test_woken_too_late(states: Engine, checkpoints: Checkpoints) -> None:
    """A process that was overtaken while frozen writes nothing more, and holds up nobody."""
    frozen = leases(states, "frozen").take(THREAD)
    async with checkpoints.under(frozen) as saver:
        await put(saver)
        after = leases(states, "after", gone=True).take(THREAD)
        for _ in range(2):
            with pytest.raises(LeaseLostError):
                await put(saver)
        with pytest.raises(LeaseLostError):
            await saver.aput_writes(
                {"configurable": {**CONFIG["configurable"], "checkpoint_id": "x"}},
                [("a", 1)],
                "task",
            )
        kept = [each async for each in saver.alist(CONFIG)]
        assert len(kept) == 1
        await put_as(checkpoints, after)
        assert len([each async for each in saver.alist(CONFIG)]) == 2


async def put_as(checkpoints: Checkpoints, lease: Lease) -> None:
    """Write as the process that overtook."""
    async with checkpoints.under(lease) as saver:
        await put(saver)


def test_no_status_of_the_overtaken(engine: Engine, states: Engine) -> None:
    """What a process says of a run is refused in the transaction, once it is overtaken."""
    frozen = leases(states, "frozen")
    lease = frozen.take(THREAD)
    with writing(engine) as connection:
        frozen.require(lease, connection)
        assert frozen.lost([lease], connection) == set()
    leases(states, "after", gone=True).take(THREAD)
    with writing(engine) as connection:
        assert frozen.lost([lease], connection) == {lease}
        with pytest.raises(LeaseLostError):
            frozen.require(lease, connection)


def test_who_is_there(engine: Engine, tmp_path: Path) -> None:
    """A process is there as long as it holds its lock and says so."""
    one, other = (Presence(engine, tmp_path / "locks", kind="worker") for _ in range(2))
    assert one.is_gone(other.id)
    other.enter()
    assert not one.is_gone(other.id)
    assert [each.id for each in one.living()] == [other.id]
    assert one.bury() == []
    hasty = Presence(engine, tmp_path / "locks", stale=-1)
    assert hasty.is_gone(other.id)
    other.leave()
    assert one.is_gone(other.id)
    assert one.living() == []
