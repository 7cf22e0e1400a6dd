"""Replaying: the recorded run, or every way in which it is not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from savoirfaire.errors import NotFoundError
from savoirfaire.evals.replaying.deciding import Answers, StaleDecisionError
from savoirfaire.evals.replaying.many import replay_all
from savoirfaire.evals.replaying.replay import replay
from savoirfaire.evals.report.junit import junit_of
from savoirfaire.evals.tasks.folder import Task
from savoirfaire.evals.tasks.form import Decision, Decisions
from savoirfaire.evals.tasks.suites import SHIPPED, find_suite, open_suite
from savoirfaire.tools.hashing import canonical, payload_hash

Shipped = Callable[[str], Task]


def kinds(outcome: Any) -> set[str]:
    """The kinds of what a replay found."""
    return {each.kind for each in outcome.findings}


def edit(file: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON file."""
    data = json.loads(file.read_text("utf-8"))
    change(data)
    file.write_text(json.dumps(data), "utf-8")


@pytest.mark.parametrize(
    ("name", "status"),
    [("en-rivals", "completed"), ("fr-refused-reply", "needs_attention")],
)
def test_as_recorded(shipped: Shipped, name: str, status: str) -> None:
    """A task ends as it was recorded, twice the same to the byte, with either checkpointer."""
    task = shipped(name)
    first, second = replay(task), replay(Task(task.folder), checkpointer="sqlite")
    assert (first.verdict, second.verdict) == ("passed", "passed"), first.findings
    assert canonical(first.ended) == canonical(second.ended)
    assert first.ended["status"] == status


def reworded(task: Task) -> None:
    """A passage says something else."""
    (text,) = (task.folder / "texts").iterdir()
    text.write_text(text.read_text("utf-8").replace("14 restaurants", "15 restaurants"), "utf-8")


def hotter(task: Task) -> None:
    """The model would be asked at another temperature."""
    edit(task.folder / "task.json", lambda d: d["model"].update(temperature=0.3))


def other_prompt(task: Task) -> None:
    """The prompt is not the one that was recorded."""
    edit(task.folder / "task.json", lambda d: d["prompts"].update(extractor="0" * 64))


def other_graph(task: Task) -> None:
    """The graph is not the one that was recorded."""
    edit(task.folder / "task.json", lambda d: d.update(fingerprint="0" * 64))


def other_end(task: Task) -> None:
    """The run is said to have ended otherwise."""
    edit(task.folder / "expected.json", lambda d: d["state"].update(proposed=[]))


def longer_tape(task: Task) -> None:
    """An exchange of another run is on the tape."""
    other = (SHIPPED / "extraction" / "en-voice" / "tape.jsonl").read_text("utf-8")
    with task.tape.open("a", encoding="utf-8") as file:
        file.write(other.splitlines()[1] + "\n")


def more_decided(task: Task) -> None:
    """Somebody decided at a gate that never asks."""
    decision = {"gate": "send", "occurrence": 1, "payload_hash": "", "shown": {}, "answer": {}}
    edit(task.folder / "decisions.json", lambda d: d["people"].append(decision))


def asked_less(task: Task) -> None:
    """The run is said to have asked nothing."""
    edit(task.folder / "expected.json", lambda d: d.update(played={}))


def reaching_out(task: Task) -> None:
    """The snapshot names a file outside of the task."""
    text = "../../../../etc/passwd"
    edit(task.folder / "knowledge.json", lambda d: d["sources"][0].update(text=text))


def half_written(task: Task) -> None:
    """A file was cut."""
    (task.folder / "knowledge.json").write_text("{", "utf-8")


