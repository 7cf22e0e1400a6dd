"""A person's answer to a question, in the form that the gate reads."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.gate import Verdict
from savoirfaire.graphs.gates.wire import CHOSEN, chosen
from savoirfaire.tools.hashing import payload_hash


def answer(
    row: Row[Any],
    verdict: Verdict,
    *,
    reason: str = "",
    edits: Mapping[str, Any] | None = None,
    choice: int | None = None,
) -> dict[str, Any]:
    """An approval's answer as it is kept and handed to the gate. Raises RequestError."""
    action = row.request["action_requests"][0]
    allowed = takes(row.request)
    if verdict not in allowed:
        raise RequestError(
            "gate {gate} takes {allowed}, not {verdict}",
            gate=row.gate,
            allowed=", ".join(allowed),
            verdict=verdict,
        )
    if payload_hash(action["args"]) != row.payload_hash:
        raise RequestError("approval {name} does not show what it asks about", name=row.id)
    decision: dict[str, Any] = {"type": "edit" if verdict == "choose" else verdict}
    if reason:
        decision["message"] = reason
    if verdict == "edit":
        decision["edited_action"] = {"name": action["name"], "args": _edited(action, edits or {})}
    elif verdict == "choose":
        picked = {CHOSEN: choice, **(edits or {})}
        chosen(action["args"], picked)
        decision["edited_action"] = {"name": action["name"], "args": picked}
    elif verdict == "respond" and not reason.strip():
        raise RequestError("the question at gate {gate} needs an answer in words", gate=row.gate)
    return {"decisions": [decision], "payload_hash": row.payload_hash}


def takes(request: Mapping[str, Any]) -> list[Verdict]:
    """What a person may answer to a question."""
    allowed: list[Verdict] = request["review_configs"][0]["allowed_decisions"]
    if request.get("kind") == "choose":
        return ["choose" if each == "edit" else each for each in allowed]
    return allowed


def text_of(arguments: Mapping[str, Any]) -> str | None:
    """The name of the argument that is the text: `markdown`, or the only one that is a text."""
    if isinstance(arguments.get("markdown"), str):
        return "markdown"
    texts = [key for key, value in arguments.items() if isinstance(value, str)]
    return texts[0] if len(texts) == 1 else None


def _edited(action: Mapping[str, Any], edits: Mapping[str, Any]) -> dict[str, Any]:
    """The edits, of the kind that was shown: a text for a text, and not an empty one."""
    shown = action["args"]
    if not edits:
        raise RequestError(
            "an edit needs the edited text", hint="`savoir decide APPROVAL edit --file FILE`"
        )
    if unknown := sorted(set(edits) - set(shown)):
        raise RequestError(
            "the action {action} has no {keys}", action=action["name"], keys=", ".join(unknown)
        )
    for key, value in edits.items():
        emptied = isinstance(value, str) and not value.strip()
        if type(value) is not type(shown[key]) or (emptied and shown[key].strip()):
            raise RequestError(
                "the edit leaves {action} without its {key}",
                action=action["name"],
                key=key,
                hint="To have nothing done, reject.",
            )
    return dict(edits)
