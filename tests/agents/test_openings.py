"""Openings to choose from, and what the past lets one expect of a subject line."""

from collections import Counter

import pytest

from savoirfaire.agents.forms import Item, Passage, PlannedSection, Sentence
from savoirfaire.agents.openings import (
    APPROACHES,
    PREVIEW,
    Opening,
    apart,
    approaches,
    open_offline,
    preview_of,
)
from savoirfaire.agents.subjects import FEWEST, Result, expected


def opening(text: str, approach: str = "news") -> Opening:
    """An opening of one sentence."""
    said = [Sentence(text=text, cites=["S1"])] if text else []
    return Opening.model_validate(
        {"approach": approach, "angle": text, "sentences": said, "subjects": []}
    )


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        (["The oven bakes bread.", "A workshop opens Monday."], 2),
        (["The oven bakes bread.", "Bread: the oven bakes it."], 1),
        (["The new oven bakes good bread on Monday.", "The oven bakes bread."], 1),
        (["The oven bakes bread.", ""], 1),
        ([], 0),
    ],
)
def test_apart(texts: list[str], kept: int) -> None:
    """Openings that say the same in other order are one; one that says nothing is none."""
    assert len(apart([opening(text) for text in texts])) == kept


def test_approaches() -> None:
    """What people chose most is asked for first; the last place goes round the others."""
    assert len(approaches(3, [])) == 3
    assert approaches(2, ["thread", "thread", "news"])[0] == "thread"
    last = {approaches(3, ["news"] * n)[-1] for n in range(10)}
    assert len(last) > 1
    assert set(approaches(9, [])) == set(APPROACHES)


def item(label: str, text: str) -> Item:
    """An item of one passage."""
    passage = Passage(
        label=f"{label}.1", source="s", path="p", start=0, end=len(text), quote=text, kind="item",
        score=0,
    )  # fmt: skip
    return Item(label=label, title=f"Story {label}", path="p", hint="", passages=[passage])


def section(*labels: str) -> PlannedSection:
    """A planned section."""
    return PlannedSection(heading="News", angle="", items=list(labels))


@pytest.mark.parametrize(
    ("sections", "firsts"),
    [
        ([["S1", "S2"], ["S3"]], ["S1", "S3", "S2"]),
        ([["S1"]], ["S1"]),
        ([["S1"], []], ["S1"]),
        ([], []),
    ],
)
def test_offline(sections: list[list[str]], firsts: list[str]) -> None:
    """Without a model each opening begins with another item, word for word, and says so."""
    items = {
        f"S{n}": item(f"S{n}", f"Story S{n}: {'tale ' * n}begins. More of it.") for n in (1, 2, 3)
    }
    evidence = {"items": items, "count": 3, "title": "Letter", "language": "French"}
    made = open_offline({**evidence, "sections": [section(*each) for each in sections]}).openings
    assert [each.sentences[0].cites for each in made] == [[f"{first}.1"] for first in firsts]
    assert all(each.approach == "items" and "Sans modèle" in each.angle for each in made)
    assert all(each.subjects[0].line == "Letter" for each in made)


@pytest.mark.parametrize("text", ["Short.", "word " * 40, "x" * 200, ""])
def test_previews(text: str) -> None:
    """A preview is as long as inboxes show, and ends at a word where it can."""
    preview = preview_of([Sentence(text=text, cites=[])])
    assert len(preview) <= PREVIEW + 1
    assert preview.rstrip("…").strip() in text


# --- subject lines --------------------------------------------------------------------------------


def past(count: int, *, tells: bool) -> list[Result]:
    """Results of lines with and without a figure; where `tells`, those with one do better."""
    return [
        Result(
            f"Line {n}" if n % 2 else "A line",
            40.0 + (10.0 if tells and n % 2 else 0.0) + (n * 7 % 5) / 2,
            f"2026-01-{n + 1:02}",
        )
        for n in range(count)
    ]


def test_too_few() -> None:
    """Under a dozen results nothing is said."""
    assert expected("A line", past(FEWEST - 1, tells=True)) is None
    assert expected("A line", past(FEWEST, tells=True)) is not None


def test_expected() -> None:
    """Where the build tells, a line is expected to do as its like did, within its own spread."""
    results = past(30, tells=True)
    high, low = expected("Line 99", results), expected("No figure", results)
    assert high is not None
    assert low is not None
    assert high.apart
    assert 48 < high.value < 53
    assert 39 < low.value < 44
    assert high.low < high.value < high.high < high.low + 6
    assert (high.similar, high.results) == (15, 30)


def test_nothing_to_tell() -> None:
    """Where the build does not tell, every line is expected to do as all of them did."""
    results = past(30, tells=False)
    guesses = [expected(line, results) for line in ("Line 99", "No figure", "Why?")]
    assert all(each is not None and not each.apart for each in guesses)
    assert Counter(each.value for each in guesses if each).most_common(1)[0][1] == 3
