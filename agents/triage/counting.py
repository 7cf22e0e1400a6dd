"""Texts as counts: words and pairs of words, runs of characters, pairs of stems in any order.

Everything is counted under a hash, so that what is kept of a client's mail is numbers and none of
its words. A stem is the shorter of the French and the English one, so that nothing depends on the
language; pairs in any order say what a message is about, however it is put. After K. Weinberger and
others, "Feature hashing for large scale multitask learning" (2009).
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from savoirfaire.knowledge.analysis import fold, forms

FORM = "words 1-2, characters 2-5, pairs of stems, hashed/1"
"""How texts are counted, by name and version: a model made with another cannot be used."""

SIZE = 2**20
"""How many hashes there are."""

LONGEST = 10_000
"""Characters of one text that are looked at: a mail says what it wants before that."""

_NEAR = 8  # words, within which two make a pair
_RUNS = (2, 3, 4, 5)  # characters
_LONGEST_WORD = 60
_WORD = re.compile(r"\w+")

Hashes = NDArray[np.uint32]


@dataclass(frozen=True)
class Counts:
    """What was counted in texts, a row each: three sparse matrices, and how long each text is."""

    words: Any
    chars: Any
    pairs: Any
    lengths: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.lengths)

    def rows(self, chosen: NDArray[Any]) -> "Counts":
        """Only these rows: their numbers, or whether each is taken."""
        parts = (self.words[chosen], self.chars[chosen], self.pairs[chosen])
        return Counts(*parts, self.lengths[chosen])


def count(texts: Sequence[str]) -> Counts:
    """The counts of texts; capitals and accents make no difference."""
    cut = [text[:LONGEST] for text in texts]
    read = [[_read(word) for word in _WORD.findall(text.lower())] for text in cut]
    sizes = np.array([len(words) for words in read], np.int64)
    plain = np.fromiter((word for words in read for word, _ in words), np.uint32)
    stems = np.fromiter((stem for words in read for _, stem in words), np.uint32)
    rows = np.repeat(np.arange(len(cut)), sizes)
    return Counts(
        _matrix(len(cut), *_joined([(rows, plain), _following(rows, plain)])),
        _characters(cut),
        _matrix(len(cut), *_joined([(rows, stems), *_near(rows, stems)])),
        np.array([len(text) for text in cut], np.float32),
    )


def together(first: Counts, second: Counts) -> Counts:
    """The rows of both, one after the other."""
    from scipy.sparse import vstack  # noqa: PLC0415 - heavy

    return Counts(
        vstack([first.words, second.words], format="csr"),
        vstack([first.chars, second.chars], format="csr"),
        vstack([first.pairs, second.pairs], format="csr"),
        np.concatenate([first.lengths, second.lengths]),
    )


# --- words ----------------------------------------------------------------------------------------

Placed = tuple[NDArray[np.int64], Hashes]


@lru_cache(maxsize=200_000)
def _read(word: str) -> tuple[int, int]:
    """The hashes of a word and of its stem."""
    word = word[:_LONGEST_WORD]
    french, english, _ = forms(word)
    stem = min(french.partition(":")[2], english.partition(":")[2], key=len)
    return _hash(fold(word)), _hash(stem)


def _hash(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def _following(rows: NDArray[np.int64], words: Hashes) -> Placed:
    """Every two words that follow one another in a text."""
    same = rows[1:] == rows[:-1]
    return rows[1:][same], _mixed(words[:-1][same] * np.uint32(31) + words[1:][same])


def _near(rows: NDArray[np.int64], stems: Hashes) -> Iterator[Placed]:
    """Every two stems that stand near each other, whichever comes first."""
    for far in range(1, _NEAR + 1):
        same = rows[far:] == rows[:-far]
        one, other = stems[:-far][same], stems[far:][same]
        yield rows[far:][same], _mixed((one + other) ^ (one * other))


def _mixed(hashes: Hashes) -> Hashes:
    """The hashes with every bit depending on all (the end of MurmurHash 3)."""
    found = hashes ^ (hashes >> np.uint32(16))
    found = found * np.uint32(0x85EBCA6B)
    found ^= found >> np.uint32(13)
    found = found * np.uint32(0xC2B2AE35)
    mixed: Hashes = found ^ (found >> np.uint32(16))
    return mixed


# --- characters -----------------------------------------------------------------------------------


def _characters(texts: Sequence[str]) -> Any:
    """The runs of characters within what stands between blanks."""
    read = [[_runs(piece) for piece in text.split()] for text in texts]
    sizes = [sum(map(len, pieces)) for pieces in read]
    hashes = np.fromiter(chain.from_iterable(chain.from_iterable(read)), np.uint32, sum(sizes))
    return _matrix(len(texts), np.repeat(np.arange(len(texts)), sizes), hashes)


@lru_cache(maxsize=50_000)
def _runs(piece: str) -> tuple[int, ...]:
    text = f" {fold(piece[:_LONGEST_WORD])} "
    return tuple(
        _hash(text[start : start + size])
        for size in _RUNS
        for start in range(max(1, len(text) - size + 1))
    )


# --- counting -------------------------------------------------------------------------------------


def _joined(parts: Sequence[Placed]) -> Placed:
    return np.concatenate([rows for rows, _ in parts]), np.concatenate([each for _, each in parts])


def _matrix(number: int, rows: NDArray[np.int64], hashes: Hashes) -> Any:
    """The counts as a sparse matrix, its columns in order."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy

    places = rows * SIZE + (hashes % np.uint32(SIZE))
    found, times = np.unique(places, return_counts=True)
    ends = np.searchsorted(found, np.arange(number + 1) * SIZE)
    columns = (found % SIZE).astype(np.int32)
    return csr_matrix((times.astype(np.float32), columns, ends), shape=(number, SIZE))
