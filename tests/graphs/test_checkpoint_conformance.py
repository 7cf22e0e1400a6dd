"""LangGraph's own suite for checkpoint savers, over both of ours while every thread is leased."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.conformance.initializer import RegisteredCheckpointer
from langgraph.checkpoint.conformance.validate import validate

from savoirfaire.graphs.checkpoints import Checkpoints
from savoirfaire.graphs.leases import Leases
from savoirfaire.knowledge.database import connect


def leasing(saver: Any, leases: Leases) -> Any:
    """The same saver; of every thread, the lease is taken before it is first written to."""
    taken: set[str] = set()
    put, put_writes = saver.aput, saver.aput_writes

    async def drive(config: Any) -> None:
        thread = config["configurable"]["thread_id"]
        if thread not in taken:
            taken.add(thread)
            await saver.hold(leases.take(thread))

    async def aput(config: Any, *given: Any, **more: Any) -> Any:
        await drive(config)
        return await put(config, *given, **more)

    async def aput_writes(config: Any, *given: Any, **more: Any) -> None:
        await drive(config)
        await put_writes(config, *given, **more)

    saver.aput, saver.aput_writes = aput, aput_writes
    return saver


@pytest.mark.parametrize("part", ["put", "put_writes", "get_tuple", "list", "delete_thread"])
async def test_conformance(database: Path | str, tmp_path: Path, part: str) -> None:
    """A saver behind the fence keeps and gives back what LangGraph asks of every saver."""
    place = database if isinstance(database, str) else tmp_path / "checkpoints.db"
    states = connect(place)

    async def one() -> AsyncIterator[Any]:
        async with Checkpoints(place).saver() as saver:
            yield leasing(saver, Leases(states, "me", lambda _other: False))

    made: Any = one
    report = await validate(RegisteredCheckpointer("ours", made), capabilities={part})
    states.dispose()
    result = report.results[part]
    assert result.failures == []
    assert result.tests_passed >= 5
