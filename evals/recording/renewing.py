"""Recording again only what a change made stale, from what the task itself knows.

A task that still replays is left alone, to the byte. Where its own tape is enough, as after a
change of the graph alone, no model is needed; else what is not on the tape is asked for. A run that
broke off for a reply that was refused or cut has to break off again. Where a gate shows another
draft now, what people decided is assumed of it and counted: somebody has to look at those.
"""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2

from savoirfaire.agents.model import Endpoint, open_gateway
from savoirfaire.errors import SavoirError, TapeMissError
from savoirfaire.evals.recording.recording import remade, seal_task
from savoirfaire.evals.replaying.deciding import Answers
from savoirfaire.evals.replaying.driving import drive
from savoirfaire.evals.replaying.replay import Find, replay
from savoirfaire.evals.tasks.folder import DECISIONS, EXPECTED, Task, seal, staged, write
from savoirfaire.evals.tasks.form import Decision, Decisions, Header
from savoirfaire.evals.tasks.studio import studio
from savoirfaire.graphs.registry import find_graph
from savoirfaire.tools.recall import Recall
from savoirfaire.tools.tape import Tape

_SHOWN = 3


def renew(
    tasks: Sequence[Task],
    endpoint: Endpoint,
    *,
    wire: httpx2.AsyncBaseTransport | None = None,
    tell: Callable[[dict[str, Any]], None] = lambda _: None,
    find: Find = find_graph,
) -> list[dict[str, Any]]:
    """Bring tasks up to date; for each, whether it changed, what was asked and what was assumed."""
    told = []
    for task in tasks:
        was = replay(task, find=find)
        one = {"task": task.name, "changed": False, "asked": 0, "assumed": 0}
        if was.verdict != "passed":
            one |= asyncio.run(_renewed(task, endpoint, wire, find)) | {"changed": True}
        told.append(one)
        tell(one)
    return told


async def _renewed(
    task: Task, endpoint: Endpoint, wire: httpx2.AsyncBaseTransport | None, find: Find
) -> dict[str, Any]:
    with staged(task.folder) as beside:
        draft = _draft(task, beside, task.header)
        try:
            asked, assumed = await _asked(draft, Endpoint(), None, find)
        except TapeMissError:
            if not endpoint.base_url:
                raise
            draft = _draft(task, beside, _header(task, endpoint))
            asked, assumed = await _asked(draft, endpoint, wire, find)
        driven, end, lacking = await remade(draft, find)
        if lacking:
            raise SavoirError(
                "task {task} cannot be recorded again: it does not end twice as it did once",
                task=task.name,
                hint="Record it anew from a run: `savoir evals record RUN --suite SUITE`.",
            )
        write(beside, EXPECTED, end)
        seal_task(draft, driven, disguised=draft.header.anonymised)
    return {"asked": asked, "assumed": assumed}


def _draft(task: Task, folder: Path, header: Header) -> Task:
    """The task as it is, in another folder."""
    shutil.copytree(task.folder, folder, dirs_exist_ok=True)
    return seal(folder, header)


def _header(task: Task, endpoint: Endpoint) -> Header:
    """The task's header, with the name of the model that is asked now."""
    header = task.header
    if header.model.mode == "offline" or not endpoint.name:
        return header
    model = header.model.model_copy(update={"name": endpoint.name})
    return header.model_copy(update={"model": model})


async def _asked(
    draft: Task, endpoint: Endpoint, wire: httpx2.AsyncBaseTransport | None, find: Find
) -> tuple[int, int]:
    """Drive the task, asking for what its tape lacks; how much was asked, and assumed.

    Raises TapeMissError where it lacks something and there is nobody to ask.
    """
    header = draft.header
    as_recorded = header.model.endpoint()
    given = replace(as_recorded, base_url=endpoint.base_url, api_key=endpoint.api_key)
    mode = "record" if header.model.mode == "replay" and endpoint.base_url else header.model.mode
    answers = Answers(draft.decisions, header.run, assume=True)
    tape = Tape(draft.tape)
    before = len(tape)
    with studio(draft.snapshot, draft.text) as made:
        recall = Recall(made.knowledge, tape=tape, use="record-missing")
        async with open_gateway(mode, given, tape, missing_only=True, wire=wire) as gateway:
            driven = await drive(header, draft.request, made, gateway, recall, answers, find=find)
    if tape.misses:
        raise TapeMissError(
            "task {task} asks what is not on its tape: {differences}",
            task=header.task,
            differences="; ".join(tape.misses[0].words[:_SHOWN]),
            hint="Name a model in the settings (model.base_url, model.name), and run it again.",
        )
    if driven.status != draft.expected.status:
        raise driven.error or SavoirError(
            "task {task} cannot be recorded again: it does not break off any more",
            task=header.task,
            hint="Record it anew from a run: `savoir evals record RUN --suite SUITE`.",
        )
    added = len(tape) - before
    tape.prune()
    if answers.assumed or answers.unused():
        write(draft.folder, DECISIONS, _decisions(answers))
        vars(draft).pop("decisions", None)
    return added, len(answers.assumed)


def _decisions(answers: Answers) -> Decisions:
    """What was decided, as it was given out: bound to what is shown now."""
    return Decisions(
        people=[Decision(**each) for each in answers.given], policy=answers.decisions.policy
    )
