"""What a person reads before they decide, and of a run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from savoirfaire.cli.asking import decide_here
from savoirfaire.cli.messages import speak
from savoirfaire.cli.pages import approval_page, run_page
from savoirfaire.errors import ReadError, SavoirError
from savoirfaire.graphs.record import fault_of, stored_fault
from savoirfaire.workspace import Workspace

Savoir = Callable[..., Any]
Captured = pytest.CaptureFixture[str]

BREACH = {"rule": "voice", "quote": "so loud", "where": "News", "message": "too loud", "fix": ""}
CITATION = {"number": 1, "path": "rye.md", "start": 0, "end": 4, "quote": "Rye."}
TOLD = {
    "run": "letter-1",
    "client": "acme",
    "graph": "newsletter",
    "status": "needs_attention",
    "reason": "there are no words in late",
    "fault": stored_fault(SavoirError("there are no words in {items}", items="late")),
    "model": "live",
    "steps": [],
    "citations": [],
    "breaches_found": 0,
    "breaches": [],
    "mended": [],
    "judgement": {},
    "left_out": [],
    "usage": {"calls": 3, "input_tokens": 3_000_000, "output_tokens": 30},
    "usage_by_mode": {},
    "cost": {"money": {}, "unpriced": 3},
    "decisions": {},
    "published": [],
}


def approval(arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An approval as plain data."""
    action = {"name": "publish", "args": arguments, "description": "Publish?"}
    review = {"action_name": "publish", "allowed_decisions": ["approve", "edit", "reject"]}
    return {
        "id": "letter-1-publish-1",
        "client": "acme",
        "graph": "newsletter",
        "request": {"action_requests": [action], "review_configs": [review], **more},
        "decided_by": None,
    }


def shown(capsys: Captured, arguments: dict[str, Any], **more: Any) -> str:
    """The page of an approval."""
    approval_page(approval(arguments, **more))
    return capsys.readouterr().out


def test_every_argument_is_shown(capsys: Captured) -> None:
    """Text and citations as people read them; all else behind its name, long ones indented."""
    page = shown(
        capsys,
        {
            "markdown": "# Letter",
            "citations": [CITATION],
            "to": "ann@example.org",
            "copies": 3,
            "body": "one\n\ntwo",
            "word": "w" * 101,
            "drives": "a\x1b[2Jb",
        },
    )
    assert "\n# Letter\n" in page
    assert "[1] rye.md 0–4: Rye." in page
    assert "\nto: ann@example.org\ncopies: 3\nbody:\n  one\n  \n  two\n" in page
    assert f"word:\n  {'w' * 101}\n" in page
    assert "\ndrives: a[2Jb\n" in page


@pytest.mark.parametrize("citations", ["none", 3, [1], [{"number": 1}], None])
def test_citations_of_another_form(capsys: Captured, citations: Any) -> None:
    """What is called citations and has another form is shown as it is."""
    page = shown(capsys, {"markdown": ["no text"], "citations": citations})
    assert "citations:" in page
    assert "no text" in page


def test_what_is_known_against_it(capsys: Captured) -> None:
    """Open breaches, a judgement not made, and where the words come from are shown."""
    notes = {
        "model": "live+offline",
        "breaches_found": 2,
        "breaches": [BREACH],
        "mended": [BREACH],
        "judgement": {"abstained": "no model"},
        "sender": "bob",
    }
    page = shown(capsys, {"markdown": "# Letter"}, notes=notes)
    assert "model: a language model; none: sentences taken from the sources" in page
    assert "Breaches: 2 found, 1 open" in page
    assert "open: voice (News) “so loud”: too loud" in page
    assert "not judged: no model" in page
    assert page.endswith("\nsender: bob\n")


def test_notes_of_another_form(capsys: Captured) -> None:
    """A gate's own notes are shown under their names, whatever they are called."""
    page = shown(capsys, {"text": "hello"}, notes={"breaches": ["one"]})
    assert page.endswith("text: hello\n\nbreaches:\n  - one\n")


def test_values_in_words(capsys: Captured) -> None:
    """Counts, lists, and the requirements of a proposal are told, not printed as data."""
    matrix = (
        "id,clause,heading,force,party,requirement,status,answered_in,planned_in\n"
        '3.1,3.1,3 Work,must,bidder,"Design, and text",not answered,,Approach\n'
    )
    page = shown(
        capsys,
        {"approach": "reader", "date": "2026-05-04", "matrix": matrix, "rates": ["one", "two"]},
        notes={"answers": {"answered": 1, "likely": 2}, "taken out": [], "not judged": "x"},
    )
    assert "approach: what readers have to do or decide\ndate: May 4, 2026\n" in page
    assert "matrix:\n  - 3.1: Design, and text [mandatory, not answered, “Approach”]\n" in page
    assert "rates:\n  - one\n  - two\n" in page
    assert "answers: 1 answered, 2 likely answered\ntaken out: none\nnot judged: x\n" in page


