"""The desk of a workspace: the evidence so far decides for each item whether a person is asked.

Every plan, pass and decision is an entry of the ledger, and the state of a gate is its entries
folded: whoever has the ledger and the secret can recompute each autonomous pass. The plan of an
item is written before anybody sees it, once; a state that was tampered with cannot let pass what
the ledger does not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import Connection, Engine, Row, bindparam, insert, select, update

from savoirfaire.graphs.desk import Item, Plan
from savoirfaire.graphs.gates import account, grants, holding, pooling, seeds
from savoirfaire.graphs.gates.account import Entry
from savoirfaire.graphs.gates.edits import Edit, classify
from savoirfaire.graphs.gates.evidence import drawing
from savoirfaire.graphs.gates.evidence.advancing import advance
from savoirfaire.graphs.gates.evidence.carrying import SET_ASIDE
from savoirfaire.graphs.gates.evidence.events import (
    Asked,
    Event,
    FingerprintChanged,
    Passed,
    PolicyChanged,
    Reviewed,
    event_to_json,
)
from savoirfaire.graphs.gates.evidence.policies import PRESETS, Policy, Risk
from savoirfaire.graphs.gates.evidence.rubric import Finding, catches, outcome
from savoirfaire.graphs.gates.evidence.state import Evidence, begin, from_json
from savoirfaire.graphs.gates.folding import STARTED, STOPPED, numbers
from savoirfaire.graphs.gates.holding import is_stopped
from savoirfaire.graphs.gates.outlook import is_moved, outlook
from savoirfaire.knowledge.database import now, writing
from savoirfaire.knowledge.schema import approvals, gates

_MODES: Mapping[str, Any] = {"always": "always", "drawn": "sample", "forced": "always"}

__all__ = ["STARTED", "STOPPED", "PolicyDesk", "edit_of", "is_stopped"]

log = structlog.get_logger(__name__)


class PolicyDesk:
    """Decides by evidence, and keeps account. `secret` is the workspace's: see `load_secret`."""

    def __init__(
        self,
        engine: Engine,
        secret: Callable[[], bytes],
        *,
        policies: Mapping[Risk, Policy] = PRESETS,
    ) -> None:
        self._engine = engine
        self._secret = secret
        self._policies = policies

    # --- what a graph asks ----------------------------------------------------------------------

    def plan(self, item: Item) -> Plan:
        """What to do with `item`, written down before anybody sees it; once."""
        with writing(self._engine) as connection:
            gate = self.leading(connection, self.gate(connection, item))
            known = account.find(connection, gate.id, item.id, "planned")
            if known is not None:
                return Plan(**known.data["plan"])
            policy = self.policy(gate)
            evidence = self.current(connection, gate, item.fingerprint)
            choice = drawing.decide_mode(
                policy,
                evidence,
                account.item_hash(item.id),
                fingerprint=item.fingerprint,
                secret=self._secret(),
                flags=item.flags,
                stopped=is_stopped(connection),
            )
            plan = Plan(
                mode=_MODES.get(choice.mode, "pass"),
                policy=choice.policy,
                ask=choice.mode != "pass",
                draw=choice.draw,
                reason=choice.reason,
            )
            data = {"rate": choice.rate, "flags": list(choice.flags)}
            if batch := self._batch(connection, gate, item, evidence, choice):
                grant, drawn = batch
                plan = replace(plan, mode="pass", ask=False, draw=drawn, reason=grants.BATCH)
                data["grant"] = grant.seq
            data["plan"] = plan.as_dict()
            entry = Entry(gate.id, "planned", item.id, item.payload_hash, data=data)
            announced = plan.ask and choice.mode in {"always", "drawn"}
            events = [Asked((account.item_hash(item.id),))] if announced else []
            self.enter(connection, gate, entry, evidence, events)
            return plan

    def _batch(
        self,
        connection: Connection,
        gate: Row[Any],
        item: Item,
        evidence: Evidence,
        choice: drawing.Choice,
    ) -> tuple[grants.Grant, float] | None:
        """The batch that lets pass an item that a person would be asked about, with its draw."""
        if choice.reason not in {"full review", "drawn"} or item.people > 1:
            return None
        grant = grants.grant_of(connection, gate.id, evidence, now(connection))
        if grant is None:
            return None
        policy = self.policy(gate)
        drawn = drawing.draw(self._secret(), account.item_hash(item.id), policy.version)
        return (grant, drawn) if drawn >= policy.floor else None

    def let_pass(self, item: Item, plan: Mapping[str, Any]) -> str:
        """Record the pass of an item that its plan in the ledger lets go, else nothing."""
        with writing(self._engine) as connection:
            gate = self.leading(connection, self.gate(connection, item))
            if account.find(connection, gate.id, item.id, "held"):
                return ""
            passed = account.find(connection, gate.id, item.id, "passed")
            if passed is not None:
                return f"pass-{passed.seq}"
            planned = account.find(connection, gate.id, item.id, "planned")
            if is_stopped(connection) or not _allows(planned, item, plan):
                account.append(connection, Entry(gate.id, "held", item.id, item.payload_hash))
                return ""
            entry = Entry(gate.id, "passed", item.id, item.payload_hash)
            seq = self.enter(
                connection, gate, entry, from_json(gate.state), [Passed(account.item_hash(item.id))]
            )
            log.info("gate.passed", gate=gate.id, entry=seq)
            return f"pass-{seq}"

    def held(self, bound_to: str, payload_hash: str = "") -> str:
        """Why nothing may be done on a decision any more; empty where it is good: see `holding`."""
        with self._engine.connect() as connection:
            return holding.held(connection, bound_to, payload_hash, self.policy)

    # --- what people decide ---------------------------------------------------------------------

    def decided(self, connection: Connection, rows: Sequence[Row[Any]], at: str) -> None:
        """Account for approvals that were answered at one stroke, in the answers' transaction.

        Those of one gate are one review, however many they are. Where two people are needed, what
        counts is what both found, once the second has answered or the first has refused.
        """
        together: dict[int, list[tuple[str, float]]] = {}
        known: dict[int, Row[Any]] = {}
        for row in rows:
            gate = connection.execute(_GATE, _name(row.client, row.graph, row.gate)).first()
            if gate is not None and (seed := seeds.planted(connection, row.id)):
                self._seed_answered(connection, gate, seed, row, at)
                continue
            item = row.request.get("item", "")
            if gate is None or not item:
                continue  # asked by a version that kept no account
            leader = self.leading(connection, gate)
            known[leader.id] = leader
            findings = _findings(connection, row)
            account.append(connection, _entry(gate.id, item, row, findings, at), at=at)
            if not row.request.get("more_to_come") or _REFUSED & set(findings):
                reviewed = (account.item_hash(item), outcome(findings))
                together.setdefault(leader.id, []).append(reviewed)
        for identity, outcomes in together.items():
            gate = known[identity]
            entry = Entry(identity, "reviewed", data={"together": len(outcomes)})
            evidence = self.current(connection, gate)
            self.enter(connection, gate, entry, evidence, [Reviewed(tuple(outcomes))], at=at)

    def _seed_answered(
        self, connection: Connection, gate: Row[Any], seed: Row[Any], row: Row[Any], at: str
    ) -> None:
        """Account for the answer to a seed, and for those that waited for it."""
        found = [_finding(row)]
        caught = catches(found)
        counts = seeds.answered(connection, seed, caught=caught, by=row.decided_by, at=at)
        leader = self.leading(connection, gate)
        evidence = self.current(connection, leader)
        entry = seeds.entry(gate.id, row, found, _seconds(row, at), caught=caught, counts=counts)
        events = seeds.due(connection, leader, self.policy(leader), evidence)
        if leader.id != gate.id:  # who answered stays with the gate where it was asked
            account.append(connection, entry, at=at)
            entry = Entry(leader.id, "reviewed", data={"together": 0})
        self.enter(connection, leader, entry, evidence, events, at=at)

    # --- the ledger and its fold ----------------------------------------------------------------

    def policy(self, gate: Row[Any]) -> Policy:
        """The policy in force at a gate: that of its risk class, or of what is never lifted."""
        return self._policies["irreversible" if gate.craft else gate.risk]

    def leading(self, connection: Connection, gate: Row[Any]) -> Row[Any]:
        """The gate whose evidence counts for `gate`: the leading one of its pool, else itself."""
        return pooling.leading(connection, gate, self.policy)

    def gate(self, connection: Connection, item: Item) -> Row[Any]:
        """The row of an item's gate, made when it is first seen; it follows what the code says."""
        name = _name(item.client, item.graph, item.gate)
        wanted = {"action": item.action, "risk": item.risk, "craft": item.craft}
        row = connection.execute(_GATE, name).first()
        if row is None:
            policy = self._policies["irreversible" if item.craft else cast("Risk", item.risk)]
            fresh = {
                "state": begin(policy, item.fingerprint).to_json(),
                "standing": {},
                "updated_at": now(connection),
            }
            connection.execute(insert(gates).values(**name, **wanted, **fresh))
            made = connection.execute(_GATE, name).one()
            data = {"fingerprint": item.fingerprint, "policy": numbers(policy)}
            account.append(connection, Entry(made.id, "begun", data=data))
        elif any(getattr(row, key) != value for key, value in wanted.items()):
            connection.execute(update(gates).where(gates.c.id == row.id).values(**wanted))
        else:
            return row
        return connection.execute(_GATE, name).one()

    def enter(
        self,
        connection: Connection,
        gate: Row[Any],
        entry: Entry,
        evidence: Evidence,
        events: Sequence[Event],
        *,
        at: str = "",
    ) -> int:
        """Append an entry with its events, and fold them into the gate's state."""
        policy, before = self.policy(gate), evidence
        for event in events:
            evidence = advance(policy, evidence, event)
        data = {**entry.data, "events": [_nameless(event) for event in events]}
        seq = account.append(connection, replace(entry, data=data), at=at)
        new = {"state": evidence.to_json(), "updated_at": at or now(connection)}
        if is_moved(before, evidence):
            new["standing"] = outlook(policy, evidence, gate.standing)
        connection.execute(update(gates).where(gates.c.id == gate.id).values(new))
        return seq

    def current(
        self, connection: Connection, gate: Row[Any], fingerprint: str | None = None
    ) -> Evidence:
        """The evidence that counts for work of this fingerprint under this policy.

        Another policy, or other work, is entered as such, and starts at full review.
        """
        evidence, policy = from_json(gate.state), self.policy(gate)
        events: list[Event] = []
        data: dict[str, Any] = {}
        if evidence.policy != policy.version:
            events.append(PolicyChanged(policy.version))
            data = {"policy": numbers(policy)}
        if fingerprint is not None and evidence.fingerprint != fingerprint:
            events.append(FingerprintChanged(fingerprint, SET_ASIDE))
        if not events:
            return evidence
        self.enter(connection, gate, Entry(gate.id, "changed", data=data), evidence, events)
        return from_json(connection.execute(_GATE_BY_ID, {"id": gate.id}).one().state)


