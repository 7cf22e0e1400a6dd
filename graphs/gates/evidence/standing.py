"""Standing: how far a gate is from its next step, and what is missing."""

import math
from dataclasses import dataclass, replace
from typing import Literal

from savoirfaire.graphs.gates.evidence.carrying import log_start
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.seeds import Seeds, catch_rate_bound, weigh
from savoirfaire.graphs.gates.evidence.state import Evidence
from savoirfaire.graphs.gates.evidence.wealth import alpha_at

FAR = 100_000
"""Reviews beyond which nobody plans: a step that is farther away counts as out of reach."""

Obstacle = Literal["", "never lifts", "at the floor", "no seed caught", "not enough evidence"]


@dataclass(frozen=True)
class Standing:
    """Where a gate stands. `log_weight` has to reach `log_needed` (natural logarithms).

    `catch_rate` is what reviewers were counted with, `catch_rate_bound` what seeds show at 95 %.
    `next_rate` is None where there is no further step; `clean_left` counts clean reviews until it,
    with every seed caught, and is None where it is out of reach.
    """

    rate: float
    next_rate: float | None
    log_weight: float
    log_needed: float
    catch_rate: float
    catch_rate_bound: float
    clean_left: int | None
    obstacle: Obstacle


def standing(policy: Policy, evidence: Evidence) -> Standing:
    """Where the gate stands now."""
    weight = weigh(evidence.counts, evidence.seeds, policy.p0)
    ahead = next_rate(policy, evidence)
    left = clean_left(policy, evidence) if ahead is not None else None
    return Standing(
        rate=evidence.rate(policy),
        next_rate=ahead,
        log_weight=weight.log,
        log_needed=needed(policy, evidence),
        catch_rate=weight.catch_rate,
        catch_rate_bound=catch_rate_bound(evidence.seeds, 0.05),
        clean_left=left,
        obstacle=obstacle(policy, evidence),
    )


def next_rate(policy: Policy, evidence: Evidence) -> float | None:
    """The share under review after the next step; None where there is none."""
    if evidence.never_lift or evidence.step + 1 >= len(policy.rates):
        return None
    return policy.rates[evidence.step + 1]


def needed(policy: Policy, evidence: Evidence) -> float:
    """log(1/alpha_m), less what the attempt began with: what its reviews have to reach."""
    start = log_start(evidence.set_aside, evidence.carried)
    return -math.log(alpha_at(policy.alpha, evidence.attempt)) - start


def obstacle(policy: Policy, evidence: Evidence) -> Obstacle:
    """What stands between the gate and its next step; empty where a person may ratify it."""
    if next_rate(policy, evidence) is None:
        return "never lifts" if evidence.never_lift or policy.never_lift else "at the floor"
    if not evidence.seeds.caught:
        return "no seed caught"
    return "" if _reached(policy, evidence) else "not enough evidence"


def clean_left(policy: Policy, evidence: Evidence) -> int | None:
    """The clean reviews until the next step, with a seed caught for every `seed_every` of them."""
    few, many = -1, 0
    while not _reached(policy, _with_clean(policy, evidence, many)):
        few, many = many, 2 * many + 1
        if many > FAR:
            return None
    while many - few > 1:
        middle = (few + many) // 2
        if _reached(policy, _with_clean(policy, evidence, middle)):
            many = middle
        else:
            few = middle
    return many


def _reached(policy: Policy, evidence: Evidence) -> bool:
    weight = weigh(evidence.counts, evidence.seeds, policy.p0)
    return weight.log >= needed(policy, evidence)


def _with_clean(policy: Policy, evidence: Evidence, reviews: int) -> Evidence:
    seeds = Seeds(evidence.seeds.caught + reviews // policy.seed_every, evidence.seeds.missed)
    counts = dict(evidence.counts)
    counts[0] = counts.get(0, 0) + reviews
    return replace(evidence, counts=tuple(sorted(counts.items())), seeds=seeds)
