"""The book of gates: what people may do about where each one stands.

What people do here is an entry of the ledger like any other; nothing steps up by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, select

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates import account, carrying, grants, pooling
from savoirfaire.graphs.gates.account import Entry
from savoirfaire.graphs.gates.evidence.events import (
    Carried,
    Event,
    Incident,
    NeverLift,
    Ratified,
    Regrouped,
    SteppedDown,
)
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.state import Evidence, from_json
from savoirfaire.graphs.gates.evidence.wealth import UNIT
from savoirfaire.graphs.gates.folding import earned
from savoirfaire.graphs.gates.outlook import outlook
from savoirfaire.graphs.gates.policy import STARTED, STOPPED, is_stopped
from savoirfaire.graphs.gates.register import Register
from savoirfaire.graphs.gates.views import View, key_of
from savoirfaire.knowledge.database import later, now, writing
from savoirfaire.knowledge.schema import gates
from savoirfaire.tools.hashing import payload_hash


class Book(Register):
    """Reads and changes the gates of a workspace."""

    def step_up(self, key: str, *, by: str, rate: float | None = None) -> View:
        """Ratify the next step. `rate` is the share a person means, where they name it.

        Raises RequestError where the evidence does not allow it.
        """
        ahead = self.view(key).next_rate if rate is None else rate
        if ahead is None:
            raise RequestError("{gate} has no further step", gate=key)
        return self._enter(key, "ratified", Ratified(by, ahead), by=by)

    def step_down(self, key: str, *, by: str, rate: float = 1.0, reason: str = "") -> View:
        """Have a larger share of items reviewed from now on, by default all of them."""
        return self._enter(key, "stepped-down", SteppedDown(by, rate), by=by, reason=reason)

    def never_lift(self, key: str, *, by: str, on: bool = True, reason: str = "") -> View:
        """Keep a gate with people whatever the evidence, or give it back to the evidence."""
        return self._enter(key, "never-lift", NeverLift(by, on), by=by, reason=reason)

    def incident(self, key: str, *, by: str, severe: bool, reason: str = "") -> View:
        """Record that something bad had passed; a severe one sends the gate back at once."""
        return self._enter(key, "incident", Incident(severe), by=by, reason=reason)

    def allow(
        self, key: str, *, by: str, minutes: float, items: int, reason: str = ""
    ) -> dict[str, Any]:
        """Approve a batch in advance: the next items of a gate pass, so many for so long.

        It replaces the one before; with no items, that one ends. They count for nothing. Raises
        RequestError where every item stays with people, and while the workspace is stopped.
        """
        if not by.strip():
            raise RequestError("only a person can decide this, and nobody is named")
        with writing(self._engine) as connection:
            row = self._row(connection, key)
            evidence = self._desk.current(connection, row)
            if not grants.may_cover(self._desk.policy(row), evidence):
                raise RequestError("{gate} stays with people, item by item", gate=key)
            if is_stopped(connection):
                raise RequestError(
                    "everything is stopped", hint="`savoir gates start-all` comes first."
                )
            until = later(now(connection), 60 * minutes)
            data = {"items": items, "until": until, "anchor": grants.anchor(evidence)}
            entry = Entry(row.id, grants.ALLOWED, by=by, data=data, note=reason)
            account.append(connection, entry)
        return {"gate": key, "items": items, "until": until}

    def carry(
        self, key: str, given: object, *, by: str, discount: float = 0.5, reason: str = ""
    ) -> dict[str, Any]:
        """Carry what the old work had shown over a change, as far as a paired evaluation allows.

        `carrying` has the report's form, `evidence.carrying` what it counts for. An evaluation that
        does not exclude a drop carries nothing, and is the change's one evaluation all the same.
        Gives what was compared, and the clean reviews left before and after. Raises RequestError
        where this is no report, there is nothing to carry, or the change was evaluated before.
        """
        report = carrying.read_report(given)
        with writing(self._engine) as connection:
            row = self._row(connection, key)
            policy = self._desk.policy(row)
            evidence = self._desk.current(connection, row)
            row = self._row(connection, key)
            earned = _carriable(policy, evidence, account.entries(connection, row.id), key)
            carrying.require_about(report, earned, evidence, key)
            pairs = carrying.differences(report)
            said = carrying.compare(pairs, len(report.tasks), policy)
            seeds = (earned.seeds.caught, earned.seeds.missed)
            event = Carried(by, earned.reviews, seeds, pairs, discount)
            data = {"report": payload_hash(report.model_dump(mode="json")), **asdict(said)}
            entry = Entry(row.id, "carried", by=by, data=data, note=reason)
            left = outlook(policy, evidence, row.standing)["clean_left"]
            self._desk.enter(connection, row, entry, evidence, [event])
        view = self.view(key)
        counted = {"discount": discount, "clean_left_before": left, "clean_left": view.clean_left}
        kept = from_json(self.row(key).state).carried or 0
        named = bool(report.a.fingerprint and report.b.fingerprint)
        return {"gate": key, **data, **counted, "carried": kept / UNIT, "work_named": named}

    def pool(self, key: str, others: Sequence[str], *, by: str, reason: str = "") -> list[View]:
        """Count the items of several gates together from now on, under the first; see `pooling`.

        Every one of them starts at full review. Raises RequestError where their promise or their
        work is not the same.
        """
        with writing(self._engine) as connection:
            leader = self._named(connection, key)
            rows = [self._named(connection, each) for each in dict.fromkeys(others)]
            pooling.require_poolable(connection, leader, rows, self._desk.policy)
            self._regroup(connection, leader, None, by, reason)
            for row in rows:
                self._regroup(connection, row, leader.id, by, reason)
        return [self.view(each) for each in (key, *dict.fromkeys(others))]

    def part(self, key: str, *, by: str, reason: str = "") -> list[View]:
        """Have each gate of the pool that `key` leads or is in stand on its own again."""
        with writing(self._engine) as connection:
            leader = self._row(connection, key)
            mine = set(pooling.members(connection, leader.id))
            rows = [row for row in connection.execute(select(gates)) if row.id in mine]
            if not rows:
                raise RequestError("{gate} is in no pool", gate=key)
            for row in (leader, *rows):
                self._regroup(connection, row, None, by, reason)
        return [self.view(key_of(row)) for row in (leader, *rows)]

    def _regroup(
        self, connection: Connection, row: Row[Any], into: int | None, by: str, reason: str
    ) -> None:
        entry = Entry(row.id, pooling.POOLED, by=by, data={"into": into}, note=reason)
        evidence = self._desk.current(connection, row)
        self._desk.enter(connection, row, entry, evidence, [Regrouped(by)])

    def stop(self, *, by: str, reason: str = "") -> None:
        """Throw the kill switch: from now on nothing passes any gate of the workspace."""
        self._switch(STOPPED, by, reason)

    def start(self, *, by: str, reason: str = "") -> None:
        """Release the kill switch; what was earned still counts."""
        self._switch(STARTED, by, reason)

    def _enter(self, key: str, kind: str, event: Event, *, by: str, reason: str = "") -> View:
        with writing(self._engine) as connection:
            row = self._row(connection, key)
            entry = Entry(row.id, kind, by=by, note=reason)
            evidence = self._desk.current(connection, row)
            self._desk.enter(connection, row, entry, evidence, [event])
        return self.view(key)

    def _switch(self, kind: str, by: str, reason: str) -> None:
        if not by.strip():
            raise RequestError("only a person can decide this, and nobody is named")
        with writing(self._engine) as connection:
            if is_stopped(connection) != (kind == STOPPED):
                account.append(connection, Entry(None, kind, by=by, note=reason))


def _carriable(
    policy: Policy, evidence: Evidence, entries: Iterable[Row[Any]], key: str
) -> carrying.Earned:
    """What the work before a gate's last change had shown. Raises RequestError where nothing."""
    if not grants.may_cover(policy, evidence):
        raise RequestError("{gate} stays with people, item by item", gate=key)
    before = earned(entries) if evidence.set_aside else None
    if before is None:
        raise RequestError(
            "there is nothing to carry over at {gate}",
            gate=key,
            hint="A change counts once its first item has come to the gate, and only what was"
            " shown since the gate was last sent back.",
        )
    return before
