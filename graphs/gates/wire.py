"""What a gate says to whoever asks a person, and what it makes of the answer.

The form is LangChain's `HITLRequest` and its decisions, so that existing tools can read it; what a
gate adds stands beside. A choice travels as an edit whose arguments name what was chosen.
"""

from collections.abc import Mapping
from typing import Any

from savoirfaire.errors import PayloadMismatchError, RequestError
from savoirfaire.graphs.gates.gate import Gate, Verdict
from savoirfaire.tools.hashing import payload_hash

CHOSEN = "chosen"
"""The argument that names the option chosen, counted from 0."""

SECOND: tuple[Verdict, ...] = ("approve", "reject")
"""What a second person may answer: an edit would need a third one to look at it."""

_ON_THE_WIRE = {"choose": "edit"}


def asked(
    gate: Gate, plan: Mapping[str, Any], state: Any, first: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The question, whole; `first` is what a first person decided, where a second one is asked."""
    arguments = first["arguments"] if first else plan["arguments"]
    takes = SECOND if first else gate.allowed
    request = {
        "action_requests": [
            {"name": gate.action, "args": arguments, "description": gate.description(state)}
        ],
        "review_configs": [
            {
                "action_name": gate.action,
                "allowed_decisions": [_ON_THE_WIRE.get(each, each) for each in takes],
            }
        ],
        "gate": gate.name,
        "kind": gate.kind,
        "payload_hash": first["granted_hash"] if first else plan["payload_hash"],
        "before": gate.before(state),
        "notes": gate.notes(state),
    }
    if plan.get("item"):
        request["item"] = plan["item"]
    if first is None and plan.get("people", 1) > 1:
        request["more_to_come"] = True
    if plan.get("flags"):
        request["flags"] = plan["flags"]
    if gate.deadline is not None:
        request["deadline"] = {
            "seconds": gate.deadline.total_seconds(),
            "escalate_to": gate.escalate_to,
        }
    if first is not None:
        request["first"] = {"approval": first["approval"], "decided_by": first["decided_by"]}
    return request


def response_schema(shown: str) -> dict[str, Any]:
    """The JSON Schema of an answer: decisions bound to the hash of what was shown."""
    return {
        "type": "object",
        "properties": {
            "decisions": {
                "type": "array",
                "minItems": 1,
                "maxItems": 1,
                "items": {
                    "type": "object",
                    "properties": {"type": {"enum": ["approve", "edit", "reject", "respond"]}},
                    "required": ["type"],
                },
            },
            "payload_hash": {"const": shown},
        },
        "required": ["decisions", "payload_hash"],
    }


def recorded_pass(plan: Mapping[str, Any], passed: str) -> dict[str, Any]:
    """The decision of the policy, where it let an item pass."""
    return {
        "type": "approve",
        "payload_hash": plan["payload_hash"],
        "approval": passed,
        "decided_by": f"policy {plan['policy']}",
        "reason": "",
        "people": plan["people"],
        "arguments": plan["arguments"],
        "granted_hash": plan["payload_hash"],
        "passed": True,
    }


def record(
    gate: Gate,
    answer: Mapping[str, Any],
    plan: Mapping[str, Any],
    first: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A person's decision, as the state keeps it. Raises PayloadMismatchError."""
    decision = answer["decisions"][0]
    unanswered = answer.get("unanswered")
    verdict = "reject" if unanswered else _verdict(gate, decision, first)
    kept = {
        "type": verdict,
        "payload_hash": plan["payload_hash"],
        "approval": answer.get("approval", ""),
        "decided_by": answer.get("decided_by", ""),
        "reason": decision.get("message", ""),
        "people": 2 if first else 1,
        **({"unanswered": unanswered} if unanswered else {}),
    }
    if first is not None:
        if answer.get("decided_by") and answer["decided_by"] == first["decided_by"]:
            raise PayloadMismatchError(
                "gate {gate} needs two people, and {who} decided twice",
                gate=gate.name,
                who=first["decided_by"],
            )
        kept = {**first, **kept, "type": first["type"] if verdict == "approve" else verdict}
        return {**kept, "first": {"approval": first["approval"], "decided_by": first["decided_by"]}}
    if verdict in {"reject", "respond"}:
        return kept
    arguments = plan["arguments"]
    if verdict in {"edit", "choose"}:
        arguments = _edited(gate, plan, decision["edited_action"]["args"])
    return {**kept, "arguments": arguments, "granted_hash": payload_hash(arguments)}


def chosen(arguments: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """The option that an answer names, with what the person changed in it. Raises RequestError."""
    options = arguments["options"]
    number = answer.get(CHOSEN)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < len(options):
        raise RequestError(
            "the answer chooses {number}, and there are {count} options",
            number=number,
            count=len(options),
            hint="Name one of those shown, counted from 1 on the command line.",
        )
    changed = {key: value for key, value in answer.items() if key != CHOSEN}
    if unknown := sorted(set(changed) - set(options[number])):
        raise RequestError("the option has no {keys}", keys=", ".join(unknown))
    return {**options[number], **changed}


def _verdict(gate: Gate, decision: Mapping[str, Any], first: Mapping[str, Any] | None) -> Verdict:
    verdict: Verdict = decision["type"]
    if gate.kind == "choose" and verdict == "edit":
        verdict = "choose"
    if verdict not in (SECOND if first else gate.allowed):
        raise PayloadMismatchError(
            "gate {gate} does not take the answer {answer}", gate=gate.name, answer=verdict
        )
    return verdict


def _edited(gate: Gate, plan: Mapping[str, Any], edits: Mapping[str, Any]) -> dict[str, Any]:
    if gate.kind == "choose":
        try:
            return chosen(plan["arguments"], edits)
        except RequestError as error:
            raise PayloadMismatchError(
                "gate {gate}: {reason}", gate=gate.name, reason=error
            ) from error
    return {**plan["arguments"], **edits}