def _allows(planned: Row[Any] | None, item: Item, plan: Mapping[str, Any]) -> bool:
    """Whether the ledger's own plan lets exactly this payload pass."""
    if planned is None or planned.shown != item.payload_hash:
        return False
    written = planned.data["plan"]
    return not written["ask"] and all(plan.get(key) == written[key] for key in written)


def _findings(connection: Connection, row: Row[Any]) -> list[Finding]:
    """What the answer to an approval says of the item, with what a first person found."""
    found: list[Finding] = [_finding(row)]
    first = row.request.get("first")
    if first is not None:
        earlier = connection.execute(select(approvals).where(approvals.c.id == first["approval"]))
        found += [_finding(each) for each in earlier]
    return found


_REFUSED = {"rejected", "expired"}


def _finding(row: Row[Any]) -> Finding:
    if row.decision.get("unanswered"):
        return "expired"
    if row.decision["decisions"][0]["type"] == "reject":
        return "rejected"
    return edit_of(row).kind


def edit_of(row: Row[Any]) -> Edit:
    """What a person changed in what an approval showed."""
    decision = row.decision["decisions"][0]
    shown = row.request["action_requests"][0]["args"]
    if decision["type"] != "edit" or row.request.get("kind") == "choose":
        return Edit("unchanged", 0.0)
    return classify(shown, {**shown, **decision["edited_action"]["args"]})


