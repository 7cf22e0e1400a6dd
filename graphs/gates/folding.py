"""The ledger folded again: each gate's state after each of its entries, from the ledger alone.

An entry that begins a gate, or changes its policy, has the policy's numbers in it, so that no
setting of today is needed to tell what was promised then.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from savoirfaire.errors import Phrase
from savoirfaire.graphs.gates import account
from savoirfaire.graphs.gates.account import Break
from savoirfaire.graphs.gates.carrying import Earned, Earnings
from savoirfaire.graphs.gates.evidence import drawing
from savoirfaire.graphs.gates.evidence.advancing import advance
from savoirfaire.graphs.gates.evidence.events import Carried, Event, event_from_json
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.state import Evidence, begin, from_json
from savoirfaire.graphs.gates.grants import ALLOWED, covers, may_cover
from savoirfaire.knowledge.schema import gates

STOPPED, STARTED = "stopped", "started"
"""Kinds of entries about all gates: the kill switch was thrown, or released."""

_NUMBERS = ("name", "p0", "alpha", "floor", "never_lift", "run_length", "seed_every")


@dataclass(frozen=True)
class Folded:
    """An entry, and the gate's policy and state after it; `path` has each event's old and new."""

    entry: Row[Any]
    policy: Policy
    evidence: Evidence
    path: tuple[tuple[Evidence, Event, Evidence], ...]


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
        path = []
        for each in entry.data.get("events", ()):
            event, old = event_from_json(each), evidence
            evidence = advance(policy, old, event)
            path.append((old, event, evidence))
        yield Folded(entry, policy, evidence, tuple(path))


def earned(entries: Iterable[Row[Any]]) -> Earned | None:
    """What the work before the present one of a gate had shown; None where there was none."""
    earnings = Earnings()
    for folded in fold(entries):
        for step in folded.path:
            earnings.follow(*step)
    return earnings.before


def audit(engine: Engine, secret: bytes) -> tuple[int, list[Break]]:
    """How many entries the ledger has, and everything in it that does not hold.

    The chain; each gate's state against its entries; each plan that let an item pass against what
    the evidence of that moment and the draw allowed, or the batch that a person had approved; each
    pass against its plan and the kill switch.
    """
    count, breaks = account.verify(engine)
    with engine.connect() as connection:
        switched = [
            (entry.seq, entry.kind == STOPPED)
            for entry in account.entries(connection, kinds=(STOPPED, STARTED))
        ]
        for gate in connection.execute(select(gates).order_by(gates.c.id)):
            breaks += _gate_breaks(connection, gate, _Auditor(secret, switched))
    return count, breaks


def _gate_breaks(connection: Connection, gate: Row[Any], auditor: "_Auditor") -> Iterator[Break]:
    """What does not hold at one gate."""
    last: Folded | None = None
    earnings = Earnings()
    for now in fold(account.entries(connection, gate.id)):
        if reason := auditor.objection(last, now.entry):
            yield Break(now.entry.seq, reason)
        for old, event, new in now.path:
            if isinstance(event, Carried) and not _is_earned(event, earnings.before):
                yield Break(now.entry.seq, _NOT_EARNED)
            earnings.follow(old, event, new)
        last = now
    if last is None or last.evidence != from_json(gate.state):
        seq = last.entry.seq if last else 0
        yield Break(seq, _OTHER_STATE)


class _Auditor:
    """Follows the entries of one gate and says of each what does not hold."""

    def __init__(self, secret: bytes, switched: Sequence[tuple[int, bool]]) -> None:
        self._secret = secret
        self._switched = switched
        self._allowed: dict[str, str] = {}
        self._batch: Row[Any] | None = None
        self._left = 0

    def objection(self, before: Folded | None, entry: Row[Any]) -> str:
        """What does not hold of an entry; nothing where it does."""
        if entry.kind == ALLOWED:
            self._batch, self._left = entry, entry.data["items"]
        elif entry.kind == "planned" and not entry.data["plan"]["ask"]:
            self._allowed[entry.item] = entry.shown
            return "" if before and self._may_pass(before, entry) else _NOT_ALLOWED
        elif entry.kind == "passed":
            if self._allowed.get(entry.item) != entry.shown:
                return _UNPLANNED
            return _STOPPED_THEN if self._is_stopped(entry.seq) else ""
        return ""

    def _may_pass(self, before: Folded, entry: Row[Any]) -> bool:
        """Whether the item's draw is above the share under review, or a batch covered it."""
        data, policy = entry.data, before.policy
        plan, drawn = data["plan"], drawing.draw(self._secret, entry.item, policy.version)
        if self._is_stopped(entry.seq) or data["flags"] or plan["draw"] != drawn:
            return False
        rate = before.evidence.rate(policy)
        if plan["policy"] != policy.version or data["rate"] != rate:
            return False
        return self._is_covered(before, entry, drawn) if "grant" in data else drawn >= rate

    def _is_covered(self, before: Folded, entry: Row[Any], drawn: float) -> bool:
        """Whether the batch that an entry names had room for one more, and takes one from it."""
        batch, self._left = self._batch, self._left - 1
        if batch is None or batch.seq != entry.data["grant"] or self._left < 0:
            return False
        may = may_cover(before.policy, before.evidence) and drawn >= before.policy.floor
        return may and covers(batch.data, before.evidence, entry.at)

    def _is_stopped(self, seq: int) -> bool:
        """Whether the kill switch was thrown at an entry."""
        return next((now for at, now in reversed(self._switched) if at < seq), False)


def _is_earned(event: Carried, before: Earned | None) -> bool:
    """Whether what was carried over a change is what the work before it had shown."""
    if before is None:
        return False
    seeds = (before.seeds.caught, before.seeds.missed)
    return event.reviews == before.reviews and event.seeds == seeds


_UNPLANNED = Phrase("no plan let this item pass").template
_STOPPED_THEN = Phrase("it passed while everything was stopped").template
_OTHER_STATE = Phrase("the state of the gate is not what its entries come to").template
_NOT_EARNED = Phrase("what was carried over is not what the work before had shown").template
_NOT_ALLOWED = Phrase("the evidence of that moment did not let this item pass").template
