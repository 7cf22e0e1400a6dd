import math
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.evidence.wealth import (
    GAMES,
    add,
    alpha_at,
    count,
    log_wealth,
    thousandths,
)

distributions = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(1, 50)), min_size=1, max_size=3
)
"""(outcome in thousandths, weight) of a distribution on [0, 1]."""


def mean(distribution: list[tuple[int, int]]) -> float:
    """The mean outcome."""
    return sum(value * weight for value, weight in distribution) / (
        1000 * sum(weight for _, weight in distribution)
    )


def chance(distribution: list[tuple[int, int]], place: int) -> float:
    """The chance of the outcome at a place."""
    return distribution[place][1] / sum(weight for _, weight in distribution)


@settings(max_examples=150, deadline=None)
@given(distributions, distributions, st.floats(0.001, 0.999))
def test_nobody_gains_under_the_doubt(
    first: list[tuple[int, int]], second: list[tuple[int, int]], share: float
) -> None:
    """Whatever the distribution, and though it changes with what came before, E[wealth] <= 1."""
    p0 = min(mean(first), mean(second)) * share
    assume(p0 > 0)
    # after a clean first outcome the work changes to the second distribution
    expected = sum(
        chance(first, a) * chance(then, b) * math.exp(log_wealth(seen, p0))
        for a in range(len(first))
        for then in [second if first[a][0] == 0 else first]
        for b in range(len(then))
        for seen in [add((), [first[a][0], then[b][0]])]
    )
    assert expected <= 1 + 1e-9


def test_somebody_gains_without_the_doubt() -> None:
    """Work that is better than p0 makes the wealth grow on average: the property above can fail."""
    grown = 0.99 * math.exp(log_wealth(((0, 1),), 0.05))
    assert grown + 0.01 * math.exp(log_wealth(((1000, 1),), 0.05)) > 1


@pytest.mark.parametrize("p0", [0.02, 0.05, 0.2, 0.9])
@pytest.mark.parametrize("counts", [((0, 40), (1000, 3)), ((0, 7), (50, 2), (333, 1), (1000, 1))])
def test_the_formula(p0: float, counts: tuple[tuple[int, int], ...]) -> None:
    """The wealth is the mean over the games of the products, in exact fractions."""
    p = Fraction(p0)
    wealth = Fraction(0)
    for share in map(Fraction, GAMES):
        stake = (p - share * p) / (p * (1 - p))
        product = Fraction(1)
        for value, times in counts:
            product *= (1 + stake * (p - Fraction(value, 1000))) ** times
        wealth += product / len(GAMES)
    assert log_wealth(counts, p0) == pytest.approx(math.log(wealth), abs=1e-9)


def test_in_any_order_and_bit_for_bit() -> None:
    """One outcome after the other, in any order, or all at once: the same counts and wealth."""
    outcomes = [0.0, 1.0, 0.05, 0.5, 0.0, 0.0, 1 / 3]
    grown = ()
    for outcome in reversed(outcomes):
        grown = add(grown, [thousandths(outcome)])
    assert grown == count(outcomes)
    assert log_wealth(grown, 0.05) == log_wealth(count(outcomes), 0.05)


@pytest.mark.parametrize("times", [10**3, 10**6, 10**9])
def test_a_million_reviews(times: int) -> None:
    """The wealth neither overflows nor drifts: in the long run the best game alone counts."""
    counts = ((0, 99 * times), (1000, times))
    games = [
        times * (99 * math.log1p(0.05 * (1 - share) / 0.95) + math.log(share)) for share in GAMES
    ]
    assert log_wealth(counts, 0.05) == pytest.approx(max(games) - math.log(5), rel=1e-12)


@given(st.lists(st.integers(0, 1000), max_size=20), st.floats(0, 0.98), st.floats(0, 0.98))
def test_a_milder_doubt_is_easier(seen: list[int], one: float, other: float) -> None:
    """The wealth grows with p0, on which counting reviewers' misses rests."""
    counts = add((), seen)
    low, high = sorted((one, other))
    assert log_wealth(counts, low) <= log_wealth(counts, high) + 1e-9


@pytest.mark.parametrize(("p0", "needed"), [(0.05, 73), (0.10, 36), (0.20, 17)])
def test_clean_reviews_needed(p0: float, needed: int) -> None:
    """At 5 %, with the whole of alpha and perfect reviewers: what the design states follows."""
    assert log_wealth(((0, needed - 1),), p0) < math.log(20) <= log_wealth(((0, needed),), p0)


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.5])
def test_alpha_is_spent_once(alpha: float) -> None:
    """All attempts together use alpha, and never more."""
    spent = sum(alpha_at(alpha, attempt) for attempt in range(1, 20_000))
    assert 0.9999 * alpha < spent < alpha


@pytest.mark.parametrize("wrong", [-0.001, 1.001, math.nan, math.inf])
def test_outcomes_out_of_bounds(wrong: float) -> None:
    """What is no outcome is refused."""
    with pytest.raises(RequestError):
        thousandths(wrong)


@pytest.mark.parametrize(
    ("outcome", "kept"), [(0, 0), (0.05, 50), (0.07, 70), (0.0001, 1), (0.3333, 334), (1, 1000)]
)
def test_outcomes_are_rounded_up(outcome: float, kept: int) -> None:
    """A thousandth is kept exactly, and what lies between counts as the worse one."""
    assert thousandths(outcome) == kept
