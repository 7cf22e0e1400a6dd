"""How good a judge is, and how often something holds once its errors are taken off.

Rates with exact intervals (Clopper and Pearson, Biometrika 1934). The share of good work that a
judge reports is corrected by what it gets right of good work and of bad (Rogan and Gladen,
American Journal of Epidemiology 1978), with the variance of all three estimates by the delta
method, on the scale of the logit so that no interval leaves [0, 1] (Lang and Reiczigel, 2014, add
pseudo-counts, which keep the coverage where samples are small: they are added here).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.05

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Rate:
    """A share with its interval at 95 %; `of` how many."""

    rate: float
    low: float
    high: float
    of: int


@dataclass(frozen=True)
class Calibration:
    """A judge against people: what it gets right of good work, and of bad, and what is left.

    `tpr` is the share of what people approved that it passes, `tnr` that of what they rejected or
    mended that it stops. `abstained` were judged by nobody and count nothing.
    """

    tpr: Rate
    tnr: Rate
    agreement: Rate
    abstained: int
    useful: bool


def rate(successes: int, of: int) -> Rate:
    """A share with its exact interval; of nothing, anything may be."""
    from scipy.stats import beta  # noqa: PLC0415 - half a second that nothing else here needs

    if not of:
        return Rate(0.0, 0.0, 1.0, 0)
    low = float(beta.ppf(LEVEL / 2, successes, of - successes + 1)) if successes else 0.0
    high = float(beta.ppf(1 - LEVEL / 2, successes + 1, of - successes)) if successes < of else 1.0
    return Rate(round(successes / of, 4), round(low, 4), round(high, 4), of)


def calibrate(labels: list[tuple[bool, bool | None]]) -> Calibration:
    """A judge's verdicts beside people's: (a person approved, the judge passed or abstained)."""
    judged = [(human, said) for human, said in labels if said is not None]
    good = [said for human, said in judged if human]
    bad = [not said for human, said in judged if not human]
    tpr, tnr = rate(sum(good), len(good)), rate(sum(bad), len(bad))
    agreed = rate(sum(human == said for human, said in judged), len(judged))
    useful = tpr.low + tnr.low > 1  # it tells good from bad, whatever the share of good
    return Calibration(tpr, tnr, agreed, len(labels) - len(judged), useful)


def corrected(passed: Any, of: Any, tp: Any, good: Any, tn: Any, bad: Any) -> Numbers:
    """The share of good work behind a judge's passes: estimate, low and high, in the last axis.

    `passed` of `of` items passed; of `good` items that people approved the judge passed `tp`, of
    `bad` ones it stopped `tn`. Arrays give one row an experiment. Where the judge tells nothing,
    the interval is [0, 1].
    """
    counts = [np.asarray(each, np.float64) for each in (passed, of, tp, good, tn, bad)]
    passed, of, tp, good, tn, bad = counts
    z = 1.959964
    n, n_good, n_bad = of + z * z, good + 2, bad + 2
    share, tpr, tnr = (passed + z * z / 2) / n, (tp + 1) / n_good, (tn + 1) / n_bad
    youden = np.maximum(tpr + tnr - 1, 1e-9)
    found = (share + tnr - 1) / youden
    shift = 2 * z * z * (found * tpr * (1 - tpr) / n_good - (1 - found) * tnr * (1 - tnr) / n_bad)
    variance = (
        share * (1 - share) / n
        + found**2 * tpr * (1 - tpr) / n_good
        + (1 - found) ** 2 * tnr * (1 - tnr) / n_bad
    ) / youden**2
    half = z * np.sqrt(variance)
    plain = (passed / np.maximum(of, 1) + tn / np.maximum(bad, 1) - 1) / np.maximum(
        tp / np.maximum(good, 1) + tn / np.maximum(bad, 1) - 1, 1e-9
    )
    low, high = np.clip(found + shift - half, 0, 1), np.clip(found + shift + half, 0, 1)
    blind = (tpr + tnr <= 1) | ~np.isfinite(half)
    middle = np.where(blind, share, np.clip(plain, 0, 1))
    return np.stack([middle, np.where(blind, 0.0, low), np.where(blind, 1.0, high)], axis=-1)


def prevalence(passed: int, of: int, tp: int, good: int, tn: int, bad: int) -> Rate:
    """The corrected share of good work, with its interval."""
    found, low, high = (float(each) for each in corrected(passed, of, tp, good, tn, bad))
    values = [0.0 if math.isnan(each) else round(each, 4) for each in (found, low, high)]
    return Rate(values[0], values[1], values[2], of)
