"""Compiled expressions with a time budget.

An expression that takes too long on a text is cut by the `regex` package; its rule is named and
the others go on (`Cut`). Short texts and harmless expressions run without a clock.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import regex

from savoirfaire.knowledge.rules import expressions
from savoirfaire.knowledge.rules.expressions import MANY, Again, Back, Either, Node, walked

LONG = 2_000
"""From so many characters on, every expression runs by the clock."""


class Unreadable(ValueError):  # noqa: N818 - said of an expression; rules turn it into their error
    """An expression cannot be compiled; the message says why."""


class Cut(Exception):  # noqa: N818 - a signal, no error
    """A rule's time is used up."""


@dataclass(slots=True)
class Budget:
    """The seconds that a rule may still take on one document."""

    left: float

    def spend(self, seconds: float) -> None:
        """Take time off.

        Raises:
            Cut: Nothing is left.

        """
        self.left -= seconds
        if self.left <= 0:
            raise Cut


@dataclass(frozen=True, eq=False)
class Pattern:
    """An expression: its tree, and what finds it."""

    source: str
    tree: Node
    regex: "regex.Pattern[str]"
    risky: bool

    @cached_property
    def _plain(self) -> "re.Pattern[str] | None":
        """The same for `re`, which is quicker on plain letters; nothing where it may differ."""
        if not self.source.isascii() or not _width(self.tree) or _holds(self.tree):
            return None
        fold = expressions.folds(self.tree)
        flags = re.ASCII | re.MULTILINE | (re.IGNORECASE if fold else 0)
        try:
            return re.compile(expressions.written(self.tree, fold=fold), flags)
        except (re.error, OverflowError, RecursionError):  # `\p{L}`, looking back over any length
            return None

    def finder(self, text: str) -> "regex.Pattern[str]":
        """What finds the matches in a text for which no clock is needed."""
        return (self._plain if text.isascii() else None) or self.regex

    def quick(self, text: str) -> bool:
        """Whether the expression needs no clock on a text."""
        return not self.risky and len(text) < LONG

    def found(self, text: str, budget: Budget) -> "list[regex.Match[str]]":
        """Every match in a text, one after the other.

        Raises:
            Cut: The budget does not suffice.

        """
        if self.quick(text):
            return list(self.finder(text).finditer(text))
        began = time.perf_counter()
        try:
            matches = list(self.regex.finditer(text, timeout=max(budget.left, 0.001)))
        except TimeoutError:
            budget.left = 0
            raise Cut from None
        budget.spend(time.perf_counter() - began)
        return matches

    def among(self, text: str, spots: Sequence[int], budget: Budget) -> "list[regex.Match[str]]":
        """The matches that begin exactly at one of the spots, none within another.

        Raises:
            Cut: The budget does not suffice.

        """
        match = self.regex.match if self.quick(text) else self._timed(budget)
        end, matches = 0, []
        for spot in spots:
            if spot >= end and (found := match(text, spot)) is not None:
                matches.append(found)
                end = found.end()
        return matches

    def _timed(self, budget: Budget) -> "Callable[[str, int], regex.Match[str] | None]":
        def match(text: str, start: int) -> "regex.Match[str] | None":
            began = time.perf_counter()
            try:
                found = self.regex.match(text, start, timeout=max(budget.left, 0.001))
            except TimeoutError:
                budget.left = 0
                raise Cut from None
            budget.spend(time.perf_counter() - began)
            return found

        return match

    def within(self, text: str) -> bool:
        """Whether it stands anywhere in a short text."""
        try:
            return self.regex.search(text, timeout=1) is not None
        except TimeoutError:
            return False


def _width(node: Node) -> int:
    """The fewest characters that a match has."""
    match node:
        case expressions.Text() | expressions.Chars():
            return 1
        case expressions.Group(_, "capture" | "plain", body):
            return _width(body)
        case Again(body, least):
            return _width(body) * least
        case expressions.Row(parts):
            return sum(map(_width, parts))
        case Either(options):
            return min(map(_width, options))
    return 0


def _holds(node: Node) -> bool:
    """Whether every match holds a certain sign, by which `regex` looks; spaces are everywhere."""
    match node:
        case expressions.Text(char):
            return char != " "
        case expressions.Group(_, "capture" | "plain", body):
            return _holds(body)
        case expressions.Row(parts):
            return any(map(_holds, parts))
        case Either(options):
            return all(map(_holds, options))
        case Again(body, least):
            return least > 0 and _holds(body)
    return False


def risky(tree: Node) -> bool:
    """Whether an expression may take long even on a short text."""
    many = [node for node in walked(tree) if isinstance(node, Again) and node.most >= MANY]
    nested = any(
        isinstance(inner, Either) or (isinstance(inner, Again) and inner.most > 1)
        for node in many
        for inner in walked(node.body)
    )
    back = any(isinstance(node, Back) for node in walked(tree))
    return nested or back or len(many) > 2  # noqa: PLR2004 - three runs in a row are cubic


@lru_cache(maxsize=4_096)
def compiled(source: str) -> Pattern:
    """The expression, ready to run; lines end and begin at line breaks (`^`, `$`).

    Raises:
        Unreadable: It is no expression of this syntax.

    """
    try:
        tree = expressions.parsed(source)
        fold = expressions.folds(tree)
        flags = regex.VERSION0 | regex.MULTILINE | (regex.IGNORECASE if fold else 0)
        found = regex.compile(expressions.written(tree, fold=fold), flags)
    except (expressions.ExpressionError, regex.error, RecursionError, OverflowError) as error:
        raise Unreadable(str(error)) from error
    return Pattern(source, tree, found, risky(tree))


def joined(
    body: str, *, raw: str = "", word: bool, fold: bool, append: bool = True, template: str = ""
) -> str:
    """Alternatives as one expression, between word boundaries where they are words."""
    frame = (template or r"(?m)\b(?:%s)\b") if word else "(?m)(?:%s)"
    filled = frame.replace("%s", body, 1)
    whole = filled + raw if append else raw + filled
    return "(?i)" + whole if fold else whole


def excepting(terms: "list[str] | tuple[str, ...]") -> Pattern | None:
    """What matches any of the exceptions as words, the longest first; nothing for none."""
    if not terms:
        return None
    return compiled(joined("|".join(marked(terms)), word=True, fold=False))


def marked(terms: "list[str] | tuple[str, ...]") -> list[str]:
    """Terms in the order they are tried, each in its own case unless it says otherwise."""
    ordered = sorted(terms, key=lambda term: -len(term.encode()))
    return [term if term.startswith("(?i)") else f"(?-i){term}" for term in ordered]
