"""What a durable, recorded run costs beside plain LangGraph with the same saver.

Both walk the same chain of nodes that do nothing, as many as a newsletter run visits.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

from savoirfaire.agents.model import Endpoint, open_gateway
from savoirfaire.evals.bench.measuring import machine, median_ratio
from savoirfaire.graphs.checkpoints import open_checkpoints
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.graphs.runs import Runs
from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.tools.outbox import Outbox
from savoirfaire.tools.recall import Recall

LIMIT = 1.3
NODES = 12
"""Nodes that a newsletter of three sections visits: collect, plan, 4 × write, assemble, check,
plan_publish, gate_publish, publish, learn."""


class _State(TypedDict, total=False):
    step: int


class _Request(BaseModel):
    pass


def graphing(rounds: int = 5, runs: int = 40) -> dict[str, Any]:
    """CPU seconds of `runs` runs of both, in turns, and the median ratio."""
    ours, plain = asyncio.run(_measure(rounds, runs))
    ratio = median_ratio(ours, plain)
    return {
        "bench": "graph",
        "met": ratio <= LIMIT,
        "nodes": NODES,
        "ours_ms_per_run": round(1000 * min(ours) / runs, 2),
        "plain_ms_per_run": round(1000 * min(plain) / runs, 2),
        "ratio": round(ratio, 3),
        "limit": LIMIT,
        "machine": machine(),
    }


async def _measure(rounds: int, runs: int) -> tuple[list[float], list[float]]:
    ours, plain = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            ours.append(await _ours(Path(folder), runs))
        with tempfile.TemporaryDirectory() as folder:
            plain.append(await _plain(Path(folder), runs))
    return ours, plain


async def _ours(folder: Path, runs: int) -> float:
    spec = GraphSpec("chain", "", _Request, lambda _office: _chain(), lambda _request: {"step": 0})
    engine = open_database(folder / "ledger.db")
    with Knowledge(Ledger(engine), EdgeIndex(folder / "index", FORM)) as knowledge:
        scope = knowledge.ledger.add_client("bench", "en")
        async with open_gateway("offline", Endpoint()) as gateway:
            office = Office(gateway, Recall(knowledge), Outbox(engine, folder / "outbox"))
            async with Runs(
                engine,
                office,
                checkpoints=folder / "checkpoints.db",
                locks=folder / "locks",
                find=lambda _name: spec,
            ) as opened:

                async def one() -> None:
                    await opened.drive(opened.submit(scope, "chain", {}, by="bench"))

                return await _timed(one, runs)


async def _plain(folder: Path, runs: int) -> float:
    async with open_checkpoints(folder / "checkpoints.db") as saver:
        graph: Any = _chain().compile(checkpointer=saver)
        threads = iter(range(runs + 1))

        async def one() -> None:
            config = {"configurable": {"thread_id": str(next(threads))}}
            context = RunContext(client="bench", run="bench")
            await graph.ainvoke({"step": 0}, config, context=context, durability="sync")

        return await _timed(one, runs)


async def _timed(work: Callable[[], Awaitable[None]], runs: int) -> float:
    await work()  # the first one pays for imports and compiling
    started = time.process_time()
    for _ in range(runs):
        await work()
    return time.process_time() - started


def _chain() -> StateGraph[_State, RunContext, Any, Any]:
    builder = StateGraph(_State, context_schema=RunContext)
    names = [f"step{number}" for number in range(NODES)]
    for name in names:
        builder.add_node(name, _step)
    for one, other in zip([START, *names], [*names, END], strict=True):
        builder.add_edge(one, other)
    return builder


async def _step(state: _State) -> _State:
    return {"step": state["step"] + 1}
