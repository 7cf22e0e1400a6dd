"""Where the terms of a question stand in stored sketches.

All sketches are read as 16-bit numbers: grams as they are, stems by their lower halves, which tell
nearly all apart; the few that match are looked at again. Some are looked up at a time: with memory
for all at once it takes twice as long, since the system clears each page of it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from savoirfaire.knowledge.analysis import FORMS
from savoirfaire.knowledge.sketches import BUCKETS, length_of

_TOGETHER = 1 << 14  # numbers
_HEAD = 2  # numbers before the stems of a sketch
_LOW = np.uint32(BUCKETS - 1)

Numbers = NDArray[np.int64]


class Occurrences(NamedTuple):
    """Terms where they stand: the sketch of each, by its place among `sketches`, and the term."""

    sketches: int
    owners: Numbers
    terms: Numbers | NDArray[np.uint16]

    def counts(self, wanted: Sequence[int]) -> NDArray[np.float64]:
        """How often each sketch has each wanted term: sketches × terms. `wanted` rises."""
        columns = _columns(self.terms, np.array(wanted, np.int64))
        found = np.flatnonzero(columns >= 0)
        flat = self.owners.take(found) * len(wanted) + columns.take(found)
        table = np.bincount(flat, minlength=self.sketches * len(wanted))
        return table.reshape(self.sketches, len(wanted)).astype(np.float64)


class Matches(NamedTuple):
    """Where the wanted stems and grams stand in several sketches, and their content words."""

    stems: Occurrences
    grams: Occurrences
    lengths: Numbers

    @classmethod
    def of(cls, blobs: Sequence[bytes], stems: Sequence[int], grams: Sequence[int]) -> Self:
        """What stored sketches hold of some stems and grams."""
        lengths = np.array([length_of(blob) for blob in blobs], np.int64)
        bounds = np.cumsum([0, *map(len, blobs)]) // 2
        every = np.frombuffer(b"".join(blobs), "<u2")
        places = _places(every, _table(stems, grams))
        among = np.searchsorted(places, bounds)
        owners = np.repeat(np.arange(len(blobs)), among[1:] - among[:-1])
        inside = places - bounds[owners] - _HEAD
        is_gram = inside >= 2 * len(FORMS) * lengths[owners]
        is_stem = ~is_gram & (inside >= 0) & (inside & 1 == 0)
        codes = every[places]
        following = every.take(places[is_stem] + 1).astype(np.int64)
        whole = codes[is_stem] + (following << 16)
        return cls(
            Occurrences(len(blobs), owners[is_stem], whole),
            Occurrences(len(blobs), owners[is_gram], codes[is_gram]),
            lengths,
        )


def _columns(terms: NDArray[Any], wanted: Numbers) -> NDArray[Any]:
    """The place of each term among the wanted ones, which rise; negative where it is not there."""
    if terms.dtype == np.uint16:  # looked up in a table it takes a third of the time
        table = np.full(BUCKETS, -1, np.int32)
        table[wanted] = np.arange(len(wanted), dtype=np.int32)
        return table.take(terms)
    columns = np.minimum(np.searchsorted(wanted, terms), len(wanted) - 1)
    return np.where(wanted[columns] == terms, columns, -1)


def _table(stems: Sequence[int], grams: Sequence[int]) -> NDArray[np.bool_]:
    """Which 16-bit numbers are wanted."""
    table = np.zeros(BUCKETS, bool)
    table[np.array(stems, np.uint32) & _LOW] = True
    table[np.array(grams, np.uint32)] = True
    return table


def _places(every: NDArray[np.uint16], table: NDArray[np.bool_]) -> Numbers:
    """Where the wanted numbers stand, rising."""
    found = [np.zeros(0, np.int64)]
    for at in range(0, len(every), _TOGETHER):
        # Looked up by the machine's own integers it takes half the time.
        part = table.take(every[at : at + _TOGETHER].astype(np.intp))
        found.append(np.flatnonzero(part) + at)
    return np.concatenate(found)
