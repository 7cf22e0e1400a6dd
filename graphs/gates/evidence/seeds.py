"""Seeds: known-bad items among a reviewer's items, to learn how much a reviewer catches.

Work whose true rate is q, reviewed by somebody who catches the share s of what is bad, shows a rate
of q s. So the doubt "q >= p0" is "E[X] >= p0 s", with s unknown. Seeds bet on s as reviews bet on
q. For each rate r, the Bayes factor of "any rate" (Jeffreys' prior; H. Robbins 1970) against r is a
fair game where s = r. A fifth of the stake plays it, the rest is kept: S(r) = 4/5 + 1/5 factor(r).
The reviews' wealth at p0 r times S(r) is then a fair game where r is the true rate, hence

    W = the smallest, over every r, of wealth(p0 r) * S(r)

is below a fair game whatever the true rate is, and reaches 1/alpha with chance alpha at most. The
work is counted against the catch rate that makes it look worst among those that seeds leave
believable. Without a seed caught, r = 0 is believable and W never exceeds 1: nothing is lifted.
"""

import math
from dataclasses import dataclass
from heapq import heappop, heappush

from savoirfaire.graphs.gates.evidence.wealth import Counts, log_wealth

CELLS = 128
"""How finely catch rates are searched; each cell is counted at its worst, so never too well."""

STAKE = 0.2
"""The share of the wealth that bets on the catch rate."""


@dataclass(frozen=True)
class Seeds:
    """Seeds whose review is over: found to be bad, or let through."""

    caught: int = 0
    missed: int = 0


@dataclass(frozen=True)
class Weight:
    """What reviews and seeds weigh together: log W, and the catch rate it was counted with."""

    log: float
    catch_rate: float


def weigh(reviews: Counts, seeds: Seeds, p0: float) -> Weight:
    """The evidence that fewer than p0 of the items are bad, whatever the reviewers overlook."""
    top = seeds.caught / max(seeds.caught + seeds.missed, 1)
    if not top:
        return Weight(log_wealth(reviews, 0.0) + log_bet(seeds, 0.0), 0.0)
    return _worst(reviews, seeds, p0, top)


def _worst(reviews: Counts, seeds: Seeds, p0: float, top: float) -> Weight:
    """The smallest value of a cell, by branch and bound.

    Both factors grow beyond the observed rate `top`. Below it the first grows and the second falls,
    so any stretch is worth at least the first at its lower end times the second at its upper end.
    """

    def bound(low: int, high: int) -> tuple[float, int, int]:
        worth = log_wealth(reviews, p0 * top * low / CELLS)
        return worth + log_bet(seeds, top * high / CELLS), low, high

    stretches = [bound(0, CELLS)]
    while True:
        worst, low, high = heappop(stretches)
        if high - low == 1:
            return Weight(worst, top * high / CELLS)
        middle = (low + high) // 2
        heappush(stretches, bound(low, middle))
        heappush(stretches, bound(middle, high))


def log_bet(seeds: Seeds, rate: float) -> float:
    """Log S(rate): 0 where seeds say nothing, large where they make `rate` unbelievable."""
    factor = log_factor(seeds, rate)
    if factor > 0:
        return factor + math.log(STAKE + (1 - STAKE) * math.exp(-factor))
    return math.log1p(STAKE * math.expm1(factor))


def log_factor(seeds: Seeds, rate: float) -> float:
    """Log Bayes factor of Jeffreys' prior against `rate`; infinite where `rate` is impossible."""
    caught, missed = seeds.caught, seeds.missed
    if (caught and rate <= 0) or (missed and rate >= 1):
        return math.inf
    any_rate = _log_beta(caught + 0.5, missed + 0.5) - _log_beta(0.5, 0.5)
    kept = caught * math.log(rate) if caught else 0.0
    lost = missed * math.log1p(-rate) if missed else 0.0
    return any_rate - kept - lost


def catch_rate_bound(seeds: Seeds, delta: float) -> float:
    """A rate that the catch rate is not below, with chance 1 - delta, however often one looks.

    For people to read; the rule itself uses `weigh`, which needs no such bound.
    """
    low, high = 0.0, seeds.caught / max(seeds.caught + seeds.missed, 1)
    for _ in range(50):
        middle = (low + high) / 2
        if log_factor(seeds, middle) >= -math.log(delta):
            low = middle
        else:
            high = middle
    return low


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
