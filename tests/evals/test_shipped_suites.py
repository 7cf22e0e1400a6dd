"""The suites that come with the product: two tasks of each are replayed; `make evals`: all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from savoirfaire.evals.recording.renewing import renew
from savoirfaire.evals.replaying.replay import replay
from savoirfaire.evals.tasks.folder import DECISIONS, Task, as_bytes, write
from savoirfaire.evals.tasks.form import Decisions
from savoirfaire.evals.tasks.suites import SHIPPED, Suite, open_suite, suites_in
from savoirfaire.testing import ENDPOINT

SUITES = [open_suite(folder) for folder in suites_in(SHIPPED)]
_TOLD = """
import sys
from savoirfaire.evals.replaying.many import quiet, replay_all
from savoirfaire.evals.tasks.suites import find_suite
from savoirfaire.tools.hashing import canonical
quiet()
tasks = [
    task
    for suite, _, name in (asked.partition("/") for asked in sys.argv[1:])
    for task in find_suite(suite).tasks
    if name in ("", task.name)
]
for checkpointer in ("memory", "sqlite"):
    told = replay_all("s", tasks, checkpointer=checkpointer, processes=1)
    print(canonical([[each.as_dict(), each.ended] for each in told.outcomes]))
"""


def told(seed: int, *asked: str) -> list[bytes]:
    """What a process of that hash seed says of tasks, or of whole suites, by each checkpointer."""
    done = subprocess.run(
        [sys.executable, "-c", _TOLD, *asked],
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        capture_output=True,
        check=True,
    )
    return done.stdout.splitlines()


def telling(tasks: list[Task], language: str) -> Task:
    """The task of a language in which most was decided, by people who changed or rejected it."""
    of_it = [each for each in tasks if each.header.language == language]
    return max(of_it, key=lambda each: sum(d.verdict != "approve" for d in each.decisions.people))


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_as_recorded(suite: Suite, language: str) -> None:
    """In either language, what people changed or rejected ends as it was recorded."""
    outcome = replay(telling(suite.tasks, language))
    assert outcome.verdict == "passed", outcome.findings


@pytest.mark.parametrize(
    "name", ["en-material-edit", pytest.param("fr-openings", marks=pytest.mark.sweep)]
)
def test_a_form_with_more_fields(tmp_path: Path, name: str) -> None:
    """Where a gate shows more than it did, recording again keeps the answer, and asks no model."""
    recorded = SHIPPED / "newsletter" / name
    task = Task(Path(shutil.copytree(recorded, tmp_path / name)))
    told = task.decisions.model_dump(mode="json")
    for each in told["people"]:
        shown = each["shown"]
        for less in shown.get("options", [shown]):
            del less["preview"]
        each["payload_hash"] = each["answer"]["payload_hash"] = "0" * 64
    write(task.folder, DECISIONS, Decisions.model_validate(told))
    (renewed,) = renew([Task(task.folder)], ENDPOINT)
    assert (renewed["asked"], renewed["assumed"]) == (0, len(told["people"]))
    assert (task.folder / DECISIONS).read_bytes() == as_bytes(Task(recorded).decisions)


def test_the_same_to_the_byte() -> None:
    """Both checkpointers, under three hash seeds, give the same bytes."""
    asked = ("newsletter/en-material-edit", "panel/fr-deux-accroches")
    said = [each for seed in range(3) for each in told(seed, *asked)]
    assert (len(said), len(set(said))) == (6, 1)


@pytest.mark.sweep
@pytest.mark.parametrize("suite", [each.name for each in SUITES])
def test_every_task_the_same_to_the_byte(suite: str) -> None:
    """Ten replays with each checkpointer, under three hash seeds, give the same bytes."""
    said = [each for number in range(10) for each in told(number % 3, suite)]
    assert (len(said), len(set(said))) == (20, 1)
