"""Evidence: what is known of one gate, as plain data with a version."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.seeds import Seeds
from savoirfaire.graphs.gates.evidence.units import Unit
from savoirfaire.graphs.gates.evidence.wealth import Counts

FORM = 2
"""The version of the JSON form; the first one knew of nothing set aside or carried."""

_SINCE_2 = {"set_aside": 0.0, "carried": None}

NO_SEEDS = Seeds()

Fall = Literal["", "alarm", "incident", "fingerprint", "policy", "person"]
"""Why a gate was sent back last: its CUSUM, a severe incident, something changed, a person."""


@dataclass(frozen=True)
class Evidence:
    """The state of a gate under one policy, for work of one fingerprint.

    `step` counts the steps up that were ratified since the gate was last sent back; `attempt`
    counts the pieces of evidence ever begun. `counts`, `seeds` and `waiting` belong to the attempt.
    `total` is the CUSUM, in thousandths of its step. `set_aside` is the share of the attempt's
    alpha that is kept for what may be carried over a change, `carried` what was, in thousandths,
    None while nothing was evaluated. The rest is counted over the life of the gate.
    """

    policy: str
    fingerprint: str
    step: int = 0
    attempt: int = 1
    never_lift: bool = False
    counts: Counts = ()
    seeds: Seeds = NO_SEEDS
    waiting: tuple[Unit, ...] = ()
    total: int = 0
    last_fall: Fall = ""
    reviewed: int = 0
    passed: int = 0
    incidents: int = 0
    set_aside: float = 0.0
    carried: int | None = None

    @property
    def has_seen(self) -> bool:
        """Whether this attempt has seen anything: an outcome, a seed, an evaluation."""
        shown = bool(self.counts) or self.seeds != NO_SEEDS or self.carried is not None
        return shown or any(unit.touched for unit in self.waiting)

    def rate(self, policy: Policy) -> float:
        """The share of items under review now."""
        return 1.0 if self.never_lift else policy.rates[self.step]

    def to_json(self) -> dict[str, Any]:
        """The state as plain JSON."""
        waiting = [unit.parts for unit in self.waiting]
        seeds = [self.seeds.caught, self.seeds.missed]
        return {"form": FORM, **asdict(self), "seeds": seeds, "waiting": waiting}


def begin(policy: Policy, fingerprint: str) -> Evidence:
    """A gate of which nothing is known: every item is reviewed."""
    return Evidence(policy.version, fingerprint)


def from_json(value: Mapping[str, Any]) -> Evidence:
    """The state that `to_json` gave. Raises RequestError for another form."""
    names = {field.name for field in fields(Evidence)}
    if value.get("form") == 1:
        value = {**_SINCE_2, **value, "form": FORM}
    if value.get("form") != FORM or value.keys() != names | {"form"}:
        raise RequestError(
            "this evidence has a form that this version does not know",
            hint="Recompute it from the ledger of decisions.",
        )
    return Evidence(
        **{name: value[name] for name in names - {"counts", "seeds", "waiting"}},
        counts=tuple((outcome, times) for outcome, times in value["counts"]),
        seeds=Seeds(*value["seeds"]),
        waiting=tuple(
            Unit(tuple(tuple((item, found) for item, found in part) for part in parts))
            for parts in value["waiting"]
        ),
    )
