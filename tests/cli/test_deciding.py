"""The inbox and the answers to gates of every kind, on the command line and at the prompt."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

from savoirfaire.cli.asking import decide_here
from savoirfaire.cli.pages import approval_page
from savoirfaire.graphs import registry
from savoirfaire.graphs.gates import Gate, Gated, add_gate, answered, granted
from savoirfaire.graphs.registry import GraphSpec, RunContext
from savoirfaire.workspace import Workspace

Savoir = Callable[..., Any]
Captured = pytest.CaptureFixture[str]
OPENINGS = [{"text": "Bread."}, {"text": "Good day."}]


class Mail(Gated, total=False):
    """The state of a small graph that publishes a mail's words."""

    text: str
    published: list[str]


class Nothing(BaseModel):
    """A request with nothing in it."""


GATES: dict[str, dict[str, Any]] = {
    "plain": {},
    "choice": {"options": lambda _: OPENINGS},
    "question": {"question": True},
    "pair": {"people": 2, "flags": lambda _: ["new client"]},
    "urgent": {"deadline": timedelta(seconds=-1), "escalate_to": "eve"},
}


def mail(name: str, **changes: Any) -> GraphSpec:
    """A graph with one gate before its words are taken."""
    gate = Gate("send", "send", lambda s: {"text": s["text"]}, lambda _: "Send it?", **changes)

    def build(_office: Any) -> StateGraph[Mail, RunContext, Any, Any]:
        builder = StateGraph(Mail, context_schema=RunContext)

        async def do(state: Mail) -> Mail:
            asks = gate.kind == "ask"
            said = answered(state, "send") if asks else granted(state, "send")["text"]
            return {"published": [said]}

        builder.add_node("do", do)
        builder.add_edge(START, add_gate(builder, gate, approved="do", rejected=END))
        return builder

    return GraphSpec(name, "A mail", Nothing, build, lambda _: {"text": "hello"})


