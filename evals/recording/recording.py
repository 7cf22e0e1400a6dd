"""Recording: an ended run is made again, twice, before anything is called a task.

First over all that was known, with the replies of the workspace's tape: what is missing there, or
ends otherwise, cannot be recorded, and the difference is told. Then over what the run saw and
nothing else, with only its own exchanges: how that ends is what a replay has to end as.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from savoirfaire.agents.model import recorded_model
from savoirfaire.errors import SavoirError
from savoirfaire.evals.recording.anonymising import Disguise
from savoirfaire.evals.recording.ended import Ended
from savoirfaire.evals.recording.seeing import Seen, distractors, reduced, seen_in
from savoirfaire.evals.replaying.driving import Driven
from savoirfaire.evals.replaying.ending import without_means
from savoirfaire.evals.replaying.replay import again
from savoirfaire.evals.tasks.folder import (
    DECISIONS,
    EXPECTED,
    INPUT,
    KNOWLEDGE,
    TAPE,
    TEXTS,
    Task,
    seal,
    snapshot_hash,
    staged,
    write,
    write_texts,
)
from savoirfaire.evals.tasks.form import (
    Expected,
    Header,
    Snapshot,
)
from savoirfaire.evals.tasks.prompts import prompt_hashes
from savoirfaire.evals.tasks.studio import studio
from savoirfaire.graphs.registry import GraphSpec, find_graph
from savoirfaire.tools.differences import differences
from savoirfaire.tools.tape import Tape

_SEED_DIGITS = 8
_SHOWN = 5


@dataclass
class Recorded:
    """What came of it: the task, and what a person should know of how it was made."""

    task: Task
    notes: list[str] = field(default_factory=list)
    replaced: list[tuple[str, str, str]] = field(default_factory=list)


async def record(
    given: Ended,
    folder: Path,
    tape: Path | None,
    *,
    disguise: Disguise | None = None,
    tags: Sequence[str] = (),
    find: Callable[[str], GraphSpec] = find_graph,
) -> Recorded:
    """Make the task in `folder`, in place of what is there. Raises SavoirError where it cannot be.

    `tape` has the model's replies, and those of other runs; it is only read. A run that broke off
    before it asked a model anything needs none.
    """
    recorded = Recorded(Task(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with staged(folder) as beside, tempfile.TemporaryDirectory() as plain:
        draft = _draft(given, beside, folder.name, tags)
        first, seen, others = await _first(given, draft, tape, find)
        _require_same(given, first)
        shutil.copytree(beside, plain, dirs_exist_ok=True)
        for notes, known in _knowings(given, seen, others):
            shutil.copytree(plain, beside, dirs_exist_ok=True)
            _lay(draft, *known)
            if disguise is not None:
                recorded.replaced = disguise.apply(Task(beside))
            driven, end, misses = await remade(Task(beside), find)
            if not misses and _alike(first, end, disguised=disguise is not None):
                recorded.notes = notes
                break
        else:
            raise _unlike(given.row.id, misses or list(_ends(first, end)))
        write(beside, EXPECTED, end)
        seal_task(Task(beside), driven, disguised=disguise is not None)
    return recorded


def _knowings(given: Ended, seen: Seen, others: Any) -> Iterator[tuple[list[str], Any]]:
    """What the task may know, least first: what was seen; all, but of the house; all."""
    notes = ["everything known is kept: the run reads more than it names"]
    yield [], reduced(given.snapshot, given.texts, seen, others)
    if given.snapshot.house is not None:
        yield notes, reduced(given.snapshot, given.texts, seen, others, whole=True)
    yield notes, (given.snapshot, given.texts)


# --- making it again ------------------------------------------------------------------------------


def _draft(given: Ended, folder: Path, name: str, tags: Sequence[str]) -> Task:
    """What is known of the task before it is made again."""
    row = given.row
    write(folder, INPUT, row.request)
    write(folder, DECISIONS, given.decisions)
    seed = int(hashlib.sha256(f"{row.id}".encode()).hexdigest()[:_SEED_DIGITS], 16)
    header = Header(
        task=name,
        client=row.client,
        language=given.snapshot.language,
        graph=row.graph,
        fingerprint=row.fingerprint,
        prompts={},
        model=given.model,
        run=row.id,
        clock=row.created_at,
        seed=seed,
        snapshot="",
        tags=list(tags),
    )
    return seal(folder, header)


async def _first(
    given: Ended, draft: Task, tape: Path | None, find: Callable[[str], GraphSpec]
) -> tuple[Expected, Seen, Any]:
    """The run over all that was known; its own exchanges, and no others, are then on the tape."""
    with studio(given.snapshot, given.texts.__getitem__) as made:
        held = _copied(tape, draft.tape)
        model = given.model
        if model.mode == "replay" and not model.name:
            model = model.model_copy(update={"name": recorded_model(held)})
        driven, end, _ = await again(draft, made, held, model, "record-missing", find=find)
        if held.misses and tape is None:
            raise _without_tape(given.row.id)
        if held.misses:
            raise _unlike(given.row.id, [each for miss in held.misses for each in miss.words])
        if driven.stale is not None:
            raise _unlike(given.row.id, [str(driven.stale)])
        held.prune()
        seen = seen_in([end.state, end.effects, draft.request], held)
        others = distractors(made, held, seen)
    if model != draft.header.model:
        seal(draft.folder, draft.header.model_copy(update={"model": model}))
        vars(draft).pop("header")
    return end, seen, others


def _copied(tape: Path | None, to: Path) -> Tape:
    """A tape of the task's own, with what the workspace's has."""
    if tape is not None and tape.is_file():
        shutil.copyfile(tape, to)
    return Tape(to)


def _require_same(given: Ended, end: Expected) -> None:
    """What was made again has to be what the run had made."""
    words = list(differences(without_means(given.state), end.state))
    status = "completed" if given.row.status == "completed" else "needs_attention"
    if status != end.status:
        words.insert(0, f"it was {status}, and is {end.status}: {end.words}")
    if words:
        raise _unlike(given.row.id, words)


def _lay(draft: Task, snapshot: Snapshot, texts: dict[str, str]) -> None:
    """Write what was known into the task."""
    shutil.rmtree(draft.folder / TEXTS, ignore_errors=True)
    write(draft.folder, KNOWLEDGE, snapshot)
    write_texts(draft.folder, texts)


async def remade(
    task: Task, find: Callable[[str], GraphSpec]
) -> tuple[Driven, Expected, list[str]]:
    """The run over what the task has, and nothing else; in words, what it lacked."""
    with studio(task.snapshot, task.text) as made:
        copy = made.folder / TAPE
        shutil.copyfile(task.tape, copy)
        tape = Tape(copy)
        driven, end, _ = await again(task, made, tape, task.header.model, "replay", find=find)
        words = [each for miss in tape.misses for each in miss.words]
    if driven.stale is not None:
        words += driven.stale.words
    return driven, end, words


def _alike(first: Expected, second: Expected, *, disguised: bool) -> bool:
    if disguised:
        return (first.status, first.error, first.steps) == (
            second.status,
            second.error,
            second.steps,
        )
    return not list(_ends(first, second))


def _ends(first: Expected, second: Expected) -> list[str]:
    kept = {"status", "error", "words", "state", "effects", "steps"}
    return list(differences(first.model_dump(include=kept), second.model_dump(include=kept)))


def _unlike(run: str, words: Sequence[str]) -> SavoirError:
    return SavoirError(
        "run {run} cannot be made again as it was: {differences}",
        run=run,
        differences="; ".join(words[:_SHOWN]),
        hint="What it knew, its prompts or its tape were changed since: run it again, then record.",
    )


def _without_tape(run: str) -> SavoirError:
    return SavoirError(
        "run {run} was made without a tape",
        run=run,
        hint="Set model.mode to record and model.tape to a file, and run it again.",
    )


def seal_task(task: Task, driven: Driven, *, disguised: bool) -> None:
    """Write down what did the work and what was known, which makes the draft a task."""
    header = task.header.model_copy(
        update={
            "fingerprint": driven.wired.fingerprint,
            "prompts": prompt_hashes(driven.wired.spec, Tape(task.tape)),
            "snapshot": snapshot_hash(task.snapshot),
            "anonymised": disguised,
        }
    )
    seal(task.folder, header)
