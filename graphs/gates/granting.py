"""What a decision allows: exactly the arguments that were decided on, and nothing else."""

from collections.abc import Mapping
from typing import Any

from langgraph.runtime import Runtime

from savoirfaire.errors import HeldError, PayloadMismatchError, Phrase
from savoirfaire.graphs.gates.gate import Gate
from savoirfaire.graphs.registry import RunContext
from savoirfaire.tools.hashing import payload_hash
from savoirfaire.tools.outbox import Effect

State = Mapping[str, Any]


def granted(state: State, gate: str) -> dict[str, Any]:
    """What may be done after `gate`: the arguments decided on, the person's edits included.

    Raises PayloadMismatchError where no decision allows them.
    """
    decision = state.get("decisions", {}).get(gate)
    if decision is None or decision["type"] in {"reject", "respond"}:
        raise PayloadMismatchError("nothing was approved at gate {gate}", gate=gate)
    plan = state["gates"][gate]
    if decision.get("people", 1) < plan.get("people", 1):
        raise PayloadMismatchError("gate {gate} waits for a second person", gate=gate)
    arguments: dict[str, Any] = decision["arguments"]
    asked = plan["payload_hash"]
    allowed = asked if decision["type"] == "approve" else decision["granted_hash"]
    if decision["payload_hash"] != asked or payload_hash(arguments) != allowed:
        raise PayloadMismatchError("what was approved at gate {gate} has changed since", gate=gate)
    return arguments


def answered(state: State, gate: str) -> str:
    """What a person answered to the question at `gate`. Raises PayloadMismatchError."""
    decision = state.get("decisions", {}).get(gate)
    if decision is None or decision["type"] != "respond":
        raise PayloadMismatchError("nobody answered at gate {gate}", gate=gate)
    return str(decision["reason"])


def effect(
    gate: Gate, state: State, runtime: Runtime[RunContext], files: Mapping[str, str]
) -> Effect:
    """The files that the decision at `gate` allows to publish, under a key that lets it be once.

    The key names the step and the decision, and not LangGraph's task: a task is another one where a
    power cut took the last checkpoint off the disk, and the effect would be made again (measured:
    twice). Raises PayloadMismatchError where no decision allows the effect, and HeldError where it
    is not good any more.
    """
    granted(state, gate.name)
    decision = state["decisions"][gate.name]
    require_good(decision, runtime.context)
    info = runtime.execution_info
    assert info is not None  # LangGraph sets it before a node runs
    decided = decision["approval"] or info.task_id
    return Effect(
        key=f"{info.thread_id}:{steps_of(info.checkpoint_ns)}:{decided}",
        run=runtime.context.run,
        kind=gate.action,
        files=files,
        bound_to=decision["approval"],
    )


def require_good(decision: Mapping[str, Any], context: RunContext | None) -> None:
    """Raise HeldError where a decision may not be acted on any more.

    An item that passed unseen is held while everything is stopped, and for good where its gate was
    sent back since: a pass is only as good as the evidence behind it.
    """
    desk = context.desk if context else None
    why = desk.held(decision["approval"], decision["payload_hash"]) if desk else ""
    if why:
        raise HeldError(
            "nothing is done on {decision}: {why}",
            decision=decision["approval"],
            why=Phrase(why),
            hint="Once that is over, `savoir resume RUN` goes on; else start a new run.",
        )


def steps_of(namespace: str) -> str:
    """The steps that a checkpoint's namespace names, without LangGraph's ids of their tasks."""
    return "|".join(part.partition(":")[0] for part in namespace.split("|"))
