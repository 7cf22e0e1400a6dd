"""Where in its file a span of a source stands: the page, slide, row, cell, comment or note."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any


def labels_at(locators: Sequence[Mapping[str, Any]], start: int, end: int) -> list[str]:
    """The labels of a source's locators that `[start, end)` touches, in order; [] where none.

    Locators are as the ledger has them: in order, none within another.
    """
    first = bisect_right(locators, start, key=lambda each: int(each["end"]))
    touched = takewhile(lambda each: each["start"] < end, locators[first:])
    return [str(each["label"]) for each in touched]


def locator_at(locators: Sequence[Mapping[str, Any]], start: int, end: int) -> str:
    """The same as one text: `page 3`, of several the first and the last; empty where none."""
    labels = labels_at(locators, start, end)
    return " – ".join(dict.fromkeys(labels[:1] + labels[-1:]))
