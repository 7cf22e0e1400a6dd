"""The book of gates: where each one stands, how it came there, and what people may do about it.

A gate is named `CLIENT/GRAPH/GATE`. What people do here is an entry of the ledger like any other;
nothing steps up by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, select, update

from savoirfaire.errors import NotFoundError, RequestError
from savoirfaire.graphs.gates import account, carrying, grants
from savoirfaire.graphs.gates.account import Entry
from savoirfaire.graphs.gates.evidence.advancing import advance
from savoirfaire.graphs.gates.evidence.events import (
    Event,
    Incident,
    NeverLift,
    PolicyChanged,
    Ratified,
    SteppedDown,
)
from savoirfaire.graphs.gates.evidence.seeds import weigh
from savoirfaire.graphs.gates.evidence.standing import needed
from savoirfaire.graphs.gates.evidence.state import Evidence, from_json
from savoirfaire.graphs.gates.folding import Folded, fold
from savoirfaire.graphs.gates.outlook import outlook
from savoirfaire.graphs.gates.policy import STARTED, STOPPED, PolicyDesk, is_stopped
from savoirfaire.knowledge.database import later, now, writing
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import gates
from savoirfaire.tools.hashing import payload_hash


@dataclass(frozen=True)
class View:
    """A gate as account teams see it.

    `rate` is the share of items under review. `clean_left` counts the clean reviews until the next
    step, None where it is out of reach or there is none; `obstacle` says what is missing, empty
    where a person may ratify the step to `next_rate` now. `escapes` counts bad items that had
    passed, `last_fall` why the gate was last sent back.
    """

    key: str
    client: str
    graph: str
    gate: str
    risk: str
    policy: str
    rate: float
    next_rate: float | None
    clean_left: int | None
    obstacle: str
    reviewed: int
    passed: int
    escapes: int
    last_fall: str
    updated_at: str

    def as_dict(self) -> dict[str, Any]:
        """The view as plain JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Moment:
    """A gate after one entry: the evidence (natural logarithm of wealth) and what it needs."""

    seq: int
    at: str
    kind: str
    log_weight: float
    log_needed: float
    rate: float


class Book:
    """Reads and changes the gates of a workspace."""

    def __init__(self, engine: Engine, desk: PolicyDesk) -> None:
        self._engine = engine
        self._desk = desk

    # --- reading --------------------------------------------------------------------------------

    def views(self, client: str | None = None, graph: str | None = None) -> list[View]:
        """Every gate, or those of a client or a graph, by name."""
        rows = self.rows(client, graph)
        fresh = {row.id: self._standing(row) for row in rows if not self._is_known(row)}
        self._remember([(row, fresh[row.id]) for row in rows if row.id in fresh])
        return [_view(row, fresh.get(row.id, row.standing)) for row in rows]

    def view(self, key: str) -> View:
        """One gate. Raises NotFoundError with the nearest names."""
        with self._engine.connect() as connection:
            row = self._row(connection, key)
        return _view(row, self._standing(row))

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
        """The row of a gate. Raises NotFoundError with the nearest names."""
        with self._engine.connect() as connection:
            return self._row(connection, key)

    def moments(self, key: str) -> list[Moment]:
        """How a gate came to where it is, entry by entry, recomputed from the ledger."""
        with self._engine.connect() as connection:
            row = self._row(connection, key)
            return [_moment(each) for each in fold(account.entries(connection, row.id))]

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

    def carry(self, key: str, given: object, *, by: str, discount: float = 0.5) -> dict[str, Any]:
        """Record what a paired evaluation says of a change, and what the old evidence is worth.

        The evidence itself stays as it is: `carrying` says why. Raises RequestError where this is
        no report, or not one about this gate's last change.
        """
        if not by.strip():
            raise RequestError("only a person can decide this, and nobody is named")
        report = carrying.read_report(given)
        with writing(self._engine) as connection:
            row = self._row(connection, key)
            policy = self._desk.policy(row)
            earned = self._earned(connection, row, report)
            said = carrying.compare(report, policy)
            clean = carrying.worth(report, policy, earned.counts, earned.seeds, discount)
            data = {
                "report": payload_hash(report.model_dump(mode="json")),
                "old": report.old,
                "new": report.new,
                **asdict(said),
                "discount": discount,
                "worth": clean if said.verdict == "no drop" else 0,
                "carried": 0,
            }
            account.append(connection, Entry(row.id, "evaluated", by=by, data=data))
        return {"gate": key, **data}

    def _earned(self, connection: Connection, row: Row[Any], report: carrying.Report) -> Evidence:
        """What the old work of a report had earned, when it was replaced or until now."""
        before: Evidence | None = None
        for each in fold(account.entries(connection, row.id)):
            if each.evidence.fingerprint == report.old:
                before = each.evidence
        now_on = from_json(row.state).fingerprint
        if before is None or now_on not in {report.old, report.new}:
            raise RequestError(
                "the report is not about a change of {gate}: its work is {fingerprint}",
                gate=_key(row),
                fingerprint=now_on[:12],
            )
        return before

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
        client, _, rest = key.partition("/")
        graph, _, gate = rest.partition("/")
        found = connection.execute(
            select(gates).where(
                gates.c.client == client, gates.c.graph == graph, gates.c.gate == gate
            )
        ).first()
        if found is not None:
            return found
        known = [_key(row) for row in connection.execute(select(gates))]
        raise NotFoundError(
            "there is no gate {name}{near}",
            name=key,
            near=near(key, known),
            hint="`savoir gates` lists them, once something has come to them.",
        )

    def _standing(self, row: Row[Any]) -> dict[str, Any]:
        policy = self._desk.policy(row)
        evidence = from_json(row.state)
        if evidence.policy != policy.version:
            evidence = advance(policy, evidence, PolicyChanged(policy.version))
        return outlook(policy, evidence, row.standing)

    def _is_known(self, row: Row[Any]) -> bool:
        """Whether what is kept with a gate was worked out under the policy in force."""
        return bool(row.standing.get("version") == self._desk.policy(row).version)

    def _remember(self, fresh: Sequence[tuple[Row[Any], Mapping[str, Any]]]) -> None:
        """Keep what took long to work out, where nothing was entered meanwhile."""
        if fresh:
            with writing(self._engine) as connection:
                for row, standing in fresh:
                    mine = (gates.c.id == row.id) & (gates.c.updated_at == row.updated_at)
                    connection.execute(update(gates).where(mine).values(standing=dict(standing)))


def _moment(after: Folded) -> Moment:
    evidence, policy = after.evidence, after.policy
    return Moment(
        *(after.entry.seq, after.entry.at, after.entry.kind),
        log_weight=weigh(evidence.counts, evidence.seeds, policy.p0).log,
        log_needed=needed(policy, evidence),
        rate=evidence.rate(policy),
    )


def _view(row: Row[Any], standing: Mapping[str, Any]) -> View:
    state = row.state
    return View(
        key=_key(row),
        client=row.client,
        graph=row.graph,
        gate=row.gate,
        risk=row.risk,
        reviewed=state["reviewed"],
        passed=state["passed"],
        escapes=state["incidents"],
        last_fall=state["last_fall"],
        updated_at=row.updated_at,
        **{key: value for key, value in standing.items() if key != "version"},
    )


def _key(row: Row[Any]) -> str:
    return f"{row.client}/{row.graph}/{row.gate}"
