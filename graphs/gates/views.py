"""Gates as account teams see them: where one stands, and how it came there."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Row

from savoirfaire.graphs.gates.evidence.seeds import weigh
from savoirfaire.graphs.gates.evidence.standing import needed
from savoirfaire.graphs.gates.folding import Folded


@dataclass(frozen=True)
class View:
    """A gate as account teams see it.

    `rate` is the share of items under review. `clean_left` counts the clean reviews until the next
    step, None where it is out of reach or there is none; `obstacle` says what is missing, empty
    where a person may ratify the step to `next_rate` now. `escapes` counts bad items that had
    passed, `last_fall` why the gate was last sent back. `pooled_with` names the leading gate of its
    pool, whose evidence all these figures are then about; empty where it leads or is on its own.
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
    pooled_with: str = ""

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


def moment(after: Folded) -> Moment:
    """A gate after an entry."""
    evidence, policy = after.evidence, after.policy
    return Moment(
        *(after.entry.seq, after.entry.at, after.entry.kind),
        log_weight=weigh(evidence.counts, evidence.seeds, policy.p0).log,
        log_needed=needed(policy, evidence),
        rate=evidence.rate(policy),
    )


def view_of(row: Row[Any], standing: Mapping[str, Any]) -> View:
    """A gate with its standing."""
    state = row.state
    return View(
        key=key_of(row),
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


def of_pool(row: Row[Any], leader: View) -> View:
    """A gate in a pool, with the figures of the pool."""
    own = {"client": row.client, "graph": row.graph, "gate": row.gate, "key": key_of(row)}
    return replace(leader, **own, pooled_with=leader.key)


def key_of(row: Row[Any]) -> str:
    """The name of a gate: `CLIENT/GRAPH/GATE`."""
    return f"{row.client}/{row.graph}/{row.gate}"
