"""Trials: each task so many times against a model, several at once, each in a workspace of its own.

What was recalled is held fixed where the run asks for it as recorded; what it asks anew is searched
in the snapshot. What people decided is assumed of drafts that nobody has seen, and counted.

A model that refuses, breaks off or cannot be read has failed the task. An endpoint that cannot be
reached has not: such trials are kept apart and made again at the next run. A key or a model that
the endpoint rejects ends the run at once.
"""

import asyncio
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx2

from savoirfaire.agents.model import Endpoint, Gateway, open_gateway
from savoirfaire.errors import (
    BusyError,
    MisconfiguredError,
    OverBudgetError,
    RateLimitedError,
    UnavailableError,
)
from savoirfaire.evals.graders.grading import Grade, Graded, Scale
from savoirfaire.evals.live.results import Results, Trial
from savoirfaire.evals.replaying.deciding import Answers
from savoirfaire.evals.replaying.driving import Driven, drive
from savoirfaire.evals.replaying.ending import ended
from savoirfaire.evals.replaying.replay import Find
from savoirfaire.evals.tasks.folder import Task
from savoirfaire.evals.tasks.form import Expected
from savoirfaire.evals.tasks.studio import effects_of, rows_of, studio
from savoirfaire.graphs.registry import find_graph
from savoirfaire.tools.recall import Recall
from savoirfaire.tools.tape import Tape

INFRASTRUCTURE = (UnavailableError, RateLimitedError, OverBudgetError, BusyError)
_MILLION = 1_000_000


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost, read and written."""

    read: float = 0.0
    written: float = 0.0

    def of(self, tokens: tuple[int, int]) -> float:
        """The cost of tokens read and written."""
        return round((self.read * tokens[0] + self.written * tokens[1]) / _MILLION, 8)


async def run_trials(
    tasks: Sequence[Task],
    results: Results,
    endpoint: Endpoint,
    scale: Scale,
    *,
    trials: int,
    at_once: int,
    prices: Prices,
    wire: httpx2.AsyncBaseTransport | None = None,
    tell: Callable[[Trial], None] = lambda _: None,
    find: Find = find_graph,
) -> Results:
    """Make the trials that are not made yet. Raises MisconfiguredError where none can be."""
    done, turns = results.done(), asyncio.Semaphore(at_once)
    todo = [(task, n) for n in range(1, trials + 1) for task in tasks if (task.name, n) not in done]
    async with open_gateway("live", endpoint, wire=wire) as gateway:

        async def one(task: Task, number: int) -> None:
            async with turns:
                trial = await _trial(task, number, gateway, scale, prices, find)
            results.add(trial)
            tell(trial)

        try:
            async with asyncio.TaskGroup() as group:
                for task, number in todo:
                    group.create_task(one(task, number))
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
    return results


async def _trial(
    task: Task, number: int, gateway: Gateway, scale: Scale, prices: Prices, find: Find
) -> Trial:
    started = time.perf_counter()
    driven, end, assumed = await _driven(task, gateway, find)
    seconds = round(time.perf_counter() - started, 3)
    if isinstance(driven.error, MisconfiguredError):
        raise driven.error
    trial = Trial(task.name, task.header.client, number, "done", seconds=seconds)
    if isinstance(driven.error, INFRASTRUCTURE):
        return replace(trial, status="infrastructure", error=f"{end.error}: {end.words}")
    tokens = _tokens(end.state)
    graded = Graded(task, end, seconds, tokens, prices.of(tokens))
    return replace(
        trial,
        grades=[*graded_fairly(graded, scale), *await _judged(graded, scale)],
        error=end.error,
        tokens=tokens,
        cost=graded.cost,
        text=graded.text,
        end=end.status,
        assumed=assumed,
    )


def graded_fairly(graded: Graded, scale: Scale) -> list[Grade]:
    """What the graders say; of a run that broke off where the recorded one did not, nothing."""
    grades = scale.grade(graded)
    if graded.end.status == graded.task.expected.status:
        return grades
    words = f"{graded.end.status}: {graded.end.error}"
    return [Grade(each.name, 0.0, words) for each in grades]


async def _judged(graded: Graded, scale: Scale) -> list[Grade]:
    """What the model judges say; nothing of a run that broke off where the recorded one did not."""
    if scale.judged is None or graded.end.status != graded.task.expected.status:
        return []
    return await scale.judged(graded)


async def _driven(task: Task, gateway: Gateway, find: Find) -> tuple[Driven, Expected, int]:
    answers = Answers(task.decisions, task.header.run, assume=True)
    with studio(task.snapshot, task.text) as made:
        copy = made.folder / "tape.jsonl"
        shutil.copyfile(task.tape, copy)
        tape = Tape(copy)
        recall = Recall(made.knowledge, tape=tape, use="record-missing")
        before = rows_of(made)
        driven = await drive(task.header, task.request, made, gateway, recall, answers, find=find)
        return driven, ended(driven, effects_of(made, before), tape), len(answers.assumed)


def _tokens(state: Mapping[str, Any]) -> tuple[int, int]:
    spent = state.get("usage", [])
    return (
        sum(int(each.get("input_tokens", 0)) for each in spent),
        sum(int(each.get("output_tokens", 0)) for each in spent),
    )
