"""Seeds: known-bad items among a reviewer's approvals, to learn how much a reviewer catches.

A seed is an approval like any other, under a run that no graph ever drives: nothing can come of it
but the answer. Its answer is an entry of the ledger. It counts where the reviewer could not know it
and the gate's evidence is still the one that it was planted for, in the order in which seeds were
planted: who catches one at once and leaves another for later has shown nothing yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, select, update

from savoirfaire.graphs.gates import account
from savoirfaire.graphs.gates.evidence.events import SeedReviewed
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.state import Evidence
from savoirfaire.knowledge.quickly import quickly
from savoirfaire.knowledge.schema import approvals, decisions, gates, runs, seeds

PLANTED = "planted"
"""The outcome of a run that stood under a seed, and the kind of entry that plants one."""

SEED = "seed"
"""The kind of entry that says how a seed was answered."""

_AFTER = ("published", "lesson")
"""What a state holds only once its gate is passed."""


@dataclass(frozen=True)
class Planted:
    """A seed: its approval, the run it was made from, and whether it was caught, None if open."""

    approval: str
    origin: str
    gate: str
    shown: Mapping[str, Any]
    caught: bool | None

    def disguised(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """The state that the seed's run would have: its origin's, up to the gate."""
        kept = {key: value for key, value in state.items() if key not in _AFTER}
        names = list(kept.get("gates", {}))
        if self.gate not in names:
            return kept
        before = names[: names.index(self.gate)]
        for key in ("gates", "decisions"):
            kept[key] = {name: kept[key][name] for name in before if name in kept.get(key, {})}
        kept["gates"][self.gate] = {**state["gates"][self.gate], **self.shown}
        return kept


@dataclass(frozen=True)
class Results:
    """How many seeds at a gate were caught, by how many reviewers; open ones are not told."""

    gate: str
    reviewers: int
    caught: int
    missed: int


class Seeds:
    """The seeds of a workspace."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_run(self, run: str) -> Planted | None:
        """The seed under a run; None where a graph drives it."""
        with self._engine.connect() as connection:
            if not quickly(connection, _IS_PLANTED, {"of": run}).rows:
                return None
            row = connection.execute(_OF_RUN, {"of": run}).one()
            asked = connection.execute(_APPROVAL, {"of": row.approval}).one()
            origin = connection.scalar(_ORIGIN, {"of": row.donor})
        arguments = asked.request["action_requests"][0]["args"]
        shown = {"arguments": arguments, "payload_hash": asked.payload_hash}
        return Planted(row.approval, origin or run, asked.gate, shown, row.caught)

    def results(self, reviewer: str | None = None) -> list[Results]:
        """What was caught and missed, by gate: by one reviewer, or by everyone."""
        with self._engine.connect() as connection:
            names = {
                row.id: f"{row.client}/{row.graph}/{row.gate}"
                for row in connection.execute(select(gates))
            }
            query = select(decisions).where(decisions.c.kind == SEED).order_by(decisions.c.seq)
            if reviewer is not None:
                query = query.where(decisions.c.by == reviewer)
            answers: dict[str, list[Row[Any]]] = {}
            for row in connection.execute(query):
                answers.setdefault(names[row.gate], []).append(row)
        return [_results(gate, rows) for gate, rows in sorted(answers.items())]


def _results(gate: str, rows: Sequence[Row[Any]]) -> Results:
    caught = sum(row.data["caught"] for row in rows)
    return Results(gate, len({row.by_hash for row in rows}), caught, len(rows) - caught)


def planted(connection: Connection, approval: str) -> Row[Any] | None:
    """The seed behind an approval; None where it asks about real work."""
    return connection.execute(_OF_APPROVAL, {"of": approval}).first()


def answered(connection: Connection, seed: Row[Any], *, caught: bool, by: str, at: str) -> bool:
    """Note how a seed was answered, and end its run; whether it may count."""
    counts = by not in seed.known_to
    connection.execute(
        update(seeds).where(seeds.c.id == seed.id).values(caught=caught, counts=counts)
    )
    connection.execute(
        update(runs)
        .where(runs.c.id == seed.run)
        .values(status="completed", outcome=PLANTED, updated_at=at)
    )
    return counts


def due(
    connection: Connection, gate: Row[Any], policy: Policy, evidence: Evidence
) -> list[SeedReviewed]:
    """The answers that count from now: those before the first seed that is still open."""
    if policy.never_lift or evidence.never_lift:
        return []
    events, done = [], []
    for row in connection.execute(_DUE, {"at_gate": gate.id, "attempt": evidence.attempt}):
        if row.caught is None:
            break
        done.append(row.id)
        events += [SeedReviewed(row.caught)] if row.counts else []
    connection.execute(update(seeds).where(seeds.c.id.in_(done)).values(counted=True))
    return events


def entry(
    gate: int, row: Row[Any], findings: Sequence[str], seconds: float, *, caught: bool, counts: bool
) -> account.Entry:
    """The entry that says how a seed was answered."""
    data = {"caught": caught, "counts": counts, "findings": list(findings), "seconds": seconds}
    return account.Entry(gate, SEED, row.id, row.payload_hash, row.decided_by, data)


_IS_PLANTED = select(seeds.c.id).where(seeds.c.run == bindparam("of"))
_OF_RUN = select(seeds).where(seeds.c.run == bindparam("of"))
_OF_APPROVAL = select(seeds).where(seeds.c.approval == bindparam("of"))
_APPROVAL = select(approvals).where(approvals.c.id == bindparam("of"))
_ORIGIN = select(approvals.c.run).where(approvals.c.id == bindparam("of"))
_DUE = (
    select(seeds)
    .where(
        seeds.c.gate == bindparam("at_gate"),
        seeds.c.attempt == bindparam("attempt"),
        seeds.c.counted.is_(False),
    )
    .order_by(seeds.c.id)
)
