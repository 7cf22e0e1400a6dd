"""The lives of gates that the simulation goes through: how good the work is, and who reviews it."""

from collections.abc import Callable
from dataclasses import dataclass

from savoirfaire.graphs.gates.evidence import Policy

ITEMS = 5_000
"""Items in the life of a gate."""

WORST = 0.5
"""No work is simulated as worse than this."""


@dataclass(frozen=True)
class Scenario:
    """`rate(time)` is the share of bad items, as a multiple of p0, at a time from 0 to 1.

    `batch` items are made and asked together, with this correlation; the reviewer finds the share
    `catch` of what is bad.
    """

    name: str
    rate: Callable[[float], float]
    batch: int = 1
    correlation: float = 0.0
    catch: float = 1.0

    def true_rate(self, policy: Policy, time: float) -> float:
        """The share of bad items at this time."""
        return min(WORST, policy.p0 * self.rate(time))


BREAK_AT, BROKEN = 0.6, 5.0

SCENARIOS = (
    Scenario("constant", lambda _time: 0.2),
    Scenario("constant_at_p0", lambda _time: 1.0),
    Scenario("slow_drift", lambda time: 0.2 + 1.8 * time),
    Scenario("sudden_break", lambda time: BROKEN if time >= BREAK_AT else 0.2),
    Scenario("batches", lambda _time: 0.2, batch=5, correlation=0.3),
    Scenario("batches_at_p0", lambda _time: 1.0, batch=5, correlation=0.3),
    Scenario("reviewers_miss_1_in_5", lambda _time: 0.2, catch=0.8),
    Scenario("reviewers_miss_1_in_5_at_p0", lambda _time: 1.0, catch=0.8),
)
