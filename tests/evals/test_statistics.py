"""The statistics keep their promises, in simulation: what is said of versions and of judges."""

import numpy as np
import pytest

from savoirfaire.errors import RequestError
from savoirfaire.evals.statistics.comparing import (
    FEWEST,
    POWER,
    Scored,
    compare,
    mean_interval,
    pass_hat,
    visible,
)
from savoirfaire.evals.statistics.rates import calibrate, corrected, rate
from savoirfaire.evals.statistics.signflip import LEVEL, interval, least_p, p_value, p_values

SHAPES = [(6, 3, 3), (8, 5, 3), (11, 2, 3)]


def trials(rng: np.random.Generator, chances: np.ndarray, count: int) -> np.ndarray:
    """The mean of so many trials of every task: (experiments, clients, tasks)."""
    return np.asarray(rng.binomial(count, chances) / count)


def tasks(rng: np.random.Generator, experiments: int, shape: tuple[int, int, int]) -> np.ndarray:
    """How likely each task succeeds: some are easy, some hard, those of a client alike."""
    client = rng.beta(4, 2, (experiments, shape[0], 1))
    return np.asarray(np.clip(client + rng.normal(0, 0.15, (experiments, *shape[:2])), 0, 1))


@pytest.mark.parametrize("shape", SHAPES)
def test_false_alarms(shape: tuple[int, int, int]) -> None:
    """Identical versions are told apart at most once in twenty; naive rules cry wolf."""
    rng = np.random.default_rng(7)
    chances = tasks(rng, 2000, shape)
    a, b = (trials(rng, chances, shape[2]) for _ in range(2))
    alarms = (p_values((b - a).sum(axis=2)) <= LEVEL).mean()
    assert alarms <= LEVEL + 2 * (LEVEL * (1 - LEVEL) / 2000) ** 0.5
    assert (a > b).any(axis=(1, 2)).mean() > 0.5
    assert (b.mean(axis=(1, 2)) < a.mean(axis=(1, 2))).mean() > 0.3


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_power(shape: tuple[int, int, int]) -> None:
    """A drop as large as the smallest that is said to be visible is seen four times in five."""
    rng = np.random.default_rng(8)
    chances = tasks(rng, 1000, shape)
    a = trials(rng, chances, shape[2])
    same = (trials(rng, chances, shape[2]) - a).sum(axis=2)
    sizes = np.full(shape[0], float(shape[1]))
    told = float(np.median([visible(row, sizes) or 1.0 for row in same[:100]]))
    b = trials(rng, np.clip(chances - told, 0, 1), shape[2])
    sums = (b - a).sum(axis=2)
    seen = (p_values(sums) <= LEVEL) & (sums.sum(axis=1) < 0)
    assert float((a - b).mean()) <= told + 0.01
    assert seen.mean() >= POWER - 0.03


def test_interval_covers() -> None:
    """The interval has the true difference in nineteen of twenty experiments."""
    rng = np.random.default_rng(9)
    sizes, true, inside = np.full(9, 2.0), -0.1, 0
    for _ in range(100):
        low, high = interval(rng.normal(2 * true, 0.3, 9), sizes)
        inside += low <= true <= high
    assert inside >= 89


def test_exact_p() -> None:
    """With few clusters every pattern counts: by hand."""
    assert p_value(np.array([1.0, 1.0, 1.0])) == 2 / 8
    assert p_value(np.array([1.0, -1.0])) == 1.0
    assert p_value(np.zeros(4)) == 1.0
    assert least_p(5) > LEVEL >= least_p(FEWEST)


def version(values: dict[str, list[float]], clients: int = 1) -> list[Scored]:
    """Tasks with their scores."""
    return [
        Scored(name, f"c{place % clients}", tuple(scores))
        for place, (name, scores) in enumerate(values.items())
    ]


