"""Carrying evidence over a change: what a paired evaluation says of it, and what it would be worth.

The new work is bad (E[X'] >= p0) only where the old was nearly bad (E[X] >= p0 - d) or the change
cost d or more (E[X' - X] >= d). So for any d fixed beforehand the smaller of two bets, the old
evidence at p0 - d and a bet on the pairs against d, is a fair start for the new work's wealth, and
so is the mean of such bets over several d. It rests on tasks that are a fair sample of the work,
scored by the rubric of the gates.

It is computed, recorded and shown, and *not* added to the evidence. Whoever carries only what turns
out well starts at the larger of 1 and the bet, which is no fair start: alpha would have to hold a
part back for it before the evaluation is made, and the evidence has no such part. Until it does,
changed work starts at full review, whatever the evaluation says.

Sources: sign flips, R. A. Fisher, The Design of Experiments (1935); bets on bounded means,
I. Waudby-Smith and A. Ramdas (JRSS B 2024).
"""

import math
import random
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.seeds import Seeds, weigh
from savoirfaire.graphs.gates.evidence.wealth import GAMES, Counts

Verdict = Literal["no drop", "drop", "cannot tell"]
Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Scores = Annotated[list[Score], Field(min_length=1, max_length=1000)]

LEVEL = 0.05
_FLIPS = 4000
_SHARES = (0.25, 0.5, 0.75)
"""d / p0: how the doubt is divided between the old work and the change."""


class Pair(BaseModel):
    """One recorded task: how bad the old and the new work were at it, 0 to 1, trial by trial."""

    model_config = ConfigDict(extra="forbid")

    task: str = Field(min_length=1)
    old: Scores
    new: Scores

    @property
    def difference(self) -> float:
        """How much worse the new work was, -1 to 1."""
        return math.fsum(self.new) / len(self.new) - math.fsum(self.old) / len(self.old)


class Report(BaseModel):
    """What an evaluation has to give: both fingerprints, and the scores of both by task."""

    model_config = ConfigDict(extra="forbid")

    form: Literal[1]
    old: str = Field(min_length=1)
    new: str = Field(min_length=1)
    tasks: list[Pair] = Field(min_length=1, max_length=10_000)


@dataclass(frozen=True)
class Comparison:
    """What the pairs say.

    `most` is the largest drop they leave believable, at 95 %; `visible` the smallest that they
    could have shown: a larger share of good work gone bad would have met a task.
    """

    verdict: Verdict
    tasks: int
    drop: float
    most: float
    visible: float


def read_report(given: object) -> Report:
    """The report in its form. Raises RequestError with each problem."""
    try:
        report = Report.model_validate(given)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:5]
        )
        raise RequestError(
            "this is no report of a paired evaluation: {problems}", problems=problems
        ) from error
    names = [pair.task for pair in report.tasks]
    if len(set(names)) != len(names):
        raise RequestError("the report has a task twice; its trials belong together")
    if report.old == report.new:
        raise RequestError("the report compares work with itself")
    return report


def compare(report: Report, policy: Policy) -> Comparison:
    """No drop where the pairs exclude one of p0/2, and could have shown it."""
    differences = [pair.difference for pair in report.tasks]
    drop = math.fsum(differences) / len(differences)
    most, visible = _most(differences), 1 - LEVEL ** (1 / len(differences))
    least = -_most([-each for each in differences])
    verdict: Verdict = "cannot tell"
    if least > 0:
        verdict = "drop"
    elif max(most, visible) <= policy.p0 / 2:
        verdict = "no drop"
    return Comparison(verdict, len(differences), drop, most, visible)


def _most(differences: list[float]) -> float:
    """The largest mean that flipping signs around it does not exclude at `LEVEL`, one-sided."""
    flips = _flipped(differences)
    total, count = math.fsum(differences), len(differences)
    low, high = total / count, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        seen = total - middle * count
        as_low = sum(sums - middle * signs <= seen + 1e-12 for sums, signs in flips)
        if (1 + as_low) / (1 + len(flips)) > LEVEL:
            low = middle
        else:
            high = middle
    return high


def _flipped(differences: list[float]) -> list[tuple[float, int]]:
    """Sums of the differences, and of the signs, under flips that are the same every time."""
    source = random.Random(len(differences))  # noqa: S311 - a test's flips, nobody's secret
    flips = []
    for _ in range(_FLIPS):
        signs = [1 if source.random() < 0.5 else -1 for _ in differences]  # noqa: PLR2004
        flips.append(
            (math.fsum(s * d for s, d in zip(signs, differences, strict=True)), sum(signs))
        )
    return flips


def worth(report: Report, policy: Policy, counts: Counts, seeds: Seeds, discount: float) -> int:
    """How many clean reviews the old evidence would be worth to the new work, after the discount.

    k clean reviews multiply wealth by (1 + (1 - g) p0/(1 - p0))^k at most, g the smallest game:
    so many as stay below the fair start to the power of `discount` never make it better than fair.
    """
    if not 0 < discount <= 1:
        raise RequestError("a discount lies above 0, up to 1 (nothing is taken off)")
    starts = [
        min(
            weigh(counts, seeds, policy.p0 * (1 - share)).log,
            _bet([pair.difference for pair in report.tasks], policy.p0 * share),
        )
        for share in _SHARES
    ]
    best = max(starts)
    start = best + math.log(math.fsum(math.exp(each - best) for each in starts) / len(starts))
    one = math.log1p((1 - min(GAMES)) * policy.p0 / (1 - policy.p0))
    return max(0, math.floor(discount * start / one))


def _bet(differences: list[float], drop: float) -> float:
    """Log of the wealth of betting that the mean difference is below `drop`, over three stakes."""
    games = [
        math.fsum(math.log1p(stake / (1 - drop) * (drop - each)) for each in differences)
        for stake in (0.25, 0.5, 0.95)
    ]
    best = max(games)
    return best + math.log(math.fsum(math.exp(game - best) for game in games) / len(games))
