"""Gates of every kind: choices, questions, two people, deadlines; in subgraphs and fanned out."""

import operator
from datetime import timedelta
from typing import Annotated, Any

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from pydantic import BaseModel

from savoirfaire.errors import ConflictError, RequestError
from savoirfaire.graphs.desk import Item, Plan
from savoirfaire.graphs.gates import Gate, Gated, add_gate, answered, granted
from savoirfaire.graphs.registry import GraphSpec, RunContext
from savoirfaire.knowledge.database import later
from savoirfaire.knowledge.scope import ClientScope

EN = ClientScope("acme")
OPENINGS = [{"text": "Bread."}, {"text": "Good day."}, {"text": "Rye!"}]


class Mail(Gated, total=False):
    """The state of a small graph that sends mail."""

    text: str
    sent: Annotated[list[str], operator.add]


class Nothing(BaseModel):
    """A request with nothing in it."""


def send(**changes: Any) -> Gate:
    """A gate before a mail is sent."""
    given = {
        "arguments": lambda state: {"text": state["text"]},
        "description": lambda state: f"Send {state['text']}?",
        **changes,
    }
    return Gate("send", "send", **given)


def mail(gate: Gate, done: Any = granted) -> GraphSpec:
    """A graph with one gate before a step that writes down what it was granted."""

    def build(_office: Any) -> StateGraph[Mail, RunContext, Any, Any]:
        return sending(gate, done)

    return GraphSpec("mail", "A mail", Nothing, build, lambda _: {"text": "hello"})


def sending(gate: Gate, done: Any = granted) -> StateGraph[Mail, RunContext, Any, Any]:
    """Gate, then send."""
    builder = StateGraph(Mail, context_schema=RunContext)

    async def do(state: Mail) -> Mail:
        given = done(state, gate.name)
        return {"sent": [given if isinstance(given, str) else given["text"]]}

    async def mend(state: Mail) -> Mail:
        return {"sent": [f"mended: {granted(state, gate.name)['text']}"]}

    builder.add_node("do", do)
    builder.add_node("mend", mend)
    edited = "mend" if gate.name == "mended" else None
    builder.add_edge(START, add_gate(builder, gate, approved="do", rejected=END, edited=edited))
    return builder


class Play:
    """One run of a graph, answered step by step."""

    def __init__(self, newsroom: Any, spec: GraphSpec, desk: Any = None) -> None:
        self.newsroom, self.spec, self.desk = newsroom, spec, desk
        self.run = ""

    async def go(self, *answers: Any) -> Any:
        """Answer, `(approval, verdict, by, more)` each, and drive the run until it rests."""
        async with self.newsroom.runs(find=lambda _: self.spec, desk=self.desk) as runs:
            self.run = self.run or runs.submit(EN, "mail", {}, by="ann")
            for approval, verdict, by, more in answers:
                runs.approvals.decide(approval, verdict, by=by, **more)
            progress = await runs.drive(self.run)
            self.sent = (await runs.state(self.run)).get("sent", [])
            return progress


async def test_edited_goes_its_own_way(newsroom: Any) -> None:
    """An edit leads where the graph says, an approval where it always did."""
    gate = Gate("mended", "send", lambda s: {"text": s["text"]}, lambda _: "?")
    play = Play(newsroom, mail(gate))
    (approval,) = (await play.go()).approvals
    await play.go((approval, "edit", "bob", {"edits": {"text": "hi"}}))
    assert play.sent == ["mended: hi"]


# --- a choice -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "sent"),
    [({"choice": 1}, "Good day."), ({"choice": 2, "edits": {"text": "Rye."}}, "Rye.")],
)
async def test_a_choice(newsroom: Any, more: dict[str, Any], sent: str) -> None:
    """A person picks one of several, as it is or with a change, and that one is done."""
    play = Play(newsroom, mail(send(options=lambda _: OPENINGS)))
    (approval,) = (await play.go()).approvals
    progress = await play.go((approval, "choose", "bob", more))
    assert (progress.status, play.sent) == ("completed", [sent])


