"""Whether the priced parts of a proposal add up to the total that it states.

Parts are headings such as `Milestone 2` or `Lot 2`, priced by a line (`Costs: 8,000 USD`), in the
heading itself, or in the rows of a table. Nothing is guessed: where figures may be read two ways
and the answer depends on it, the answer is a question.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Literal

from savoirfaire.tools.money import Amount, amounts, decimal_signs

Verdict = Literal["adds up", "differs", "ask", "not stated"]

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$")
_PART = re.compile(
    r"(?:milestone|phase|stage|part|lot|work ?package|wp|sprint|étape|etape|jalon|tranche)s?"
    r"[ \u00a0]*(?:n[°o] ?)?(?:\d|[ivx]+\b)",
    re.IGNORECASE,
)
_COST = r"(?:costs?|price|amount|budget|funding|fees?|coûts?|couts?|prix|montant|honoraires)"
_LABEL = re.compile(
    rf"^[\s>*_+\-•|]*(?P<label>(?:(?:estimated|requested|required|total|overall|grand)\s+)*{_COST}"
    rf"(?:\s+(?:requested|required|total|totaux|globale?|estimée?))*|total(?:\s+(?:général|HT|TTC))?)"
    r"\s*(?:\([^)]{0,80}\))?[\s*_]*[:=|][\s*_]*(?P<said>.*)$",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"\b(?:total|overall|globale?)", re.IGNORECASE)
_ASIDE = re.compile(r"\([^()]*\)")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)(?!.*```)")
_LONGEST = 5000  # characters of a line that may state a price


@dataclass(frozen=True)
class Priced:
    """A part of a proposal, or its total, on a line of the text, from 1; its terms are summed."""

    name: str
    line: int
    terms: tuple[Amount, ...]

    def value(self, sign: str) -> Decimal | None:
        """What it comes to where `sign` ends whole parts; None where a figure has no such form."""
        values = [term.readings.get(sign) for term in self.terms]
        return None if None in values else sum((v for v in values if v is not None), Decimal(0))

    @property
    def currency(self) -> str:
        """The currency of its terms; empty where none is written."""
        return next((term.currency for term in self.terms if term.currency), "")


@dataclass(frozen=True)
class Sums:
    """What a proposal states, and what its parts come to.

    `verdict` is `ask` where it depends on how a figure is read, `not stated` where the total or the
    price of the parts is not there. `sum` and `total` are those of the one reading that is left;
    `why` says what there is to say, in English.
    """

    verdict: Verdict
    parts: tuple[Priced, ...] = ()
    stated: Priced | None = None
    sum: Decimal | None = None
    total: Decimal | None = None
    why: str = ""


def check_sums(markdown: str) -> Sums:
    """Compare the parts of a proposal with the total it states."""
    parts, total = _read(markdown)
    if total is None or not parts:
        missing = "its total" if total is None else "what its parts cost"
        return Sums("not stated", tuple(parts), total, why=f"it does not state {missing}")
    if differing := _currencies(parts, total):
        return differing
    readings = list(_readings(parts, total))
    if not readings:
        return Sums("ask", tuple(parts), total, why="its figures are written in different ways")
    holding = [summed == stated for _sign, summed, stated in readings]
    sign, summed, stated = readings[holding.index(True) if any(holding) else 0]
    if any(holding) != all(holding):
        words = ", ".join(
            dict.fromkeys(t.words for p in (total, *parts) for t in p.terms if t.is_open)
        )
        ends = "a point" if sign == "." else "a comma"
        why = f"it adds up only where {ends} ends whole parts: {words}"
        return Sums("ask", tuple(parts), total, summed, stated, why)
    if all(holding):
        return Sums("adds up", tuple(parts), total, summed, stated, _note(parts, total))
    why = f"its parts come to {summed}, not to {stated}"
    return Sums("differs", tuple(parts), total, summed, stated, why)


def _currencies(parts: Sequence[Priced], total: Priced) -> Sums | None:
    """A question, where parts have prices in several currencies."""
    named = {part.currency for part in parts} - {""}
    if len(named) > 1:
        why = f"its parts are priced in {', '.join(sorted(named))}"
        return Sums("ask", tuple(parts), total, why=why)
    taxes = {term.tax for part in (*parts, total) for term in part.terms} - {""}
    if len(taxes) > 1:
        return Sums("ask", tuple(parts), total, why="some amounts are without tax, others with it")
    return None


def _note(parts: Sequence[Priced], total: Priced) -> str:
    of_parts = next((part.currency for part in parts if part.currency), "")
    if of_parts and total.currency and of_parts != total.currency:
        return f"the total is in {total.currency}, its parts are in {of_parts}"
    return ""


def _readings(parts: Sequence[Priced], total: Priced) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Each way to read all figures alike: the sign, what the parts come to, and the total."""
    every = [term for part in (total, *parts) for term in part.terms]
    for sign in sorted(decimal_signs(every), reverse=True):
        values, stated = [part.value(sign) for part in parts], total.value(sign)
        if stated is not None and None not in values:
            yield sign, sum((each for each in values if each is not None), Decimal(0)), stated


