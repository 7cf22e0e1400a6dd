"""The page of a client's Brand OS, before it is put on a terminal or into Markdown.

Sections of lines and grids; each statement carries the numbers of its sources, which are listed at
the end with path, span and quote.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from savoirfaire.knowledge.brandos.records import Citation, Record

_QUOTE = 90  # characters of a quote in the list of sources
_BARS = "▁▂▃▄▅▆▇█"
_WIDEST = 18  # bars of a sparkline
_MOST_MARKS = 3  # sources named behind one statement


@dataclass(frozen=True)
class Line:
    """A statement, with the numbers of its sources. `label` stands before it.

    A `head` is no statement: it names what comes below it.
    """

    text: str
    marks: tuple[int, ...] = ()
    label: str = ""
    bullet: bool = False
    strong: bool = False
    head: bool = False


@dataclass(frozen=True)
class Grid:
    """A table, each row with its sources' numbers.

    `numeric` are the places of columns of numbers, `whole` of those whose words stay on one line.
    """

    columns: Sequence[str]
    rows: Sequence[tuple[Sequence[str], tuple[int, ...]]]
    numeric: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()


Block = Line | Grid


@dataclass
class Section:
    """A part of the page under a heading."""

    heading: str
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class Footnote:
    """A source of a statement: where it stands, and its words. `place`: the page, row or cell.

    What a person wrote without a source has `path` say so, and no quote.
    """

    number: int
    path: str
    place: str
    start: int | None
    end: int | None
    quote: str


class Sources:
    """Numbers the places that statements rest on, in the order in which they come up.

    `locate` gives the place of a citation in words; it is asked once for each.
    """

    def __init__(self, paths: Mapping[str, str], locate: Callable[["Citation"], str]) -> None:
        self._paths = paths
        self._locate = locate
        self._notes: dict[tuple[str, int | None, str], Footnote] = {}

    def marks(self, citations: Iterable["Citation"]) -> tuple[int, ...]:
        """The numbers of some citations; of many, the first ones."""
        return tuple(dict.fromkeys(self._number(each) for each in list(citations)[:_MOST_MARKS]))

    def of(self, record: "Record", *names: str) -> tuple[int, ...]:
        """The numbers of what some fields of a record rest on, or of the person who wrote them."""
        if record.author != record.decided_by:
            return self.marks(grounds(record, *names))
        return self.marks(of_field(record, *names)) or self.written(record)

    def written(self, record: "Record") -> tuple[int, ...]:
        """The number of a person who wrote a record without a source."""
        from savoirfaire.cli.messages import _, day

        when = day(date.fromisoformat((record.decided_at or record.proposed_at)[:10]))
        said = _("written by {name} on {day}, no source")
        path = said.format(name=record.decided_by or record.author, day=when)
        number = len(self._notes) + 1
        note = self._notes.setdefault((path, None, ""), Footnote(number, path, "", None, None, ""))
        return (note.number,)

    def notes(self) -> list[Footnote]:
        """All that was numbered."""
        return list(self._notes.values())

    def _number(self, citation: "Citation") -> int:
        key = (citation.source, citation.start, citation.quote)
        if key not in self._notes:
            words = " ".join(citation.quote.split())
            quote = words if len(words) <= _QUOTE else f"{words[: _QUOTE - 1].rstrip()}…"
            path = self._paths.get(citation.source, citation.source)
            number = len(self._notes) + 1
            place = self._locate(citation)
            note = Footnote(number, path, place, citation.start, citation.end, quote)
            self._notes[key] = note
        return self._notes[key].number


class Todo(NamedTuple):
    """What is missing: a sentence, what to do next, and the command to do it with."""

    said: str
    advice: str
    command: str


@dataclass
class Page:
    """The whole page."""

    title: str
    lines: list[str]
    sections: list[Section]
    missing: list[Todo]
    sources: list[Footnote]

    def todo(self) -> dict[str, list[Todo]]:
        """What is missing, by the command to begin with."""
        grouped: dict[str, list[Todo]] = {}
        for each in self.missing:
            grouped.setdefault(each.command, []).append(each)
        return grouped


def of_field(record: "Record", *names: str) -> list["Citation"]:
    """The citations of some fields of a record; those of the whole where these have none."""
    prefixes = tuple(f"/{name}" for name in names)
    own = [
        each
        for each in record.citations
        if any(each.field == prefix or each.field.startswith(f"{prefix}/") for prefix in prefixes)
    ]
    return own or [each for each in record.citations if not each.field]


def grounds(record: "Record", *names: str) -> list["Citation"]:
    """The citations of some fields of a record, else its first."""
    return of_field(record, *names) or list(record.citations[:1])


def sparkline(values: Sequence[float]) -> str:
    """A series as bars: the lowest value is the lowest bar, the highest is full.

    Of a long series, each bar is the mean of as many values.
    """
    count = min(len(values), _WIDEST)
    cuts = [round(n * len(values) / count) for n in range(count + 1)]
    shown = [sum(values[a:b]) / (b - a) for a, b in pairwise(cuts)]
    low, high = min(shown), max(shown)
    if high == low:
        return _BARS[3] * len(shown)
    return "".join(_BARS[round((v - low) / (high - low) * (len(_BARS) - 1))] for v in shown)
