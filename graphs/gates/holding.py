"""Whether a decision is still good: what an effect asks right before it leaves.

Between a decision and its effect there may be a hold window, a queue, or a night. A person's
decision stays good. An item that passed unseen is only as good as the evidence behind it: it is
held while everything is stopped, and where its gate was sent back since for a cause, so far that
the item would be reviewed now. A new prompt or promise says nothing about what the old ones made.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from savoirfaire.errors import Phrase
from savoirfaire.graphs.gates import seeds
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.state import Evidence, from_json
from savoirfaire.graphs.gates.folding import STARTED, STOPPED
from savoirfaire.knowledge.schema import approvals, decisions, gates

_CAUSES = {"alarm", "incident", "person"}

STOP = Phrase("everything is stopped")
SENT_BACK = Phrase("its gate was sent back to review since")
OTHER = Phrase("something else was decided on")
NOBODY = Phrase("nobody approved it")
UNKNOWN = Phrase("no such pass was recorded")
PLANTED = Phrase("it was planted, and is known to be bad")


def is_stopped(connection: Connection) -> bool:
    """Whether the kill switch is thrown: nothing passes any gate of the workspace."""
    return connection.scalar(_SWITCH) == STOPPED


def held(
    connection: Connection, bound_to: str, shown: str, policy: Callable[[Row[Any]], Policy]
) -> str:
    """Why nothing may be done on a decision, as a phrase's template; empty where it is good.

    `bound_to` is the id of an approval, or `pass-N` for the pass that is entry N of the ledger;
    `shown` is the hash of the arguments decided on, empty not to ask about them.
    """
    before, _, number = bound_to.rpartition("-")
    found = (
        _passed(connection, int(number), shown, policy)
        if (before == "pass" and number.isascii() and number.isdigit())
        else _approved(connection, bound_to, shown)
    )
    return found.template if found else ""


def _approved(connection: Connection, approval: str, shown: str) -> Phrase | None:
    row = connection.execute(_APPROVAL, {"of": approval}).first()
    if row is None or not row.decided_by or row.decision.get("unanswered"):
        return NOBODY
    if row.decision["decisions"][0]["type"] in {"reject", "respond"}:
        return NOBODY
    if seeds.planted(connection, approval):
        return PLANTED
    about = {row.payload_hash}
    if first := row.request.get("first"):
        about |= {
            each.payload_hash for each in connection.execute(_APPROVAL, {"of": first["approval"]})
        }
    return OTHER if shown and shown not in about else None


def _passed(
    connection: Connection, number: int, shown: str, policy: Callable[[Row[Any]], Policy]
) -> Phrase | None:
    entry = connection.execute(_ENTRY, {"seq": number, "kind": "passed"}).first()
    if entry is None:
        return UNKNOWN
    if shown and entry.shown != shown:
        return OTHER
    if is_stopped(connection):
        return STOP
    gate = connection.execute(_GATE, {"id": entry.gate}).first()
    plan = connection.execute(_PLAN, {"gate": entry.gate, "item": entry.item}).first()
    if gate is None or plan is None:
        return UNKNOWN
    evidence = from_json(gate.state)
    if "grant" in plan.data:
        batch = connection.execute(_ENTRY, {"seq": plan.data["grant"], "kind": "allowed"}).one()
        return SENT_BACK if _fell_since(evidence, batch.data["anchor"]) else None
    sent_back = evidence.last_fall in _CAUSES
    return (
        SENT_BACK if sent_back and plan.data["plan"]["draw"] < evidence.rate(policy(gate)) else None
    )


def _fell_since(evidence: Evidence, anchor: Any) -> bool:
    """Whether a gate was sent back for a cause since a batch was approved at it."""
    if evidence.incidents > anchor["incidents"] or evidence.never_lift > anchor["never_lift"]:
        return True
    return evidence.step < anchor["step"] and evidence.last_fall in _CAUSES


_SWITCH = (
    select(decisions.c.kind)
    .where(decisions.c.kind.in_([STOPPED, STARTED]))
    .order_by(decisions.c.seq.desc())
    .limit(1)
)
_APPROVAL = select(approvals).where(approvals.c.id == bindparam("of"))
_GATE = select(gates).where(gates.c.id == bindparam("id"))
_ENTRY = select(decisions).where(
    decisions.c.seq == bindparam("seq"), decisions.c.kind == bindparam("kind")
)
_PLAN = (
    select(decisions)
    .where(
        decisions.c.gate == bindparam("gate"),
        decisions.c.item == bindparam("item"),
        decisions.c.kind == "planned",
    )
    .order_by(decisions.c.seq)
    .limit(1)
)
