"""Gates: what is planned is what is asked, and what is decided is what is done."""

import operator
from dataclasses import replace
from typing import Annotated, Any

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from pydantic import BaseModel

from savoirfaire.errors import PayloadMismatchError
from savoirfaire.graphs.checkpoints import open_checkpoints
from savoirfaire.graphs.gates import Gate, Gated, add_gate, effect, granted
from savoirfaire.graphs.registry import GraphSpec, RunContext
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.hashing import payload_hash

EN = ClientScope("acme")


class Mail(Gated, total=False):
    """The state of a small graph that sends mail."""

    text: str
    sent: Annotated[list[str], operator.add]
    times: int


class Nothing(BaseModel):
    """A request with nothing in it."""


def gate(name: str = "send", **changes: Any) -> Gate:
    """A gate before a mail is sent."""
    asked = Gate(
        name=name,
        action="send",
        arguments=lambda state: {"text": f"{name}: {state['text']}"},
        description=lambda state: f"Send {state['text']}?",
    )
    return replace(asked, **changes)


def sender(of: Gate) -> Any:
    """A step that does what the gate allows."""

    async def send(state: Mail) -> Mail:
        return {"sent": [granted(state, of.name)["text"]]}

    return send


def mail(*gates: Gate) -> GraphSpec:
    """A graph with gates side by side, each before a mail of its own."""

    def build(_office: Any) -> StateGraph[Mail, RunContext, Any, Any]:
        builder = StateGraph(Mail, context_schema=RunContext)
        for each in gates:
            step = f"do_{each.name}"
            builder.add_node(step, sender(each))
            builder.add_edge(START, add_gate(builder, each, approved=step, rejected=END))
            builder.add_edge(step, END)
        return builder

    return GraphSpec("mail", "A mail", Nothing, build, lambda _: {"text": "hello"})


def finding(spec: GraphSpec) -> Any:
    """How a run finds its graph."""
    return lambda _name: spec


async def waiting(newsroom: Any, spec: GraphSpec) -> list[str]:
    """The approvals that a new run waits for."""
    async with newsroom.runs(find=finding(spec)) as runs:
        progress = await runs.drive(runs.submit(EN, "mail", {}, by="ann"))
        assert progress.status == "waiting"
        approvals: list[str] = progress.approvals
        return approvals


async def decided(newsroom: Any, spec: GraphSpec, *answers: Any) -> Any:
    """Decide, go on, and give where the run stands and what it sent."""
    async with newsroom.runs(find=finding(spec)) as runs:
        for approval, verdict, more in answers:
            run = runs.approvals.decide(approval, verdict, by="bob", **more).run
        progress = await runs.drive(run)
        return progress, (await runs.state(run)).get("sent", [])


@pytest.mark.parametrize(
    ("verdict", "more", "sent"),
    [
        ("approve", {}, ["send: hello"]),
        ("edit", {"edits": {"text": "good day"}}, ["good day"]),
        ("reject", {"reason": "too short"}, []),
    ],
)
async def test_what_is_decided_is_done(
    newsroom: Any, verdict: str, more: dict[str, Any], sent: list[str]
) -> None:
    """Approved as shown, done as edited, or not done at all."""
    (approval,) = await waiting(newsroom, mail(gate()))
    progress, done = await decided(newsroom, mail(gate()), (approval, verdict, more))
    assert (progress.status, done) == ("completed", sent)
    (run,) = newsroom.rows("runs")
    assert run["outcome"] == ("rejected" if verdict == "reject" else "done")


async def test_what_was_planned_is_asked(newsroom: Any) -> None:
    """A gate obeys its plan, whatever its policy or its arguments have become since.

    With a policy read when the answer comes, a person's reject was ignored and the mail was sent.
    """
    changed = gate(arguments=lambda _: {"text": "buy now"}, description=lambda _: "?")
    (approval,) = await waiting(newsroom, mail(gate()))
    progress, done = await decided(newsroom, mail(changed), (approval, "approve", {}))
    assert (progress.status, done) == ("completed", ["send: hello"])
    (approval,) = await waiting(newsroom, mail(gate()))
    progress, done = await decided(newsroom, mail(changed), (approval, "reject", {}))
    assert (progress.status, done) == ("completed", [])


@pytest.mark.parametrize(
    ("noted", "shown"),
    [
        ({}, {"model": "offline"}),
        ({"sender": "bob"}, {"model": "offline", "sender": "bob"}),
        ({"model": "live"}, {"model": "live"}),
    ],
)
async def test_notes(newsroom: Any, noted: dict[str, Any], shown: dict[str, Any]) -> None:
    """What a gate notes is beside what it asks; where the model's replies come from always is."""
    (approval,) = await waiting(newsroom, mail(gate(notes=lambda _: noted)))
    async with newsroom.runs() as runs:
        assert runs.approvals.get(approval).request["notes"] == shown


