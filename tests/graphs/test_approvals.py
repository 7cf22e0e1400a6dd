"""Approvals: one answer each, bound to what was shown, and conflicts that name who was first."""

import re
import subprocess
import sys
import threading
from typing import Any

import pytest
from langgraph.types import Interrupt

from savoirfaire.errors import (
    ConflictError,
    NotFoundError,
    PayloadMismatchError,
    RequestError,
    SavoirError,
)
from savoirfaire.graphs.gates.approvals import Approvals, resume_value
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.hashing import payload_hash

EN = ClientScope("acme")
REQUEST = {"title": "Letter 12", "date": "2026-05-04", "language": "en", "items": ["items"]}


def question(text: str = "# Letter", gate: str = "publish", **more: Any) -> dict[str, Any]:
    """What a gate asks."""
    arguments = {"title": "Letter", "markdown": text, "citations": [{"number": 1}]}
    return {
        "action_requests": [{"name": "publish", "args": arguments, "description": "Publish?"}],
        "review_configs": [
            {"action_name": "publish", "allowed_decisions": ["approve", "edit", "reject"]}
        ],
        "gate": gate,
        "payload_hash": payload_hash(arguments),
        "before": "",
        **more,
    }


@pytest.fixture
async def approvals(newsroom: Any) -> Any:
    """The approvals of a workspace that has a run called `letter`."""
    async with newsroom.runs() as runs:
        run = runs.submit(EN, "newsletter", REQUEST, by="ann")
        runs.approvals.run = run
        yield runs.approvals


def asked(approvals: Any, interrupt: str = "i1", **changes: Any) -> Any:
    """The approval of one interrupt."""
    value = question(**changes)
    (row,) = approvals.ask(approvals.run, "acme", "newsletter", [Interrupt(value, id=interrupt)])
    return row


def test_asked_once(approvals: Any) -> None:
    """The same interrupt is the same question, however often the run stops at it."""
    first, again = asked(approvals), asked(approvals)
    assert (first.id, again) == (f"{approvals.run}-publish-1", first)
    assert [row.id for row in approvals.open()] == [first.id]
    assert approvals.open("durand") == []


def test_asked_about_something_else(approvals: Any) -> None:
    """An interrupt that asks about another payload under the same id is refused."""
    asked(approvals)
    with pytest.raises(PayloadMismatchError, match="something else than gate publish asks now"):
        asked(approvals, text="# Another")


def test_asked_again_after_a_power_cut(approvals: Any) -> None:
    """The same open question from a step that was done again is the same approval."""
    first = asked(approvals, "i1")
    assert asked(approvals, "i2").id == first.id
    assert asked(approvals, "i3", text="# Another").id != first.id
    approvals.decide(first.id, "reject", by="bob")
    again = asked(approvals, "i4")
    assert again.id not in {first.id, f"{approvals.run}-publish-2"}
    assert again.decided_by is None


@pytest.mark.parametrize("value", ["May I?", None, 3, {"gate": "x"}, {"payload_hash": "x"}])
def test_no_gate(approvals: Any, value: Any) -> None:
    """What is not asked by a gate is no approval."""
    with pytest.raises(SavoirError, match="a question that no gate asks"):
        approvals.ask(approvals.run, "acme", "newsletter", [Interrupt(value, id="i1")])


@pytest.mark.parametrize(
    ("verdict", "more", "decision"),
    [
        ("approve", {}, {"type": "approve"}),
        ("reject", {"reason": "off"}, {"type": "reject", "message": "off"}),
        (
            "edit",
            {"edits": {"markdown": "# Mine"}},
            {
                "type": "edit",
                "edited_action": {"name": "publish", "args": {"markdown": "# Mine"}},
            },
        ),
    ],
)
def test_an_answer_on_the_wire(
    approvals: Any, verdict: Any, more: dict[str, Any], decision: dict[str, Any]
) -> None:
    """An answer has LangChain's form, with who gave it and the hash of what they saw."""
    row = asked(approvals)
    answer = resume_value(approvals.decide(row.id, verdict, by="bob", **more))
    assert answer == {
        "decisions": [decision],
        "payload_hash": row.payload_hash,
        "approval": row.id,
        "decided_by": "bob",
    }


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        (None, "an edit needs the edited text"),
        ({}, "an edit needs the edited text"),
        ({"markdwon": "x"}, "the action publish has no markdwon"),
        ({"markdown": "x", "to": "all", "bcc": "me"}, "has no bcc, to"),
        ({"markdown": ""}, "leaves publish without its markdown"),
        ({"markdown": " \n"}, "leaves publish without its markdown"),
        ({"markdown": None}, "leaves publish without its markdown"),
        ({"markdown": ["x"]}, "leaves publish without its markdown"),
        ({"citations": "none"}, "leaves publish without its citations"),
    ],
)
def test_edits_that_are_none(approvals: Any, edits: Any, words: str) -> None:
    """An edit changes what was shown, by its own names and kinds; anything else is refused."""
    row = asked(approvals)
    with pytest.raises(RequestError, match=words):
        approvals.decide(row.id, "edit", by="bob", edits=edits)
    assert approvals.get(row.id).decided_by is None


