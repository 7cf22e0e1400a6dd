"""From how sure to whether at once: the least confidence at which few enough answers are wrong.

Chosen on answers to held-out messages, and never on those that are to be judged.
"""

import numpy as np
from numpy.typing import NDArray

from savoirfaire.agents.triage.features import Floats

NEVER = 2.0
"""A threshold that no confidence reaches."""

_PRIOR = 20  # answers: what all routes together weigh beside a route's own


def threshold(confidence: Floats, right: NDArray[np.bool_], error: float) -> float:
    """The least confidence from which on at most the share `error` of the answers is wrong."""
    order = np.argsort(-confidence, kind="stable")
    sure = confidence[order]
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    last = np.append(sure[1:] < sure[:-1], [True]) if len(sure) else np.zeros(0, bool)
    good = np.flatnonzero(last & (wrong <= error))
    return float(sure[good[-1]]) if len(good) else NEVER


def by_route(
    confidence: Floats,
    right: NDArray[np.bool_],
    chosen: NDArray[np.int64],
    routes: int,
    error: float,
) -> Floats:
    """A threshold for each route, so that of what is sent there at most `error` is wrong.

    A route has few answers of its own: the error of all at the same confidence counts beside it
    like `_PRIOR` answers.
    """
    found = np.full(routes, NEVER, np.float32)
    for route in range(routes):
        found[route] = _of_route(confidence, right, chosen == route, error)
    return found


def _of_route(
    confidence: Floats, right: NDArray[np.bool_], own: NDArray[np.bool_], error: float
) -> float:
    levels = np.unique(confidence[own])
    if not len(levels):
        return threshold(confidence, right, error)
    everywhere = _wrong_from(confidence, right, levels)
    counts, wrongs = _wrong_from(confidence[own], right[own], levels)
    pooled = everywhere[1] / np.maximum(everywhere[0], 1)
    rate = (wrongs + _PRIOR * pooled) / (counts + _PRIOR)
    good = np.flatnonzero(rate <= error)
    return float(levels[good[0]]) if len(good) else NEVER


def _wrong_from(
    confidence: Floats, right: NDArray[np.bool_], levels: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many answers are at each level or above, and how many of them are wrong."""
    order = np.sort(confidence)
    mistaken = np.sort(confidence[~right])
    return (
        len(order) - np.searchsorted(order, levels, "left"),
        len(mistaken) - np.searchsorted(mistaken, levels, "left"),
    )
