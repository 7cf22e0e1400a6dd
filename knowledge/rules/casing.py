"""Titles and sentences in the case they should have, as Vale's `capitalization` works it out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import regex

from savoirfaire.knowledge.rules.patterns import Pattern, Unreadable, compiled

SMALL = frozenset(
    "a an and as at but by en for if in nor of on or per the to vs vs. via v v.".split()  # noqa: SIM905
)
PREPOSITIONS = frozenset(
    str.split(
        "with from into during including until against among throughout despite towards upon"
        " concerning about over through before between after since without under within along"
        " following across beyond around down near above"
    )
)
_SPLIT = regex.compile(r"[\p{N}\p{L}]+[^\s\-/]*")
_SIGNS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-"})
_NUMBER = re.compile(r"\d+\.")
PIECES = r"[\p{N}\p{L}*]+[^\s]*"
"""What counts as a word of a heading."""


@dataclass(frozen=True)
class Cases:
    """The terms that keep their own case, and what may stand before a title uncounted."""

    exceptions: Sequence[str] = ()
    indicators: tuple[str, ...] = ()
    prefix: str = ""
    chicago: bool = False
    _exact: list[tuple[str, Pattern | None]] = field(init=False)
    _any: Pattern | None = field(init=False)
    _lower: frozenset[str] = field(init=False)
    _known: dict[str, str] = field(init=False, default_factory=dict)
    _pieces: Pattern = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_exact", [(term, _pattern(term)) for term in self.exceptions])
        known = "|".join(f"(?:{term})" for term, pattern in self._exact if pattern)
        object.__setattr__(self, "_any", _pattern(known) if known else None)
        object.__setattr__(self, "_lower", frozenset(term.lower() for term in self.exceptions))
        terms = f"\\b(?:{'|'.join(self.exceptions)})\\b|" if self.exceptions else ""
        pieces = _pattern(f"(?i){terms}{PIECES}") or compiled(PIECES)
        object.__setattr__(self, "_pieces", pieces)

    def _own(self, word: str) -> str:
        if word not in self._known:
            self._known[word] = self._found(word)
        return self._known[word]

    def _found(self, word: str) -> str:
        if word.lower() not in self._lower and not (self._any and self._any.regex.search(word)):
            return ""
        for term, pattern in self._exact:
            if term.lower() == word.lower():
                return term
            if pattern is not None and pattern.regex.search(word):
                return word
        return ""

    def _parted(self, text: str) -> tuple[str, str]:
        found = regex.search(self.prefix, text) if self.prefix else None
        if found is None or not text.startswith(found[0]):
            return "", text
        return found[0], text[len(found[0]) :]

    def sentence(self, text: str) -> str:
        """The text with a capital at its beginning only."""
        prefix, text = self._parted(text)
        words = found_in(self._pieces, text)
        made = []
        for number, word in enumerate(words):
            before = words[number - 1] if number else ""
            own = self._own(word)
            first = number == 0 or self._indicates(before, number - 1)
            made.append(own or (_titled(word.lower()) if first else word.lower()))
        return prefix + " ".join(made)

    def _indicates(self, word: str, number: int) -> bool:
        if any(len(word) > len(sign) and word.endswith(sign) for sign in self.indicators):
            return True
        return number == 0 and bool(_NUMBER.search(word))

    def title(self, text: str) -> str:
        """The text with capitals at every word that is not a small one within."""
        prefix, text = self._parted(text)
        plain = text.translate(_SIGNS)

        def cased(found: "regex.Match[str]") -> str:
            word, (start, end) = found[0], found.span()
            bounding = start == 0 or end == len(plain)
            small = word.lower() in SMALL or (self.chicago and word.lower() in PREPOSITIONS)
            lowered = not bounding and small and _within(plain, start, end)
            return self._own(word) or (word.lower() if lowered else _titled(word))

        return prefix + str(_SPLIT.sub(cased, text))


def _within(text: str, start: int, end: int) -> bool:
    """Whether a small word stands within its title: not after a colon or a dash."""
    before = _char(text, start - 1)
    return (
        before in " -/"
        and _char(text, start - 2) not in ":-"
        and (_char(text, end) != "-" or before == "-")
    )


def _char(text: str, at: int) -> str:
    return text[at] if 0 <= at < len(text) else text[0]


def found_in(pattern: Pattern, text: str) -> list[str]:
    """Whatever the pattern finds, whole."""
    finder = pattern.finder(text)
    if not finder.groups:
        return list(finder.findall(text))
    return [found[0] for found in finder.finditer(text)]


def _titled(word: str) -> str:
    return word[:1].title() + word[1:]


def _pattern(source: str) -> Pattern | None:
    try:
        return compiled(source)
    except Unreadable:
        return None
