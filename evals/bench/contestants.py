"""The contestants of `savoir bench runs`, each in a process of its own.

Each has the same items: two calls of a model one after the other, so many items at a time.
Plain LangGraph keeps as many checkpoints as ours, as durably. Of ours alone count putting the batch
in the queue, taking it out, the record of each run, the gate, the fenced lease, the effect made
once and synced to the disk, and looking twice a second whether the batch is at rest.

`python -m savoirfaire.evals.bench.contestants NAME '{"items": …}'` prints its figures as JSON.
"""

import asyncio
import json
import logging
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypedDict

import structlog
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import BaseModel

from savoirfaire.agents.model import CallScope, Endpoint, open_gateway
from savoirfaire.agents.replies import TextForm
from savoirfaire.evals.bench.latency import CALLS
from savoirfaire.graphs.desk import Item, Plan
from savoirfaire.graphs.gates.gate import Gate, Gated
from savoirfaire.graphs.gates.granting import effect, granted
from savoirfaire.graphs.gates.nodes import add_gate
from savoirfaire.graphs.queueing.engine import Rules
from savoirfaire.graphs.queueing.worker import Worker
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.graphs.runs import Asked, Runs
from savoirfaire.graphs.watching import batch_progress
from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.tools.outbox import Outbox
from savoirfaire.tools.recall import Recall


class Job(BaseModel):
    """What a contestant is given."""

    items: int
    slots: int
    base_url: str
    folder: Path
    database: str = ""


def prompt(item: int, call: int) -> str:
    """What is asked in one call of an item."""
    return f"item {item} call {call}: " + "answer this mail in three sentences, politely. " * 12


# --- savoirfaire ----------------------------------------------------------------------------------


class _State(Gated, total=False):
    item: int
    replies: list[str]


class _Request(BaseModel):
    item: int


class _Passing:
    """A desk at which every item passes, as where a gate was lifted."""

    def plan(self, _item: Item) -> Plan:
        """Let it pass."""
        return Plan("pass", "bench/1", ask=False)

    def let_pass(self, item: Item, _plan: Any) -> str:
        """A pass."""
        return f"pass-{item.run}"

    def held(self, _bound_to: str, _payload_hash: str = "") -> str:
        """Nothing is held."""
        return ""

    def decided(self, *_: Any) -> None:
        """No account is kept."""


_GATE = Gate(name="send", action="send", arguments=lambda state: {"text": state["replies"][-1]})


def build(office: Office) -> StateGraph[Any, RunContext, Any, Any]:
    """Two calls, a gate, an effect."""

    def asking(call: int) -> Any:
        async def ask(state: _State) -> dict[str, Any]:
            scope = CallScope(role="writer", node=f"call{call}")
            asked = [{"role": "user", "content": prompt(state["item"], call)}]
            said = await office.gateway.complete(asked, scope=scope, form=TextForm())
            return {"replies": [*state.get("replies", []), said.value]}

        return ask

    async def send(state: _State, runtime: Runtime[RunContext]) -> dict[str, Any]:
        text = granted(state, "send")["text"]
        made = effect(_GATE, state, runtime, {"reply.md": text})
        office.outbox.publish(runtime.context.scope, made)
        return {}

    builder: StateGraph[Any, RunContext, Any, Any] = StateGraph(_State, context_schema=RunContext)
    for call in range(CALLS):
        builder.add_node(f"call{call}", asking(call))
    builder.add_node("send", send)
    builder.add_edge(START, "call0")
    builder.add_edge("call0", "call1")
    add_gate(builder, _GATE, approved="send", rejected=END, after="call1")
    builder.add_edge("send", END)
    return builder


SPEC = GraphSpec("bench", "", _Request, build)


@asynccontextmanager
async def opened(job: Job, *, late: bool = False) -> AsyncIterator[Runs]:
    """The runs of a workspace of the benchmark's own; a `late` one makes no client for a model."""
    place: Path | str = job.database or job.folder / "ledger.db"
    engine = open_database(place)
    endpoint = Endpoint(base_url=job.base_url, name="bench")
    with Knowledge(Ledger(engine), EdgeIndex(job.folder / "index", FORM)) as knowledge:
        async with open_gateway("live", endpoint, late=late) as gateway:
            office = Office(gateway, Recall(knowledge), Outbox(engine, job.folder / "outbox"))
            async with Runs(
                engine,
                office,
                checkpoints=job.database or job.folder / "checkpoints.db",
                locks=job.folder / "locks",
                find=lambda _name: SPEC,
                desk=_Passing(),
            ) as runs:
                yield runs


