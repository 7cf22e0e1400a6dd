"""The book of gates: where each one stands, how it came there, and what people may do about it.

A gate is named `CLIENT/GRAPH/GATE`. What people do here is an entry of the ledger like any other;
nothing steps up by itself.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, Row, select, update

from savoirfaire.errors import NotFoundError, RequestError
from savoirfaire.graphs.gates import account, carrying, grants, pooling
from savoirfaire.graphs.gates.account import Entry
from savoirfaire.graphs.gates.evidence.advancing import advance
from savoirfaire.graphs.gates.evidence.carrying import log_start
from savoirfaire.graphs.gates.evidence.events import (
    Carried,
    Event,
    Incident,
    NeverLift,
    PolicyChanged,
    Ratified,
    Regrouped,
    SteppedDown,
)
from savoirfaire.graphs.gates.evidence.many import e_bh
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.seeds import weigh
from savoirfaire.graphs.gates.evidence.state import Evidence, from_json
from savoirfaire.graphs.gates.evidence.wealth import UNIT
from savoirfaire.graphs.gates.folding import earned, fold
from savoirfaire.graphs.gates.outlook import outlook, rests_on
from savoirfaire.graphs.gates.policy import STARTED, STOPPED, PolicyDesk, is_stopped
from savoirfaire.graphs.gates.views import Moment, View, key_of, moment, of_pool, view_of
from savoirfaire.knowledge.database import later, now, writing
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import gates
from savoirfaire.tools.hashing import payload_hash


class Book:
    """Reads and changes the gates of a workspace."""

    def __init__(self, engine: Engine, desk: PolicyDesk) -> None:
        self._engine = engine
        self._desk = desk

    # --- reading --------------------------------------------------------------------------------

    def views(self, client: str | None = None, graph: str | None = None) -> list[View]:
        """Every gate, or those of a client or a graph, by name."""
        rows = self.rows(client, graph)
        with self._engine.connect() as connection:
            led = pooling.leaders(connection, rows, self._desk.policy)
        several = {row.id: row for row in (*rows, *led.values())}.values()
        worked_out: dict[Any, dict[str, Any]] = {}
        fresh = {row.id: self._standing(row, worked_out) for row in several if self._is_old(row)}
        self._remember([(row, fresh[row.id]) for row in several if row.id in fresh])
        known = {row.id: view_of(row, fresh.get(row.id, row.standing)) for row in several}
        return [
            of_pool(row, known[led[row.id].id]) if row.id in led else known[row.id] for row in rows
        ]

    def view(self, key: str) -> View:
        """One gate. Raises NotFoundError with the nearest names."""
        with self._engine.connect() as connection:
            row = self._named(connection, key)
            leader = self._desk.leading(connection, row)
        view = view_of(leader, self._standing(leader))
        return view if row.id == leader.id else of_pool(row, view)

    def together(self, share: float, client: str | None = None) -> list[str]:
        """The gates to step up together so that at most `share` of them, on average, are bad.

        By e-BH over every gate that could be lifted, one that may not take its step yet counting
        for nothing; valid whatever the gates have in common. Raises RequestError for no share.
        """
        if not 0 < share < 1:
            raise RequestError("{share} is no share: it lies between 0 and 1", share=share)
        views = [each for each in self.views(client) if not each.pooled_with]
        weights = {
            view.key: -math.inf if view.obstacle else self._log_weight(view.key)
            for view in views
            if view.next_rate is not None
        }
        return e_bh(weights, share)

    def _log_weight(self, key: str) -> float:
        row = self.row(key)
        evidence = from_json(row.state)
        start = log_start(evidence.set_aside, evidence.carried)
        return start + weigh(evidence.counts, evidence.seeds, self._desk.policy(row).p0).log

    def rows(self, client: str | None = None, graph: str | None = None) -> list[Row[Any]]:
        """The rows of every gate, or those of a client or a graph, by name."""
        query = select(gates).order_by(gates.c.client, gates.c.graph, gates.c.gate)
        if client is not None:
            query = query.where(gates.c.client == client)
        if graph is not None:
            query = query.where(gates.c.graph == graph)
        with self._engine.connect() as connection:
            return list(connection.execute(query))

    def row(self, key: str) -> Row[Any]:
        """The row of a gate itself, pooled or not. Raises NotFoundError with the nearest names."""
        with self._engine.connect() as connection:
            return self._named(connection, key)

    def moments(self, key: str) -> list[Moment]:
        """How a gate came to where it is, entry by entry, recomputed from the ledger."""
        with self._engine.connect() as connection:
            row = self._row(connection, key)
            return [moment(each) for each in fold(account.entries(connection, row.id))]

    def is_stopped(self) -> bool:
        """Whether the kill switch is thrown."""
        with self._engine.connect() as connection:
            return is_stopped(connection)

    # --- what people do -------------------------------------------------------------------------

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

    # --- inside ---------------------------------------------------------------------------------

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

    def _row(self, connection: Connection, key: str) -> Row[Any]:
        """The row whose evidence counts for a gate."""
        return self._desk.leading(connection, self._named(connection, key))

    def _named(self, connection: Connection, key: str) -> Row[Any]:
        client, _, rest = key.partition("/")
        graph, _, gate = rest.partition("/")
        found = connection.execute(
            select(gates).where(
                gates.c.client == client, gates.c.graph == graph, gates.c.gate == gate
            )
        ).first()
        if found is not None:
            return found
        known = [key_of(row) for row in connection.execute(select(gates))]
        raise NotFoundError(
            "there is no gate {name}{near}",
            name=key,
            near=near(key, known),
            hint="`savoir gates` lists them, once something has come to them.",
        )

    def _standing(
        self, row: Row[Any], worked_out: dict[Any, dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        """The standing of a gate under the policy in force.

        `worked_out` has those of other gates by what they rest on: after a change of promise every
        gate begins anew, and all of one attempt stand alike.
        """
        policy = self._desk.policy(row)
        evidence = from_json(row.state)
        if evidence.policy != policy.version:
            evidence = advance(policy, evidence, PolicyChanged(policy.version))
        known = {} if worked_out is None else worked_out
        resting = rests_on(policy, evidence)
        if resting not in known:
            known[resting] = outlook(policy, evidence, row.standing)
        return known[resting]

    def _is_old(self, row: Row[Any]) -> bool:
        """Whether what is kept with a gate was worked out under another policy, or never."""
        return bool(row.standing.get("version") != self._desk.policy(row).version)

    def _remember(self, fresh: Sequence[tuple[Row[Any], Mapping[str, Any]]]) -> None:
        """Keep what took long to work out, where nothing was entered meanwhile."""
        if fresh:
            with writing(self._engine) as connection:
                for row, standing in fresh:
                    mine = (gates.c.id == row.id) & (gates.c.updated_at == row.updated_at)
                    connection.execute(update(gates).where(mine).values(standing=dict(standing)))


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
