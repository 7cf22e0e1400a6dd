"""The order in which a person reads what lies on a slide.

A slide is cut along its widest gap, across or down, and so are the halves, until nothing can be
cut: so columns are read one after the other, and rows of cards card by card.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

# Frames are a little larger than the words in them, and overlap where their words do not.
_SHRINK = 0.06
_DEEPEST = 40


class Box(NamedTuple):
    """Where a thing lies, in any unit."""

    left: float
    top: float
    width: float
    height: float


Placed = tuple[Box, T]
_Side = Callable[[Box], tuple[float, float]]


def in_reading_order(placed: Sequence[Placed[T]]) -> list[T]:
    """Give the things on a page in the order in which they are read."""
    return [thing for _, thing in _ordered(list(placed), _DEEPEST)]


def _ordered(placed: list[Placed[T]], depth: int) -> list[Placed[T]]:
    down, across = _widest_gap(placed, _rows), _widest_gap(placed, _columns)
    side, (gap, middle) = (_rows, down) if down[0] >= across[0] else (_columns, across)
    if not gap or not depth:
        return sorted(placed, key=lambda item: (item[0].top, item[0].left))
    first = [item for item in placed if side(item[0])[0] < middle]
    second = [item for item in placed if side(item[0])[0] >= middle]
    return _ordered(first, depth - 1) + _ordered(second, depth - 1)


def _widest_gap(placed: Sequence[Placed[T]], side: _Side) -> tuple[float, float]:
    """Give the width of the widest gap along one side, 0 for none, and its middle."""
    spans = sorted(side(box) for box, _ in placed)
    gaps = [(0.0, 0.0)]
    reached = spans[0][1] if spans else 0.0
    for start, end in spans:
        gaps.append((start - reached, (start + reached) / 2))
        reached = max(reached, end)
    return max(gaps)


def _rows(box: Box) -> tuple[float, float]:
    return box.top + box.height * _SHRINK, box.top + box.height * (1 - _SHRINK)


def _columns(box: Box) -> tuple[float, float]:
    return box.left + box.width * _SHRINK, box.left + box.width * (1 - _SHRINK)
