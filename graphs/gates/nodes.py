"""The nodes of a gate, and how they are wired into a graph.

`plan` writes to the state what will be asked and in which mode; it has a checkpoint of its own.
`gate` obeys what is written, whatever the policy says by then: with a live policy read, a person's
*reject* was ignored and the mail was sent. A gate is never removed from a graph nor renamed while
an approval is open at it: the approval would vanish without an error. What changes is its mode.

A decision names the hash of exactly what was shown. One that does not is refused, and so is an
effect whose payload is not the one decided on.
"""

from collections.abc import Mapping
from typing import Any

from langgraph.graph import StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from savoirfaire.errors import PayloadMismatchError
from savoirfaire.graphs.desk import AlwaysAsk, Desk, Item
from savoirfaire.graphs.gates.gate import Gate
from savoirfaire.graphs.gates.granting import steps_of
from savoirfaire.graphs.gates.wire import asked, record, recorded_pass, response_schema
from savoirfaire.graphs.registry import RunContext
from savoirfaire.tools.hashing import payload_hash

_FIRST, _SECOND = "gate", "second"
_SHOWN = 16


def add_gate(
    builder: StateGraph[Any, Any, Any, Any],
    gate: Gate,
    *,
    approved: str,
    rejected: str,
    edited: str | None = None,
    after: str | None = None,
) -> str:
    """Put `gate` between node `after` and nodes `approved`, `edited` and `rejected`.

    `edited` is where a person's edit leads, by default where an approval does; a choice and an
    answer lead to `approved`. Returns the name of the gate's first node, for a conditional edge to
    lead to where there is no `after`. The graph's state extends `Gated`, also in a subgraph. For
    several items side by side, send each to a subgraph with a gate of its own.
    """
    plan_name = f"plan_{gate.name}"
    people = [f"{each}_{gate.name}" for each in (_FIRST, _SECOND)[: gate.people]]
    builder.add_node(plan_name, _planning(gate))
    if after is not None:
        builder.add_edge(after, plan_name)
    builder.add_edge(plan_name, people[0])
    for place, name in enumerate(people):
        onwards = approved if name == people[-1] else people[place + 1]
        ends = {"reject": rejected, "edit": edited or approved, "on": approved}
        builder.add_node(name, _asking(gate, place + 1))
        builder.add_conditional_edges(
            name, _routing(gate, onwards, ends, last=name == people[-1]), _targets(onwards, ends)
        )
    return plan_name


def _planning(gate: Gate) -> Any:
    def plan(state: Any, runtime: Runtime[RunContext]) -> dict[str, Any]:
        return {"gates": {gate.name: _plan(gate, state, runtime)}}

    return plan


def _asking(gate: Gate, person: int) -> Any:
    def ask(state: Any, runtime: Runtime[RunContext]) -> dict[str, Any]:
        plan = state["gates"][gate.name]
        first = state.get("decisions", {}).get(gate.name) if person > 1 else None
        return {"decisions": {gate.name: obeyed(gate, plan, state, runtime, first)}}

    return ask


def _routing(gate: Gate, onwards: str, ends: Mapping[str, str], *, last: bool) -> Any:
    async def route(state: Any) -> str:  # in the loop: a hop to a thread takes longer than this
        decision = state["decisions"][gate.name]
        if decision["type"] == "reject":
            return ends["reject"]
        if not last and decision.get("people", 1) < state["gates"][gate.name].get("people", 1):
            return onwards
        return ends["edit"] if decision["type"] == "edit" else ends["on"]

    return route


def _targets(onwards: str, ends: Mapping[str, str]) -> list[str]:
    return sorted({onwards, *ends.values()})


def _plan(gate: Gate, state: Any, runtime: Runtime[RunContext]) -> dict[str, Any]:
    options = [dict(each) for each in gate.options(state)] if gate.options else []
    arguments = {"options": options} if gate.options else gate.arguments(state)
    turn = state.get("gates", {}).get(gate.name, {}).get("turn", 0) + 1
    return planned(gate, arguments, gate.flags(state), turn, runtime)


def planned(
    gate: Gate, arguments: Mapping[str, Any], flags: Any, turn: int, runtime: Any
) -> dict[str, Any]:
    """What will be asked about these arguments, and how, as the state keeps it.

    `turn` tells one occurrence at the gate from the next. `runtime` has the run's context and
    LangGraph's execution info.
    """
    item = _item(gate, payload_hash(arguments), flags, turn, runtime)
    return {
        **_desk(runtime).plan(item).as_dict(),
        "arguments": dict(arguments),
        "payload_hash": item.payload_hash,
        "item": item.id,
        "flags": list(item.flags),
        "turn": turn,
        "people": gate.people,
    }


def _item(gate: Gate, shown: str, flags: Any, turn: int, runtime: Any) -> Item:
    info, context = runtime.execution_info, runtime.context
    thread = info.thread_id if info and info.thread_id else (context.run if context else "")
    steps = steps_of(info.checkpoint_ns).rpartition("|")[0] if info else ""
    return Item(
        client=context.client if context else "",
        run=context.run if context else "",
        graph=context.graph if context else "",
        gate=gate.name,
        action=gate.action,
        risk=gate.risk,
        craft=gate.is_craft,
        id=":".join(filter(None, (thread, steps, gate.name, str(turn), shown[:_SHOWN]))),
        payload_hash=shown,
        flags=tuple(flags),
        fingerprint=context.fingerprint if context else "",
        people=gate.people,
    )


def _desk(runtime: Any) -> Desk:
    return (runtime.context.desk if runtime.context else None) or AlwaysAsk()


def obeyed(
    gate: Gate,
    plan: Mapping[str, Any],
    state: Any,
    runtime: Any,
    first: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What was decided: by the policy where the plan lets the item pass, else by a person.

    Interrupts where nobody has decided. Raises PayloadMismatchError for an answer to another
    payload, or one that the gate does not take.
    """
    if not plan.get("ask", True) and first is None:
        item = _item(gate, plan["payload_hash"], plan["flags"], plan["turn"], runtime)
        passed = _desk(runtime).let_pass(item, plan)
        if passed:
            return recorded_pass(plan, passed)
    question = asked(gate, plan, state, first)
    shown = question["payload_hash"]
    answer = interrupt(question, response_schema=response_schema(shown))
    if not isinstance(answer, Mapping) or answer.get("payload_hash") != shown:
        raise PayloadMismatchError(
            "the decision at gate {gate} was made on another payload", gate=gate.name
        )
    return record(gate, answer, plan, first)