@pytest.mark.parametrize(
    "more",
    [{}, {"choice": 3}, {"choice": -1}, {"choice": True}, {"choice": 0, "edits": {"to": "all"}}],
)
async def test_no_such_choice(newsroom: Any, more: dict[str, Any]) -> None:
    """What is not among the options cannot be chosen, and the question stays open."""
    play = Play(newsroom, mail(send(options=lambda _: OPENINGS)))
    (approval,) = (await play.go()).approvals
    with pytest.raises(RequestError):
        await play.go((approval, "choose", "bob", more))
    assert (await play.go()).approvals == [approval]


async def test_a_choice_cannot_be_approved(newsroom: Any) -> None:
    """Nobody can wave a choice through."""
    play = Play(newsroom, mail(send(options=lambda _: OPENINGS)))
    (approval,) = (await play.go()).approvals
    with pytest.raises(RequestError, match="takes choose, reject, not approve"):
        await play.go((approval, "approve", "bob", {}))


# --- a question -----------------------------------------------------------------------------------


async def test_a_question(newsroom: Any) -> None:
    """A person is asked for what nobody else knows, and the step reads the answer."""
    play = Play(newsroom, mail(send(question=True), answered))
    (approval,) = (await play.go()).approvals
    with pytest.raises(RequestError, match="needs an answer in words"):
        await play.go((approval, "respond", "bob", {"reason": "  "}))
    progress = await play.go((approval, "respond", "bob", {"reason": "On Monday."}))
    assert (progress.status, play.sent) == ("completed", ["On Monday."])


async def test_an_answer_grants_nothing(newsroom: Any) -> None:
    """A step that would act on an answer as if it were an approval is refused."""
    play = Play(newsroom, mail(send(question=True), granted))
    (approval,) = (await play.go()).approvals
    progress = await play.go((approval, "respond", "bob", {"reason": "Yes."}))
    assert progress.status == "needs_attention"
    assert "nothing was approved" in progress.reason


# --- two people -----------------------------------------------------------------------------------


async def test_two_people(newsroom: Any) -> None:
    """What one person edits is done when another approves it as edited."""
    play = Play(newsroom, mail(send(people=2)))
    (first,) = (await play.go()).approvals
    progress = await play.go((first, "edit", "bob", {"edits": {"text": "dear all"}}))
    assert (progress.status, play.sent) == ("waiting", [])
    (second,) = progress.approvals
    (row,) = [row for row in newsroom.rows("approvals") if row["id"] == second]
    assert "dear all" in row["request"]
    assert row["payload_hash"] != newsroom.rows("approvals")[0]["payload_hash"]
    with pytest.raises(ConflictError, match="needs a second person, and bob was the first"):
        await play.go((second, "approve", "bob", {}))
    with pytest.raises(RequestError, match="takes approve, reject, not edit"):
        await play.go((second, "edit", "eve", {"edits": {"text": "!"}}))
    progress = await play.go((second, "approve", "eve", {}))
    assert (progress.status, play.sent) == ("completed", ["dear all"])


@pytest.mark.parametrize("verdicts", [("reject",), ("approve", "reject")])
async def test_either_can_reject(newsroom: Any, verdicts: tuple[str, ...]) -> None:
    """Where two people are needed, each of them can stop it."""
    play = Play(newsroom, mail(send(people=2)))
    progress = await play.go()
    for verdict, by in zip(verdicts, ("bob", "eve"), strict=False):
        progress = await play.go((progress.approvals[0], verdict, by, {}))
    assert (progress.status, play.sent) == ("completed", [])


# --- deadlines ------------------------------------------------------------------------------------


async def test_a_deadline(newsroom: Any) -> None:
    """An open question past its deadline goes to whom the gate names, once, and stays open."""
    play = Play(newsroom, mail(send(deadline=timedelta(hours=1), escalate_to="eve")))
    (approval,) = (await play.go()).approvals
    async with newsroom.runs(find=lambda _: play.spec) as runs:
        assert runs.approvals.escalate() == []
        _let_pass(newsroom)
        (late,) = runs.approvals.escalate("acme")
        assert (late.id, late.assignee, late.decided_by) == (approval, "eve", None)
        assert runs.approvals.escalate() == []
    progress = await play.go((approval, "approve", "eve", {}))
    assert (progress.status, play.sent) == ("completed", ["hello"])


