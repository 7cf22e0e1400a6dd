"""Where a large source's text stands: what lies far from where the walk is, is looked up by it.

An index of groups of four bytes is made once, of the source as it was at first; each look-up then
costs what it finds and not what there is.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

AT, HASH = ord("@"), ord("#")
_GRAM, _TRIES, _RARE, _FEW = 4, 8, 32, 4_000
_FIRST, _STALE = 4, 64


def standing(
    data: bytes | bytearray, piece: bytes, start: int, end: int | None = None
) -> Iterator[int]:
    """Where the bytes stand from `start` on, in order; overlapping ones, too."""
    at = data.find(piece, start, end)
    while at >= 0:
        yield at
        at = data.find(piece, at + 1, end)


class Live:
    """Places in order, of which those that get covered are dropped by and by.

    Before `_next` only those are kept, apart, that were not covered when a look-up came past.
    """

    __slots__ = ("_last", "_next", "_passed", "_spots")

    def __init__(self, spots: list[int]) -> None:
        self._spots = spots
        self._passed: list[int] = []
        self._next = 0
        self._last = spots[-1] if spots else -1

    def add(self, spot: int) -> bool:
        """One more place after the others; False where it is known."""
        if spot <= self._last:
            return False
        self._last = spot
        self._spots.append(spot)
        return True

    def live(self, data: bytes | bytearray, start: int) -> Iterator[list[int]]:
        """The places from `start` on, few of them first and then more at a time."""
        passed, spots = self._passed, self._spots
        ahead = bisect_left(spots, start, self._next) if start > 0 else self._next
        if passed and passed[-1] >= start:
            alive = [spot for spot in passed if data[spot] != AT]
            if len(passed) - len(alive) > _STALE and passed is self._passed:
                self._passed = alive
            yield alive[bisect_left(alive, start) :] if start > 0 else alive
        size = _FIRST
        while ahead < len(spots):
            batch = spots[ahead : ahead + size]
            alive = [spot for spot in batch if data[spot] != AT]
            if ahead == self._next and 2 * len(alive) < len(batch):
                self._passed += alive
                self._next += len(batch)
            yield alive
            ahead, size = ahead + len(batch), min(4 * size, _STALE)


@dataclass(frozen=True, slots=True)
class Spots:
    """Where a part of a piece stands, and how far into the piece it is."""

    places: Live
    shift: int

    def found(self, data: bytes | bytearray, piece: bytes, start: int) -> Iterator[int]:
        """The piece's places from `start` on."""
        shift = self.shift
        for spots in self.places.live(data, start + shift):
            for spot in spots:
                if data.startswith(piece, spot - shift):
                    yield spot - shift


_NONE = Spots(Live([]), 0)


class Grams:
    """Where each four bytes of a source stand, as it was at first."""

    def __init__(self, data: bytes) -> None:
        import numpy as np  # noqa: PLC0415 - only large sources need it

        self._data = data
        values = np.frombuffer(data + bytes(_GRAM - 1), np.uint8).astype(np.uint16)
        pairs = values[:-1] << 8 | values[1:]
        high, low = pairs[:-2], pairs[2:]
        order = np.argsort(low, kind="stable")
        order = order[np.argsort(high[order], kind="stable")]
        keys = (high.astype(np.uint32) << 16 | low)[order]
        begins = np.flatnonzero(np.diff(keys, prepend=keys[0] ^ 1))
        self._order = order
        self._keys: list[int] = keys[begins].tolist()
        self._begins: list[int] = [*begins.tolist(), len(keys)]
        self._numbers = {key: number for number, key in enumerate(self._keys)}
        self._live: dict[bytes, Live] = {}
        self._known: dict[bytes, Spots | None] = {}

    def spots(self, piece: bytes) -> Spots | None:
        """Where a piece may stand; None where too many places hold too little of it."""
        if piece not in self._known:
            self._known[piece] = self._looked_up(piece)
        return self._known[piece]

    def _looked_up(self, piece: bytes) -> Spots | None:
        last = max(len(piece) - _GRAM, 0)
        best: tuple[int, int] | None = None
        for at in range(0, last + 1, last // _TRIES or 1):
            gram = piece[at : at + _GRAM]
            if AT in gram or HASH in gram:
                continue  # covering or hiding makes them
            begin, end = self._span(gram)
            if begin == end:
                return _NONE
            if best is None or end - begin < best[0]:
                best = end - begin, at
            if best[0] < _RARE:
                break
        if best is None or (len(piece) < _GRAM and best[0] > _FEW):
            return None
        if best[0] > _FEW and piece not in self._data:
            return _NONE
        return Spots(self._lived(piece[best[1] : best[1] + _GRAM]), best[1])

    def _span(self, gram: bytes) -> tuple[int, int]:
        """Which of the places in order are those of up to four bytes."""
        if len(gram) == _GRAM:
            number = self._numbers.get(int.from_bytes(gram))
            return (0, 0) if number is None else (self._begins[number], self._begins[number + 1])
        shift = 8 * (_GRAM - len(gram))
        key = int.from_bytes(gram) << shift
        first = bisect_left(self._keys, key)
        return self._begins[first], self._begins[bisect_left(self._keys, key + (1 << shift), first)]

    def _lived(self, gram: bytes) -> Live:
        if gram not in self._live:
            begin, end = self._span(gram)
            self._live[gram] = Live(sorted(self._order[begin:end].tolist()))
        return self._live[gram]