async def test_the_plan_has_a_checkpoint_of_its_own(newsroom: Any) -> None:
    """While a person thinks, what was planned is on record: mode, policy, draw and payload."""
    (approval,) = await waiting(newsroom, mail(gate()))
    async with newsroom.runs(find=finding(mail(gate()))) as runs:
        row = runs.approvals.get(approval)
        plan = (await runs.state(row.run))["gates"]["send"]
    assert plan["mode"] == "always"
    assert plan["policy"]
    assert "draw" in plan
    assert plan["payload_hash"] == row.payload_hash == payload_hash(plan["arguments"])


async def test_side_by_side(newsroom: Any) -> None:
    """Gates that are open at once are answered each by its own decision, one at a time."""
    spec = mail(gate("one"), gate("two"), gate("three"))
    approvals = {each.split("-")[2]: each for each in await waiting(newsroom, spec)}
    edit = {"edits": {"text": "second"}}
    progress, done = await decided(newsroom, spec, (approvals["two"], "edit", edit))
    assert progress.status == "waiting"
    assert progress.approvals == sorted([approvals["one"], approvals["three"]])
    answers: list[Any] = [(approvals["three"], "reject", {}), (approvals["one"], "approve", {})]
    progress, done = await decided(newsroom, spec, *answers)
    assert progress.status == "completed"
    assert sorted(done) == ["one: hello", "second"]


async def test_in_a_loop(newsroom: Any) -> None:
    """A gate in a loop asks each time, and an answer serves once."""
    again = gate(arguments=lambda state: {"text": f"mail {state.get('times', 0)}"})

    def build(_office: Any) -> StateGraph[Mail, RunContext, Any, Any]:
        builder = StateGraph(Mail, context_schema=RunContext)

        async def count(state: Mail) -> Mail:
            sent = granted(state, "send")["text"]
            return {"times": state.get("times", 0) + 1, "sent": [sent]}

        builder.add_node("count", count)
        first = add_gate(builder, again, approved="count", rejected=END)
        builder.add_edge(START, first)
        builder.add_edge("count", first)
        return builder

    spec = replace(mail(), build=build)
    (first,) = await waiting(newsroom, spec)
    progress, done = await decided(newsroom, spec, (first, "approve", {}))
    assert (progress.status, done) == ("waiting", ["mail 0"])
    (second,) = progress.approvals
    assert second != first
    progress, done = await decided(newsroom, spec, (second, "approve", {}))
    assert (progress.status, done) == ("waiting", ["mail 0", "mail 1"])
    progress, done = await decided(newsroom, spec, (*progress.approvals, "reject", {}))
    assert (progress.status, done) == ("completed", ["mail 0", "mail 1"])


# --- answers that are none ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        "approve",
        True,
        None,
        {"decisions": [{"type": "approve"}]},
        {"decisions": [{"type": "approve"}], "payload_hash": payload_hash({"text": "other"})},
        {"type": "approve", "payload_hash": "0" * 64},
    ],
)
async def test_unbound_answers(tmp_path: Any, answer: Any) -> None:
    """An answer that does not carry the hash of what was shown is refused, whoever sends it."""
    async with open_checkpoints(tmp_path / "checkpoints.db") as saver:
        graph: Any = mail(gate()).build(None).compile(checkpointer=saver)  # type: ignore[arg-type]
        config = {"configurable": {"thread_id": "1"}}
        context = RunContext("acme", "run")
        await graph.ainvoke({"text": "hello"}, config, context=context, durability="sync")
        (asked,) = (await graph.aget_state(config)).interrupts
        with pytest.raises(PayloadMismatchError, match="another payload"):
            await graph.ainvoke(Command(resume={asked.id: answer}), config, context=context)
        assert (await graph.aget_state(config)).values["sent"] == []


async def test_an_answer_the_gate_does_not_take(tmp_path: Any) -> None:
    """A verdict that the gate does not allow is refused, even with the right hash."""
    spec = mail(gate(allowed=("approve", "reject")))
    async with open_checkpoints(tmp_path / "checkpoints.db") as saver:
        graph: Any = spec.build(None).compile(checkpointer=saver)  # type: ignore[arg-type]
        config = {"configurable": {"thread_id": "1"}}
        context = RunContext("acme", "run")
        await graph.ainvoke({"text": "hello"}, config, context=context, durability="sync")
        (asked,) = (await graph.aget_state(config)).interrupts
        edit = {"type": "edit", "edited_action": {"name": "send", "args": {"text": "x"}}}
        answer = {"decisions": [edit], "payload_hash": asked.value["payload_hash"]}
        with pytest.raises(PayloadMismatchError, match="gate send does not take the answer edit"):
            await graph.ainvoke(Command(resume={asked.id: answer}), config, context=context)


