"""What many durable runs cost beside the same calls with less: time over the ideal, CPU, memory.

All contestants ask the same endpoint on loopback, which is as late as it is told; each is a process
of its own. `lost` are items without their effect, `doubled` those with more than one, `asked_twice`
calls that were made more than once.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from savoirfaire.evals.bench.contestants import Job
from savoirfaire.evals.bench.elsewhere import frameworks
from savoirfaire.evals.bench.latency import Latency
from savoirfaire.evals.bench.measuring import machine
from savoirfaire.graphs.checkpoints import Checkpoints
from savoirfaire.graphs.queueing.engine import migrated
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.schema import effects, runs

RATIO = 1.15
CPU_RATIO = 1.3


def running(
    items: int,
    latency: str,
    slots: int,
    *,
    database: str = "",
    workers: int = 2,
    others: bool = True,
) -> dict[str, Any]:
    """The figures of ours, and of the others beside it; of frameworks only with `others`."""
    late = Latency.parse(latency)
    with _endpoint(latency) as base_url, tempfile.TemporaryDirectory() as folder:
        job = Job(
            items=items, slots=slots, base_url=base_url, folder=Path(folder), database=database
        )
        _prepare(job)
        ours, used = _ours(job, workers)
        lost, doubled = _effects(job)
        asked_twice = sum(count > 1 for count in _count(base_url).values())
        beside = {name: _contestant(name, job) for name in ("langgraph", "openai")}
        beside |= frameworks(job) if others else {}
    ideal = late.ideal(items, slots)
    ratio, cpu_ratio = ours["wall_s"] / ideal, used["cpu_s"] / beside["langgraph"]["cpu_s"]
    return {
        "bench": "runs",
        "met": ratio <= RATIO and cpu_ratio <= CPU_RATIO and not lost and not doubled,
        "items": items,
        "latency": latency,
        "concurrency": slots,
        "database": "postgresql" if database else "sqlite",
        "workers": workers if database else 0,
        "wall_s": round(ours["wall_s"], 2),
        "ideal_s": round(ideal, 2),
        "ratio": round(ratio, 3),
        "cpu_ms_per_run": round(1000 * used["cpu_s"] / items, 2),
        "peak_rss_mb": round(used["peak_rss_mb"], 1),
        "lost": lost,
        "doubled": doubled,
        "asked_twice": asked_twice,
        "beside": {name: _told(each, items) for name, each in beside.items()},
        "cpu_ratio": round(cpu_ratio, 3),
        "machine": machine(),
    }


def _told(figures: dict[str, Any], items: int) -> dict[str, Any]:
    """A contestant's figures for each item, or why there are none."""
    if "error" in figures:
        return figures
    return {
        "cpu_ms": round(1000 * figures["cpu_s"] / items, 2),
        "wall_s": round(figures["wall_s"], 2),
    }


def _prepare(job: Job) -> None:
    """Make a workspace with all its tables: making them is no part of what runs take."""
    engine = open_database(job.database or job.folder / "ledger.db")
    Ledger(engine).add_client("bench", "en")
    migrated(engine)
    engine.dispose()
    asyncio.run(_made(Checkpoints(job.database or job.folder / "checkpoints.db")))


async def _made(checkpoints: Checkpoints) -> None:
    async with checkpoints.saver():
        pass


def _ours(job: Job, workers: int) -> tuple[dict[str, float], dict[str, float]]:
    """Our figures, and what all processes of ours used."""
    if not job.database:
        figures = _contestant("savoirfaire", job)
        return figures, figures
    share = job.model_copy(update={"slots": -(-job.slots // workers)})
    with ExitStack() as stack:
        others = [stack.enter_context(_worker(share)) for _ in range(workers)]
        figures = _contestant("savoirfaire", job)
        ended = [_ended(process) for process in others]
    every = [figures, *ended]
    return figures, {
        "cpu_s": sum(each["cpu_s"] for each in every),
        "peak_rss_mb": max(each["peak_rss_mb"] for each in every),
    }


def _command(name: str, job: Job) -> list[str]:
    return [
        sys.executable,
        "-m",
        "savoirfaire.evals.bench.contestants",
        name,
        job.model_dump_json(),
    ]


def _contestant(name: str, job: Job) -> dict[str, float]:
    done = subprocess.run(_command(name, job), check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


@contextmanager
def _worker(job: Job) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(
        _command("worker", job), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait()


def _ended(process: "subprocess.Popen[str]") -> dict[str, float]:
    out, _errors = process.communicate("", timeout=60)
    figures: dict[str, float] = json.loads(out.splitlines()[-1])
    return figures


@contextmanager
def _endpoint(latency: str) -> Iterator[str]:
    command = [sys.executable, "-m", "savoirfaire.evals.bench.endpoint", latency]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.kill()


def _count(base_url: str) -> dict[str, int]:
    address = base_url.removesuffix("/v1") + "/count"
    with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own, on loopback
        counts: dict[str, int] = json.load(answer)
    return counts


def _effects(job: Job) -> tuple[int, int]:
    """How many items have no effect, and how many more than one."""
    engine = open_database(job.database or job.folder / "ledger.db")
    with engine.connect() as connection:
        made = select(effects.c.run, func.count()).where(effects.c.made_at.is_not(None))
        counts = [count for _run, count in connection.execute(made.group_by(effects.c.run))]
        total = connection.scalar(
            select(func.count()).select_from(runs).where(runs.c.status == "completed")
        )
    engine.dispose()
    files = len(list((job.folder / "outbox").rglob("*.md")))
    return job.items - min(len(counts), int(total or 0), files), sum(count > 1 for count in counts)