def test_a_decision_in_words(capsys: Captured) -> None:
    """Who decided what is said in words, and in the language."""
    decided = {
        "decided_by": "bob",
        "decided_at": "2026-05-04T10:00:00.000Z",
        "decision": {"decisions": [{"type": "reject"}]},
    }
    approval_page({**approval({"text": "hello"}), **decided})
    assert capsys.readouterr().out.rstrip().endswith(": rejected")


def test_why_a_run_is_parked(capsys: Captured, workspace: Workspace) -> None:
    """The reason is said again from its parts; one kept without them is said as it was written."""
    run_page(TOLD, workspace)
    assert "reason: there are no words in late" in capsys.readouterr().out
    speak("fr")
    run_page(TOLD, workspace)
    assert "il n’y a aucun mot dans late" in capsys.readouterr().out
    run_page({**TOLD, "fault": None}, workspace)
    assert "there are no words in late" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("used", "words"),
    [
        (["live"], "cost: 2.00 EUR"),
        (["replay", "live"], "cost: 2.00 EUR"),
        (["offline", "record"], "cost: 2.00 EUR"),
        (["offline", "replay"], "cost: nothing, these calls were recorded earlier"),
        (["offline"], "cost: nothing, no model was called"),
    ],
)
def test_only_what_was_asked_of_a_model_costs(
    capsys: Captured, workspace: Workspace, used: list[str], words: str
) -> None:
    """Replies from a tape, or composed, cost nothing in a run that also asked a model."""
    tokens = 1_000_000
    by_mode = {mode: {"calls": 1, "input_tokens": tokens, "output_tokens": 0} for mode in used}
    cost = {"money": {"EUR": "2"}, "unpriced": 0}
    told = {**TOLD, "model": "+".join(used), "usage_by_mode": by_mode, "cost": cost}
    run_page(told, workspace)
    assert words in capsys.readouterr().out


def test_steps_and_verdicts_in_words(capsys: Captured, workspace: Workspace) -> None:
    """No step and no verdict is shown by the name it has in the program."""
    at = "2026-05-04T10:00:00.000Z"
    nodes = ["plan", "plan_publish", "gate_publish", "publish"]
    steps = [{"at": at, "kind": "node.done", "node": node} for node in nodes]
    steps.append({"at": at, "kind": "run.parked", "node": ""})
    decisions = {
        "publish": {"type": "approve", "decided_by": "bob"},
        "go": {"type": "reject", "decided_by": "ann", "reason": "No time\nin May."},
        "angle": {"type": "choose", "decided_by": "eve", "chosen": "Bread first"},
    }
    run_page({**TOLD, "steps": steps, "decisions": decisions}, workspace)
    page = capsys.readouterr().out
    for words in ("planning", "preparing what is asked", "a person's decision", "needs attention"):
        assert f"  {words}\n" in page
    assert "publishing: approved by bob\n" in page
    assert "rejected by ann, “No time in May.”\n" in page
    assert "chosen by eve (Bread first)\n" in page
    assert "_publish" not in page


@pytest.mark.parametrize("error", [SavoirError("{a} of {b}", a=1, b="{c}"), ReadError("{plain}")])
def test_a_fault_is_kept_whole(error: SavoirError) -> None:
    """An error comes back from the record as it was, ready to be translated."""
    again = fault_of(json.loads(json.dumps(stored_fault(error))))
    assert (str(again), again.template, again.hint) == (str(error), error.template, error.hint)


class Desk:
    """Approvals that hold one question."""

    def __init__(self, row: Any) -> None:
        self.approvals = self
        self._row = row

    def get(self, _approval: str) -> Any:
        """The question."""
        return self._row


class Row:
    """A row of the database."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._mapping = data


def test_a_gate_without_a_text(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no text to edit, the person is told so and asked again."""
    answers = iter(["e", "l"])
    monkeypatch.setitem(vars(typer), "prompt", lambda *_, **__: next(answers))
    desk: Any = Desk(Row(approval({"to": "ann", "cc": "eve"})))
    assert decide_here(desk, "letter-1-publish-1", by="bob") is False
    assert "The text of this gate cannot be edited here." in capsys.readouterr().out
    assert list(answers) == []


def test_asked_offline(savoir: Savoir, tmp_path: Path) -> None:
    """The page of a real approval says where the words come from and that nobody judged them."""
    studio = tmp_path / "studio"
    told = json.loads(savoir("demo", "--model", "offline", "--in", studio, "--json").out)
    page = savoir("-w", studio, "show", told["approvals"][-1]).out
    assert "model: none: sentences taken from the sources" in page
    assert "not judged: role brand_guardian" in page
    assert "Put together without a language model" in page
    page = savoir("-w", studio, "show", told["run"]).out
    assert "publishing: approved by the demo" in page
