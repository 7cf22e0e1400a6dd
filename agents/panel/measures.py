"""What a panel's votes are, and how far they are from people's. Every draw is seeded.

A test that finds no difference proves no likeness (D. Altman and M. Bland, 1995): likeness is
claimed by equivalence tests alone, within limits that are stated.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from savoirfaire.agents.panel.votes import Scale

DRAWS = 2000
CONFIDENCE = 0.95
_BLOCK = 2_000_000  # numbers drawn at a time

Votes = NDArray[np.float64]


def shares(votes: Votes, scale: Scale) -> list[float]:
    """The share of each point of the scale; a vote between two counts for the nearest."""
    counts = np.bincount(
        np.clip(np.rint(votes), scale.low, scale.high).astype(int) - scale.low,
        minlength=len(scale.points),
    )
    return [round(float(each), 4) for each in counts / max(1, len(votes))]


def described(votes: Votes, scale: Scale) -> dict[str, Any]:
    """Mean, spread and entropy (in bits), with the bootstrap interval of the mean and each share.

    Percentile intervals at 95 % (B. Efron, 1979).
    """
    drawn = _drawn(votes)
    points = np.array(scale.points)
    nearest = np.clip(np.rint(drawn), scale.low, scale.high)
    parts = [interval((nearest == point).mean(axis=1)) for point in points]
    share = shares(votes, scale)
    return {
        "n": len(votes),
        "mean": round(float(votes.mean()), 4),
        "mean_interval": interval(drawn.mean(axis=1)),
        "sd": round(spread(votes), 4),
        "entropy": round(-sum(p * math.log2(p) for p in share if p), 4) + 0.0,
        "points": [
            {"point": int(point), "share": part, "interval": between}
            for point, part, between in zip(points, share, parts, strict=True)
        ],
    }


def spread(votes: Votes) -> float:
    """The standard deviation, of a sample."""
    return float(votes.std(ddof=1)) if len(votes) > 1 else 0.0


def interval(values: Votes, confidence: float = CONFIDENCE) -> list[float]:
    """The middle share of values drawn."""
    rest = (1 - confidence) / 2
    low, high = np.quantile(values, [rest, 1 - rest])
    return [round(float(low), 4), round(float(high), 4)]


def variance_ratio(panel: Votes, people: Votes) -> tuple[float | None, list[float] | None]:
    """The panel's variance over the people's, and its bootstrap interval at 90 %."""
    if len(panel) < 2 or len(people) < 2 or not people.var(ddof=1):  # noqa: PLR2004 - a variance's
        return None, None
    above, below = _drawn(panel).var(axis=1, ddof=1), _drawn(people, seed=1).var(axis=1, ddof=1)
    drawn = above[below > 0] / below[below > 0]
    ratio = round(float(panel.var(ddof=1) / people.var(ddof=1)), 4)
    return ratio, interval(drawn, 0.9) if len(drawn) else None


def brown_forsythe(panel: Votes, people: Votes) -> float | None:
    """The p-value of equal spread around the medians (M. Brown and A. Forsythe, 1974)."""
    from scipy.stats import levene  # noqa: PLC0415 - heavy

    deviations = [np.abs(each - np.median(each)) for each in (panel, people)]
    if min(map(len, deviations)) < 2 or not sum(each.var() for each in deviations):  # noqa: PLR2004
        return None
    return float(levene(panel, people, center="median").pvalue)


def welch(panel: Votes, people: Votes) -> float | None:
    """The p-value of equal means, variances unequal: shown for what it does not say."""
    from scipy.stats import t  # noqa: PLC0415 - heavy

    error, freedom = _error(panel, people)
    if not error:
        return None
    return float(2 * t.sf(abs(panel.mean() - people.mean()) / error, freedom))


def tost(panel: Votes, people: Votes, margin: float) -> float | None:
    """The p-value that the means differ by less than `margin`: two one-sided Welch tests.

    The larger of the two (D. Schuirmann, 1987): likeness within the margin is claimed below .05.
    """
    from scipy.stats import t  # noqa: PLC0415 - heavy

    if min(len(panel), len(people)) < 2:  # noqa: PLR2004 - a variance's
        return None
    error, freedom = _error(panel, people)
    gap = float(panel.mean() - people.mean())
    if not error:
        return 0.0 if abs(gap) < margin else 1.0
    return float(max(t.sf((gap + margin) / error, freedom), t.cdf((gap - margin) / error, freedom)))


def _error(first: Votes, second: Votes) -> tuple[float, float]:
    """The standard error of the gap between two means, and its degrees of freedom; 0 without any.

    B. Welch, "The generalization of Student's problem" (1947).
    """
    if min(len(first), len(second)) < 2:  # noqa: PLR2004 - a variance's
        return 0.0, 0.0
    parts = [float(each.var(ddof=1)) / len(each) for each in (first, second)]
    if not sum(parts):
        return 0.0, 0.0
    below = sum(
        part**2 / (len(each) - 1) for part, each in zip(parts, (first, second), strict=True)
    )
    return math.sqrt(sum(parts)), sum(parts) ** 2 / below


def distance(first: Votes, second: Votes) -> float:
    """The Kolmogorov-Smirnov distance: the largest gap between the two shares of votes up to v."""
    every = np.unique(np.concatenate([first, second]))
    return float(np.abs(_up_to(first, every) - _up_to(second, every)).max())


def ks_test(panel: Votes, people: Votes) -> float:
    """The p-value of the two-sample Kolmogorov-Smirnov test: shown for what it does not say."""
    from scipy.stats import ks_2samp  # noqa: PLC0415 - heavy

    return float(ks_2samp(panel, people, method="asymp").pvalue)


def distance_to_uniform(votes: Votes, scale: Scale) -> float:
    """The same distance to a die: every point of the scale as likely."""
    points = np.array(scale.points)
    even = np.arange(1, len(points) + 1) / len(points)
    return float(np.abs(_up_to(np.rint(votes), points) - even).max())


def split_half(people: Votes) -> dict[str, float]:
    """How far people are from people: distances between a random half and the other half.

    The median, and what 95 of 100 splits stay below.
    """
    draw = np.random.default_rng(2)
    half = len(people) // 2
    if not half:
        return {"median": 0.0, "upper": 0.0}
    found = []
    for _ in range(DRAWS // 4):
        mixed = draw.permutation(people)
        found.append(distance(mixed[:half], mixed[half:]))
    middle, upper = np.quantile(found, [0.5, 0.95])
    return {"median": round(float(middle), 4), "upper": round(float(upper), 4)}


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's; None where one side is all alike or there are fewer than three."""
    from scipy.stats import rankdata  # noqa: PLC0415 - heavy

    if len(first) < 3 or len(set(first)) < 2 or len(set(second)) < 2:  # noqa: PLR2004
        return None
    return round(float(np.corrcoef(rankdata(first), rankdata(second))[0, 1]), 4)


def _up_to(votes: Votes, points: NDArray[Any]) -> Votes:
    found: Votes = np.searchsorted(np.sort(votes), points, side="right") / max(1, len(votes))
    return found


def _drawn(votes: Votes, *, seed: int = 0) -> Votes:
    """Samples with replacement, a row each; fewer where there are very many votes."""
    rows = max(200, min(DRAWS, _BLOCK // max(1, len(votes))))
    draw = np.random.default_rng(seed)
    return votes[draw.integers(0, len(votes), (rows, len(votes)))]
