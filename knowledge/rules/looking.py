"""Where a large source's words stand: what lies far from where the walk is, is looked up by them.

An index of words is made once, of the source as it was at first; each look-up then costs what it
finds and not what there is.
"""

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

AT = ord("@")
_WORDS = re.compile(rb"[0-9A-Za-z]+")
_FEW, _STALE, _ENOUGH = 4_000, 64, 10


def standing(
    data: bytes | bytearray, piece: bytes, start: int, end: int | None = None
) -> Iterator[int]:
    """Where the bytes stand from `start` on, in order; overlapping ones, too."""
    at = data.find(piece, start, end)
    while at >= 0:
        yield at
        at = data.find(piece, at + 1, end)


class Live:
    """Places of a word, of which those that get covered are dropped by and by."""

    __slots__ = ("_last", "_missed", "spots")

    def __init__(self, spots: list[int]) -> None:
        self.spots = spots
        self._last = spots[-1] if spots else -1
        self._missed = 0

    def __len__(self) -> int:
        return len(self.spots)

    def add(self, spot: int) -> bool:
        """One more place after the others; False where it is known."""
        if spot <= self._last:
            return False
        self._last = spot
        self.spots.append(spot)
        return True

    def live(self, data: bytes | bytearray, start: int) -> Iterator[int]:
        """The places from `start` on."""
        if self._missed > _STALE:
            self.spots = [spot for spot in self.spots if data[spot] != AT]
            self._missed = 0
        spots = self.spots
        for number in range(bisect_left(spots, start) if start > 0 else 0, len(spots)):
            spot = spots[number]
            if data[spot] == AT:
                self._missed += 1
            else:
                yield spot


@dataclass(frozen=True, slots=True)
class Spots:
    """Where a word of a piece stands, and how far into the piece it is."""

    places: Live
    shift: int

    def found(self, data: bytes | bytearray, piece: bytes, start: int) -> Iterator[int]:
        """The piece's places from `start` on."""
        for spot in self.places.live(data, start + self.shift):
            at = spot - self.shift
            if at >= 0 and data.startswith(piece, at):
                yield at


_NONE = Live([])


class Words:
    """Where each word of a source stands, as it was at first."""

    def __init__(self, data: bytes) -> None:
        at: dict[bytes, list[int]] = {}
        for found in _WORDS.finditer(data):
            at.setdefault(found[0], []).append(found.start())
        self._at = {word: Live(spots) for word, spots in at.items()}
        self._holding: dict[bytes, Live | None] = {}
        self._whole: dict[bytes, Spots | None] = {}
        self._known: dict[bytes, Spots | None] = {}

    @cached_property
    def _vocabulary(self) -> bytes:
        return b"\n" + b"\n".join(self._at) + b"\n"

    def whole(self, piece: bytes) -> Spots | None:
        """Where a piece may stand whose words are all whole; None where it has none."""
        if piece not in self._whole:
            self._whole[piece] = self._rarest(_some(piece))
        return self._whole[piece]

    def _rarest(self, words: "list[re.Match[bytes]]") -> Spots | None:
        if not words:
            return None
        known = [(self._at.get(word[0], _NONE), word.start()) for word in words]
        return Spots(*min(known, key=lambda one: len(one[0])))

    def candidates(self, piece: bytes) -> Spots | None:
        """Where a piece may stand; None where its words do not tell."""
        if piece not in self._known:
            self._known[piece] = self._candidates(piece)
        return self._known[piece]

    def _candidates(self, piece: bytes) -> Spots | None:
        found = _some(piece)
        inner = [word for word in found if word.start() > 0 and word.end() < len(piece)]
        if inner or not found:
            return self._rarest(inner)
        word = found[0]
        left = b"" if word.start() == 0 else b"\n"
        right = b"" if word.end() == len(piece) else b"\n"
        part = left + word[0] + right
        if part not in self._holding:
            self._holding[part] = self._held(part, len(left))
        held = self._holding[part]
        return None if held is None else Spots(held, word.start())

    def _held(self, part: bytes, shift: int) -> Live | None:
        """Where words hold a part: anywhere, or at their begin or end."""
        spots: list[int] = []
        vocabulary, found = self._vocabulary, 0
        while (found := vocabulary.find(part, found)) >= 0:
            at = found + shift
            begin = vocabulary.rfind(b"\n", 0, at) + 1
            here = self._at[vocabulary[begin : vocabulary.find(b"\n", at)]].spots
            if len(spots) + len(here) > _FEW:
                return None
            spots.extend([spot + at - begin for spot in here] if at > begin else here)
            found += 1
        spots.sort()
        return Live(spots)


def _some(piece: bytes) -> "list[re.Match[bytes]]":
    """The first words of a piece; among so many there is a rare one."""
    return list(itertools.islice(_WORDS.finditer(piece), _ENOUGH))
