"""Exact chances of lifting bad new work whose evidence was carried over from the old.

The new work is exactly at p0, and each way to get there is tried: old work that was nearly as bad,
a change that cost the rest. Every number of defects among the old reviews and of tasks that became
worse is enumerated with its chance; a person carries whatever helps, at its full power, which is
more than the command's own discount lets through.
"""

import math
from collections.abc import Sequence

from savoirfaire.evals.proving.exact import boundary, lifting
from savoirfaire.graphs.gates.evidence import Policy, Seeds, weigh
from savoirfaire.graphs.gates.evidence.carrying import (
    MARGIN,
    MOST,
    SET_ASIDE,
    SHARES,
    largest_drop,
    log_bet,
    log_mean,
    log_start,
)
from savoirfaire.graphs.gates.evidence.wealth import UNIT

REVIEWS, TASKS, HORIZON = 400, 400, 400
WAYS = (0.75, 1.0)
"""The old work's rate as a share of p0; the change costs the rest."""

_FINE = 1
"""Beginnings are rounded up to whole logarithms: each needs a boundary of its own."""


def false_lift_when_carried(policy: Policy, ways: Sequence[float] = WAYS) -> float:
    """The largest chance, over `ways`, of lifting work at p0 in its second attempt."""
    if policy.never_lift:
        return 0.0
    return max(_lifted(policy, way * policy.p0, (1 - way) * policy.p0) for way in ways)


def _lifted(policy: Policy, old: float, drop: float) -> float:
    begun: dict[float, float] = {}
    for chance, log in beginnings(policy, old, drop):
        place = math.ceil(log * _FINE) / _FINE
        begun[place] = begun.get(place, 0.0) + chance
    return math.fsum(
        chance * lifting(boundary(policy, HORIZON, attempt=2, start=log)[:, 0], policy.p0).chance
        for log, chance in begun.items()
    )


def beginnings(policy: Policy, old: float, drop: float) -> list[tuple[float, float]]:
    """(chance, logarithm) of what an attempt begins with; all but a millionth of the chances."""
    earned = [(chance, _earned(policy, bad)) for bad, chance in enumerate(_chances(REVIEWS, old))]
    tasks = [(chance, _bets(policy, worse)) for worse, chance in enumerate(_chances(TASKS, drop))]
    return [
        (mine * theirs, _start(reviews, bets)) for mine, reviews in earned for theirs, bets in tasks
    ]


def _chances(n: int, rate: float) -> list[float]:
    """The chances of 0, 1, 2, … of n, up to where a millionth is left for all the rest."""
    chances: list[float] = []
    left = 1.0
    while left > 1e-6 and len(chances) <= n:  # noqa: PLR2004 - the millionth
        k = len(chances)
        chances.append(math.comb(n, k) * rate**k * (1 - rate) ** (n - k))
        left -= chances[-1]
    return chances


def _earned(policy: Policy, bad: int) -> list[float]:
    reviews, seeds = ((0, REVIEWS - bad), (UNIT, bad)), Seeds(REVIEWS // policy.seed_every, 0)
    return [weigh(reviews, seeds, policy.p0 * (1 - share)).log for share in SHARES]


def _bets(policy: Policy, worse: int) -> list[float] | None:
    """The bets on so many tasks that became worse; None where a drop is not excluded."""
    pairs = ((0, TASKS - worse), (UNIT, worse))
    if largest_drop(pairs) > MARGIN * policy.p0:
        return None
    return [log_bet(pairs, policy.p0 * share) for share in SHARES]


def _start(earned: Sequence[float], bets: Sequence[float] | None) -> float:
    if bets is None:
        return log_start(SET_ASIDE, None)
    log = log_mean([min(pair) for pair in zip(earned, bets, strict=True)])
    return log_start(SET_ASIDE, math.floor(UNIT * math.exp(min(log, MOST))))
