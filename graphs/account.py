"""The account of a run: what a person is told of it, put together from its record and its state."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from savoirfaire.errors import NotFoundError
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope


def account(
    ledger: Ledger, row: Any, events: Sequence[Any], state: Mapping[str, Any]
) -> dict[str, Any]:
    """A run as plain data: steps, sources, breaches, tokens, what was decided and published."""
    arguments = _arguments(state)
    return {
        "run": row.id,
        "client": row.client,
        "graph": row.graph,
        "status": row.status,
        "outcome": row.outcome,
        "reason": row.reason,
        "model": row.model,
        "submitted_by": row.submitted_by,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "steps": [
            {"at": each.at, "kind": each.kind, "node": each.node, **each.data}
            for each in events
            if each.kind != "run.begun"
        ],
        "left_out": state.get("left_out", []),
        "breaches_found": len(state.get("found", [])),
        "breaches": state.get("breaches", []),
        "mended": [
            each for each in state.get("found", []) if each not in state.get("breaches", [])
        ],
        "judgement": state.get("judgement", {}),
        "citations": [
            resolve(ledger, ClientScope(row.client), each)
            for each in arguments.get("citations", [])
        ],
        "decisions": {
            gate: {k: v for k, v in decision.items() if k != "arguments"}
            for gate, decision in state.get("decisions", {}).items()
        },
        "usage": _spent(state.get("usage", [])),
        "published": state.get("published", []),
    }


def resolve(ledger: Ledger, scope: ClientScope, citation: Mapping[str, Any]) -> dict[str, Any]:
    """A citation, and whether its source still has these words at this place."""
    try:
        text = ledger.text(scope, citation["source"])
    except NotFoundError:
        return {**citation, "resolved": False}
    found = text[citation["start"] : citation["end"]] == citation["quote"]
    return {**citation, "resolved": found}


def _arguments(state: Mapping[str, Any]) -> dict[str, Any]:
    """What was decided on, else what is being asked."""
    for decision in state.get("decisions", {}).values():
        if "arguments" in decision:
            return dict(decision["arguments"])
    for plan in state.get("gates", {}).values():
        return dict(plan["arguments"])
    return {}


def _spent(usage: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in usage:
        total.update({key: value for key, value in each.items() if key != "node"})
    return {key: total[key] for key in ("calls", "input_tokens", "output_tokens")}