def test_an_answer_the_gate_does_not_take(approvals: Any) -> None:
    """A verdict that the gate does not allow is refused, naming those it does."""
    allowed = [{"action_name": "publish", "allowed_decisions": ["approve", "reject"]}]
    value = question(review_configs=allowed)
    (row,) = approvals.ask(approvals.run, "acme", "newsletter", [Interrupt(value, id="i1")])
    with pytest.raises(RequestError, match="gate publish takes approve, reject, not edit"):
        approvals.decide(row.id, "edit", by="bob", edits={"markdown": "x"})


def test_a_question_that_hides_its_payload(approvals: Any) -> None:
    """What is shown must be what the hash says, or nobody can decide on it."""
    row = asked(approvals, payload_hash=payload_hash({"markdown": "another"}))
    with pytest.raises(RequestError, match="does not show what it asks about"):
        approvals.decide(row.id, "approve", by="bob")


def test_unknown(approvals: Any) -> None:
    """An unknown approval is refused with the nearest ones."""
    row = asked(approvals)
    with pytest.raises(NotFoundError, match=re.escape(f"→ {row.id}?")) as caught:
        approvals.decide(row.id.replace("publish", "publsh"), "approve", by="bob")
    assert "savoir inbox" in caught.value.hint


def test_second_decision(approvals: Any) -> None:
    """Who decides second is told who was first, when, and what they decided."""
    row = asked(approvals)
    approvals.decide(row.id, "reject", by="bob", reason="off")
    with pytest.raises(ConflictError, match=rf"bob decided {row.id} at 20\d\d-.*Z: reject"):
        approvals.decide(row.id, "approve", by="cleo")
    assert approvals.get(row.id).decided_by == "bob"


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_a_decision_sets_the_run_going(approvals: Any, newsroom: Any, verdict: Any) -> None:
    """With the answer, the run's row says that there is work: a killed command is noticed."""
    row = asked(approvals)
    newsroom.execute("UPDATE runs SET status = 'waiting'")
    approvals.decide(row.id, verdict, by="bob")
    (run,) = newsroom.rows("runs")
    assert run["status"] == "running"
    assert run["outcome"] == ("rejected" if verdict == "reject" else None)


def test_many_deciders_at_once(approvals: Any, newsroom: Any) -> None:
    """Of many people who decide at the same moment, one wins, and all others are told who."""
    people = [f"person{number}" for number in range(8)]
    for round_ in range(5):
        row = asked(approvals, f"i{round_}", text=f"# {round_}")
        said = decide_together(newsroom.workspace.database, row.id, people)
        (winner,) = [who for who, error in said.items() if error is None]
        losers = [str(error) for error in said.values() if error is not None]
        assert len(losers) == len(people) - 1
        assert all(words.startswith(f"{winner} decided {row.id} at ") for words in losers)
        assert approvals.get(row.id).decided_by == winner


def decide_together(place: Any, approval: str, people: list[str]) -> dict[str, Exception | None]:
    """Let people decide in threads of their own, over connections of their own."""
    said: dict[str, Exception | None] = {}
    start = threading.Barrier(len(people))

    def decide(who: str) -> None:
        engine = open_database(place)
        mine = Approvals(engine)
        start.wait()
        try:
            mine.decide(approval, "approve", by=who)
            said[who] = None
        except ConflictError as error:
            said[who] = error
        finally:
            engine.dispose()

    threads = [threading.Thread(target=decide, args=[who]) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


DECIDE = """
import sys
from pathlib import Path
from savoirfaire.errors import ConflictError
from savoirfaire.graphs.gates.approvals import Approvals
from savoirfaire.knowledge.database import open_database
ledger, approval, who = sys.argv[1:]
approvals = Approvals(open_database(ledger if "://" in ledger else Path(ledger)))
print("ready", flush=True)
sys.stdin.readline()
try:
    approvals.decide(approval, "approve", by=who)
    print("won")
except ConflictError as error:
    print(error)
"""


@pytest.mark.sweep
def test_two_processes_decide(approvals: Any, newsroom: Any) -> None:
    """Of two commands that decide at the same moment, one wins, and the other is told who."""
    row = asked(approvals)
    ledger = str(newsroom.workspace.database)
    processes = {
        who: subprocess.Popen(
            [sys.executable, "-c", DECIDE, ledger, row.id, who],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for who in ("bob", "cleo")
    }
    for process in processes.values():
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes.values():
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    said = {who: process.communicate(timeout=30)[0].strip() for who, process in processes.items()}
    winner = approvals.get(row.id).decided_by
    assert said.pop(winner) == "won"
    (refused,) = said.values()
    assert refused.startswith(f"{winner} decided {row.id} at ")
