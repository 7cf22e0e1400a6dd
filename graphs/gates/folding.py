"""The ledger folded again: each gate's state after each of its entries, from the ledger alone.

An entry that begins a gate, or changes its policy, has the policy's numbers in it, so that no
setting of today is needed to tell what was promised then.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from savoirfaire.graphs.gates import account
from savoirfaire.graphs.gates.account import Break
from savoirfaire.graphs.gates.evidence import drawing
from savoirfaire.graphs.gates.evidence.advancing import advance
from savoirfaire.graphs.gates.evidence.events import event_from_json
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.state import Evidence, begin, from_json
from savoirfaire.knowledge.schema import gates

_NUMBERS = ("name", "p0", "alpha", "floor", "never_lift", "run_length", "seed_every")


@dataclass(frozen=True)
class Folded:
    """An entry, and the gate's policy and state after it."""

    entry: Row[Any]
    policy: Policy
    evidence: Evidence


def numbers(policy: Policy) -> dict[str, Any]:
    """What an entry keeps of a policy: all that its promise rests on."""
    return {name: getattr(policy, name) for name in _NUMBERS}


def fold(entries: Iterable[Row[Any]]) -> Iterator[Folded]:
    """The states of one gate, entry by entry, from its first."""
    policy: Policy | None = None
    evidence: Evidence | None = None
    for entry in entries:
        if "policy" in entry.data:
            policy = Policy(**entry.data["policy"])
        if evidence is None or policy is None:
            if policy is None:
                return  # not from the beginning: nothing can be said
            evidence = begin(policy, entry.data["fingerprint"])
        for each in entry.data.get("events", ()):
            evidence = advance(policy, evidence, event_from_json(each))
        yield Folded(entry, policy, evidence)


def audit(engine: Engine, secret: bytes) -> tuple[int, list[Break]]:
    """How many entries the ledger has, and everything in it that does not hold.

    The chain; each gate's state against its entries; each plan that let an item pass against what
    the evidence of that moment and the draw allowed; each pass against its plan.
    """
    count, breaks = account.verify(engine)
    with engine.connect() as connection:
        for gate in connection.execute(select(gates).order_by(gates.c.id)):
            breaks += _gate_breaks(connection, gate, secret)
    return count, breaks


def _gate_breaks(connection: Connection, gate: Row[Any], secret: bytes) -> Iterator[Break]:
    """What does not hold at one gate."""
    allowed: dict[str, str] = {}
    last: Folded | None = None
    for now in fold(account.entries(connection, gate.id)):
        entry = now.entry
        if entry.kind == "planned" and not entry.data["plan"]["ask"]:
            allowed[entry.item] = entry.shown
            if last is None or not _may_pass(last, entry.item, entry.data, secret):
                yield Break(entry.seq, "the evidence of that moment did not let this item pass")
        elif entry.kind == "passed" and allowed.get(entry.item) != entry.shown:
            yield Break(entry.seq, "no plan let this item pass")
        last = now
    if last is None or last.evidence != from_json(gate.state):
        seq = last.entry.seq if last else 0
        yield Break(seq, "the state of the gate is not what its entries come to")


def _may_pass(before: Folded, item: str, data: Mapping[str, Any], secret: bytes) -> bool:
    """Whether the item's own draw is above the share under review at that moment."""
    plan, rate = data["plan"], before.evidence.rate(before.policy)
    if data["flags"] or plan["draw"] is None or plan["policy"] != before.policy.version:
        return False
    drawn = drawing.draw(secret, item, before.policy.version)
    return bool(plan["draw"] == drawn >= rate == data["rate"])
