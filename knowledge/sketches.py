"""Sketches: a passage as it is weighed, without its words.

A sketch holds the dimensions of a text's content words, word by word, and its character 4-grams:
the folded words in order, joined by `_`, every four characters, hashed to 16 bits. Grams match what
stemming misses (`travaillent`, `travailleurs`), typing errors and glued words; a gram that spans
two words rewards words that stand together as in the question (McNamee & Mayfield, "Character
n-gram tokenization for European language text retrieval", 2004).

About 2 KB for a passage of 110 words. Hashes of words can be guessed: a sketch is erased with its
text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from savoirfaire.knowledge.analysis import FORMS, words

GRAM = 4  # characters
BUCKETS = 1 << 16

Stems = NDArray[np.uint32]
Grams = NDArray[np.uint16]

_HEADER = 4  # bytes: how many stems there are
_MULTIPLIER, _FINISH = np.uint32(0x01000193), np.uint32(0x2C1B3C6D)
_ORDER = np.arange(1 << 16, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Sketch:
    """A text as it is weighed: `stems` has the dimensions of each word in turn, `grams` follow."""

    stems: Stems
    grams: Grams

    @property
    def length(self) -> int:
        """How many content words the text has."""
        return len(self.stems) // len(FORMS)

    @cached_property
    def terms(self) -> tuple[Stems, NDArray[np.intp]]:
        """Each dimension once, rising, and how often it occurs."""
        ordered = np.sort(self.stems)  # what np.unique does, without its own preparations
        is_bound = np.ones(len(ordered) + 1, bool)
        np.not_equal(ordered[1:], ordered[:-1], out=is_bound[1:-1])
        bounds = np.flatnonzero(is_bound)
        return ordered[bounds[:-1]], bounds[1:] - bounds[:-1]

    def distinct_grams(self, scratch: NDArray[np.int32] | None = None) -> Grams:
        """Each gram once, in no order that means anything.

        `scratch`: a number for each bucket, whatever they are; for many sketches, give the same.
        """
        if len(self.grams) > len(_ORDER):
            return np.unique(self.grams)
        places = _ORDER[: len(self.grams)]
        last = np.empty(BUCKETS, np.int32) if scratch is None else scratch
        last[self.grams] = places  # only what is written is read: no need to clear it
        kept: Grams = self.grams[last[self.grams] == places]
        return kept

    def to_bytes(self) -> bytes:
        """A blob for the ledger: the number of stems, the stems, the grams, little-endian."""
        head = len(self.stems).to_bytes(_HEADER, "little")
        return head + self.stems.astype("<u4").tobytes() + self.grams.astype("<u2").tobytes()

    @classmethod
    def from_bytes(cls, blob: bytes) -> Self:
        """The sketch that `to_bytes` wrote."""
        end = _HEADER + 4 * int.from_bytes(blob[:_HEADER], "little")
        return cls(np.frombuffer(blob[_HEADER:end], "<u4"), np.frombuffer(blob[end:], "<u2"))


def length_of(blob: bytes) -> int:
    """How many content words a stored sketch has."""
    return int.from_bytes(blob[:_HEADER], "little") // len(FORMS)


def analyse(text: str) -> Sketch:
    """The stems and grams of `text`."""
    found = words(text)
    stems = np.frombuffer(b"".join([word.packed for word in found]), "<u4")
    return Sketch(stems, _hashed([word.plain for word in found]))


def gram_of(characters: str) -> int:
    """The bucket of four characters of folded words, `_` between words."""
    return int(_hashes(characters)[0])


def joined(plain: Sequence[str]) -> str:
    """Folded words as their grams see them."""
    return f"_{'_'.join(plain)}_".ljust(GRAM, "\0") if plain else ""


def _hashed(plain: Sequence[str]) -> Grams:
    return _hashes(joined(plain)) if plain else np.zeros(0, np.uint16)


def _hashes(characters: str) -> Grams:
    """The buckets of every four characters in a row: FNV's multiplier, then mixed."""
    letters = np.frombuffer(characters.encode("utf-32-le"), "<u4").astype(np.uint32)
    count = len(letters) - GRAM + 1
    hashed = letters[:count].copy()
    for shift in range(1, GRAM):
        hashed *= _MULTIPLIER
        hashed += letters[shift : count + shift]
    hashed ^= hashed >> np.uint32(15)
    hashed *= _FINISH
    return (hashed >> np.uint32(16)).astype(np.uint16)
