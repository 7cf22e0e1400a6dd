"""Replaying one task: no live transport is built, and nothing but the tape answers."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

from savoirfaire.agents.model import Endpoint, open_gateway
from savoirfaire.errors import SavoirError
from savoirfaire.evals.replaying.deciding import Answers
from savoirfaire.evals.replaying.driving import Checkpointer, Driven, drive
from savoirfaire.evals.replaying.ending import ended
from savoirfaire.evals.replaying.findings import Finding, Outcome, compared
from savoirfaire.evals.tasks.folder import KNOWLEDGE, TEXTS, Task, snapshot_hash
from savoirfaire.evals.tasks.form import Expected, Header, Model, Snapshot
from savoirfaire.evals.tasks.prompts import prompt_hashes
from savoirfaire.evals.tasks.studio import effects_of, rows_of, studio
from savoirfaire.graphs.registry import GraphSpec, find_graph
from savoirfaire.tools.differences import differences
from savoirfaire.tools.recall import Recall, TapeUse
from savoirfaire.tools.tape import Tape

RecallFrom = Literal["fixed", "live"]
Find = Callable[[str], GraphSpec]


def replay(
    task: Task,
    *,
    recall: RecallFrom = "fixed",
    checkpointer: Checkpointer = "memory",
    model: Model | None = None,
    find: Find = find_graph,
) -> Outcome:
    """One task, as it was recorded. What keeps it from being run at all is an error of its own.

    `recall` live searches the snapshot anew. `model` asks with other settings than the recorded
    ones: where they differ, that is told, and the task cannot pass.
    """
    started = time.perf_counter()
    outcome = Outcome(task.name, task.name)
    try:
        outcome.client = task.header.client
        outcome.findings = list(_stale_files(task))
        found, end = asyncio.run(_replayed(task, recall, checkpointer, model, find))
        outcome.findings += found
        outcome.ended = end.model_dump(mode="json")
    except Exception as error:  # noqa: BLE001 - one broken task does not keep the others from running
        words = str(error) if isinstance(error, SavoirError) else f"{type(error).__name__}: {error}"
        outcome.findings.append(Finding("error", "task", [words]))
    outcome.seconds = time.perf_counter() - started
    return outcome


async def _replayed(
    task: Task, recall: RecallFrom, checkpointer: Checkpointer, model: Model | None, find: Find
) -> tuple[list[Finding], Expected]:
    with studio(task.snapshot, task.text) as made:
        tape_file = made.folder / "tape.jsonl"
        shutil.copyfile(task.tape, tape_file)
        tape = Tape.load(tape_file)
        asked = model or task.header.model
        use: TapeUse = "replay" if recall == "fixed" else "none"
        driven, end, answers = await again(
            task, made, tape, asked, use, checkpointer=checkpointer, find=find
        )
    lanes = {"model", "recall"} if recall == "fixed" else {"model"}
    findings = list(_stale_work(task, driven, asked, tape))
    if driven.stale is not None:
        findings.append(Finding("decision", f"gate {driven.stale.gate}", driven.stale.words))
    findings += compared(task.expected, end, tape, answers, lanes)
    return findings, end


async def again(
    task: Task,
    made: Any,
    tape: Tape,
    model: Model,
    use: TapeUse,
    *,
    checkpointer: Checkpointer = "memory",
    find: Find = find_graph,
) -> tuple[Driven, Expected, Answers]:
    """Drive a task over a scratch workspace and a tape; how it went, and how it ended."""
    answers = Answers(task.decisions, task.header.run)
    before = rows_of(made)
    endpoint: Endpoint = model.endpoint()
    async with open_gateway(model.mode, endpoint, tape, late=True) as gateway:
        driven = await drive(
            task.header,
            task.request,
            made,
            gateway,
            Recall(made.knowledge, tape=tape, use=use),
            answers,
            checkpointer=checkpointer,
            find=find,
        )
    return driven, ended(driven, effects_of(made, before), tape), answers


def _stale_files(task: Task) -> Iterator[Finding]:
    """What is not as it was recorded: a passage or a rule of the snapshot, or another file."""
    header: Header = task.header
    for name in task.changed():
        is_known = name == KNOWLEDGE or name.startswith(f"{TEXTS}/")
        what = _whose(task.snapshot, name) if is_known else name
        yield Finding("stale", what, ["was changed since the task was recorded"])
    if snapshot_hash(task.snapshot) != header.snapshot:
        yield Finding("stale", KNOWLEDGE, ["is not what the run knew"])


def _whose(snapshot: Snapshot, name: str) -> str:
    """The path of the source whose text is in a file, and whose it is where it is the house's."""
    text = name.rpartition("/")[2]
    for part in snapshot.parts:
        for each in part.sources:
            if each.text == text:
                return f"source {each.path}{f' of {part.client}' if part is snapshot.house else ''}"
    return name


def _stale_work(task: Task, driven: Driven, model: Model, tape: Tape) -> Iterator[Finding]:
    """What does the work now, where it is not what did it then: graph, prompts, model settings."""
    header = task.header
    if driven.wired.fingerprint != header.fingerprint:
        yield Finding("stale", f"graph {header.graph}", ["has other steps or edges now"])
    now = prompt_hashes(driven.wired.spec, tape)
    for role, was in header.prompts.items():
        if now.get(role) != was:
            yield Finding("stale", f"prompt {role}", ["was changed since the task was recorded"])
    old, new = header.model.model_dump(), model.model_dump()
    if words := list(differences(old, new, "model")):
        yield Finding("stale", "model settings", words)
