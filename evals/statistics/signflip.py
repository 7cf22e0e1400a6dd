"""The paired sign-flip test over clusters, and the interval that it gives.

Where two versions are the same, each cluster's sum of differences is as likely with either sign.
All sign patterns are tried where there are few clusters, and 10,000 drawn ones elsewhere, with the
observed one among them, so that the test never rejects more often than it says. The interval has
every mean that the test, moved there, does not reject. (Fisher, "The Design of Experiments", 1935;
for clusters: Canay, Romano and Shaikh, "Randomization tests under an approximate symmetry
assumption", Econometrica 2017.)
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LEVEL = 0.05
_ALL = 12  # clusters up to which every pattern of signs is tried
_DRAWN = 9_999
_STEPS = 50
_NEAR = 1e-9


def p_values(sums: Numbers) -> Numbers:
    """The two-sided p of each row of cluster sums: (experiments, clusters) to (experiments,)."""
    signs = _signs(sums.shape[1])
    flipped = np.abs(sums @ signs.T)
    seen = np.abs(sums.sum(axis=1, keepdims=True))
    return np.asarray((flipped >= seen - _NEAR).mean(axis=1))


def p_value(sums: Numbers) -> float:
    """The two-sided p of one experiment; clusters without a difference tell nothing."""
    told = sums[np.abs(sums) > _NEAR]
    return float(p_values(told[None, :])[0]) if len(told) else 1.0


def least_p(clusters: int) -> float:
    """The smallest p that so many clusters can give, whatever they show."""
    return 2.0 / len(_signs(clusters)) if clusters else 1.0


def interval(sums: Numbers, sizes: Numbers, level: float = LEVEL) -> tuple[float, float]:
    """The means per task, from -1 to 1, that the clusters do not reject.

    `sums` are the clusters' sums of differences, `sizes` how many tasks each has.
    """
    mean = float(sums.sum() / sizes.sum())
    signs = _signs(len(sums))
    of_sums, of_sizes = signs @ sums, signs @ sizes

    def kept(at: float) -> bool:
        flipped = np.abs(of_sums - at * of_sizes)
        seen = abs(float(sums.sum() - at * sizes.sum()))
        return bool((flipped >= seen - _NEAR).mean() > level)

    def edge(end: float) -> float:
        if kept(end):
            return end
        inside, outside = mean, end
        for _ in range(_STEPS):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if kept(middle) else (inside, middle)
        return outside

    return edge(-1.0), edge(1.0)


@lru_cache(maxsize=32)
def _signs(clusters: int) -> Numbers:
    """Patterns of signs, (patterns, clusters), the same every time; the first changes nothing."""
    if clusters <= _ALL:
        bits = (np.arange(2**clusters)[:, None] >> np.arange(clusters)) & 1
        return np.asarray(1.0 - 2.0 * bits)
    drawn = np.random.default_rng(clusters).choice([-1.0, 1.0], (_DRAWN, clusters))
    return np.vstack([np.ones(clusters), drawn])
