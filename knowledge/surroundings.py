"""What stands around a quote in a text, so that the same statement is found again, and no other.

A short quote says nothing by itself: `12 %` is one rate in one row and another in the next. It is
the same statement only behind the same words of its line, in the same column.
"""

import re
from bisect import bisect_right
from functools import cached_property

from savoirfaire.knowledge.analysis import fold

Surroundings = tuple[str, ...]

_LETTERS = re.compile(r"[^\W\d_]+")
_CELLS = re.compile(r"[|\t;]")
_TELLING = 3  # words of a quote that says by itself what it is about; and of those beside one


class Text:
    """A text in which quotes are looked for, with its lines and tables known."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[tuple[str, bool], list[tuple[int, Surroundings]]] = {}

    def places(self, quote: str, *, whole: bool) -> list[tuple[int, Surroundings]]:
        """Where a quote stands, in order, and among what; `whole`: as words of their own only."""
        if (quote, whole) not in self._found:
            at, found = self.text.find(quote), []
            while at >= 0:
                if not whole or self.is_whole(at, at + len(quote)):
                    found.append((at, self.around(at, at + len(quote))))
                at = self.text.find(quote, at + 1)
            self._found[quote, whole] = found
        return self._found[quote, whole]

    def is_whole(self, start: int, end: int) -> bool:
        """Whether a span neither begins nor ends within a word or a number."""
        edges = ((start - 1, start), (end - 1, end))
        pairs = [self.text[a : b + 1] for a, b in edges if a >= 0]
        return not any(len(pair) > 1 and pair.isalnum() for pair in pairs)

    def around(self, start: int, end: int) -> Surroundings:
        """The column of a span, and the words beside it: those before it in its line, or after.

        For what stands alone in its line, they are those of the line before.
        """
        line = bisect_right(self._starts, start) - 1
        before = self.text[self._starts[line] : start]
        column = len(_CELLS.findall(before))
        beside = _words(before)[-_TELLING:]
        if not beside:
            ends = self.text.find("\n", end)
            beside = _words(self.text[end : ends if ends >= 0 else None])[:_TELLING]
        if not beside and line:
            beside = _words(self.text[self._starts[line - 1] : self._starts[line]])[-_TELLING:]
        return (str(column), self._heading(line, column), *beside)

    def _heading(self, line: int, column: int) -> str:
        """What the first row of a table says of a column; nothing outside of tables."""
        if not column:
            return ""
        cells = _CELLS.split(self._line(self._heads[line]))
        return " ".join(_words(cells[column])) if column < len(cells) else ""

    def _line(self, number: int) -> str:
        return self.text[self._starts[number] : self._starts[number + 1]]

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        return starts

    @cached_property
    def _heads(self) -> list[int]:
        """For each line, the first of the lines with cells that it is one of."""
        heads: list[int] = []
        for number in range(len(self._starts) - 1):
            is_more = number and _CELLS.search(self._line(number - 1))
            heads.append(heads[-1] if is_more else number)
        return heads


def is_telling(quote: str) -> bool:
    """Whether a quote says by itself what it is about."""
    return len(_words(quote)) >= _TELLING


def _words(text: str) -> list[str]:
    return [fold(each) for each in _LETTERS.findall(text)]
