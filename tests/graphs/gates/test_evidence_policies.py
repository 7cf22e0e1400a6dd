import itertools
import math
from dataclasses import replace
from typing import Any, get_args

import pytest

from savoirfaire.errors import NotFoundError, RequestError
from savoirfaire.graphs.gates.evidence import (
    FALLS,
    FINDINGS,
    OBSTACLES,
    PRESETS,
    REASONS,
    RUBRIC,
    Fall,
    Finding,
    Obstacle,
    Reason,
    Risk,
    catches,
    e_bh,
    outcome,
    preset,
)


def test_every_risk_class_has_its_promise() -> None:
    """Each risk class has a preset by its name, a promise in words, and a floor above nothing."""
    assert set(PRESETS) == set(get_args(Risk))
    for name, policy in PRESETS.items():
        assert policy.name == name
        assert str(policy.meaning)
        assert policy.rates[0] == 1.0
        assert policy.rates[-1] > 0
        assert list(policy.rates) == sorted(policy.rates, reverse=True)


@pytest.mark.parametrize("name", ["internal", "client-facing", "public"])
def test_the_words_say_the_numbers(name: str) -> None:
    """The sentence that a director reads states p0, alpha and the floor as they are."""
    policy = preset(name)
    said = str(policy.meaning)
    assert f"1 in {round(1 / policy.p0)} " in said
    assert f"{round(100 * policy.alpha)} %" in said
    assert f"1 item in {round(1 / policy.floor)} " in said


def test_more_at_stake_more_to_show() -> None:
    """From class to class less may be wrong, with a smaller chance, and more is always reviewed."""
    for milder, stricter in itertools.pairwise(PRESETS.values()):
        assert milder.p0 > stricter.p0
        assert milder.alpha > stricter.alpha
        assert milder.floor < stricter.floor


def test_every_number_is_part_of_the_version() -> None:
    """A changed promise is another version; changed words are not."""
    policy = preset("public")
    changes: list[dict[str, Any]] = [
        {"p0": 0.03}, {"alpha": 0.03}, {"floor": 0.2}, {"never_lift": True}, {"run_length": 900},
        {"seed_every": 20}, {"name": "other"},
    ]  # fmt: skip
    versions = {replace(policy, **change).version for change in changes}
    assert len(versions | {policy.version}) == len(changes) + 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"p0": 0.0}, {"p0": 1.0}, {"alpha": 0.0}, {"alpha": 1.0}, {"floor": 0.0}, {"floor": 1.1},
        {"p0": math.nan}, {"run_length": 0}, {"seed_every": 0},
    ],
)  # fmt: skip
def test_numbers_that_promise_nothing(wrong: dict[str, Any]) -> None:
    """A policy that could let everything pass, or means nothing, cannot be made."""
    with pytest.raises(RequestError):
        replace(preset("internal"), **wrong)


def test_an_unknown_risk_class() -> None:
    """The classes that exist are named to whoever asks for another."""
    with pytest.raises(NotFoundError, match="client-facing"):
        preset("harmless")


@pytest.mark.parametrize(
    ("findings", "value", "caught"),
    [
        ([], 0.0, False),
        (["unchanged"], 0.0, False),
        (["cosmetic"], 0.05, False),
        (["cosmetic", "tone"], 0.5, False),
        (["cosmetic", "factual"], 1.0, True),
        (["rejected"], 1.0, True),
        (["expired"], 1.0, False),
    ],
)
def test_the_rubric(findings: list[Finding], value: float, caught: bool) -> None:  # noqa: FBT001
    """A decision counts as its worst finding; only what should not have gone out is a catch."""
    assert (outcome(findings), catches(findings)) == (value, caught)


def test_the_rubric_is_whole() -> None:
    """Every finding has its value in [0, 1], and another word is refused."""
    assert set(RUBRIC) == set(get_args(Finding))
    assert all(0 <= value <= 1 for value in RUBRIC.values())
    with pytest.raises(RequestError, match="no finding"):
        outcome(["splendid"])  # type: ignore[list-item]


def test_everything_has_its_words() -> None:
    """Each finding, obstacle, reason and fall can be said to people."""
    for words, codes in (
        (FINDINGS, Finding),
        (OBSTACLES, Obstacle),
        (REASONS, Reason),
        (FALLS, Fall),
    ):
        assert set(words) == set(get_args(codes))


@pytest.mark.parametrize(
    ("weights", "offered"),
    [
        ({}, []),
        ({"a": 20.0}, ["a"]),
        ({"a": 19.9}, []),
        ({"a": 39.0, "b": 1.0}, []),
        ({"a": 41.0, "b": 1.0}, ["a"]),
        ({"b": 21.0, "a": 21.0}, ["a", "b"]),
        ({"a": 59.0, "b": 21.0, "c": 20.1}, ["a", "b", "c"]),
        ({"a": 59.0, "b": 29.0, "c": 1.0}, []),
    ],
)
def test_many_gates_at_once(weights: dict[str, float], offered: list[str]) -> None:
    """Of K gates the k best are offered if the k-th has at least K/(k alpha)."""
    logs = {name: math.log(weight) for name, weight in weights.items()}
    assert e_bh(logs, 0.05) == offered


def test_the_share_offered_wrongly_is_bounded() -> None:
    """Over every way three bad gates and a good one can turn out, wrong offers stay below alpha."""
    alpha, weights = 0.2, (0.0, 5.0, 7.5, 20.0)
    chances = (1 - 0.1 - 0.05 - 0.005, 0.1, 0.05, 0.005)
    assert sum(w * c for w, c in zip(weights, chances, strict=True)) <= 1
    expected = 0.0
    for places in itertools.product(range(4), repeat=3):
        logs = {str(n): math.log(weights[at]) if at else -99.0 for n, at in enumerate(places)}
        offered = e_bh({**logs, "good": 99.0}, alpha)
        wrong = len(set(offered) - {"good"}) / max(len(offered), 1)
        expected += math.prod(chances[at] for at in places) * wrong
    assert 0 < expected <= alpha
