"""The rules in common use, judged as ours is.

Each looks after every review and lifts for good: it draws no samples afterwards and sends nothing
back. The last two test the same promise as ours with an interval made to be looked at once.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from savoirfaire.evals.proving.exact import HORIZON, Lifting, lifting, lifting_after_a_row
from savoirfaire.evals.proving.worth import Floats, Ints
from savoirfaire.graphs.gates.evidence import Policy

ROW = 20
RATE, RATE_FROM = 0.80, 10
MEAN = 0.85

Rule = Callable[[Policy, float | Floats], Lifting]
"""When a rule lifts work of this true rate, at a gate with this promise."""


def rate_bound(horizon: int = HORIZON) -> Ints:
    """Lift when 80 % of the reviews were clean, from the tenth review on."""
    reviews = np.arange(horizon + 1)
    bound: Ints = np.floor(reviews * (1 - RATE) + 1e-9).astype(np.int64)
    return np.where(reviews < RATE_FROM, -1, bound)


def mean_bound(horizon: int = HORIZON) -> Ints:
    """Lift when the posterior mean of the clean rate is .85, from a uniform prior."""
    reviews = np.arange(horizon + 1)
    bound: Ints = np.floor(reviews + 1 - MEAN * (reviews + 2) + 1e-9).astype(np.int64)
    return np.maximum(bound, -1)


@lru_cache(maxsize=16)
def clopper_pearson(p0: float, alpha: float, horizon: int = HORIZON) -> Ints:
    """Lift when the exact upper bound of the defect rate, at 1 - alpha, is below p0."""
    return _climbed(lambda n, k: log_tail(n, k, p0) <= math.log(alpha), horizon)


@lru_cache(maxsize=16)
def wilson(p0: float, alpha: float, horizon: int = HORIZON) -> Ints:
    """Lift when Wilson's upper bound of the defect rate, at 1 - alpha, is below p0."""
    z = NormalDist().inv_cdf(1 - alpha)
    return _climbed(lambda n, k: p0 * n - k >= z * math.sqrt(p0 * (1 - p0) * n), horizon)


RULES: dict[str, Rule] = {
    "20 clean in a row": lambda _, rate: lifting_after_a_row(ROW, rate),
    "clean rate >= .80": lambda _, rate: lifting(rate_bound(), rate),
    "Beta mean >= .85": lambda _, rate: lifting(mean_bound(), rate),
    "Clopper-Pearson, re-checked": lambda policy, rate: lifting(
        clopper_pearson(policy.p0, policy.alpha), rate
    ),
    "Wilson, re-checked": lambda policy, rate: lifting(wilson(policy.p0, policy.alpha), rate),
}


def log_tail(n: int, k: int, rate: float) -> float:
    """Log P(at most k of n) at this rate."""
    terms = [
        math.lgamma(n + 1)
        - math.lgamma(i + 1)
        - math.lgamma(n - i + 1)
        + i * math.log(rate)
        + (n - i) * math.log1p(-rate)
        for i in range(k + 1)
    ]
    best = max(terms)
    return best + math.log(math.fsum(math.exp(term - best) for term in terms))


def _climbed(holds: Callable[[int, int], bool], horizon: int) -> Ints:
    """The boundary of a test: what n reviews forgive, n + 1 forgive too."""
    bound = np.full(horizon + 1, -1)
    for n in range(1, horizon + 1):
        bound[n] = bound[n - 1]
        while holds(n, int(bound[n]) + 1):
            bound[n] += 1
    return bound
