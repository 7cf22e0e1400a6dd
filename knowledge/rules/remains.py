"""What remains to be found in the part of a source that the walk has left behind.

Most of it is covered with `@`. What is not (marks, addresses, words passed over) is kept close
together: a look-up there costs next to nothing where the groups of bytes of what is looked up
are not all among it, which is nearly always.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from savoirfaire.knowledge.rules.looking import AT, Live

WORD = re.compile(rb"[0-9A-Za-z]")
REST = re.compile(rb"[^@]")
_COVER = bytes((AT,))
_SIZES = (0, 0, 0, 0, 4, 4, 4, 4, 8)
"""How many bytes of a piece are grouped, by its length."""
_LONGEST, _TRIES, _LITTLE = 8, 8, 2_000


class Remains:
    """The uncovered runs of bytes before `end`, in order, each followed by one `@`.

    `held` says which bytes a run must hold to be kept. The source has an `@` before `end`.
    """

    def __init__(self, held: "re.Pattern[bytes]") -> None:
        self.end = 0
        self._held = held
        self._rest = bytearray()
        self._at: list[int] = []
        self._from: list[int] = []
        self._known: dict[bytes, Live] = {}
        self._upto: dict[bytes, int] = {}
        self._grams: dict[int, set[bytes]] = {size: set() for size in _SIZES if size}
        self._told = dict.fromkeys(_SIZES, 0)

    def extend(self, data: bytearray, end: int) -> None:
        """Take in what lies before `end`, too."""
        at = self.end
        while (found := self._held.search(data, at, end)) is not None:
            start = max(data.rfind(_COVER, at, found.start()) + 1, at)
            at = data.find(_COVER, found.end(), end)
            self._at.append(len(self._rest))
            self._from.append(start)
            self._rest += data[start : at + 1]
        self.end = end

    def _groups(self, size: int) -> set[bytes]:
        """The groups of so many bytes that there are."""
        grams, told = self._grams[size], self._told[size]
        if told < len(self._rest):
            fresh = bytes(self._rest[max(told - size, 0) :])
            grams.update([fresh[n : n + size] for n in range(len(fresh) - size + 1)])
            self._told[size] = len(self._rest)
        return grams

    def places(self, data: bytearray, piece: bytes, start: int) -> Iterator[int]:
        """Where the bytes stand from `start` on, wholly before the end."""
        known = self._known.get(piece)
        if known is None:
            if self.lack(piece):
                return
            known = self._known[piece] = Live([])
            self._upto[piece] = 0
        for spots in known.live(data, start):
            yield from (at for at in spots if data.startswith(piece, at))
        for at in self._more(piece, known):
            if at >= start and data.startswith(piece, at):
                yield at

    def _more(self, piece: bytes, known: Live) -> Iterator[int]:
        """The places that come after those that are known."""
        size = len(piece) + 1
        found = max(self._upto[piece] - size, -1)
        while (found := self._rest.find(piece, found + 1)) >= 0:
            self._upto[piece] = found + size
            at = self._place(found)
            if known.add(at):
                yield at
        self._upto[piece] = len(self._rest)

    def lack(self, piece: bytes) -> bool:
        """Whether the piece cannot stand there, told by groups of its bytes."""
        if len(self._rest) < _LITTLE:
            return piece not in self._rest
        length = len(piece)
        size = _SIZES[min(length, _LONGEST)]
        if not size:
            return False
        grams, last = self._groups(size), length - size
        if piece[:size] not in grams or piece[last:] not in grams:
            return True
        step = last // _TRIES or 1
        return any(piece[n : n + size] not in grams for n in range(step, last, step))

    def _place(self, found: int) -> int:
        """Where in the source stands what was found here."""
        number = bisect_right(self._at, found) - 1
        return self._from[number] + found - self._at[number]
