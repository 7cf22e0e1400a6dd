"""What 10,000 waiting questions weigh: on a page of the inbox, on one that goes on, on a worker."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import BaseModel
from sqlalchemy import Engine

from savoirfaire.agents.model import Endpoint, open_gateway
from savoirfaire.evals.bench.indexing import resident
from savoirfaire.graphs.gates.gate import Gate, Gated
from savoirfaire.graphs.gates.granting import effect, granted
from savoirfaire.graphs.gates.nodes import add_gate
from savoirfaire.graphs.queueing.engine import Rules
from savoirfaire.graphs.queueing.worker import Worker
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.graphs.runs import Runs
from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.tools.outbox import Outbox
from savoirfaire.tools.recall import Recall

PAGE = 50
PAGE_LIMIT = 0.050
RESUME_LIMIT = 0.020
GROWTH_LIMIT = 4.0  # MB: less than a tenth of what the questions themselves take
_IDLE = 4.0  # seconds: a sweep, and every chore some times
_WORDS = "What is sent, if it is approved: a letter of a page. " * 40
_CLIENT = "bench"


def waiting(count: int = 10_000, resumed: int = 20, idle: float = _IDLE) -> dict[str, Any]:
    """Milliseconds of a page and of one that goes on, and MB that a worker grows by."""
    with TemporaryDirectory() as folder:
        pages, resumes, grown = asyncio.run(_measured(Path(folder), count, resumed, idle))
    page, resume = median(pages), median(resumes)
    return {
        "met": page < PAGE_LIMIT and resume < RESUME_LIMIT and grown < GROWTH_LIMIT,
        "waiting": count,
        "page_ms": round(1000 * page, 2),
        "resume_ms": round(1000 * resume, 2),
        "worker_grows_mb": round(grown, 2),
        "limits": {
            "page_ms": 1000 * PAGE_LIMIT,
            "resume_ms": 1000 * RESUME_LIMIT,
            "worker_grows_mb": GROWTH_LIMIT,
        },
    }


async def _measured(
    folder: Path, count: int, resumed: int, idle: float
) -> tuple[list[float], list[float], float]:
    engine = open_database(folder / "ledger.db")
    try:
        scope = Ledger(engine).add_client(_CLIENT, "en")
        async with _opened(folder, engine) as runs:
            begun = [runs.submit(scope, "letter", {}, by="bench") for _ in range(resumed + 1)]
            for run in begun:
                await runs.drive(run)
            grown = await _grown(runs, folder / "ledger.db", count, idle)
        async with _opened(folder, engine) as runs:
            pages = [_timed(lambda: _page(runs)) for _ in range(20)]
            resumes = [await _resumed(runs, run) for run in begun][1:]
    finally:
        engine.dispose()
    return pages, resumes, grown


def _page(runs: Runs) -> None:
    """What `savoir inbox` reads."""
    runs.approvals.expire()
    runs.approvals.escalate()
    runs.approvals.open(limit=PAGE)
    runs.approvals.count()


async def _resumed(runs: Runs, run: str) -> float:
    """Seconds from a person's answer to the run's end."""
    (asked,) = runs.approvals.of_run(run)
    started = time.perf_counter()
    runs.approvals.decide(asked.id, "approve", by="bob")
    ended = await runs.drive(run)
    assert ended.status == "completed", ended
    return time.perf_counter() - started


async def _grown(runs: Runs, place: Path, count: int, idle: float) -> float:
    """MB that a worker without work grows by once so many questions wait."""
    async with Worker(runs, runs.queue.opened, Rules(), sweep_every=idle / 4):
        await asyncio.sleep(idle)
        before = resident("RssAnon")
        _make(place, count)
        await asyncio.sleep(idle)
        return (resident("RssAnon") - before) / 2**20


def _make(place: Path, count: int) -> None:
    """Have so many questions wait, made by a process whose memory is not this one's."""
    given = {"last": count, "words": _WORDS}
    asked = json.dumps([str(place), [_RUNS, _QUESTIONS], given])
    subprocess.run([sys.executable, "-c", _MAKE], input=asked, check=True, text=True)


def _timed(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class _Request(BaseModel):
    pass


_GATE = Gate(name="send", action="send", arguments=lambda _state: {"text": _WORDS})


def _build(office: Office) -> StateGraph[Any, RunContext, Any, Any]:
    async def send(state: Gated, runtime: Runtime[RunContext]) -> dict[str, Any]:
        made = effect(_GATE, state, runtime, {"letter.md": granted(state, "send")["text"]})
        office.outbox.publish(runtime.context.scope, made)
        return {}

    builder: StateGraph[Any, RunContext, Any, Any] = StateGraph(Gated, context_schema=RunContext)
    builder.add_node("send", send)
    builder.add_edge(START, add_gate(builder, _GATE, approved="send", rejected=END))
    builder.add_edge("send", END)
    return builder


@asynccontextmanager
async def _opened(folder: Path, engine: Engine) -> AsyncIterator[Runs]:
    spec = GraphSpec("letter", "", _Request, _build)
    with Knowledge(Ledger(engine), EdgeIndex(folder / "index", FORM)) as knowledge:
        gateway = open_gateway("offline", Endpoint(), late=True)
        office = Office(gateway, Recall(knowledge), Outbox(engine, folder / "outbox"))
        async with Runs(
            engine,
            office,
            checkpoints=folder / "checkpoints.db",
            locks=folder / "locks",
            find=lambda _name: spec,
        ) as runs:
            yield runs


_MAKE = """
import json, sqlite3, sys
place, statements, given = json.load(sys.stdin)
with sqlite3.connect(place) as connection:
    for each in statements:
        connection.execute(each, given)
connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
"""

# Made in the database: what is measured is that they wait, not how they came about.
_PLACES = "WITH RECURSIVE place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < :last)"
_AT = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || (100000 - n) || ' seconds')"
_RUNS = f"""
    {_PLACES}
    INSERT INTO runs (id, client, graph, fingerprint, request, model, status, submitted_by,
                      created_at, updated_at, priority, turn)
    SELECT 'letter-' || n, '{_CLIENT}', 'letter', '', '{{}}', 'offline', 'waiting', 'ann',
           {_AT}, {_AT}, 0, 0
    FROM place
    """
_QUESTIONS = f"""
    {_PLACES}
    INSERT INTO approvals (id, run, client, graph, gate, interrupt, payload_hash, request, asked_at)
    SELECT 'letter-' || n || '-send-1', 'letter-' || n, '{_CLIENT}', 'letter', 'send', 'i' || n,
           printf('%064x', n),
           json_object('action_requests', json_array(json_object('name', 'send', 'args',
                       json_object('text', :words), 'description', 'Send it?'))),
           {_AT}
    FROM place
    """
