"""What remains to be found in the part of a source that the walk has left behind.

Most of it is covered with `@`. What is not (marks, addresses, words passed over) is kept close
together: a look-up there costs next to nothing where the groups of bytes of what is looked up
are not all among it, which is nearly always.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from savoirfaire.knowledge.rules.looking import AT, Live

_RUNS = re.compile(rb"[^@]+")
_GRAM, _PAIR, _TRIES = 4, 2, 8


class Remains:
    """The uncovered runs of bytes before `end`, in order, each followed by one `@`."""

    def __init__(self) -> None:
        self.end = 0
        self._rest = bytearray()
        self._at: list[int] = []
        self._from: list[int] = []
        self._known: dict[bytes, Live] = {}
        self._upto: dict[bytes, int] = {}
        self._grams: set[bytes] = set()
        self._pairs: set[bytes] = set()

    def extend(self, data: bytearray, end: int) -> None:
        """Take in what lies before `end`, too."""
        size = len(self._rest)
        for run in _RUNS.finditer(data, self.end, end):
            self._take(run.start(), run[0])
        self.end = end
        fresh = bytes(self._rest[max(size - _GRAM, 0) :])
        self._grams.update(fresh[n : n + _GRAM] for n in range(len(fresh)))
        self._pairs.update(fresh[n : n + _PAIR] for n in range(len(fresh)))

    def _take(self, start: int, run: bytes) -> None:
        rest = self._rest
        if start == self.end and self._from and self._from[-1] + self._last() == start:
            rest.pop()  # It goes on where the part before was cut.
        else:
            self._at.append(len(rest))
            self._from.append(start)
        rest += run
        rest.append(AT)

    def _last(self) -> int:
        """The length of the last run."""
        return len(self._rest) - 1 - self._at[-1]

    def places(self, data: bytearray, piece: bytes, start: int) -> Iterator[int]:
        """Where the bytes stand from `start` on, wholly before the end."""
        known = self._known.get(piece)
        if known is None:
            if self.lack(piece):
                return
            known = self._known[piece] = Live([])
            self._upto[piece] = 0
        for at in known.live(data, start):
            if data.startswith(piece, at):
                yield at
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
        size = len(piece) - _GRAM + 1
        if size <= 0:
            return len(piece) >= _PAIR and piece[:_PAIR] not in self._pairs
        grams = self._grams
        return any(piece[n : n + _GRAM] not in grams for n in range(0, size, size // _TRIES or 1))

    def _place(self, found: int) -> int:
        """Where in the source stands what was found here."""
        number = bisect_right(self._at, found) - 1
        return self._from[number] + found - self._at[number]
