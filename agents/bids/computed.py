"""What was computed for a proposal, as grounds for figures: each of its kind, about what it is.

An amount of money bears out an amount, a percentage a percentage, a day a day or its year; a number
of things bears out the same number only of those things: three days of writing are no three weeks.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Literal

from savoirfaire.agents.figures import Figure, evidence, figures
from savoirfaire.knowledge.analysis import STOPWORDS, fold, forms
from savoirfaire.tools.money import amounts

Kind = Literal["money", "share", "date", "count"]

_BEFORE, _BEHIND = 2, 4  # words beside a number that may say what it counts
_WORD = re.compile(r"[^\W\d_]+")
_SHARE = re.compile(r"[ \u00a0\u202f]?(?:%|pour ?cents?\b|per ?cent\b)", re.IGNORECASE)
_YEAR = 4  # digits
_SAME = {"journee": "jour", "journees": "jours"}
_LEAST = 2  # letters of a word that may say what is counted


@dataclass(frozen=True)
class Stated:
    """A figure as a text states it: its kind, and the stems of the words it may count."""

    readings: frozenset[str]
    kind: Kind
    things: frozenset[str]


@dataclass(frozen=True)
class Computed:
    """What was computed: figures as they are stated, in a table or in a sentence."""

    stated: tuple[Stated, ...] = ()
    dated: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Computed":
        """What texts state: sentences, and tables in Markdown."""
        lines = [line for text in texts for line in text.splitlines()]
        days = (each for line in lines for figure in figures(line) for each in _days(figure))
        return cls(tuple(each for line in lines for each in _of_line(line)), frozenset(days))

    def bears(self, text: str, quote: str, start: int, readings: frozenset[str]) -> bool:
        """Whether the figure `quote` at `start` of a text was computed, as what the text says."""
        said = _stated(text, quote, start, readings)
        if said.kind in {"date", "count"} and said.readings & self.dated:
            return True
        return any(_fits(said, each) for each in self.stated)


NOTHING = Computed()
"""Nothing was computed."""


def _fits(said: Stated, known: Stated) -> bool:
    if said.kind != known.kind or not said.readings & known.readings:
        return False
    return said.kind != "count" or bool(said.things & known.things)


def placed(text: str) -> Iterator[tuple[Figure, int]]:
    """The figures of a text and where each begins."""
    end = 0
    for each in figures(text):
        start = text.index(each.quote, end)
        end = start + len(each.quote)
        yield each, start


def _days(figure: Figure) -> Iterator[str]:
    """A day, its month, and its year."""
    if any(map(_is_day, figure.readings)):
        parts = evidence(figure.quote)
        yield from (each for each in parts if _is_day(each) or len(each) == _YEAR)


def _is_day(reading: str) -> bool:
    return reading.startswith("date:")


def _of_line(line: str) -> Iterator[Stated]:
    """What a line states; a number alone in its cell counts what the cells beside it say."""
    cells = line.strip().strip("|").split("|")
    for place, cell in enumerate(cells):
        for each, start in placed(cell):
            said = _stated(cell, each.quote, start, each.readings)
            if said.kind == "count" and not said.things:
                beside = " ".join(
                    (*cells[max(place - 1, 0) : place], *cells[place + 1 : place + 2])
                )
                said = Stated(said.readings, said.kind, _stems(_WORD.findall(beside)))
            yield said


def _stated(text: str, quote: str, start: int, readings: frozenset[str]) -> Stated:
    end = start + len(quote)
    if any(map(_is_day, readings)):
        return Stated(readings, "date", frozenset())
    if any(each.start < end and start < each.end for each in amounts(text)):
        return Stated(frozenset(map(_valued, readings)), "money", frozenset())
    if _SHARE.match(text, end):
        return Stated(frozenset(map(_valued, readings)), "share", frozenset())
    before = _WORD.findall(text[:start])[-_BEFORE:]
    things = _stems((*before, *_WORD.findall(text[end:])[:_BEHIND]))
    return Stated(frozenset(map(_valued, readings)), "count", things)


def _valued(reading: str) -> str:
    """A reading without zeros that say nothing: 850.00 is 850."""
    try:
        return f"{Decimal(reading).normalize():f}"
    except InvalidOperation:
        return reading


def _stems(words: Iterable[str]) -> frozenset[str]:
    """The stems of words in both languages, without those that every text has."""
    lower = [_SAME.get(fold(word), word.lower()) for word in words]
    told = [word for word in lower if len(word) >= _LEAST and fold(word) not in STOPWORDS]
    return frozenset(stem for word in told for stem in forms(word)[:2])