async def savoirfaire(job: Job) -> None:
    """A batch, worked on in this process, or by workers where there is a server's database."""
    async with opened(job, late=bool(job.database)) as runs:
        scope = runs.knowledge.ledger.scope("bench")
        items = [{"item": item} for item in range(job.items)]
        batch = runs.submit_batch(scope, "bench", items, by="bench", asked=Asked(queue=True))
        if job.database:
            await _at_rest(runs, batch)
        else:
            async with Worker(runs, runs.queue.opened, _rules(job)):
                await _at_rest(runs, batch)


async def worker(job: Job) -> None:
    """One of the workers, until its input ends."""
    async with opened(job) as runs, Worker(runs, runs.queue.opened, _rules(job)):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


def _rules(job: Job) -> Rules:
    return Rules(slots=job.slots, per_client=job.slots)


async def _at_rest(runs: Runs, batch: str) -> None:
    while batch_progress(runs.engine, batch).going:  # noqa: ASYNC110 - in another process
        await asyncio.sleep(0.5)


# --- the others -----------------------------------------------------------------------------------


async def langgraph(job: Job) -> None:
    """Plain LangGraph with its own saver for SQLite, as durable as ours."""
    from langchain_openai import ChatOpenAI
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    model = ChatOpenAI(base_url=job.base_url, api_key="none", model="bench", max_retries=0)

    class State(TypedDict, total=False):
        item: int
        replies: list[str]

    def asking(call: int) -> Any:
        async def ask(state: State) -> dict[str, Any]:
            said = await model.ainvoke([{"role": "user", "content": prompt(state["item"], call)}])
            return {"replies": [*state.get("replies", []), str(said.content)]}

        return ask

    async def gate(_state: State) -> dict[str, Any]:
        return {}

    async def send(state: State) -> dict[str, Any]:
        (job.folder / f"{state['item']}.md").write_text(state["replies"][-1], "utf-8")
        return {}

    builder: StateGraph[Any, None, Any, Any] = StateGraph(State)
    names = ["call0", "call1", "plan", "gate", "send"]
    steps: list[Any] = [asking(0), asking(1), gate, gate, send]
    for name, step in zip(names, steps, strict=True):
        builder.add_node(name, step)
    for before, after in zip([START, *names], [*names, END], strict=True):
        builder.add_edge(before, after)
    async with AsyncSqliteSaver.from_conn_string(str(job.folder / "plain.db")) as saver:
        await saver.conn.execute("PRAGMA synchronous=NORMAL")
        graph: Any = builder.compile(checkpointer=saver)

        async def one(item: int) -> None:
            config = {"configurable": {"thread_id": str(item)}}
            await graph.ainvoke({"item": item}, config, durability="sync")

        await _gathered(job, one)


async def openai(job: Job) -> None:
    """The client alone, with nothing kept."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=job.base_url, api_key="none", max_retries=0)

    async def one(item: int) -> None:
        for call in range(CALLS):
            await client.chat.completions.create(
                model="bench", messages=[{"role": "user", "content": prompt(item, call)}]
            )

    await _gathered(job, one)


async def _gathered(job: Job, one: Callable[[int], Awaitable[None]]) -> None:
    slots = asyncio.Semaphore(job.slots)

    async def within(item: int) -> None:
        async with slots:
            await one(item)

    await asyncio.gather(*(within(item) for item in range(job.items)))


CONTESTANTS: dict[str, Callable[[Job], Awaitable[None]]] = {
    "savoirfaire": savoirfaire,
    "worker": worker,
    "langgraph": langgraph,
    "openai": openai,
}


def main(name: str, given: str) -> None:
    """Run a contestant, and print what it took."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    job = Job.model_validate_json(given)
    started, cpu = time.perf_counter(), time.process_time()
    asyncio.run(_run(name, job))
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "wall_s": time.perf_counter() - started,
        "cpu_s": time.process_time() - cpu,
        "peak_rss_mb": used.ru_maxrss / 1024,
    }
    print(json.dumps(figures), flush=True)


async def _run(name: str, job: Job) -> None:
    await CONTESTANTS[name](job)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
