"""A worker in a process of its own, for tests that kill it: a graph of three steps and an effect.

`python working.py FOLDER DATABASE ODD` prints "ready", and works until it is told to stop or dies.
`ODD` is JSON: `more`, steps of a newer release; `step`, seconds that a step takes; `skew`, seconds
that its clock is wrong by.
"""

import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import structlog
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import BaseModel
from typing_extensions import TypedDict

from savoirfaire.agents.model import Endpoint, open_gateway
from savoirfaire.graphs.presence import Presence
from savoirfaire.graphs.queueing.engine import Rules
from savoirfaire.graphs.queueing.worker import Worker
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.graphs.runs import Runs
from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.tools.outbox import Effect, Outbox
from savoirfaire.tools.recall import Recall

STALE = 1.5
STEP = 0.15


class Request(BaseModel):
    """An item's number."""

    item: int


class State(TypedDict, total=False):
    """What the steps keep."""

    item: int
    done: list[str]


def build(
    office: Office, more: tuple[str, ...] = (), seconds: float = STEP
) -> StateGraph[Any, RunContext, Any, Any]:
    """Two steps that take a moment, those of a newer release, and one that publishes."""

    async def think(state: State) -> State:
        await asyncio.sleep(seconds)
        return {"done": [*state.get("done", []), "step"]}

    async def publish(state: State, runtime: Runtime[RunContext]) -> State:
        run = runtime.context.run
        files = {"item.md": f"item {state['item']} after {len(state['done'])} steps"}
        office.outbox.publish(runtime.context.scope, Effect(f"{run}:e", run, "send", files, "none"))
        return {}

    builder: StateGraph[Any, RunContext, Any, Any] = StateGraph(State, context_schema=RunContext)
    names: list[tuple[str, Any]] = [("first", think), ("second", think)]
    names += [*((each, think) for each in more), ("publish", publish)]
    for name, step in names:
        builder.add_node(name, step)
    ends = [START, *(name for name, _step in names), END]
    for one, other in pairwise(ends):
        builder.add_edge(one, other)
    return builder


SPEC = GraphSpec("items", "", Request, build)


@asynccontextmanager
async def opened(
    folder: Path,
    database: str,
    *,
    slots: int = 0,
    spec: GraphSpec = SPEC,
    endpoint: Endpoint | None = None,
) -> AsyncIterator[Runs]:
    """The runs of a workspace; with slots, as a worker; with an endpoint, live."""
    engine = open_database(database or folder / "ledger.db")
    presence = Presence(
        engine,
        folder / "locks",
        kind="worker" if slots else "command",
        slots=slots or 1,
        stale=STALE,
    )
    with Knowledge(Ledger(engine), EdgeIndex(folder / "index", FORM)) as knowledge:
        mode, at = ("live" if endpoint else "offline"), (endpoint or Endpoint())
        async with open_gateway(mode, at, late=True) as gateway:
            office = Office(gateway, Recall(knowledge), Outbox(engine, folder / "outbox"))
            async with Runs(
                engine,
                office,
                checkpoints=database or folder / "checkpoints.db",
                locks=folder / "locks",
                find=lambda _name: spec,
                presence=presence,
            ) as runs:
                yield runs


async def main(folder: Path, database: str, odd: dict[str, Any]) -> None:
    """Work until told to stop."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    _set_clock(odd.get("skew", 0))
    odd_build = partial(build, more=tuple(odd.get("more", ())), seconds=odd.get("step", STEP))
    spec = replace(SPEC, build=odd_build)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    rules = Rules(slots=6, per_client=6, every=0.1)
    async with (
        opened(folder, database, slots=6, spec=spec) as runs,
        Worker(runs, runs.queue.opened, rules, sweep_every=0.5),
    ):
        print("ready", flush=True)  # noqa: T201 - the test waits for it
        await stop.wait()


def _set_clock(skew: float) -> None:
    """Have Python's clock be wrong, as the clock of another machine is."""
    if skew:
        right = time.time
        time.time = lambda: right() + skew


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])))