@pytest.mark.parametrize(
    ("new", "verdict", "shown"),
    [(0.2, "worse", True), (1.0, "better", True), (0.6, "cannot tell", True)],
)
def test_verdicts(new: float, verdict: str, *, shown: bool) -> None:
    """Three verdicts; over clients where there are six, and with what could not have been seen."""
    names = [f"t{n}" for n in range(12)]
    old = version({name: [0.6, 0.6] for name in names}, 6)
    other = version({name: [new, new] for name in names}, 6)
    found = compare(old, other)
    assert (found.verdict, found.over, found.clusters) == (verdict, "client", 6)
    assert (found.visible is not None) is shown
    assert [each.task for each in found.tasks] == sorted(names)
    assert found.interval[0] <= found.difference <= found.interval[1]


def test_too_few() -> None:
    """Five tasks can tell nothing, and that is said; no task in common is refused."""
    old = version({f"t{n}": [1.0] for n in range(5)})
    new = version({f"t{n}": [0.0] for n in range(5)})
    found = compare(old, new)
    assert (found.verdict, found.visible, found.over) == ("cannot tell", None, "task")
    with pytest.raises(RequestError, match="no task in common"):
        compare(old, version({"x": [1.0]}))
    partly = compare(old, version({"t0": [1.0], "x": [1.0]}))
    assert (partly.only_a, partly.only_b) == (["t1", "t2", "t3", "t4"], ["x"])


def test_pass_hat() -> None:
    """Two of three trials passed: one trial passes at 2/3, two together at 1/3, three never."""
    told = pass_hat(version({"a": [1.0, 1.0, 0.0]}))
    assert told == {
        "1": pytest.approx(2 / 3, abs=1e-4),
        "2": pytest.approx(1 / 3, abs=1e-4),
        "3": 0,
    }
    assert pass_hat([]) == {}


def test_mean_interval() -> None:
    """One task tells nothing; many that are all right still leave room for one that is not."""
    assert mean_interval(version({"a": [1.0]})) == (0.0, 1.0)
    low, high = mean_interval(version({f"t{n}": [1.0] for n in range(20)}))
    assert (round(low, 2), high) == (0.86, 1.0)


@pytest.mark.parametrize(
    ("share", "tpr", "tnr", "items", "good", "bad"),
    [(0.8, 0.9, 0.7, 200, 60, 40), (0.95, 0.95, 0.6, 100, 50, 20), (0.5, 0.8, 0.8, 50, 30, 30)],
)
def test_corrected_share_covers(
    share: float, tpr: float, tnr: float, items: int, good: int, bad: int
) -> None:
    """The corrected share of good work is in its interval in nineteen of twenty experiments."""
    rng = np.random.default_rng(3)
    count = 4000
    passed = rng.binomial(items, share * tpr + (1 - share) * (1 - tnr), count)
    tp, tn = rng.binomial(good, tpr, count), rng.binomial(bad, tnr, count)
    found = corrected(passed, items, tp, good, tn, bad)
    inside = (found[:, 1] <= share) & (share <= found[:, 2])
    assert inside.mean() >= 0.94
    assert (found[:, 2] - found[:, 1]).mean() < 0.7


def test_a_judge_that_tells_nothing() -> None:
    """A judge that passes everything is useless, whatever its agreement; abstentions stay out."""
    labels: list[tuple[bool, bool | None]] = [(True, True)] * 90 + [(False, True)] * 10
    found = calibrate([*labels, (True, None)])
    assert (found.agreement.rate, found.useful, found.abstained) == (0.9, False, 1)
    assert list(corrected(80, 100, 90, 90, 0, 10))[1:] == [0.0, 1.0]
    assert calibrate([(True, True)] * 30 + [(False, False)] * 30).useful


def test_exact_rate() -> None:
    """Clopper and Pearson's interval, by the books: 8 of 10 is .444 to .975."""
    found = rate(8, 10)
    assert (found.low, found.high) == (0.4439, 0.9748)
    assert (rate(0, 0).low, rate(0, 0).high) == (0.0, 1.0)