async def test_a_question_without_a_gate(newsroom: Any) -> None:
    """A step that interrupts by itself parks the run, and says what to use."""

    def build(_office: Any) -> StateGraph[Mail, RunContext, Any, Any]:
        builder = StateGraph(Mail, context_schema=RunContext)
        builder.add_node("ask", lambda _state: {"text": interrupt("May I?")})
        builder.add_edge(START, "ask")
        return builder

    async with newsroom.runs(find=finding(replace(mail(), build=build))) as runs:
        progress = await runs.drive(runs.submit(EN, "mail", {}, by="ann"))
    assert progress.status == "needs_attention"
    assert "a question that no gate asks" in progress.reason
    assert "add_gate" in progress.hint


async def test_two_questions_in_one_step(newsroom: Any) -> None:
    """Two questions of one step are two approvals: the first answer does not serve both."""

    def ask(number: int) -> Any:
        value = {"text": f"mail {number}"}
        return interrupt(
            {
                "action_requests": [{"name": "send", "args": value, "description": "?"}],
                "review_configs": [{"action_name": "send", "allowed_decisions": ["approve"]}],
                "gate": "send",
                "payload_hash": payload_hash(value),
            }
        )

    def build(_office: Any) -> StateGraph[Mail, RunContext, Any, Any]:
        builder = StateGraph(Mail, context_schema=RunContext)
        builder.add_node("ask", lambda _state: {"sent": [str(ask(1)), str(ask(2))]})
        builder.add_edge(START, "ask")
        return builder

    spec = replace(mail(), build=build)
    (first,) = await waiting(newsroom, spec)
    progress, done = await decided(newsroom, spec, (first, "approve", {}))
    assert (progress.status, done) == ("waiting", [])
    (second,) = progress.approvals
    assert second != first
    progress, done = await decided(newsroom, spec, (second, "approve", {}))
    assert (progress.status, len(done)) == ("completed", 2)


# --- effects --------------------------------------------------------------------------------------


def state(verdict: str = "approve", **changes: Any) -> dict[str, Any]:
    """The state after a decision, perhaps tampered with."""
    arguments = {"text": "hello"}
    asked = payload_hash(arguments)
    decision = {
        "type": verdict,
        "payload_hash": asked,
        "arguments": arguments,
        "granted_hash": asked,
        "approval": "run-send-1",
    }
    plan = {"payload_hash": asked, "arguments": arguments}
    return {"gates": {"send": plan}, "decisions": {"send": {**decision, **changes}}}


OTHER = {"text": "buy now"}


@pytest.mark.parametrize(
    ("tampered", "words"),
    [
        ({}, "nothing was approved"),
        ({"decisions": {}}, "nothing was approved"),
        (state("reject"), "nothing was approved"),
        (state(arguments=OTHER), "has changed since"),
        (state("edit", arguments=OTHER), "has changed since"),
        (state(arguments=OTHER, granted_hash=payload_hash(OTHER)), "has changed since"),
        (state(payload_hash=payload_hash(OTHER)), "has changed since"),
        ({**state(), "gates": {"send": {"payload_hash": "0" * 64}}}, "has changed since"),
    ],
)
def test_nothing_else_is_granted(tampered: dict[str, Any], words: str) -> None:
    """What is done is what was approved, or nothing: not another payload, not an older answer."""
    with pytest.raises(PayloadMismatchError, match=words):
        granted(tampered, "send")
    with pytest.raises(PayloadMismatchError, match=words):
        effect(gate(), tampered, None, {"mail.txt": "hello"})  # type: ignore[arg-type]


def test_an_edit_is_granted_as_edited() -> None:
    """An edit grants what the person wrote, under the hash of that."""
    edited = state("edit", arguments=OTHER, granted_hash=payload_hash(OTHER))
    assert granted(edited, "send") == OTHER


async def test_a_state_changed_after_the_decision(newsroom: Any) -> None:
    """A payload that changes between the decision and the effect stops the run at the effect."""
    progress = await newsroom.start()
    async with newsroom.runs() as runs:
        decided = runs.approvals.decide(*progress.approvals, "approve", by="bob")
        wired = runs.wired("newsletter")
        build = wired.spec.build

    def tampering(office: Any) -> Any:
        builder = build(office)
        step: Any = builder.nodes["publish"].runnable
        publish = step.afunc

        async def tampered(given: Any, **more: Any) -> Any:
            arguments = given["decisions"]["publish"]["arguments"]
            arguments["markdown"] += "\nBuy now.\n"
            return await publish(given, **more)

        step.afunc = tampered
        return builder

    async with newsroom.runs(find=finding(replace(wired.spec, build=tampering))) as runs:
        parked = await runs.drive(decided.run)
    assert parked.status == "needs_attention"
    assert "what was approved at gate publish has changed since" in parked.reason
    assert newsroom.published() == {}
    assert (await newsroom.drive(decided.run)).status == "completed"
    assert "Buy now" not in str(newsroom.published())
