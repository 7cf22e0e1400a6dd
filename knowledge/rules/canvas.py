"""The source of a document, on which what was read is painted over step by step.

Vale finds where an alert belongs by looking its text up in the source, in which every text read
before is covered with `@`. To come to the same places, the same is done here, on the bytes of the
source (UTF-8), which stay as many as they were. Of what lies before the place that the walk has
come to, only what remains is looked through. In a large source what follows far behind is indexed
as well, so that a look-up costs the same as in a small one.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate, takewhile

from savoirfaire.knowledge.rules.columns import PAIR, Columns
from savoirfaire.knowledge.rules.looking import AT, HASH, Grams, Spots, standing
from savoirfaire.knowledge.rules.remains import REST, WORD, Remains

NEWLINE = ord("\n")
_CONTINUATION = bytes(range(0x80, 0xC0))
_COVER = bytes(AT if byte < 0x80 and byte != NEWLINE else byte for byte in range(256))  # noqa: PLR2004
_HIDE = {
    sign: bytes(byte if byte == NEWLINE or 0x80 <= byte < 0xC0 else sign for byte in range(256))  # noqa: PLR2004
    for sign in (AT, HASH)
}
_LARGE = 40_000
"""From so many bytes on, a source is indexed."""
_NEAR, _STEP, _TELLING, _OFTEN = 8_000, 400, 12, 40
_COVERED = bytes((AT,))
_WORDS = frozenset(b"".join(WORD.findall(bytes(range(0x80)))))


def runes(data: bytes | bytearray) -> int:
    """How many characters the bytes hold."""
    return len(data) if data.isascii() else len(data.translate(None, _CONTINUATION))


class Canvas:
    """One source. Offsets are bytes; lines count from 0."""

    def __init__(self, text: str) -> None:
        self.data = bytearray(text.encode("utf-8", "replace"))
        lines = self.data.split(b"\n")
        self.starts = [0, *accumulate(len(line) + 1 for line in lines[:-1])]
        self.heads = [0, *accumulate(runes(line) + 1 for line in lines[:-1])]
        self._large = len(self.data) >= _LARGE
        self._first = bytes(self.data) if self._large else b""
        self._words_left, self._left = Remains(WORD), Remains(REST)
        # What is covered stays covered, so a piece is never found before where it was last.
        self._lowest: dict[bytes, int] = {}
        self._far: dict[bytes, tuple[int, int]] = {}
        self._ahead, self._times = 0, 0
        self.hidden = 0

    def __len__(self) -> int:
        return len(self.data)

    def line_at(self, offset: int) -> int:
        """The line that a byte lies in."""
        return bisect_right(self.starts, offset) - 1

    def line(self, number: int) -> tuple[int, int]:
        """Where a line begins and ends, its line break with it."""
        last = number + 1 >= len(self.starts)
        return self.starts[number], len(self.data) if last else self.starts[number + 1]

    def rune(self, offset: int) -> int:
        """How many characters stand before a byte."""
        number = self.line_at(offset)
        return self.heads[number] + runes(self.data[self.starts[number] : offset])

    def places(self, piece: bytes, start: int = 0) -> Iterator[int]:
        """Where the bytes stand, from `start` on, in order."""
        spots = self._spots(piece)
        if spots is not None:
            return spots.found(self.data, piece, start)
        remains = self._remains(piece)
        if remains is None:
            return standing(self.data, piece, start)
        if not self._large and (start >= remains.end or remains.lack(piece)):
            return standing(self.data, piece, max(start, remains.end - len(piece) + 1))
        return self._parts(remains, piece, start)

    def _spots(self, piece: bytes) -> Spots | None:
        return self._grams.spots(piece) if self._large else None

    @cached_property
    def _grams(self) -> Grams:
        return Grams(self._first)

    def _remains(self, piece: bytes) -> Remains | None:
        """Where to look a piece up in what lies behind; nothing where all is to be looked through.

        Covering or hiding may have made what was not there at first.
        """
        if not piece or piece[0] == AT or b"@@" in piece or (self.hidden and HASH in piece):
            return None
        if (piece[0] in _WORDS or WORD.search(piece)) and AT not in piece:
            return self._words_left
        if not self._large:
            return None
        if self._left.end < self._words_left.end and not self.hidden:
            self._left.extend(self.data, self._words_left.end)
        return self._left

    def _parts(self, remains: Remains, piece: bytes, start: int) -> Iterator[int]:
        """What remains before where the walk is, what is near, and what is far ahead."""
        if start < remains.end:
            yield from remains.places(self.data, piece, start)
        begin = max(start, remains.end - len(piece) + 1, 0)
        far = max(begin, remains.end) + _NEAR
        yield from standing(self.data, piece, begin, far)
        begin = max(begin, far - len(piece) + 1)
        if begin < len(self.data):
            yield from self._ahead_of(piece, begin)

    def _ahead_of(self, piece: bytes, begin: int) -> Iterator[int]:
        """The places of a piece far ahead; the first one in the source as it was is remembered."""
        if not self._large or AT in piece or HASH in piece:
            yield from standing(self.data, piece, begin)
            return
        known, at = self._far.get(piece, (begin, begin))
        if at < 0:
            return
        at = self._first.find(piece, at if known <= begin <= at else begin)
        self._far[piece] = begin, at
        while at >= 0:
            if self.data.startswith(piece, at):
                yield at
            at = self._first.find(piece, at + 1)

    def first(self, piece: bytes, start: int) -> int:
        """The first place of the bytes from `start` on, or -1."""
        if self._large:
            return next(self.places(piece, start), -1)
        remains = self._remains(piece)
        if remains is None:
            return self.data.find(piece, start)
        if start >= remains.end or remains.lack(piece):
            return self.data.find(piece, max(start, remains.end - len(piece) + 1, 0))
        return next(self._parts(remains, piece, start), -1)

    def in_column(self, piece: bytes, column: int, limit: int) -> Iterator[int]:
        """Where the bytes stand at that column (in bytes, from 0) of a line, before `limit`."""
        remains = self._remains(piece)
        if remains is None or len(piece) < PAIR or AT in piece[:PAIR]:
            return self._in_column(self.places(piece), column, limit)
        if not self._large:
            return self._near_column(remains, piece, column, limit)
        found = self._columns.spots(piece, column).found(self.data, piece, 0)
        return takewhile(limit.__gt__, found)

    def _near_column(
        self, remains: Remains, piece: bytes, column: int, limit: int
    ) -> Iterator[int]:
        if not remains.lack(piece):
            return self._in_column(self.places(piece), column, limit)
        begin, size = max(remains.end - len(piece) + 1, 0), len(piece) - 1
        return self._in_column(standing(self.data, piece, begin, limit + size), column, limit)

    def _in_column(self, places: Iterable[int], column: int, limit: int) -> Iterator[int]:
        for at in places:
            if at >= limit:
                return
            if at - self.starts[self.line_at(at)] == column:
                yield at

    @cached_property
    def _columns(self) -> Columns:
        return Columns(self._first, self.starts)

    def find(self, piece: bytes) -> int:
        """The first place of the bytes, or -1."""
        if not piece or (not self._large and (self.hidden or AT in piece)):
            return self.data.find(piece)
        lowest = self._lowest.get(piece, 0)
        if lowest >= 0 and not self.data.startswith(piece, lowest):
            lowest = self.first(piece, lowest)
            if not self.hidden:
                self._lowest[piece] = lowest
        return lowest

    def cover(self, piece: bytes) -> int:
        """Cover the first place of the bytes with `@`, and tell it; letters beyond ASCII stay."""
        at = self.find(piece)
        self._lowest[piece] = at
        if at >= 0:
            self.data[at : at + len(piece)] = piece.translate(_COVER)
        return at

    def hide(self, at: int, size: int, sign: int) -> bytes:
        """Cover every character of a span for a while, and give what stood there."""
        self.hidden += 1
        old = bytes(self.data[at : at + size])
        self.data[at : at + size] = old.translate(_HIDE[sign])
        return old

    def show(self, at: int, old: bytes) -> None:
        """Put back what was hidden last."""
        self.hidden -= 1
        self.data[at : at + len(old)] = old

    def passed(self, at: int, size: int) -> None:
        """The walk has covered so many bytes there; what lies before is behind it."""
        behind = self._words_left.end
        if size < _TELLING or at < behind or self.hidden:
            return
        near = at < behind + _NEAR
        # Far ahead may be somewhere else altogether, unless the walk goes on and on there.
        ahead = not near and self._ahead <= at < self._ahead + _NEAR
        self._times = self._times + 1 if ahead else 0
        self._ahead = at
        if self._times >= _OFTEN or (near and at >= behind + _STEP):
            end = self.data.rfind(_COVERED, behind, at + size) + 1
            self._words_left.extend(self.data, max(end, behind))
