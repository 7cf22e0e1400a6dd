"""Differences between two JSON values, in words."""

from typing import Any

import pytest

from savoirfaire.tools.differences import differences

LONG = "The quick brown fox jumps over the lazy dog and runs into the deep dark forest again"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["a was 1, is now 2"]),
        ({"a": 1}, {"a": True}, ["a was 1, is now True"]),
        ({"a": 1}, {"a": "1"}, ["a was 1, is now '1'"]),
        ({"a": 1}, {}, ["a is gone, was 1"]),
        ({}, {"a": {"b": None}}, ["a is new: {'b': None}"]),
        ({"a": [1, 2]}, {"a": [1, 3, 4]}, ["a[1] was 2, is now 3", "a had 2 items, has now 3"]),
        ({"a": "one two"}, {"a": "one three"}, ["a differs: “one two” is now “one three”"]),
        ({"a": "x\ny"}, {"a": "x y"}, ["a differs: “x\\ny” is now “x y”"]),
        ({"a": ""}, {"a": "b"}, ["a differs: “” is now “b”"]),
    ],
)
def test_differences(old: Any, new: Any, words: list[str]) -> None:
    """Each field that changed is named, with both values."""
    assert list(differences(old, new)) == words


def test_window() -> None:
    """Of a long text only the changed words are shown, whole, with a little around them."""
    (said,) = differences({"a": LONG}, {"a": LONG.replace("lazy", "sleepy")})
    assert said == (
        "a differs: “…fox jumps over the lazy dog and runs into the…” is now "
        "“…fox jumps over the sleepy dog and runs into the…”"
    )


def test_long_change_is_cut() -> None:
    """A change of thousands of characters is not shown whole."""
    (said,) = differences({"a": "x" * 9000}, {"a": "y" * 9000})
    assert len(said) < 300
