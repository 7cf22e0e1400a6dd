"""Replaying a suite: tasks side by side in processes, told in the order of their names."""

import logging
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import Any

import structlog

from savoirfaire.evals.replaying.driving import Checkpointer
from savoirfaire.evals.replaying.findings import Outcome
from savoirfaire.evals.replaying.replay import RecallFrom, replay
from savoirfaire.evals.tasks.folder import Task
from savoirfaire.evals.tasks.form import Model

_FEW = 40  # tasks that one process does sooner than others have begun
_GRAPHS = ("campaign", "extraction", "inbox", "newsletter", "panel", "proposal")
_PRELOADED = tuple(f"savoirfaire.graphs.{name}" for name in _GRAPHS)


@dataclass
class Replayed:
    """A suite's outcomes."""

    suite: str
    mode: str
    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether there was something to replay, and all of it was the recorded run."""
        return bool(self.outcomes) and all(each.verdict == "passed" for each in self.outcomes)

    def summary(self) -> dict[str, Any]:
        """The figures of the suite; `stale` counts work, knowledge and decisions that changed."""
        verdicts = [each.verdict for each in self.outcomes]
        return {
            "suite": self.suite,
            "mode": self.mode,
            "tasks": len(verdicts),
            "passed": verdicts.count("passed"),
            "failed": verdicts.count("failed"),
            "errors": verdicts.count("error"),
            "misses": sum(each.count("miss") for each in self.outcomes),
            "unplayed": sum(each.count("unplayed") for each in self.outcomes),
            "stale": sum(each.count("stale", "decision") for each in self.outcomes),
            "seconds": round(self.seconds, 2),
        }


def replay_all(
    suite: str,
    tasks: Sequence[Task],
    *,
    recall: RecallFrom = "fixed",
    checkpointer: Checkpointer = "memory",
    model: Model | None = None,
    processes: int | None = None,
) -> Replayed:
    """Every task, in at most `processes` processes; by default as many as there are cores."""
    started = time.perf_counter()
    mode = "replay" if recall == "fixed" else "replay, recall live"
    told = Replayed(suite, mode)
    jobs = [(task.folder, recall, checkpointer, model) for task in tasks]
    told.outcomes = list(_outcomes(jobs, _processes(processes, len(jobs))))
    told.seconds = time.perf_counter() - started
    return told


def _processes(wanted: int | None, jobs: int) -> int:
    """How many processes: as many as wanted, else as many as there are cores and work for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    usual = 1 if jobs <= _FEW else cores or 1
    return max(1, min(wanted or usual, jobs))


def _outcomes(jobs: Sequence[tuple[Any, ...]], processes: int) -> Iterator[Outcome]:
    if processes == 1:
        yield from map(_one, jobs)
        return
    with ProcessPoolExecutor(processes, mp_context=_context(), initializer=quiet) as pool:
        yield from pool.map(_one, jobs, chunksize=max(1, len(jobs) // (8 * processes)))


def _context() -> Any:
    """How processes begin: copied from one that has imported all and started no thread yet."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__, "savoirfaire.agents.chat", *_PRELOADED])
    return context


def quiet() -> None:
    """Log only errors: what a replay found is told at its end."""
    level = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=level, cache_logger_on_first_use=False)


def _one(job: tuple[Path, RecallFrom, Checkpointer, Model | None]) -> Outcome:
    folder, recall, checkpointer, model = job
    return replay(Task(folder), recall=recall, checkpointer=checkpointer, model=model)