@pytest.mark.parametrize("escalate_to", ["eve", ""])
async def test_a_deadline_ends(newsroom: Any, escalate_to: str) -> None:
    """Past its second deadline a question expires: nothing is done, and the run ends."""
    play = Play(newsroom, mail(send(deadline=timedelta(hours=1), escalate_to=escalate_to)))
    (approval,) = (await play.go()).approvals
    async with newsroom.runs(find=lambda _: play.spec) as runs:
        _let_pass(newsroom)
        assert runs.approvals.expire() == []
        assert runs.approvals.close_late()[0] == []
        assert runs.approvals.expire() == []
        _let_pass(newsroom)
        ((gone,), _) = runs.approvals.close_late("acme")
        assert (gone.id, gone.decided_by) == (approval, "deadline")
        assert runs.approvals.expire() == []
        with pytest.raises(ConflictError):
            runs.approvals.decide(approval, "approve", by="eve")
    progress = await play.go()
    assert (progress.status, play.sent) == ("completed", [])


async def test_withdrawn(newsroom: Any) -> None:
    """A stale question is taken back by a person, once, whatever its gate takes as an answer."""
    play = Play(newsroom, mail(send(allowed=("approve",))))
    (approval,) = (await play.go()).approvals
    async with newsroom.runs(find=lambda _: play.spec) as runs:
        run = runs.approvals.get(approval).run
        with pytest.raises(RequestError, match="nobody is named"):
            runs.approvals.withdraw_run(run, by=" ")
        (gone,) = runs.approvals.withdraw_run(run, by="eve", reason="an old draft")
        assert (gone.decided_by, gone.decision["unanswered"]) == ("eve", "withdrawn")
        assert runs.approvals.withdraw([approval], by="bob") == []
    progress = await play.go()
    assert (progress.status, play.sent) == ("completed", [])


async def test_cancelled(newsroom: Any) -> None:
    """Ending a run takes its question back, as withdrawing it does: no way around the gate."""
    play = Play(newsroom, mail(send()))
    (approval,) = (await play.go()).approvals
    async with newsroom.runs(find=lambda _: play.spec) as runs:
        run = runs.approvals.get(approval).run
        assert runs.cancel(run, by="eve") == runs.cancel(run, by="bob") == "cancelled"
        gone = runs.approvals.get(approval)
        assert (gone.decided_by, gone.decision["unanswered"]) == ("eve", "withdrawn")
        assert (await runs.drive(run)).status == "cancelled"
    assert play.sent == []


async def test_handed_over(newsroom: Any) -> None:
    """A question can be handed to somebody else until it is decided."""
    play = Play(newsroom, mail(send()))
    (approval,) = (await play.go()).approvals
    async with newsroom.runs(find=lambda _: play.spec) as runs:
        assert runs.approvals.hand_over(approval, "eve").assignee == "eve"
        runs.approvals.decide(approval, "approve", by="eve")
        with pytest.raises(ConflictError, match="eve has decided"):
            runs.approvals.hand_over(approval, "bob")


def _let_pass(newsroom: Any) -> None:
    """Two hours go by."""
    for row in newsroom.rows("approvals"):
        at = later(row["expires_at"], -7200)
        newsroom.execute(f"UPDATE approvals SET expires_at = '{at}' WHERE id = '{row['id']}'")


# --- where it stands ------------------------------------------------------------------------------


class Post(Gated, total=False):
    """The state of a graph that sends several mails."""

    texts: list[str]
    sent: Annotated[list[str], operator.add]


