"""Batches approved in advance: for so many minutes, the next so many items of a gate pass unseen.

Nobody sees these items, so they say nothing of the work: a batch is no observation at all. Counted
as a clean one, a hundred batches of one item would lift any gate without a single look. What goes
wrong in a batch still counts, as an incident. And a batch takes nothing from the promise that a
share of the items is always reviewed: whatever is drawn below the floor is asked about, counted,
and a fair sample also of times that somebody picked.

A batch is about the work as it stood when it was approved: whatever changes the gate since, such as
another prompt, an incident or a step, ends it. It never covers flagged items, gates that stay with
people or need two of them, nor anything while the workspace is stopped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from savoirfaire.graphs.gates.account import item_hash
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.state import Evidence
from savoirfaire.knowledge.schema import decisions

ALLOWED = "allowed"
"""The kind of entry that approves a batch, or with no items ends it."""

BATCH = "batch"
"""The reason of a plan that a batch let pass."""


@dataclass(frozen=True)
class Grant:
    """A batch: the number of its entry, until when, and how many items it has left."""

    seq: int
    until: str
    left: int


def anchor(evidence: Evidence) -> dict[str, Any]:
    """What must not have changed since a batch was approved."""
    return {
        "policy": evidence.policy,
        "fingerprint": evidence.fingerprint,
        "step": evidence.step,
        "never_lift": evidence.never_lift,
        "incidents": evidence.incidents,
    }


def covers(granted: Mapping[str, Any], evidence: Evidence, at: str) -> bool:
    """Whether a batch with this entry's data is in force at an instant."""
    return bool(at <= granted["until"] and granted["anchor"] == anchor(evidence))


def grant_of(connection: Connection, gate: int, evidence: Evidence, at: str) -> Grant | None:
    """The batch in force at a gate, with items left, if any."""
    row = connection.execute(_LAST, {"at_gate": gate}).first()
    if row is None or not covers(row.data, evidence, at):
        return None
    grant = Grant(row.seq, row.data["until"], row.data["items"] - _used(connection, row))
    return grant if grant.left > 0 else None


def may_cover(policy: Policy, evidence: Evidence) -> bool:
    """Whether a batch may be approved at all at a gate: not where every item is a person's."""
    return not (policy.never_lift or evidence.never_lift)


def _used(connection: Connection, row: Row[Any]) -> int:
    count = connection.scalar(_USED, {"at_gate": row.gate, "of": row.seq})
    return int(count or 0)


_LAST = (
    select(decisions)
    .where(
        decisions.c.gate == bindparam("at_gate"),
        decisions.c.item == item_hash(""),
        decisions.c.kind == ALLOWED,
    )
    .order_by(decisions.c.seq.desc())
    .limit(1)
)
_USED = (
    select(func.count())
    .select_from(decisions)
    .where(
        decisions.c.gate == bindparam("at_gate"),
        decisions.c.seq > bindparam("of"),
        decisions.c.kind == "planned",
        decisions.c.data["grant"].as_integer() == bindparam("of"),
    )
)