# --- reading --------------------------------------------------------------------------------------


@dataclass
class _Section:
    """The part that a line stands in; without a name, none."""

    name: str = ""
    level: int = 0


def _read(markdown: str) -> tuple[list[Priced], Priced | None]:
    """The priced parts of a proposal, and its total."""
    lines = markdown.splitlines()
    parts: dict[str, Priced] = {}
    headings: dict[str, Priced] = {}
    totals: list[Priced] = []
    section = _Section()
    for number, line in _prose(lines):
        if heading := _HEADING.match(line):
            _enter(section, len(heading[1]), heading[2])
            if section.name == heading[2] and (terms := _first(heading[2])):
                headings.setdefault(section.name, Priced(section.name, number, terms))
        elif priced := _priced(line, number):
            if _TOTAL.search(priced.name) and not section.name:
                totals.append(priced)
            else:
                name = section.name or str(number)
                parts.setdefault(name, Priced(section.name or priced.name, number, priced.terms))
    found = [*parts.values(), *(each for name, each in headings.items() if name not in parts)]
    return found or list(_rows(lines)), totals[0] if totals else None


def _enter(section: _Section, level: int, name: str) -> None:
    """Go on to what stands under a heading."""
    if _PART.search(name):
        section.name, section.level = name, level
    elif section.name and level <= section.level:
        section.name, section.level = "", level


def _prose(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines that are not code, numbered from 1. A fence that nothing closes hides nothing."""
    fences = [number for number, line in enumerate(lines) if _FENCE.match(line)]
    code = {
        number
        for start, end in zip(fences[::2], fences[1::2], strict=False)
        for number in range(start, end + 1)
    }
    yield from (
        (number + 1, line)
        for number, line in enumerate(lines)
        if number not in code and len(line) <= _LONGEST
    )


def _priced(line: str, number: int) -> Priced | None:
    """A line that says what a part, or the whole, costs."""
    label = _LABEL.match(line)
    terms = _terms(label["said"]) if label else ()
    return Priced(label["label"], number, terms) if label and terms else None


def _first(words: str) -> tuple[Amount, ...]:
    return tuple(islice(amounts(words), 1))


def _terms(said: str) -> tuple[Amount, ...]:
    """The amounts that a price is the sum of: the first, and those that a plus joins to it.

    What stands in brackets explains.
    """
    outside = _ASIDE.sub(lambda aside: " " * len(aside[0]), said)
    found = list(amounts(outside, bare=True))
    if not found or outside[: found[0].start].strip(" \t*_~≈$€£"):
        return ()
    terms = found[:1]
    for each in found[1:]:
        if outside[terms[-1].end : each.start].strip() != "+":
            break
        terms.append(each)
    return tuple(terms)


def _rows(lines: Sequence[str]) -> Iterator[Priced]:
    """Parts that are rows of a table, or points of a list, each with its price at the end."""
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        first = cells[0].lstrip("-*+• ").strip("*_ ")
        if not _PART.match(first):
            continue
        priced = [found for cell in cells for found in amounts(cell)]
        if priced:
            yield Priced(first, number, (priced[-1],))