@pytest.mark.parametrize(
    ("change", "found", "words"),
    [
        (reworded, {"stale", "miss", "unplayed", "state"}, "14 restaurants"),
        (hotter, {"miss", "unplayed", "state"}, "temperature is new: 0.3"),
        (other_prompt, {"stale"}, "changed since"),
        (other_graph, {"stale"}, "other steps"),
        (other_end, {"stale", "state"}, "state.proposed had 0 items"),
        (longer_tape, {"stale", "unplayed"}, "never asked for"),
        (more_decided, {"stale", "unplayed"}, "never asked"),
        (asked_less, {"stale", "extra"}, "0 times"),
        (reaching_out, {"error"}, "sources.0.text"),
        (half_written, {"error"}, "knowledge.json cannot be used"),
    ],
)
def test_not_as_recorded(
    shipped: Shipped, change: Callable[[Task], None], found: set[str], words: str
) -> None:
    """Whatever was changed is told as what it is, field by field, and never passes."""
    task = shipped("en-rivals")
    change(task)
    outcome = replay(Task(task.folder))
    assert outcome.verdict != "passed"
    assert kinds(outcome) == found
    assert words in " ".join(each for f in outcome.findings for each in f.words)


def test_summary(shipped: Shipped) -> None:
    """A suite's figures add up, its order is by name, and JUnit says the same."""
    hotter(shipped("en-voice"))
    half_written(shipped("fr-feedback"))
    good = shipped("fr-empty-knowledge")
    suite = open_suite(good.folder.parent)
    told = replay_all(suite.name, suite.tasks)
    figures = told.summary()
    assert not told.passed
    assert {k: figures[k] for k in ("tasks", "passed", "failed", "errors")} == {
        "tasks": 3,
        "passed": 1,
        "failed": 1,
        "errors": 1,
    }
    assert (figures["misses"], figures["unplayed"], figures["stale"]) == (1, 1, 0)
    (read,) = ET.fromstring(junit_of(told))  # noqa: S314 - our own
    assert {k: read.get(k) for k in ("tests", "failures", "errors")} == {
        "tests": "3",
        "failures": "1",
        "errors": "1",
    }


def test_nothing_is_not_a_pass() -> None:
    """A suite without a task has not passed."""
    assert not replay_all("none", []).passed


def test_unknown_suite() -> None:
    """A suite that there is not is told with the nearest."""
    with pytest.raises(NotFoundError, match="extraction"):
        find_suite("extractoin")


def decision(gate: str, occurrence: int, shown: dict[str, Any], kind: str = "approve") -> Decision:
    """A decision on what was shown."""
    given: dict[str, Any] = {"type": kind}
    answer = {"decisions": [given], "payload_hash": payload_hash(shown), "decided_by": "ann"}
    return Decision(
        gate=gate,
        occurrence=occurrence,
        payload_hash=payload_hash(shown),
        shown=shown,
        answer=answer,
    )


def question(gate: str, shown: dict[str, Any]) -> dict[str, Any]:
    """What a gate asks."""
    action = {"name": "send", "args": shown, "description": ""}
    return {"gate": gate, "payload_hash": payload_hash(shown), "action_requests": [action]}


def test_decisions_by_payload() -> None:
    """A decision is found by gate, turn and payload, in whatever order interrupts come."""
    people = [
        decision("send", 1, {"a": "1"}),
        decision("send", 2, {"a": "1"}, "reject"),
        decision("send", 3, {"a": "3"}),
    ]
    answers = Answers(Decisions(people=people), "r")
    kind = [
        answers.answer(str(n), question("send", {"a": a}))["decisions"][0]["type"]
        for n, a in enumerate(["1", "1", "3"])
    ]
    assert kind == ["approve", "reject", "approve"]
    assert answers.answer("0", question("send", {"a": "1"}))["decisions"][0]["type"] == "approve"
    assert answers.unused() == []


def test_a_stale_decision() -> None:
    """A changed payload gets no answer, and says which field changed; assumed, it is counted."""
    people = [decision("send", 1, {"to": "ann", "text": "Monday"})]
    shown = question("send", {"to": "ann", "text": "Tuesday"})
    with pytest.raises(StaleDecisionError, match=r"text differs: “Monday” is now “Tuesday”"):
        Answers(Decisions(people=people), "r").answer("1", shown)
    answers = Answers(Decisions(people=people), "r", assume=True)
    assert answers.answer("1", shown)["payload_hash"] == shown["payload_hash"]
    assert answers.assumed == ["send"]
