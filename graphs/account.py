"""The account of a run: what a person is told of it, put together from its record and its state."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from savoirfaire.errors import NotFoundError
from savoirfaire.graphs.budgets.tariff import Tariff
from savoirfaire.graphs.costing import entries, total
from savoirfaire.graphs.telemetry_names import TRACED
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope

_UNPRICED = Tariff()
_SPENT = ("calls", "input_tokens", "output_tokens")


def account(
    ledger: Ledger,
    row: Any,
    events: Sequence[Any],
    state: Mapping[str, Any],
    tariff: Tariff = _UNPRICED,
) -> dict[str, Any]:
    """A run as plain data: steps, sources, breaches, tokens, what was decided and published.

    `model` says where the replies came from: where in several ways, joined with `+`.
    """
    arguments, usage = _arguments(state), state.get("usage", [])
    scope = ClientScope(row.client)
    cost = total(entries(ledger.engine, scope, tariff, run=row.id)).as_dict()
    return {
        "run": row.id,
        "client": row.client,
        "graph": row.graph,
        "status": row.status,
        "outcome": row.outcome,
        "reason": row.reason,
        "fault": fault_in(row, events),
        "model": modes(usage, row.model),
        "submitted_by": row.submitted_by,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "steps": [
            {"at": each.at, "kind": each.kind, "node": each.node, **_plain(each.data)}
            for each in events
            if each.kind not in {"run.begun", TRACED}
        ],
        "left_out": state.get("left_out", []),
        **findings(state),
        "citations": [resolve(ledger, scope, each) for each in arguments.get("citations", [])],
        "decisions": {
            gate: _decided(decision) for gate, decision in state.get("decisions", {}).items()
        },
        "usage": _spent(usage or [cost]),
        "usage_by_mode": {
            mode: _spent([each for each in usage if each.get("mode", row.model) == mode])
            for mode in _modes(usage, row.model)
        },
        "usage_by_part": _by_part(usage),
        "cost": cost,
        "published": state.get("published", []),
    }


def _decided(decision: Mapping[str, Any]) -> dict[str, Any]:
    """A decision without what was shown; of a choice, the name of what was chosen."""
    kept = {key: value for key, value in decision.items() if key != "arguments"}
    name = (decision.get("arguments") or {}).get("name", "")
    return {**kept, "chosen": name} if decision["type"] == "choose" and name else kept


def findings(state: Mapping[str, Any]) -> dict[str, Any]:
    """What was found against the brand and the sources, and what became of it.

    A graph that mends nothing keeps only what is open: that is what was found. Of a campaign's
    angles, what was found in those that may still be told.
    """
    angles = _of_angles(state)
    still = [*angles, *state.get("breaches", [])]
    found = [*angles, *state.get("found", state.get("breaches", []))]
    return {
        "breaches_found": len(found),
        "breaches": still,
        "mended": [each for each in found if each not in still],
        "judgement": state.get("judgement", _judged(state)),
    }


def _of_angles(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was found in the angles to choose from; once one is chosen, in that one."""
    found = state.get("reviewed", {}).get("breaches", [])
    chosen = state.get("angle", {}).get("name")
    return [each for each in found if chosen is None or each["where"] == chosen]


def _judged(state: Mapping[str, Any]) -> dict[str, Any]:
    """How far a campaign's angles were judged; nothing for what has none."""
    reviewed = state.get("reviewed", {})
    return {key: reviewed[key] for key in ("abstained", "dropped") if key in reviewed}


def modes(usage: Sequence[Mapping[str, Any]], otherwise: str = "") -> str:
    """Where the replies came from, joined with `+`; `otherwise` for those that do not say."""
    return "+".join(_modes(usage, otherwise)) or otherwise


def resolve(ledger: Ledger, scope: ClientScope, citation: Mapping[str, Any]) -> dict[str, Any]:
    """A citation, and whether its source still has these words at this place."""
    try:
        text = ledger.text(scope, citation["source"])
    except NotFoundError:
        return {**citation, "resolved": False}
    found = text[citation["start"] : citation["end"]] == citation["quote"]
    return {**citation, "resolved": found}


def _arguments(state: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked last: as it was decided on, where it was."""
    gates = state.get("gates", {})
    if not gates:
        return {}
    gate = next(reversed(gates))
    decision = state.get("decisions", {}).get(gate, {})
    if "arguments" in decision and decision["payload_hash"] == gates[gate]["payload_hash"]:
        return dict(decision["arguments"])
    return dict(gates[gate]["arguments"])


def _modes(usage: Sequence[Mapping[str, Any]], otherwise: str) -> list[str]:
    return list(dict.fromkeys(each.get("mode", otherwise) for each in usage))


def fault_in(row: Any, events: Sequence[Any]) -> dict[str, Any] | None:
    """Why the run is parked, in the form that can be translated."""
    parked = [each.data for each in events if each.kind == "run.parked"]
    return parked[-1].get("fault") if row.reason and parked else None


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "fault"}


def _by_part(usage: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """What each graph inside a run spent, and the run itself under no name; empty without any."""
    parts = list(dict.fromkeys(each.get("part", "") for each in usage))
    if not any(parts):
        return {}
    return {name: _spent([e for e in usage if e.get("part", "") == name]) for name in parts}


def _spent(usage: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in usage:
        total.update({key: each[key] for key in _SPENT})
    return {key: total[key] for key in _SPENT}
