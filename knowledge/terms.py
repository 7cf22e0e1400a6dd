"""Literal terms in a text: every listed term at once, in one pass, as whole words.

Typography does not hide a term: a curly apostrophe, a non-breaking space or hyphen, a line
break between two words, an accent written as a separate mark, a soft hyphen or a zero-width
character leave it found, and the span given is that of the text as it stands.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import ahocorasick

SPACES = " \t\n\v\f\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SPACE = re.compile(f"[{SPACES}]")
_LOOKALIKE = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-"})
_COMPOSITIONS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
_EXTRA = re.compile("(?<= ) +|[\u00ad\u200b-\u200d\u2060\ufeff]+")


@dataclass(frozen=True)
class Hit:
    """A term found: the number of its owner, and its span `[start, end)` in the text."""

    owner: int
    start: int
    end: int


@dataclass(frozen=True)
class _Key:
    owner: int
    term: str
    case: bool


class TermFinder:
    """Finds the terms of several owners. Each owner is `(terms, case)`; case means exact case."""

    def __init__(self, owners: Iterable[tuple[Iterable[str], bool]]) -> None:
        keys: dict[str, list[_Key]] = defaultdict(list)
        for number, (terms, case) in enumerate(owners):
            for plain in (form for term in terms for form in _forms(term)):
                key = _Key(number, plain, case)
                if plain and key not in keys[_lower(plain)]:
                    keys[_lower(plain)].append(key)
        self._automaton = ahocorasick.Automaton()
        for word, owned in keys.items():
            self._automaton.add_word(word, owned)
        if keys:
            self._automaton.make_automaton()

    def find(self, text: str) -> list[Hit]:
        """Every whole-word occurrence, in order; of one owner's overlapping terms, the longest."""
        if not len(self._automaton):
            return []
        plain, places = _flatten(text)
        found = [
            (last + 1 - len(key.term), last + 1, key.owner)
            for last, keys in self._automaton.iter(_lower(plain))
            for key in keys
            if _stands(plain, last + 1 - len(key.term), last + 1)
            and (not key.case or plain[last + 1 - len(key.term) : last + 1] == key.term)
        ]
        return [
            Hit(owner, places[start], places[end - 1] + 1) for start, end, owner in _longest(found)
        ]


def _forms(term: str) -> tuple[str, str]:
    """A term with its accents composed, and as separate marks."""
    composed, apart = (unicodedata.normalize(form, term.strip()) for form in _COMPOSITIONS)
    return _flatten(composed)[0], _flatten(apart)[0]


def _longest(found: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Drop what overlaps an earlier or longer find of the same owner."""
    reached: dict[int, int] = {}
    kept = []
    for start, end, owner in sorted(found, key=lambda hit: (hit[0], -hit[1], hit[2])):
        if start >= reached.get(owner, 0):
            reached[owner] = end
            kept.append((start, end, owner))
    return kept


def _flatten(text: str) -> tuple[str, Sequence[int]]:
    """`text` with plain spaces, apostrophes and hyphens, and where each character came from."""
    plain = _SPACE.sub(" ", text).translate(_LOOKALIKE)
    if not _EXTRA.search(plain):
        return plain, range(len(plain))
    kept: list[int] = []
    end = 0
    for extra in _EXTRA.finditer(plain):
        kept.extend(range(end, extra.start()))
        end = extra.end()
    kept.extend(range(end, len(plain)))
    return "".join([plain[place] for place in kept]), kept


def _lower(text: str) -> str:
    """Lower case of the same length, so that places stay comparable (`İ` lowers to two)."""
    lowered = text.lower()
    if text.isascii():
        return lowered
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)


def _stands(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is not a part of a longer word."""
    return not (
        (start and _is_word(text[start - 1]) and _is_word(text[start]))
        or (end < len(text) and _is_word(text[end]) and _is_word(text[end - 1]))
    )


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_" or unicodedata.combining(character) > 0
