"""Exact chances, by dynamic programming, of when a rule lifts a gate whose true rate is q.

For outcomes 0 and 1 a rule is a boundary: after n reviews it lifts where at most bound[n] of them
were defects (and, with seeds, c of those missed: bound[n, c]). The chance of every (n, k, c) that
has not been lifted yet is carried forward, so the figures have no error but that of floating point.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from savoirfaire.evals.proving.worth import Floats, Ints, bets, games, worth
from savoirfaire.graphs.gates.evidence import Policy
from savoirfaire.graphs.gates.evidence.carrying import SET_ASIDE, log_start
from savoirfaire.graphs.gates.evidence.wealth import UNIT, alpha_at

Truths = NDArray[np.bool_]

HORIZON = 2000
"""Reviews looked at after each of them."""


@dataclass(frozen=True)
class Lifting:
    """When a rule lifts: by_review[n] is the chance that it does so right after review n."""

    by_review: Floats

    @property
    def chance(self) -> float:
        """The chance that it lifts at all within the horizon."""
        return min(1.0, float(self.by_review.sum()))

    def mean(self) -> float | None:
        """The mean number of reviews until it lifts; None where it may not do so in the horizon."""
        if self.chance < 0.999:  # noqa: PLR2004 - what is missing would bend the mean
            return None
        return float(self.by_review @ np.arange(len(self.by_review))) / self.chance

    def quantile(self, share: float) -> int | None:
        """The reviews after which this share of gates is lifted; None if beyond the horizon."""
        done = np.flatnonzero(np.cumsum(self.by_review) >= share)
        return int(done[0]) if len(done) else None


def boundary(
    policy: Policy, horizon: int = HORIZON, *, attempt: int = 1, missed: int = 0, start: float = 0.0
) -> Ints:
    """bound[n, c]: the defects that n reviews may hold with c seeds missed, -1 for never.

    One seed follows every `seed_every` reviews, and `missed` is the largest c looked at. `start` is
    the logarithm of what the attempt begins with.
    """
    needed = -math.log(alpha_at(policy.alpha, attempt)) - start
    bound = np.full((horizon + 1, missed + 1), -1)
    for seeded in range(0, horizon + 1, policy.seed_every):
        enough = _test(policy, needed, seeded // policy.seed_every, missed)
        for n in range(max(seeded, 1), min(seeded + policy.seed_every, horizon + 1)):
            bound[n] = bound[n - 1]
            # a seed, even one that is caught, may cost evidence: the bet on the rate may lose
            while n == seeded and (low := (bound[n] >= 0) & ~enough(n, bound[n])).any():
                bound[n] -= low
            while (more := (bound[n] < n) & enough(n, bound[n] + 1)).any():
                bound[n] += more
    return bound


def _test(policy: Policy, needed: float, seeds: int, missed: int) -> Callable[[int, Ints], Truths]:
    """Whether n reviews with so many defects lift, for each number of seeds missed."""
    lost = np.minimum(np.arange(missed + 1), seeds)
    table = games(
        np.full(missed + 1, policy.p0), (seeds - lost) / max(seeds, 1), np.array([0, UNIT])
    )
    stakes = bets(seeds - lost, lost)

    def enough(n: int, defects: Ints) -> Truths:
        found = np.clip(defects, 0, n)
        weight = worth(np.stack([n - found, found], axis=1).astype(float), table, stakes)
        return np.asarray(weight >= needed)

    return enough


def lifting(bound: Ints, rate: float | Floats) -> Lifting:
    """When a rule with boundary bound[n] lifts work of this true rate, every defect being found.

    A rate that changes is given for each n, from 0 on.
    """
    alive, lifted = np.zeros(int(bound.max()) + 2), np.zeros(len(bound))
    alive[0] = 1.0
    rates, bounds = np.broadcast_to(rate, len(bound)).tolist(), bound.tolist()
    for n in range(1, len(bounds)):
        defects = alive * rates[n]
        alive -= defects
        alive[1:] += defects[:-1]
        if bounds[n] >= 0:
            lifted[n] = alive[: bounds[n] + 1].sum()
            alive[: bounds[n] + 1] = 0.0
    return Lifting(lifted)


def lifting_with_misses(bound: Ints, rate: float, catch: float, seed_every: int) -> Lifting:
    """The same with a reviewer who catches the share `catch` of defects and of seeds.

    Gates with more defects or missed seeds than any boundary forgives cannot lift any more and are
    let go; with so many missed seeds that the boundary does not say, they count as lifted.
    """
    seen, most = rate * catch, int(bound.max()) + 1
    alive = np.zeros((most + 1, bound.shape[1]))
    alive[0, 0] = 1.0
    lifted = np.zeros(len(bound))
    for n in range(1, len(bound)):
        alive[1:] = alive[1:] * (1 - seen) + alive[:-1] * seen
        alive[0] *= 1 - seen
        if n % seed_every == 0:
            lifted[n] += float(alive[:, -1].sum()) * (1 - catch)
            alive[:, 1:] = alive[:, 1:] * catch + alive[:, :-1] * (1 - catch)
            alive[:, 0] *= catch
        over = np.arange(most + 1)[:, None] <= bound[n][None, :]
        lifted[n] += float(alive[over].sum())
        alive[over] = 0.0
    return Lifting(lifted)


def lifting_after_a_row(row: int, rate: float | Floats, horizon: int = HORIZON) -> Lifting:
    """When the rule "so many clean reviews in a row" lifts work of this true rate."""
    alive, lifted = np.zeros(row), np.zeros(horizon + 1)
    alive[0] = 1.0
    for n, bad in enumerate(np.broadcast_to(rate, horizon + 1)[1:].tolist(), 1):
        lifted[n] = alive[-1] * (1 - bad)
        alive = np.concatenate([[alive.sum() * bad], alive[:-1] * (1 - bad)])
    return Lifting(lifted)


def with_restarts(policy: Policy, every: int, horizon: int = HORIZON) -> float:
    """The chance of lifting work at p0 at all, where a change restarts the evidence every so often.

    Each restart is another attempt with a smaller part of alpha, of which a share is set aside.
    """
    kept = 1.0
    for attempt in range(1, horizon // every + 1):
        start = log_start(SET_ASIDE, None) if attempt > 1 else 0.0
        bound = boundary(policy, every, attempt=attempt, start=start)[:, 0]
        kept *= 1 - lifting(bound, policy.p0).chance
    return 1 - kept
