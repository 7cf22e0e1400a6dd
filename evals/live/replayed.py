"""Grades of a replay: a recorded version scored as it stands, without a model."""

import time
from collections.abc import Sequence
from typing import Any

from savoirfaire.evals.graders.grading import Grade, Graded, Scale
from savoirfaire.evals.live.results import Results, Trial
from savoirfaire.evals.replaying.findings import Outcome
from savoirfaire.evals.tasks.folder import Task, digest
from savoirfaire.evals.tasks.form import Expected
from savoirfaire.tools.hashing import canonical


def grade_replayed(
    tasks: Sequence[Task], outcomes: Sequence[Outcome], results: Results, scale: Scale
) -> Results:
    """Score what each task ended as; one that was not the recorded run scores nothing."""
    by_name = {each.task: each for each in outcomes}
    done = results.done()
    for task in tasks:
        if (task.name, 1) not in done:
            results.add(_trial(task, by_name[task.name], scale))
    return results


def work_of(tasks: Sequence[Task]) -> str:
    """The hash of what did the work of recorded tasks: graphs, prompts and model settings."""
    told: list[Any] = [
        [t.header.graph, t.header.fingerprint, t.header.prompts, t.header.model.model_dump()]
        for t in tasks
    ]
    return digest(canonical(sorted(told, key=canonical)).encode())


def _trial(task: Task, outcome: Outcome, scale: Scale) -> Trial:
    started = time.perf_counter()
    end = Expected.model_validate(outcome.ended) if outcome.ended else task.expected
    spent = end.state.get("usage", [])
    tokens = (
        sum(int(each.get("input_tokens", 0)) for each in spent),
        sum(int(each.get("output_tokens", 0)) for each in spent),
    )
    graded = Graded(task, end, round(outcome.seconds, 3), tokens)
    grades = scale.grade(graded)
    if outcome.verdict != "passed":
        words = "; ".join(f"{each.kind} {each.where}" for each in outcome.findings[:3])
        grades = [Grade(each.name, 0.0, words) for each in grades]
    return Trial(
        task=task.name,
        client=outcome.client,
        trial=1,
        status="done",
        grades=grades,
        error="" if outcome.verdict == "passed" else outcome.verdict,
        seconds=round(outcome.seconds + time.perf_counter() - started, 3),
        tokens=tokens,
        text=graded.text,
        end=end.status,
    )
