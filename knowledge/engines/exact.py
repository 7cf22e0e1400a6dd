"""What engines share: the best are summed again, exactly, whatever the engine rounds.

An engine computes in single precision, in the order of its segments, and gives ties in random
order. So it is only asked for candidates; the scores and the order are made here.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from savoirfaire.knowledge.engines import Hit

_SPARE = 16
_WIDER = 4
_COSINE = 1e-5  # more than a cosine in single precision can be wrong by
_DIGITS = 4  # of a cosine
_TERM_DIGITS = 6  # of a sum of weights: with fewer, many would be as good as the last to be taken


class Slack(NamedTuple):
    """How far apart an engine may see two scores that are the same, relative and absolute."""

    relative: float
    absolute: float

    def below(self, score: float) -> float:
        """What is under this is less than `score`."""
        return score - abs(score) * self.relative - self.absolute

    def above(self, score: float) -> float:
        """What is over this is more than `score`."""
        return score + abs(score) * self.relative + self.absolute


OF_COSINES = Slack(1e-4, 1e-4)


def of_terms(count: int) -> Slack:
    """The slack of sums of that many products at most, none negative.

    In single precision they are wrong by less than their number and two, times 2^-24 (N. J. Higham,
    Accuracy and Stability of Numerical Algorithms, 2002, chapter 4); what is asked and what is held
    is rounded, too.
    """
    return Slack((count + 4) * 2.0**-23, 10.0**-_TERM_DIGITS)


def check_limit(limit: int) -> None:
    """Refuse a search for less than one hit."""
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")


def window_of(limit: int) -> int:
    """How many points to ask an engine for at first, to tell the `limit` best."""
    return limit + _SPARE


def candidates(
    query: Callable[[int], Sequence[Any]], limit: int, found: Sequence[Any], slack: Slack
) -> list[Any]:
    """The points that can be among the `limit` best, however the engine rounds and orders ties.

    `query` gives that many of the engine's best points, best first; `found` are the first
    `window_of(limit)`.
    """
    window = window_of(limit)
    while True:
        last = found[min(limit, len(found)) - 1].score if found else 0.0
        enough = slack.below(last)
        if len(found) < window or found[-1].score < enough:
            return [each for each in found if each.score >= enough]
        window *= _WIDER
        found = query(window)


def settled(points: Sequence[Any], limit: int, slack: Slack) -> tuple[list[Any], list[Any]]:
    """Of what `candidates` gave: what is among the best for certain, and what has to be summed."""
    if len(points) <= limit:
        return list(points), []
    certainly = slack.above(points[limit - 1].score)
    sure = [each for each in points if each.score > certainly]
    return sure, list(points[len(sure) :])


def weighed(
    dimensions: Iterable[int], values: Iterable[float], weights: Mapping[int, float]
) -> float:
    """The sum of weights, the same whatever the order of the terms."""
    held = dict(zip(dimensions, values, strict=True))
    shared = held.keys() & weights.keys()
    return round(math.fsum(weights[term] * held[term] for term in shared), _TERM_DIGITS)


def cosines(vectors: Sequence[Sequence[float]], asked: Sequence[float]) -> list[float]:
    """The cosine of each vector with the one asked for, the same whatever stands beside it."""
    if not len(vectors):
        return []
    rows, one = np.asarray(vectors, np.float64), np.asarray(asked, np.float64)
    lengths = np.sqrt((rows * rows).sum(axis=1) * (one * one).sum())
    products = (rows * one).sum(axis=1)
    found = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    return [round(float(each), _DIGITS) for each in found]


def certain(found: Sequence[float]) -> list[float | None]:
    """What cosines that an engine computed are, exactly computed; None where one may be either."""
    computed, unit = np.asarray(found, np.float64), 10.0**_DIGITS
    low, high = (np.rint((computed + error) * unit) for error in (-_COSINE, _COSINE))
    pairs = zip((low / unit).tolist(), (low == high).tolist(), strict=True)
    return [value if is_certain else None for value, is_certain in pairs]


def best(hits: Iterable[Hit], limit: int) -> list[Hit]:
    """The best hits, by score, then by id."""
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]
