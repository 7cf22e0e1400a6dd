"""The proof: every figure that the shipped policies promise, beside the rules in common use.

False lifts and reviews until the first step are exact; what is published is simulated from a fixed
seed, with an interval; what the common rules publish is exact again.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from savoirfaire.evals.proving.carrying import false_lift_when_carried
from savoirfaire.evals.proving.exact import (
    HORIZON,
    Lifting,
    boundary,
    lifting,
    lifting_with_misses,
    with_restarts,
)
from savoirfaire.evals.proving.lives import told
from savoirfaire.evals.proving.rules import RULES, Rule
from savoirfaire.evals.proving.scenarios import ITEMS, SCENARIOS, Scenario
from savoirfaire.graphs.gates.evidence import PRESETS, Policy, cusum
from savoirfaire.graphs.gates.evidence.standing import clean_left
from savoirfaire.graphs.gates.evidence.state import begin

PATHS, SEED = 40, 20260504
"""Gates simulated for each policy and scenario, and where their chances start."""

CATCHES = (0.8, 0.6)
"""Shares of what is bad that reviewers find, in the exact figures."""

FALSE = {"p0": 1.0, "1.5p0": 1.5, "2p0": 2.0}
GOOD = 0.2
RESTART, MISS_HORIZON, MISSED = 400, 600, 45


def proof(policies: Sequence[Policy] = tuple(PRESETS.values())) -> dict[str, Any]:
    """Everything, as plain JSON. Takes some ten seconds."""
    published = _published(policies)
    return {
        "horizon": HORIZON,
        "items": ITEMS,
        "presets": [
            {**_preset(policy), "published_defects": published[policy.name]} for policy in policies
        ],
        "others": [
            _other(name, rule, policy)
            for policy in policies
            if not policy.never_lift
            for name, rule in RULES.items()
        ],
    }


def _preset(policy: Policy) -> dict[str, Any]:
    return {
        "name": policy.name,
        "p0": policy.p0,
        "alpha": policy.alpha,
        "rates": list(policy.rates),
        **_lifts(lambda rate: first_step(policy, rate), policy),
        "false_lift_with_restarts": _restarted(policy),
        "false_lift_if_reviewers_find": _with_misses(policy),
        "false_lift_when_carried": false_lift_when_carried(policy),
        "clean_reviews_to_first_step": clean_left(policy, begin(policy, ""))
        if not policy.never_lift
        else None,
        "alarm": _alarm(policy),
    }


def first_step(policy: Policy, rate: float) -> Lifting:
    """When the shipped rule allows the first step, with every defect and every seed found."""
    if policy.never_lift:
        return Lifting(np.zeros(HORIZON + 1))
    return lifting(_boundary(policy), rate)


@lru_cache(maxsize=8)
def _boundary(policy: Policy) -> Any:
    return boundary(policy)[:, 0]


def _lifts(lift: Any, policy: Policy) -> dict[str, Any]:
    good: Lifting = lift(policy.p0 * GOOD)
    return {
        **{
            f"false_lift_at_{name}": lift(policy.p0 * times).chance for name, times in FALSE.items()
        },
        "reviews_to_first_step_at_p0/5": good.mean(),
        "median_reviews_at_p0/5": good.quantile(0.5),
        "lifted_at_p0/5": good.chance,
    }


def _restarted(policy: Policy) -> float:
    return 0.0 if policy.never_lift else with_restarts(policy, RESTART)


def _with_misses(policy: Policy) -> dict[str, float]:
    """False lifts at p0 within 600 reviews and 60 seeds."""
    if policy.never_lift:
        return {str(catch): 0.0 for catch in CATCHES}
    bound = boundary(policy, MISS_HORIZON, missed=MISSED)
    return {
        str(catch): lifting_with_misses(bound, policy.p0, catch, policy.seed_every).chance
        for catch in CATCHES
    }


def _alarm(policy: Policy) -> dict[str, Any]:
    bound = cusum.limit(policy.p0, policy.run_length)
    runs = {"p0/2": 0.5, "2p0": 2.0, "5p0": 5.0}
    return {
        "limit": bound / cusum.steps(policy.p0),
        **{
            f"checked_items_at_{name}": cusum.average_run(policy.p0, bound, policy.p0 * times)
            for name, times in runs.items()
        },
    }


def _published(policies: Sequence[Policy]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {policy.name: {} for policy in policies}
    for size in sorted({scenario.batch for scenario in SCENARIOS}):
        groups = [(p, s) for p in policies for s in SCENARIOS if s.batch == size]
        for (policy, scenario), figures in zip(
            groups, told(groups, PATHS, ITEMS, SEED), strict=True
        ):
            found[policy.name][scenario.name] = figures
    return found


def _other(name: str, rule: Rule, policy: Policy) -> dict[str, Any]:
    return {
        "name": name,
        "preset": policy.name,
        "p0": policy.p0,
        "alpha": policy.alpha,
        **_lifts(lambda rate: rule(policy, rate), policy),
        "published_defects": {
            scenario.name: {"published": _let_out(rule, policy, scenario)}
            for scenario in SCENARIOS
            if scenario.batch == 1
        },
    }


def _let_out(rule: Rule, policy: Policy, scenario: Scenario) -> float:
    """The share of items that are published bad: overlooked before the rule lifts, all after it."""
    rates = np.array([scenario.true_rate(policy, item / ITEMS) for item in range(ITEMS)])
    seen = np.concatenate([[0.0], rates[:HORIZON]]) * scenario.catch
    still = 1 - np.cumsum(rule(policy, seen).by_review)
    gated = np.concatenate([still, np.full(ITEMS - HORIZON - 1, still[-1])])
    return float((rates * (1 - gated * scenario.catch)).mean())
