"""A brief in clauses: each heading, numbered or lettered point, bullet and paragraph with its span.

A clause has the label that people cite it by: `5.7.2`, `6.a`; what stands under a numbered clause
without a number of its own has the label of that clause.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["heading", "point", "text"]

_LINE = re.compile(
    r"(?P<indent>[ \t>]*)"
    r"(?:(?P<hashes>#{1,6})[ \t]*)?"
    r"(?:[*_]{0,2}(?:(?:article|section|lot|exigence|requirement|req)[ .:-]{0,2})?"
    r"(?P<number>(?:\d{1,4}\.)*\d{1,4})(?P<end>[.)]|[ \t]*[-–—:](?=[ \t])|(?=[ \t]))"
    r"|\(?(?P<letter>[a-z]|[ivx]{1,4})[.)](?=[ \t])"
    r"|(?P<bullet>[-*+•–](?=[ \t])))?"
    r"[ \t]*(?P<words>[^\n]*)",
    re.IGNORECASE,
)
_RULE = re.compile(r"[ \t]*(?:=+|-{3,}|_{3,}|\*{3,})[ \t]*$")
_STARTS = re.compile(r"[*_\"“«(\[]*[^\W\d_a-zà-ÿ]")
_BULLET = 3
_GAP = 3  # clauses that a numbering may leave out


@dataclass(frozen=True)
class Clause:
    """A clause at `[start, end)` of a text, under its heading; `level` is 0 for paragraphs."""

    kind: Kind
    label: str
    heading: str
    start: int
    end: int
    level: int = 0

    @property
    def is_bullet(self) -> bool:
        """Whether it is a point without a number or a letter of its own."""
        return self.level == _BULLET

    def of(self, text: str) -> str:
        """The words of the clause."""
        return text[self.start : self.end]


def clauses(text: str) -> list[Clause]:
    """The clauses of a canonical text, in order; together they have every word but the rules."""
    return list(_Reader(text))


def labels(found: list[Clause]) -> list[str]:
    """The labels that clauses introduce, each once, in order."""
    return list(dict.fromkeys(clause.label for clause in found if clause.label))


class _Reader:
    """Reads a text line by line; what it has opened ends with the next that opens."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._heading = ""
        self._number: tuple[int, ...] = ()
        self._label = ""
        self._listed = 0
        self._open: Clause | None = None

    def __iter__(self) -> Iterator[Clause]:
        at, blank = 0, True
        for line in self._text.splitlines(keepends=True):
            words = line.strip()
            if not words or _RULE.match(words):
                yield from self._close()
                blank = True
            else:
                yield from self._take(line, at, blank=blank)
                blank = False
            at += len(line)
        yield from self._close()

    def _take(self, line: str, at: int, *, blank: bool) -> Iterator[Clause]:
        found = _LINE.match(line)
        start = at + len(line) - len(line.lstrip())
        end = at + len(line.rstrip())
        begun = self._begun(found, start, end, blank=blank) if found else None
        if begun is None and self._open is not None and self._open.kind != "heading":
            self._open = replace(self._open, end=end)
            return
        yield from self._close()
        self._open = begun or Clause("text", self._label, self._heading, start, end)

    def _begun(self, found: re.Match[str], start: int, end: int, *, blank: bool) -> Clause | None:
        """The clause that a line begins; None for one that goes on."""
        words, number = found["words"].strip(), found["number"]
        if found["hashes"]:
            return self._under(words, number, start, end)
        if number and _STARTS.match(words) and (label := self._label_of(number, blank=blank)):
            return Clause("point", label, self._heading, start, end, 1)
        if found["letter"] and _STARTS.match(words):
            label = f"{self._label}.{found['letter']}".lstrip(".")
            return Clause("point", label, self._heading, start, end, 2)
        if found["bullet"]:
            return Clause("point", self._label, self._heading, start, end, _BULLET)
        return None

    def _under(self, words: str, number: str | None, start: int, end: int) -> Clause:
        """Go on under a heading."""
        self._heading = f"{number} {words}".strip() if number else words.strip("# ")
        if number:
            self._enter(number)
        return Clause("heading", self._label if number else "", self._heading, start, end)

    def _label_of(self, number: str, *, blank: bool) -> str:
        """The label of a point with this number; none where it numbers nothing.

        It goes on from the last one, or it opens a paragraph and is the first; `1194.22 Web-based`
        does neither. Under `5.9.1`, point 2 is `5.9.1.2`.
        """
        new = _parts(number)
        if len(new) == 1 and len(self._number) > 1:
            is_next = 0 < new[0] - self._listed <= _GAP
            self._listed = new[0] if is_next else self._listed
            return f"{self._label}.{new[0]}" if is_next else ""
        if not (_follows(self._number, new) or (blank and len(new) == 1 and new[0] <= _GAP)):
            return ""
        self._enter(number)
        return self._label

    def _enter(self, number: str) -> None:
        self._number, self._listed = _parts(number), 0
        self._label = number.rstrip(".")

    def _close(self) -> Iterator[Clause]:
        if self._open is not None:
            yield self._open
        self._open = None


def _parts(number: str) -> tuple[int, ...]:
    return tuple(int(each) for each in number.rstrip(".").split("."))


def _follows(last: tuple[int, ...], new: tuple[int, ...]) -> bool:
    """Whether `new` may come after `last` in a numbering: 5.7.2 after 5.7.1, 5.7 or 5.6.4."""
    if new[: len(last)] == last:
        return len(new) == len(last) + 1 and new[-1] <= 1
    place = len(new) - 1
    base = last + (0,) * max(0, len(new) - len(last))
    return new[:place] == base[:place] and 0 < new[place] - base[place] <= _GAP