def fanned_out(gate: Gate) -> GraphSpec:
    """A graph that sends each mail to a subgraph with a gate of its own."""

    def build(_office: Any) -> StateGraph[Post, RunContext, Any, Any]:
        builder = StateGraph(Post, context_schema=RunContext)
        builder.add_node("one", sending(gate).compile())
        builder.add_conditional_edges(
            START, lambda s: [Send("one", {"text": each}) for each in s["texts"]], ["one"]
        )
        return builder

    return GraphSpec("mail", "Mails", Nothing, build, lambda _: {"texts": ["a", "b", "c"]})


async def test_fanned_out(newsroom: Any) -> None:
    """Items sent side by side into a subgraph are asked about and decided each on its own."""
    play = Play(newsroom, fanned_out(send()))
    progress = await play.go()
    texts = {
        row["id"]: row["request"].partition('"text": "')[2][0] for row in newsroom.rows("approvals")
    }
    assert sorted(texts.values()) == ["a", "b", "c"]
    verdict = {"a": "approve", "b": "reject", "c": "approve"}
    progress = await play.go(*((each, verdict[texts[each]], "bob", {}) for each in texts))
    assert (progress.status, sorted(play.sent)) == ("completed", ["a", "c"])


# --- the desk -------------------------------------------------------------------------------------


class Lenient:
    """A desk that lets everything pass, until it is stopped."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.asked_again: set[str] = set()
        self.is_stopped = False

    def plan(self, item: Item) -> Plan:
        """Pass."""
        self.items.append(item)
        return Plan("pass", "lenient/1", ask=False)

    def let_pass(self, item: Item, _plan: Any) -> str:
        """Let it, unless stopped; what was stopped once stays so."""
        if self.is_stopped:
            self.asked_again.add(item.id)
        return "" if item.id in self.asked_again else f"pass-{item.id}"

    def held(self, bound_to: str, payload_hash: str = "") -> str:  # noqa: ARG002
        """Everything is good."""
        return ""

    def decided(self, connection: Any, rows: Any, at: str) -> None:
        """Keep no account."""


async def test_let_pass(newsroom: Any) -> None:
    """Where the policy lets an item pass, nobody is asked and the graph goes on."""
    desk = Lenient()
    play = Play(newsroom, mail(send(risk="public", flags=lambda _: ["new"])), desk)
    progress = await play.go()
    assert (progress.status, play.sent) == ("completed", ["hello"])
    assert newsroom.rows("approvals") == []
    (item,) = desk.items
    assert item.id == f"acme:{play.run}:send:1:{item.payload_hash[:16]}"
    assert (item.client, item.graph, item.gate) == ("acme", "mail", "send")
    assert (item.risk, item.flags, item.craft) == ("public", ("new",), False)


async def test_items_have_ids_of_their_own(newsroom: Any) -> None:
    """Each branch and each turn stands before the desk under its own id, always the same."""
    desk = Lenient()
    await Play(newsroom, fanned_out(send()), desk).go()
    assert len({item.id for item in desk.items}) == len(desk.items) == 3


async def test_stopped_after_the_plan(newsroom: Any) -> None:
    """A policy stopped after the plan asks all the same, and the answer stands when it goes on."""
    desk = Lenient()
    desk.is_stopped = True
    play = Play(newsroom, mail(send()), desk)
    (approval,) = (await play.go()).approvals
    desk.is_stopped = False
    progress = await play.go((approval, "reject", "bob", {}))
    assert (progress.status, play.sent) == ("completed", [])


# --- gates that cannot be -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"options": lambda _: OPENINGS, "question": True},
        {"options": lambda _: OPENINGS, "people": 2},
        {"question": True, "allowed": ("approve",)},
    ],
)
def test_impossible_gates(changes: dict[str, Any]) -> None:
    """A gate that could not be asked is refused when it is declared."""
    with pytest.raises(ValueError, match="gate send"):
        send(**changes)


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({}, False),
        ({"never_lift": True}, True),
        ({"options": lambda _: OPENINGS}, True),
        ({"question": True}, True),
        ({"risk": "irreversible"}, True),
        ({"risk": "public"}, False),
    ],
)
def test_craft(changes: dict[str, Any], stays: Any) -> None:
    """Choices, questions, what cannot be undone, and what the agency keeps, stay with people."""
    assert send(**changes).is_craft is stays
