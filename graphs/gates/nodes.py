"""The two nodes of a gate, and how they are wired into a graph.

`plan` writes to the state what will be asked and in which mode; it has a checkpoint of its own.
`gate` obeys what is written, whatever the policy says by then: with a live policy read, a person's
*reject* was ignored and the mail was sent. A gate is never removed from a graph nor renamed while
an approval is open at it: the approval would vanish without an error. What changes is its mode.

A decision names the hash of exactly what was shown. One that does not is refused, and so is an
effect whose payload is not the one decided on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from langgraph.graph import StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from savoirfaire.errors import PayloadMismatchError
from savoirfaire.graphs.registry import RunContext
from savoirfaire.tools.hashing import payload_hash
from savoirfaire.tools.outbox import Effect

Verdict = Literal["approve", "edit", "reject"]
State = Mapping[str, Any]

POLICY = "always/1"
"""The policy in force, by name and version: every item is asked about."""


def merge(left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> dict[str, Any]:
    """Reducer of the state keys that several nodes write to, each under its own name."""
    return {**(left or {}), **(right or {})}


class Gated(TypedDict):
    """What gates keep in the state of a graph, each under its name; a state with gates extends it.

    `gates`: what will be asked, and how. `decisions`: what was answered.
    """

    gates: Annotated[NotRequired[dict[str, Any]], merge]
    decisions: Annotated[NotRequired[dict[str, Any]], merge]


@dataclass(frozen=True)
class Gate:
    """A point where a person may have to approve `action` before it is done.

    `arguments` gives, from the state, what would be done: plain JSON, shown to the person in full.
    `description` says in one sentence what is asked. `before` gives the version that came before,
    for a person to compare with; `notes` gives what else a person should know before they decide,
    as plain JSON under short names. Both are shown, and no part of what is decided on.
    """

    name: str
    action: str
    arguments: Callable[[Any], dict[str, Any]]
    description: Callable[[Any], str]
    allowed: tuple[Verdict, ...] = ("approve", "edit", "reject")
    before: Callable[[Any], str] = lambda _state: ""
    notes: Callable[[Any], dict[str, Any]] = lambda _state: {}


def add_gate(
    builder: StateGraph[Any, Any, Any, Any],
    gate: Gate,
    *,
    approved: str,
    rejected: str,
    after: str | None = None,
) -> str:
    """Put `gate` between node `after` and nodes `approved` (also after an edit) and `rejected`.

    Returns the name of the gate's first node, for a conditional edge to lead to where there is no
    `after`. The graph's state extends `Gated`.
    """
    plan_name, gate_name = f"plan_{gate.name}", f"gate_{gate.name}"

    def plan(state: Any) -> dict[str, Any]:
        return {"gates": {gate.name: _plan(gate, state)}}

    def ask(state: Any) -> dict[str, Any]:
        return {"decisions": {gate.name: _obey(gate, state["gates"][gate.name], state)}}

    def route(state: Any) -> str:
        return rejected if state["decisions"][gate.name]["type"] == "reject" else approved

    builder.add_node(plan_name, plan)
    builder.add_node(gate_name, ask)
    if after is not None:
        builder.add_edge(after, plan_name)
    builder.add_edge(plan_name, gate_name)
    builder.add_conditional_edges(gate_name, route, sorted({approved, rejected}))
    return plan_name


def granted(state: State, gate: str) -> dict[str, Any]:
    """What may be done after `gate`: the arguments decided on, the person's edits included.

    Raises PayloadMismatchError where no decision allows them.
    """
    decision = state.get("decisions", {}).get(gate)
    if decision is None or decision["type"] == "reject":
        raise PayloadMismatchError("nothing was approved at gate {gate}", gate=gate)
    arguments: dict[str, Any] = decision["arguments"]
    asked = state["gates"][gate]["payload_hash"]
    allowed = asked if decision["type"] == "approve" else decision["granted_hash"]
    if decision["payload_hash"] != asked or payload_hash(arguments) != allowed:
        raise PayloadMismatchError("what was approved at gate {gate} has changed since", gate=gate)
    return arguments


def effect(
    gate: Gate, state: State, runtime: Runtime[RunContext], files: Mapping[str, str]
) -> Effect:
    """The files that the decision at `gate` allows to publish, under a key that lets it be once.

    The key names the step and the decision, and not LangGraph's task: a task is another one where a
    power cut took the last checkpoint off the disk, and the effect would be made again (measured:
    twice). Raises PayloadMismatchError where no decision allows the effect.
    """
    granted(state, gate.name)
    decision = state["decisions"][gate.name]
    info = runtime.execution_info
    assert info is not None  # LangGraph sets it before a node runs
    step = "|".join(part.partition(":")[0] for part in info.checkpoint_ns.split("|"))
    return Effect(
        key=f"{info.thread_id}:{step}:{decision['approval'] or info.task_id}",
        run=runtime.context.run,
        kind=gate.action,
        files=files,
        bound_to=decision["approval"],
    )


def _plan(gate: Gate, state: Any) -> dict[str, Any]:
    arguments = gate.arguments(state)
    return {
        "mode": "always",
        "policy": POLICY,
        "draw": None,
        "arguments": arguments,
        "payload_hash": payload_hash(arguments),
    }


def _obey(gate: Gate, plan: Mapping[str, Any], state: Any) -> dict[str, Any]:
    answer = interrupt(
        {
            "action_requests": [
                {
                    "name": gate.action,
                    "args": plan["arguments"],
                    "description": gate.description(state),
                }
            ],
            "review_configs": [
                {"action_name": gate.action, "allowed_decisions": list(gate.allowed)}
            ],
            "gate": gate.name,
            "payload_hash": plan["payload_hash"],
            "before": gate.before(state),
            "notes": gate.notes(state),
        }
    )
    if not isinstance(answer, Mapping) or answer.get("payload_hash") != plan["payload_hash"]:
        raise PayloadMismatchError(
            "the decision at gate {gate} was made on another payload", gate=gate.name
        )
    decision = answer["decisions"][0]
    if decision["type"] not in gate.allowed:
        raise PayloadMismatchError(
            "gate {gate} does not take the answer {answer}",
            gate=gate.name,
            answer=decision["type"],
        )
    return _record(decision, answer, plan)


def _record(
    decision: Mapping[str, Any], answer: Mapping[str, Any], plan: Mapping[str, Any]
) -> dict[str, Any]:
    record = {
        "type": decision["type"],
        "payload_hash": plan["payload_hash"],
        "approval": answer.get("approval", ""),
        "decided_by": answer.get("decided_by", ""),
        "reason": decision.get("message", ""),
    }
    if decision["type"] == "reject":
        return record
    arguments = plan["arguments"]
    if decision["type"] == "edit":
        arguments = {**arguments, **decision["edited_action"]["args"]}
    return {**record, "arguments": arguments, "granted_hash": payload_hash(arguments)}