def _entry(gate: int, item: str, row: Row[Any], findings: Sequence[Finding], at: str) -> Entry:
    edit = edit_of(row)
    decision = row.decision["decisions"][0]
    data = {
        "approval": row.id,
        "verdict": decision["type"],
        "chosen": decision.get("edited_action", {}).get("args", {}).get("chosen"),
        "findings": list(findings),
        "edit": {"class": edit.kind, "distance": edit.distance},
        "seconds": _seconds(row, at),
        "batch": row.decision.get("batch", ""),
        "flags": row.request.get("flags", []),
    }
    if how := row.decision.get("unanswered"):
        data["unanswered"] = how
    return Entry(gate, "decided", item, row.payload_hash, row.decided_by, data)


def _seconds(row: Row[Any], at: str) -> float:
    """How long a question was open."""
    asked, answered = datetime.fromisoformat(row.asked_at), datetime.fromisoformat(at)
    return round((answered - asked).total_seconds(), 3)


def _nameless(event: Event) -> dict[str, Any]:
    """An event as the chain keeps it: names stand outside, where they can be forgotten."""
    told = event_to_json(event)
    return told | {"by": account.name_hash(told["by"])} if "by" in told else told


def _name(client: str, graph: str, gate: str) -> dict[str, str]:
    return {"client": client, "graph": graph, "gate": gate}


_GATE = select(gates).where(
    gates.c.client == bindparam("client"),
    gates.c.graph == bindparam("graph"),
    gates.c.gate == bindparam("gate"),
)
_GATE_BY_ID = select(gates).where(gates.c.id == bindparam("id"))
