"""Between a decision and its effect: what was passed unseen is held when that was a mistake."""

from typing import Any

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import BaseModel

from savoirfaire.graphs.gates import Gate, Gated, add_gate, effect, granted
from savoirfaire.graphs.gates.book import Book
from savoirfaire.graphs.gates.evidence.events import FingerprintChanged, Incident, NeverLift
from savoirfaire.graphs.gates.planting import Planter
from savoirfaire.graphs.registry import GraphSpec, RunContext

KEY = "acme/mail/send"


async def passed(office: Any) -> tuple[str, str]:
    """The id of a recorded pass at a gate that was lifted, and the hash of what passed."""
    await office.send("good")
    office.lift()
    await office.send(*["good"] * 8)
    row = [row for row in office.rows("decisions") if row.kind == "passed"][-1]
    return f"pass-{row.seq}", row.shown


async def test_a_pass_is_as_good_as_its_evidence(office: Any, engine: Any) -> None:
    """The kill switch holds it, and what sends the gate back for a cause; a new prompt does not."""
    name, shown = await passed(office)
    desk, book = office.desk, Book(engine, office.desk)
    assert desk.held(name, shown) == desk.held(name) == ""
    book.stop(by="eve")
    assert desk.held(name, shown) == "everything is stopped"
    book.start(by="eve")
    office.enter("changed", FingerprintChanged("other"))
    assert desk.held(name, shown) == ""
    office.enter("incident", Incident(severe=True))
    assert "sent back" in desk.held(name, shown)


@pytest.mark.parametrize("event", [Incident(severe=False), NeverLift("eve")])
async def test_a_pass_of_a_batch(office: Any, engine: Any, event: Any) -> None:
    """What a batch let pass is held once something is reported of the gate."""
    await office.send("good")
    Book(engine, office.desk).allow(KEY, by="eve", minutes=5, items=9)
    await office.send(*["good"] * 3)
    row = [row for row in office.rows("decisions") if row.kind == "passed"][-1]
    assert office.desk.held(f"pass-{row.seq}", row.shown) == ""
    office.enter("incident", event)
    assert "sent back" in office.desk.held(f"pass-{row.seq}", row.shown)


async def test_what_is_no_decision(office: Any, engine: Any) -> None:
    """Ids that name no pass, no approval, a refusal, a seed or another payload allow nothing."""
    name, shown = await passed(office)
    await office.send("bad!" * 40, verdict="reject")
    async with office.runs() as runs:
        asked = runs.approvals
        book = Book(engine, office.desk)
        book.never_lift(KEY, by="eve")
        run = runs.submit(office.scope, "mail", {"text": "x"}, by="ann")
        (waiting,) = (await runs.drive(run)).approvals
        held = office.desk.held
        assert "nobody" in held(waiting)
        asked.decide(waiting, "reject", by="bob")
        assert "nobody" in held(waiting)
        book.never_lift(KEY, by="eve", on=False)
        Planter(engine, office.desk).written(book.row(KEY), [{"text": "y"}], by="eve")
        (seed,) = asked.open()
        asked.decide(seed.id, "approve", by="bob")
    first = office.rows("approvals")[0]
    assert held(first.id, first.payload_hash) == ""
    assert "something else" in held(first.id, shown[::-1])
    assert "something else" in held(name, shown[::-1])
    assert "planted" in held(seed.id)
    for forged in ("pass-1", "pass-99999", "pass-²", "pass-", "pass", "", "x"):
        assert held(forged)


# --- an effect that waits -------------------------------------------------------------------------


class Post(Gated, total=False):
    """The state of a graph that waits between the gate and the effect."""

    text: str
    published: list[str]


class Text(BaseModel):
    """A request with a text."""

    text: str


def waiting_graph(hook: list[Any]) -> GraphSpec:
    """Gate, then a while in which something may happen, then the effect."""
    gate = Gate("send", "send", lambda s: {"text": s["text"]}, lambda _: "?")

    def build(office: Any) -> StateGraph[Post, RunContext, Any, Any]:
        builder = StateGraph(Post, context_schema=RunContext)

        async def wait(_state: Post) -> Post:
            for happens in hook:
                happens()
            return {}

        async def send(state: Post, runtime: Runtime[RunContext]) -> Post:
            files = {"mail.md": granted(state, "send")["text"]}
            made = effect(gate, state, runtime, files)
            return {"published": office.outbox.publish(runtime.context.scope, made)}

        builder.add_node("wait", wait)
        builder.add_node("send", send)
        builder.add_edge(START, add_gate(builder, gate, approved="wait", rejected=END))
        builder.add_edge("wait", "send")
        return builder

    return GraphSpec("mail", "A mail", Text, build)


async def test_stopped_before_it_is_sent(make_office: Any, engine: Any) -> None:
    """An item that passed and is not sent yet is caught by the switch, and goes out afterwards."""
    hook: list[Any] = []
    office = make_office(waiting_graph(hook))
    await office.send("good")
    office.lift()
    book, made = Book(engine, office.desk), len(office.rows("effects"))
    hook.append(lambda: book.stop(by="eve"))
    async with office.runs() as runs:
        for _ in range(9):
            run = runs.submit(office.scope, "mail", {"text": "hello"}, by="ann")
            progress = await runs.drive(run)
            if progress.status == "needs_attention":
                break
            book.start(by="eve")
        assert "everything is stopped" in progress.reason
        assert len(office.rows("effects")) == made
        hook.clear()
        book.start(by="eve")
        assert (await runs.drive(run)).status == "completed"
    assert len(office.rows("effects")) == made + 1


async def test_a_person_s_decision_outlasts_the_switch(make_office: Any, engine: Any) -> None:
    """What a person approved is done, also while everything is stopped."""
    office = make_office(waiting_graph([]))
    Book(engine, office.desk).stop(by="eve")
    assert await office.send("good") == ["asked completed"]
    assert len(office.rows("effects")) == 1
