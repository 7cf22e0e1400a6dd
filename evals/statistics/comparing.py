"""Two versions compared: per-task means, paired, clustered by client, and one of three verdicts.

"Any task that flipped" cries wolf on identical versions nine times in ten, and "the mean fell"
every other time. Here `better` and `worse` are said wrongly at most once in twenty; what remains
is `cannot tell`, with the smallest drop that the tasks could have shown four times in five.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from savoirfaire.errors import RequestError
from savoirfaire.evals.statistics.signflip import (
    LEVEL,
    Numbers,
    interval,
    least_p,
    p_value,
)

Verdict = Literal["better", "worse", "cannot tell"]

POWER = 0.8
_WITH_MARGIN = 0.95
FEWEST = 6
"""Clusters below which no pattern of signs is rare enough at 5 %: 2 / 2^5 is more."""


@dataclass(frozen=True)
class Scored:
    """One task under one version: for whom it is, the score of each trial, 0 to 1, and its cost."""

    task: str
    client: str
    scores: tuple[float, ...]
    cost: float = 0.0

    @property
    def mean(self) -> float:
        """The mean over the trials."""
        return math.fsum(self.scores) / len(self.scores)


@dataclass(frozen=True)
class Pair:
    """A task's means under both versions."""

    task: str
    client: str
    a: float
    b: float


@dataclass(frozen=True)
class Comparison:
    """What the pairs say of b against a.

    `difference` is b's mean less a's, with the `interval` that the pairs leave believable at 95 %.
    `over` says what was flipped: clients, where there are enough, else tasks, and then the verdict
    holds for these clients only. `visible` is the smallest drop that would have been seen four
    times in five; None where none could have been.
    """

    verdict: Verdict
    difference: float
    interval: tuple[float, float]
    p: float
    a: float
    b: float
    over: Literal["client", "task"]
    clusters: int
    visible: float | None
    tasks: list[Pair] = field(default_factory=list)
    only_a: list[str] = field(default_factory=list)
    only_b: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The comparison as plain data; `tasks` is what gates carry evidence by."""
        return asdict(self)


def compare(a: Sequence[Scored], b: Sequence[Scored], *, level: float = LEVEL) -> Comparison:
    """Version b against version a, over the tasks that both did. Raises RequestError for none."""
    old, new = ({each.task: each for each in version} for version in (a, b))
    both = sorted(old.keys() & new.keys())
    if not both:
        raise RequestError("the two versions have no task in common; nothing can be compared")
    pairs = [Pair(name, old[name].client, old[name].mean, new[name].mean) for name in both]
    over, sums, sizes = _clusters(pairs)
    difference = float(sums.sum() / sizes.sum())
    p = p_value(sums)
    verdict: Verdict = "cannot tell"
    if p <= level and difference:
        verdict = "better" if difference > 0 else "worse"
    low, high = interval(sums, sizes, level)
    return Comparison(
        verdict,
        _round(difference),
        (_round(low), _round(high)),
        _round(p),
        _round(math.fsum(pair.a for pair in pairs) / len(pairs)),
        _round(math.fsum(pair.b for pair in pairs) / len(pairs)),
        over,
        len(sums),
        visible(sums, sizes, level),
        [Pair(each.task, each.client, _round(each.a), _round(each.b)) for each in pairs],
        sorted(old.keys() - new.keys()),
        sorted(new.keys() - old.keys()),
    )


def visible(sums: Numbers, sizes: Numbers, level: float = LEVEL) -> float | None:
    """The smallest mean drop that would have been called worse with POWER, by the spread seen.

    From the clusters' own spread, by Student's t, and no smaller than a drop that would have met
    one cluster of these almost surely: where nothing differs, nothing was seen, either way.
    """
    from scipy.stats import t  # noqa: PLC0415 - half a second that nothing else here needs

    count = len(sums)
    if least_p(count) > level:
        return None
    mean = sums.sum() / sizes.sum()
    residuals = sums - mean * sizes
    error = math.sqrt(float((residuals**2).sum()) * count / (count - 1)) / float(sizes.sum())
    # The test knows few levels of p, and a drop spreads more than no drop: a margin for both.
    by_spread = float(t.ppf(1 - level / 2, count - 1) + t.ppf(_WITH_MARGIN, count - 1)) * error
    at_least = 1 - (1 - POWER) ** (1 / count)
    return _round(min(1.0, max(by_spread, at_least)))


def pass_hat(scored: Sequence[Scored], threshold: float = 1.0) -> dict[str, float]:
    """For each k, how likely k trials of a task all pass: C(c, k) / C(n, k), over the tasks.

    (Yao et al., "τ-bench", 2024.) k goes up to the fewest trials that any task has.
    """
    if not scored:
        return {}
    most = min(len(each.scores) for each in scored)
    found = {}
    for k in range(1, most + 1):
        shares = [
            math.comb(sum(score >= threshold for score in each.scores), k)
            / math.comb(len(each.scores), k)
            for each in scored
        ]
        found[str(k)] = _round(math.fsum(shares) / len(shares))
    return found


def _clusters(pairs: Sequence[Pair]) -> tuple[Literal["client", "task"], Numbers, Numbers]:
    """The sums of differences by client, where there are enough clients; else by task."""
    by_client: Mapping[str, list[float]] = defaultdict(list)
    for pair in pairs:
        by_client[pair.client].append(pair.b - pair.a)
    if len(by_client) >= FEWEST:
        groups = [by_client[client] for client in sorted(by_client)]
        sums = np.array([math.fsum(group) for group in groups])
        return "client", sums, np.array([float(len(group)) for group in groups])
    return "task", np.array([pair.b - pair.a for pair in pairs]), np.ones(len(pairs))


def _round(value: float) -> float:
    return round(value, 4) + 0.0  # no -0.0


def mean_interval(scored: Sequence[Scored], level: float = LEVEL) -> tuple[float, float]:
    """The means over tasks like these that their spread leaves believable, within [0, 1].

    Student's t over the tasks' means. One task tells nothing, and where all are alike, a task of
    another kind may still be rarer than they could have shown (1 - level^(1/n)).
    """
    from scipy.stats import t  # noqa: PLC0415 - half a second that nothing else here needs

    means = np.array([each.mean for each in scored])
    if len(means) < 2:  # noqa: PLR2004 - no spread in one
        return 0.0, 1.0
    error = float(means.std(ddof=1)) / len(means) ** 0.5
    half = float(t.ppf(1 - level / 2, len(means) - 1)) * error
    mean = float(means.mean())
    if not error:
        half = 1 - level ** (1 / len(means))
    return _round(max(0.0, mean - half)), _round(min(1.0, mean + half))
