"""Carrying evidence over a change of the work: what it may count for, and why that is fair.

New work is bad (a share of p0 or more) only where, for any d fixed beforehand, the old work was
nearly bad (p0 - d or more) or the change made it worse by d or more. So the *smaller* of two
bets is a fair game whatever is true: the old reviews' wealth against p0 - d, and the wealth of a
bet on paired tasks against a drop of d. The mean over the three d of `SHARES` is as fair: call it
V.

Who carries only what turned out well would begin at the larger of 1 and V, which is no fair game.
So at every change of work, before anything is known of the new one, the share w = `SET_ASIDE` of
the attempt's alpha is set aside for what may be carried, and the rest, 1 - w, is all that an
attempt without an evaluation has. With one, the attempt begins at

    (1 - w) + w V',   V' = min(V, V ** discount) rounded down, or 0 where nothing is carried.

V' is never above V, whatever a person chooses after having seen everything: its expectation under
the doubt is at most 1, and so is that of the beginning. What the new work's reviews multiply it by
is a supermartingale, given the evaluation too; by Ville's inequality the attempt lifts bad work
with chance alpha_m at most. One evaluation counts for one change: of several, the best would not
be fair. It rests on the old work having been one thing since its gate was last sent back, and on
tasks that are a fair sample of the gate's work, chosen before they were scored.

Sources: J. Ville (1939); I. Waudby-Smith and A. Ramdas (JRSS B 2024), for bets on bounded means.
"""

import math

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.evidence.seeds import Seeds, weigh
from savoirfaire.graphs.gates.evidence.wealth import UNIT, Counts

SET_ASIDE = 0.2
"""w: the share of an attempt's alpha that a change of work sets aside for what may be carried."""

SHARES = (0.25, 0.5, 0.75)
"""d / p0: how the doubt is divided between the old work and the change."""

STAKES = (0.25, 0.5, 0.95)
"""The shares of what one has that the three bets against a drop stake on each task."""

LEVEL = 0.05
"""The chance, at most, of calling work no worse that is worse by the margin."""

MARGIN = 0.5
"""The largest drop that is called none, as a share of p0."""

MOST = math.log(1e6)
"""More than this, as a logarithm, is never carried; it would lift any gate as it is."""


def log_bet(differences: Counts, drop: float) -> float:
    """Log of the wealth of betting that work became worse by less than `drop`, 0 <= drop < 1.

    `differences` counts tasks by how much worse the new work was at them, in thousandths from
    -1000 to 1000.
    """
    games = [
        math.fsum(
            times * math.log1p(stake / (1 - drop) * (drop - value / UNIT))
            for value, times in differences
        )
        for stake in STAKES
    ]
    return log_mean(games)


def largest_drop(differences: Counts) -> float:
    """The largest drop that the pairs leave believable, at 95 %, one-sided; 1 where any is."""
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        if log_bet(differences, middle) >= -math.log(LEVEL):
            high = middle
        else:
            low = middle
    return high


def log_worth(p0: float, reviews: Counts, seeds: Seeds, differences: Counts) -> float:
    """Log V: what the old reviews and the pairs speak for the new work."""
    return log_mean(
        [
            min(
                weigh(reviews, seeds, p0 * (1 - share)).log,
                log_bet(differences, p0 * share),
            )
            for share in SHARES
        ]
    )


def carried(p0: float, reviews: Counts, seeds: Seeds, differences: Counts, discount: float) -> int:
    """V' in thousandths; 0 where the pairs do not exclude a drop of `MARGIN` x p0.

    Raises RequestError for a discount that is none.
    """
    if not 0 < discount <= 1:
        raise RequestError("a discount lies above 0, up to 1 (nothing is taken off)")
    if not differences or largest_drop(differences) > MARGIN * p0:
        return 0
    log = log_worth(p0, reviews, seeds, differences)
    return math.floor(UNIT * math.exp(min(log, log * discount, MOST)))


def log_start(set_aside: float, kept: int | None) -> float:
    """Log of what an attempt begins with: 0 where nothing was set aside."""
    return math.log1p(set_aside * ((kept or 0) / UNIT - 1))


def log_mean(logs: list[float]) -> float:
    """Log of the mean of what has these logarithms."""
    best = max(logs)
    return best + math.log(math.fsum(math.exp(each - best) for each in logs) / len(logs))
