"""Gates, batches, seeds, replay and carried evidence on the command line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

from savoirfaire.graphs import registry
from savoirfaire.graphs.gates import Gate, Gated, add_gate, granted
from savoirfaire.graphs.registry import GraphSpec, RunContext
from savoirfaire.workspace import Workspace

Savoir = Callable[..., Any]
KEY = "acme/mail/send"


class Mail(Gated, total=False):
    """The state of a small graph that publishes a mail's words."""

    text: str
    published: list[str]


class Text(BaseModel):
    """A request with a text."""

    text: str


def mail() -> GraphSpec:
    """A graph with one gate before its words are taken."""
    gate = Gate("send", "send", lambda s: {"text": s["text"]}, lambda _: "Send it?")

    def build(_office: Any) -> StateGraph[Mail, RunContext, Any, Any]:
        builder = StateGraph(Mail, context_schema=RunContext)

        async def do(state: Mail) -> Mail:
            return {"published": [granted(state, "send")["text"]]}

        builder.add_node("do", do)
        builder.add_edge(START, add_gate(builder, gate, approved="do", rejected=END))
        return builder

    return GraphSpec("mail", "A mail", Text, build)


@pytest.fixture(autouse=True)
def _studio(
    workspace: Workspace, savoir: Savoir, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A workspace with a client and one graph; the current folder."""
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setenv("SAVOIR_REVIEWER", "bob")
    registry.offer(mail())
    assert savoir("client", "add", "acme").code == 0
    yield
    registry._own.clear()


def sent(savoir: Savoir, text: str, verdict: str = "") -> dict[str, Any]:
    """What comes of a run, decided on where a verdict is given."""
    Path("text.yaml").write_text(json.dumps({"text": text}), encoding="utf-8")
    said = savoir("run", "mail", "-c", "acme", "-i", "text.yaml", "--detach", "--json")
    told: dict[str, Any] = json.loads(said.out)
    if not verdict:
        return told
    decided: dict[str, Any] = json.loads(
        savoir("decide", told["approvals"][0], verdict, "--json").out
    )
    return decided


def test_a_batch(savoir: Savoir) -> None:
    """A person approves the next items in advance, and ends it."""
    sent(savoir, "first", "approve")
    told = json.loads(savoir("gates", "allow", KEY, "--items", "50", "--json").out)
    assert (told["gate"], told["items"]) == (KEY, 50)
    ends = [sent(savoir, str(each))["status"] for each in range(4)]
    assert "completed" in ends
    assert "may pass until" in savoir("gates", "allow", KEY, "--items", "1").out
    assert "has ended" in savoir("gates", "allow", KEY, "--items", "0").out
    assert sent(savoir, "last")["status"] == "waiting"
    assert json.loads(savoir("audit", "verify", "--json").out)["breaks"] == []


def test_seeds(savoir: Savoir, monkeypatch: pytest.MonkeyPatch) -> None:
    """A seed is answered like any other approval, and its reviewer is told afterwards."""
    assert "No planted error" in savoir("seeds").out
    sent(savoir, "Buy now!", "reject")
    said = savoir("seeds", "add", "--gate", KEY, "--from-rejected", "1", "--by", "ann", "--json")
    assert json.loads(said.out) == {"gate": KEY, "planted": 1}
    Path("bad.json").write_text('[{"text": "Buy 2!"}]', encoding="utf-8")
    assert "1 error planted" in savoir("seeds", "add", "--gate", KEY, "--file", "bad.json").out
    first, second = (each["id"] for each in json.loads(savoir("inbox", "--json").out))
    assert "Buy now!" in savoir("show", first).out
    assert first.rpartition("-send-")[0] in savoir("runs").out
    monkeypatch.setenv("SAVOIR_REVIEWER", "eve")
    assert "you caught it" in savoir("decide", first, "reject").out
    told = json.loads(savoir("decide", second, "approve", "--json").out)
    assert (told["status"], told["planted"]) == ("completed", {"caught": False})
    results = json.loads(savoir("seeds", "--json").out)
    assert results["mine"] == [{"gate": KEY, "caught": 1, "missed": 1}]
    assert results["everyone"][0]["reviewers"] == 1
    assert KEY in savoir("seeds").out
    assert "a planted error, nothing was published" in savoir("runs").out
    monkeypatch.setenv("SAVOIR_REVIEWER", "zoe")
    assert json.loads(savoir("seeds", "--json").out)["mine"] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "seeds come from one place"),
        (("--from-rejected", "1", "--from-approved", "1"), "seeds come from one place"),
        (("--from-approved", "1"), "nothing approved at send"),
        (("--file", "none.json"), "none.json cannot be read"),
        (("--file", "bad.json"), "bad.json holds no arguments"),
    ],
)
def test_no_seeds(savoir: Savoir, arguments: tuple[str, ...], words: str) -> None:
    """What cannot be planted is refused in words."""
    sent(savoir, "Buy now!", "reject")
    Path("bad.json").write_text("[3]", encoding="utf-8")
    said = savoir("seeds", "add", "--gate", KEY, *arguments)
    assert said.code == 1
    assert words in said.err


def test_replay(savoir: Savoir) -> None:
    """Recorded decisions are told again under another policy, as a table, as JSON and as a plot."""
    Path("weak.toml").write_text("[client-facing]\np0 = 0.5\nalpha = 0.5\n", encoding="utf-8")
    assert "Nothing has come" in savoir("gates", "replay", "--policy", "weak.toml").out
    for verdict in ("reject", "approve"):
        sent(savoir, verdict, verdict)
    told = json.loads(savoir("gates", "replay", "--policy", "weak.toml", "--json").out)
    sums = {"items": 2, "reviewed": 2, "asked": 2, "saved": 0, "slips": 0, "unknown": 0}
    assert told["clients"] == {"acme": sums}
    said = savoir("gates", "replay", "--policy", "weak.toml", "--svg", "plot.svg")
    assert "would slip through" in said.out
    assert "<polyline" in Path("plot.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--policy", "none.toml"), "none.toml cannot be read"),
        (("--policy", "bad.toml"), "bad.toml is not valid TOML"),
        (("--policy", "odd.toml"), "there is no risk class odd"),
        (("--policy", "odd.toml", "--since", "May"), "May is no date"),
    ],
)
def test_no_replay(savoir: Savoir, arguments: tuple[str, ...], words: str) -> None:
    """A policy file that is none is refused in words."""
    Path("bad.toml").write_text("[", encoding="utf-8")
    Path("odd.toml").write_text("[odd]\n", encoding="utf-8")
    said = savoir("gates", "replay", *arguments)
    assert said.code == 1
    assert words in said.err


def test_carry(savoir: Savoir) -> None:
    """What an evaluation says of a change is told, recorded and not carried over."""
    sent(savoir, "good", "approve")
    Path("report.json").write_text('{"form": 1}', encoding="utf-8")
    said = savoir("gates", "carry", KEY, "--evidence", "report.json")
    assert (said.code, "no report of a paired evaluation" in said.err) == (1, True)
    tasks = [{"task": str(n), "old": [0], "new": [0]} for n in range(9)]
    given = {"form": 1, "old": "x", "new": "y", "tasks": tasks}
    Path("report.json").write_text(json.dumps(given), encoding="utf-8")
    assert "not about a change" in savoir("gates", "carry", KEY, "--evidence", "report.json").err
