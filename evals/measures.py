"""Measures of a ranking, each from 0 to 1."""

import math
from collections.abc import Iterable, Sequence


def ndcg(hits: Sequence[float], gains: Iterable[float], k: int) -> float:
    """Normalised discounted cumulative gain at `k` (Järvelin & Kekäläinen 2002, linear gain).

    `hits` are the gains of what was found, in its order; `gains` of all there was to find.
    """
    ideal = sorted(gains, reverse=True)[:k]
    return _discounted(hits[:k]) / _discounted(ideal)


def recall(hits: Sequence[float], wanted: int, k: int) -> float:
    """The share of what there was to find that stands among the first `k`."""
    return sum(1 for gain in hits[:k] if gain) / wanted


def reciprocal_rank(hits: Sequence[float], k: int) -> float:
    """One over the place of the first hit; 0 without one among the first `k`."""
    first = next((place for place, gain in enumerate(hits[:k], start=1) if gain), 0)
    return 1 / first if first else 0.0


def _discounted(gains: Iterable[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))
