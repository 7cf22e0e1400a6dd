"""The register of gates: where each one stands, and how it came there.

A gate is named `CLIENT/GRAPH/GATE`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, select, update

from savoirfaire.errors import NotFoundError, RequestError
from savoirfaire.graphs.gates import account, pooling
from savoirfaire.graphs.gates.evidence.advancing import advance
from savoirfaire.graphs.gates.evidence.carrying import log_start
from savoirfaire.graphs.gates.evidence.events import (
    PolicyChanged,
)
from savoirfaire.graphs.gates.evidence.many import e_bh
from savoirfaire.graphs.gates.evidence.seeds import weigh
from savoirfaire.graphs.gates.evidence.state import from_json
from savoirfaire.graphs.gates.folding import fold
from savoirfaire.graphs.gates.outlook import outlook, rests_on
from savoirfaire.graphs.gates.policy import PolicyDesk, is_stopped
from savoirfaire.graphs.gates.views import Moment, View, key_of, moment, of_pool, view_of
from savoirfaire.knowledge.database import writing
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import gates


class Register:
    """Reads the gates of a workspace."""

    def __init__(self, engine: Engine, desk: PolicyDesk) -> None:
        self._engine = engine
        self._desk = desk

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
