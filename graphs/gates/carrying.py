"""Carrying evidence over a change: the report of a paired evaluation, and the ledger's side of it.

The report is JSON of the form that a comparison of two versions prints; keys that are not named
here are left unread.

    {"tasks": [{"task": "t1", "client": "acme", "a": 0.9, "b": 1.0}, …],
     "a": {"fingerprint": "…"}, "b": {"fingerprint": "…"}}

`a` is the old work and `b` the new; scores lie in [0, 1], higher is better. The fingerprints may be
left out, and are checked where they are given. What it counts for is in `evidence.carrying`.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.evidence.carrying import LEVEL, MARGIN, largest_drop, log_bet
from savoirfaire.graphs.gates.evidence.events import Event, Ratified
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.seeds import Seeds
from savoirfaire.graphs.gates.evidence.state import NO_SEEDS, Evidence
from savoirfaire.graphs.gates.evidence.wealth import UNIT, Counts, add

Verdict = Literal["no drop", "drop", "cannot tell"]
Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Pair(BaseModel):
    """One recorded task, done by the old work and by the new."""

    task: str = Field(min_length=1)
    client: str = ""
    a: Score
    b: Score


class Side(BaseModel):
    """What is known of one of the two versions."""

    fingerprint: str = ""


class Report(BaseModel):
    """What an evaluation has to give."""

    tasks: list[Pair] = Field(min_length=1, max_length=10_000)
    a: Side = Side()
    b: Side = Side()


@dataclass(frozen=True)
class Comparison:
    """What the pairs say.

    `observations` is how many of them count apart; `drop` the mean, `most` the largest drop they
    leave believable at 95 %, `margin` the largest that is called none, and `visible` the smallest
    `most` that so many could have shown.
    """

    verdict: Verdict
    tasks: int
    observations: int
    drop: float
    most: float
    margin: float
    visible: float


@dataclass(frozen=True)
class Earned:
    """What one work had shown since its gate was last sent back, when other work took its place."""

    fingerprint: str
    reviews: Counts
    seeds: Seeds


class Earnings:
    """Follows the states of a gate; `before` is what the work before the present one had shown.

    Only a change of work keeps what was shown, and a step up adds to it. What was shown before an
    alarm, an incident, another promise or a person's step down is not carried over anything.
    """

    def __init__(self) -> None:
        self.before: Earned | None = None
        self._reviews: Counts = ()
        self._seeds = NO_SEEDS

    def follow(self, old: Evidence, event: Event, new: Evidence) -> None:
        """One more event."""
        if new.fingerprint != old.fingerprint:
            self._add(old)
            if self._reviews:
                self.before = Earned(old.fingerprint, self._reviews, self._seeds)
            self._reset()
        elif isinstance(event, Ratified):
            self._add(old)
        elif new.step < old.step:
            self._reset()

    def _add(self, state: Evidence) -> None:
        table = dict(self._reviews)
        for value, times in state.counts:
            table[value] = table.get(value, 0) + times
        self._reviews = tuple(sorted(table.items()))
        mine, more = self._seeds, state.seeds
        self._seeds = Seeds(mine.caught + more.caught, mine.missed + more.missed)

    def _reset(self) -> None:
        self._reviews, self._seeds = (), NO_SEEDS


def read_report(given: object) -> Report:
    """The report in its form. Raises RequestError with each problem."""
    try:
        report = Report.model_validate(given)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:5]
        )
        raise RequestError(
            "this is no report of a paired evaluation: {problems}",
            problems=problems,
            hint='It needs {"tasks": [{"task": "…", "client": "…", "a": 0.9, "b": 1.0}, …]}.',
        ) from error
    names = [(pair.client, pair.task) for pair in report.tasks]
    if len(set(names)) != len(names):
        raise RequestError("the report has a task twice: each task counts once")
    if report.a.fingerprint and report.a.fingerprint == report.b.fingerprint:
        raise RequestError("the report compares work with itself")
    return report


def differences(report: Report) -> Counts:
    """How much worse the new work was, counted in thousandths, rounded up.

    Tasks of one client stand each for itself. Where there are several clients, their tasks are no
    independent looks: each client counts once, by its mean.
    """
    by_client: dict[str, list[float]] = {}
    for pair in report.tasks:
        by_client.setdefault(pair.client, []).append(pair.a - pair.b)
    groups: Iterable[list[float]] = by_client.values()
    if len(by_client) == 1:
        groups = [[each] for group in groups for each in group]
    return add((), [_thousandths(math.fsum(group) / len(group)) for group in groups])


def compare(pairs: Counts, tasks: int, policy: Policy) -> Comparison:
    """Whether the pairs exclude a drop of half p0, one-sided, at 95 %, for any distribution."""
    count = sum(times for _, times in pairs)
    most, margin = largest_drop(pairs), MARGIN * policy.p0
    verdict: Verdict = "cannot tell"
    if most <= margin:
        verdict = "no drop"
    elif log_bet(tuple((-value, times) for value, times in pairs), 0.0) >= -math.log(LEVEL):
        verdict = "drop"
    return Comparison(
        verdict=verdict,
        tasks=tasks,
        observations=count,
        drop=math.fsum(value * times for value, times in pairs) / UNIT / count,
        most=most,
        margin=margin,
        visible=largest_drop(((0, count),)),
    )


def require_about(report: Report, earned: Earned, evidence: Evidence, gate: str) -> None:
    """Raise RequestError where a report names other work than the change it is given for."""
    named: Mapping[str, tuple[str, str]] = {
        "a": (report.a.fingerprint, earned.fingerprint),
        "b": (report.b.fingerprint, evidence.fingerprint),
    }
    for side, (said, meant) in named.items():
        if said and said != meant:
            raise RequestError(
                "the report is not about the last change of {gate}: its {side} is {said}, not"
                " {meant}",
                gate=gate,
                side=side,
                said=said[:12],
                meant=meant[:12],
            )


def _thousandths(difference: float) -> int:
    return math.ceil(round(difference * UNIT, 6))
