"""Gates, batches, seeds, replay and carried evidence on the command line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

from savoirfaire.graphs import registry
from savoirfaire.graphs.gates import Gate, Gated, add_gate, granted
from savoirfaire.graphs.gates.account import Entry
from savoirfaire.graphs.gates.book import Book
from savoirfaire.graphs.gates.evidence import Asked, Event, Reviewed, SeedReviewed, from_json
from savoirfaire.graphs.gates.policy import PolicyDesk
from savoirfaire.graphs.registry import GraphSpec, RunContext
from savoirfaire.knowledge.database import open_database, writing
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


def mail(people: Literal[1, 2] = 1) -> GraphSpec:
    """A graph with one gate before its words are taken."""
    gate = Gate("send", "send", lambda s: {"text": s["text"]}, lambda _: "Send it?", people=people)

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


def test_carry(savoir: Savoir, workspace: Workspace) -> None:
    """What an evaluation says of a change is told, and carried over once where it is no worse."""
    sent(savoir, "good", "approve")
    path = Path("report.json")
    path.write_text("{}", encoding="utf-8")
    carry = ("gates", "carry", KEY, "--evidence", "report.json")
    assert "no report of a paired evaluation" in savoir(*carry).err
    tasks = [{"task": str(n), "client": "acme", "a": 1, "b": 1} for n in range(200)]
    path.write_text(json.dumps({"tasks": tasks}), encoding="utf-8")
    assert "nothing to carry" in savoir(*carry).err
    _earn(workspace)
    registry.offer(mail(people=2))
    sent(savoir, "new")
    said = savoir(*carry, "--reason", "a comma")
    assert said.code == 0, said.err
    for words in ("No drop", "Carried over, at 50 % of its power", "does not say which work"):
        assert words in said.out
    assert "evaluated already" in savoir(*carry).err
    assert json.loads(savoir("audit", "verify", "--json").out)["breaks"] == []


def test_a_pool(savoir: Savoir, workspace: Workspace) -> None:
    """Gates are counted together by name, shown so, parted again, and stepped up as one."""
    assert savoir("client", "add", "zenith").code == 0
    sent(savoir, "good", "approve")
    text = ("run", "mail", "-c", "zenith", "-i", "text.yaml", "--detach")
    assert savoir(*text).code == 0
    other = "zenith/mail/send"
    said = savoir("gates", "pool", KEY, other, "--reason", "one team")
    assert "a worse one may hide among them" in said.out
    assert f"counted with {KEY}" in savoir("gates").out
    assert f"Counted together with {KEY}." in savoir("gates", "show", other).out
    _earn(workspace)
    told = savoir("gates", "--fdr", "0.1")
    assert f"savoir gates step-up {KEY}" in told.out
    assert json.loads(savoir("gates", "--fdr", "0.1", "--json").out)["together"] == [KEY]
    assert json.loads(savoir("gates", "step-up", other, "--json").out)["pooled_with"] == KEY
    assert "None may be stepped up together" in savoir("gates", "--fdr", "0.1").out
    assert "On their own again" in savoir("gates", "pool", other, "--off").out
    for wrong in ((), (other, "--off")):
        assert "joined with other gates" in savoir("gates", "pool", KEY, *wrong).err
    assert json.loads(savoir("audit", "verify", "--json").out)["breaks"] == []


def _earn(workspace: Workspace) -> None:
    """So many clean reviews as would take months of mails."""
    engine = open_database(workspace.ledger)
    desk = PolicyDesk(engine, bytes)
    events: list[Event] = []
    for each in map(str, range(300)):
        events += [Asked((each,)), Reviewed(((each, 0.0),)), SeedReviewed(caught=True)]
    with writing(engine) as connection:
        row = Book(engine, desk).row(KEY)
        desk.enter(connection, row, Entry(row.id, "reviewed"), from_json(row.state), events)
    engine.dispose()