@pytest.fixture(autouse=True)
def _studio(
    workspace: Workspace, savoir: Savoir, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A workspace with a client, and a graph for each kind of gate; the current folder."""
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setenv("SAVOIR_REVIEWER", "bob")
    Path("nothing.yaml").write_text("{}\n", encoding="utf-8")
    for name, changes in GATES.items():
        registry.offer(mail(name, **changes))
    assert savoir("client", "add", "acme").code == 0
    yield
    registry._own.clear()


def asked(savoir: Savoir, graph: str) -> str:
    """The approval that a new run stops at."""
    said = savoir("run", graph, "-c", "acme", "-i", "nothing.yaml", "--detach", "--json")
    (approval,) = json.loads(said.out)["approvals"]
    return str(approval)


def decided(savoir: Savoir, *arguments: str | Path) -> dict[str, Any]:
    """What `savoir decide` says of the run."""
    said = savoir("decide", *arguments, "--json")
    assert said.code == 0, said.err
    told: dict[str, Any] = json.loads(said.out)
    return told


@pytest.mark.parametrize(
    ("graph", "answer", "published"),
    [
        ("choice", ("choose", "--option", "2"), "Good day."),
        ("choice", ("choose", "--option", "1", "--file", "mine.txt"), "Rye.\n"),
        ("choice", ("choose", "--option", "1", "--file", "mine.json"), "Oats."),
        ("plain", ("edit", "--file", "mine.txt"), "Rye.\n"),
        ("question", ("respond", "--reason", "At five."), "At five."),
        ("question", ("respond", "--file", "mine.txt"), "Rye.\n"),
    ],
)
def test_answers(savoir: Savoir, graph: str, answer: tuple[str, ...], published: str) -> None:
    """Each kind of gate is answered in its own way, and what was answered is what is done."""
    Path("mine.txt").write_text("Rye.\n", encoding="utf-8")
    Path("mine.json").write_text('{"text": "Oats."}', encoding="utf-8")
    told = decided(savoir, asked(savoir, graph), *answer)
    assert (told["status"], told["published"]) == ("completed", [published])


@pytest.mark.parametrize(
    ("graph", "answer", "words"),
    [
        ("choice", ("approve",), "takes choose, reject, not approve"),
        ("choice", ("choose",), "a choice names an option"),
        ("choice", ("choose", "--option", "3"), "chooses 2, and there are 2 options"),
        ("plain", ("approve", "--option", "1"), "a choice names an option"),
        ("plain", ("approve", "--file", "x.txt"), "only an edit takes a file"),
        ("plain", ("edit", "--file", "none.txt"), "none.txt cannot be read"),
        ("plain", ("edit", "--file", "bad.json"), "bad.json is not valid JSON"),
        ("plain", ("edit", "--file", "list.json"), "list.json holds no arguments"),
        ("question", ("respond",), "needs an answer in words"),
    ],
)
def test_answers_that_are_none(
    savoir: Savoir, graph: str, answer: tuple[str, ...], words: str
) -> None:
    """What a gate does not take is refused in words, and the question stays open."""
    Path("bad.json").write_text("{", encoding="utf-8")
    Path("list.json").write_text("[]", encoding="utf-8")
    approval = asked(savoir, graph)
    said = savoir("decide", approval, *answer)
    assert said.code == 1
    assert words in said.err
    assert approval in savoir("inbox").out


def test_two_people(savoir: Savoir, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """The second person sees who the first was, and why it is asked; the first cannot be both."""
    assert capsys
    (second,) = decided(savoir, asked(savoir, "pair"), "approve")["approvals"]
    page = savoir("show", second).out
    assert "bob approved it as it stands here" in page
    assert "asked because of: new client" in page
    assert "a second approval" in savoir("inbox").out
    assert savoir("decide", second, "approve").code == 1
    monkeypatch.setenv("SAVOIR_REVIEWER", "eve")
    assert decided(savoir, second, "approve")["status"] == "completed"


def test_decided_together(savoir: Savoir) -> None:
    """Several approvals are answered at one stroke, and their runs go on."""
    several = [asked(savoir, "plain") for _ in range(3)]
    told = decided(savoir, several[0], "approve", "--with", several[1])
    assert told["decided"] == several[:2]
    assert [each["status"] for each in told["runs"]] == ["completed"] * 2
    said = savoir("decide", several[2], "reject", "--with", several[0])
    assert said.code == 1
    assert f"{several[0]} had been decided" in said.err
    assert savoir("inbox").out == "Nothing waits for a decision.\n"


@pytest.mark.parametrize("verdict", ["edit", "choose"])
def test_what_cannot_be_done_together(savoir: Savoir, verdict: str) -> None:
    """Several approvals cannot be edited or chosen at one stroke."""
    more = ("--file", "x") if verdict == "edit" else ("--option", "1")
    said = savoir("decide", "a", verdict, *more, "--with", "b")
    assert "approved or rejected together" in said.err


def test_the_inbox(savoir: Savoir, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is late goes to whom its gate names; `--mine` leaves out what others are asked."""
    urgent, choice = asked(savoir, "urgent"), asked(savoir, "choice")
    said = savoir("inbox")
    assert "1 question is past its deadline." in said.err
    assert "eve" in said.out
    assert "a choice" in said.out
    assert [each["id"] for each in json.loads(savoir("inbox", "--mine", "--json").out)] == [choice]
    assert savoir("inbox").err == ""
    moved = json.loads(savoir("hand-over", choice, "eve", "--json").out)
    assert (moved["assignee"], moved["kind"]) == ("eve", "choose")
    assert savoir("hand-over", choice, " ").code == 1
    monkeypatch.setenv("SAVOIR_REVIEWER", "eve")
    mine = json.loads(savoir("inbox", "--mine", "--json").out)
    assert {each["id"]: each["answers"] for each in mine} == {
        urgent: ["approve", "edit", "reject"],
        choice: ["choose", "reject"],
    }


def test_withdrawn(savoir: Savoir) -> None:
    """Stale questions are taken back, are said to count as rejected, and their runs end."""
    stale, other = asked(savoir, "plain"), asked(savoir, "question")
    said = savoir("decide", stale, "withdraw", "--with", other, "--reason", "an old draft")
    assert (said.code, "counts as rejected" in said.err) == (0, True)
    assert "Nothing waits" in savoir("inbox").out
    assert "withdrawn, so not done" in savoir("show", stale).out
    assert savoir("decide", stale, "withdraw").code == 1
    assert savoir("decide", stale, "withdraw", "--file", "nothing.yaml").code == 1


def test_how_to_answer_is_said(savoir: Savoir) -> None:
    """A run that stops says the answer that its gate takes."""
    ways = {"choice": "choose --option N", "question": "respond --reason", "plain": "approve"}
    for graph, words in ways.items():
        said = savoir("run", graph, "-c", "acme", "-i", "nothing.yaml", "--detach").out
        assert words in said


def test_pages(savoir: Savoir) -> None:
    """Options are numbered from 1; a question says how it is answered; then what was answered."""
    choice, question = asked(savoir, "choice"), asked(savoir, "question")
    assert "Option 1\ntext: Bread.\n\nOption 2\ntext: Good day.\n" in savoir("show", choice).out
    assert "The answer is what you write" in savoir("show", question).out
    decided(savoir, choice, "choose", "--option", "2")
    decided(savoir, question, "respond", "-r", "At five.")
    assert savoir("show", choice).out.rstrip().endswith(": option 2")
    assert savoir("show", question).out.rstrip().endswith(": At five.")


# --- the prompt -----------------------------------------------------------------------------------


class Counter:
    """Approvals that hold one question and note the answer."""

    def __init__(self, kind: str, arguments: dict[str, Any], takes: list[str]) -> None:
        action = {"name": "send", "args": arguments, "description": "Send?"}
        review = {"action_name": "send", "allowed_decisions": takes}
        self.approvals = self
        self.given: list[Any] = []
        self._mapping = {
            "id": "mail-1-send-1",
            "client": "acme",
            "graph": "mail",
            "decided_by": None,
            "request": {"action_requests": [action], "review_configs": [review], "kind": kind},
        }

    def get(self, _approval: str) -> Any:
        """The question."""
        return self

    def decide(self, _approval: str, verdict: str, **answer: Any) -> None:
        """Note the answer."""
        self.given.append((verdict, {k: v for k, v in answer.items() if k != "by"}))


@pytest.mark.parametrize(
    ("kind", "said", "given"),
    [
        ("choose", ["0", "3", "a", "2"], ("choose", {"choice": 1})),
        ("choose", ["r", "off"], ("reject", {"reason": "off"})),
        ("ask", ["a", " ", "a", "At five."], ("respond", {"reason": "At five."})),
        ("ask", ["e", "r", ""], ("reject", {"reason": ""})),
        ("approve", ["x", "e", "a"], ("approve", {})),
    ],
)
def test_keys(
    kind: str, said: list[str], given: Any, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """The prompt takes the keys of its kind and asks again for any other."""
    takes = {"choose": ["edit", "reject"], "ask": ["respond", "reject"]}
    arguments: dict[str, Any] = {"options": OPENINGS} if kind == "choose" else {"text": "hi"}
    answers = iter(said)
    monkeypatch.setitem(vars(typer), "prompt", lambda *_, **__: next(answers))
    runs: Any = Counter(kind, arguments, takes.get(kind, ["approve", "reject"]))
    assert decide_here(runs, "mail-1-send-1", by="bob") is True
    assert runs.given == [given]
    assert list(answers) == []
    assert capsys.readouterr().out


def test_hostile_options(capsys: Captured) -> None:
    """What options say cannot drive the terminal."""
    runs = Counter("choose", {"options": [{"text": "a\x1b[2Jb"}]}, ["edit", "reject"])
    approval_page(runs._mapping)
    assert "text: a[2Jb" in capsys.readouterr().out
