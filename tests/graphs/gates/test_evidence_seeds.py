import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savoirfaire.graphs.gates.evidence import Seeds, weigh
from savoirfaire.graphs.gates.evidence.seeds import catch_rate_bound, log_bet
from savoirfaire.graphs.gates.evidence.wealth import log_wealth


def binomial(n: int, k: int, rate: float) -> float:
    """The chance of k in n."""
    return math.comb(n, k) * rate**k * (1 - rate) ** (n - k)


def reviews(n: int, defects: int) -> tuple[tuple[int, int], ...]:
    """The counts of n reviews."""
    return ((0, n - defects), (1000, defects))


@pytest.mark.parametrize("missed", [0, 1, 30])
@pytest.mark.parametrize("clean", [0, 100, 10**6])
def test_no_seed_caught_no_evidence(missed: int, clean: int) -> None:
    """Where nobody was seen to catch a seed, no number of approvals is evidence of anything."""
    assert weigh(reviews(clean, 0), Seeds(0, missed), 0.05).log <= 0


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 200), st.integers(0, 10), st.integers(0, 40), st.integers(0, 20),
    st.floats(0, 1),
)  # fmt: skip
def test_never_more_than_any_catch_rate_allows(
    clean: int, defects: int, caught: int, missed: int, rate: float
) -> None:
    """Whatever share reviewers really catch, the evidence is at most the fair game there."""
    seeds, seen = Seeds(caught, missed), reviews(clean + defects, defects)
    fair = log_wealth(seen, 0.05 * rate) + log_bet(seeds, rate)
    assert weigh(seen, seeds, 0.05).log <= fair + 1e-9


@pytest.mark.parametrize("catch", [0.3, 0.6, 0.8, 0.95, 1.0])
@pytest.mark.parametrize("rate", [0.1, 0.2])
def test_nobody_gains_under_the_doubt(rate: float, catch: float) -> None:
    """Reviewers who miss some and work that is too often bad: E[weight] <= 1, exactly."""
    expected = sum(
        binomial(30, defects, rate * catch)
        * binomial(8, caught, catch)
        * math.exp(weigh(reviews(30, defects), Seeds(caught, 8 - caught), 0.1).log)
        for defects in range(31)
        for caught in range(9)
    )
    assert expected <= 1


def test_what_reviewers_miss_matters() -> None:
    """Taking reviewers at their word would let bad work gain: the property above can fail."""
    believed = sum(
        binomial(30, defects, 0.1 * 0.6) * math.exp(log_wealth(reviews(30, defects), 0.1))
        for defects in range(31)
    )
    assert believed > 1.5


def test_a_missed_seed_costs() -> None:
    """Each seed that was let through lowers the catch rate counted with, and the evidence."""
    weights = [weigh(reviews(120, 0), Seeds(12 - lost, lost), 0.05) for lost in range(6)]
    assert all(more.log > less.log for more, less in pairwise(weights))
    assert all(more.catch_rate >= less.catch_rate for more, less in pairwise(weights))


@pytest.mark.parametrize("catch", [0.5, 0.8, 0.9])
def test_the_bound_holds_however_often_one_looks(catch: float) -> None:
    """The chance that the bound is *ever* above the true catch rate keeps its promise, exactly."""
    alive, wrong = {0: 1.0}, 0.0
    for n in range(1, 101):
        after: dict[int, float] = {}
        for caught, mass in alive.items():
            after[caught + 1] = after.get(caught + 1, 0.0) + mass * catch
            after[caught] = after.get(caught, 0.0) + mass * (1 - catch)
        bad = {k for k in after if catch_rate_bound(Seeds(k, n - k), 0.1) > catch}
        wrong += sum(after.pop(k) for k in bad)
        alive = after
    assert 0 < wrong <= 0.1


def test_the_bound_comes_near() -> None:
    """With many seeds the bound is close to the rate observed, from below."""
    assert 0.75 < catch_rate_bound(Seeds(800, 200), 0.05) < 0.8
