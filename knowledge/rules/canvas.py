"""The source of a document, on which what was read is painted over step by step.

Vale finds where an alert belongs by looking its text up in the source, in which every text read
before is covered with `@`. To come to the same places, the same is done here, on the bytes of the
source (UTF-8), which stay as many as they were. A large source is looked up by its words, so that
each look-up costs what it finds and not what there is.
"""

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

AT, HASH, NEWLINE = ord("@"), ord("#"), ord("\n")
_CONTINUATION = bytes(range(0x80, 0xC0))
_COVER = bytes(AT if byte < 0x80 and byte != NEWLINE else byte for byte in range(256))  # noqa: PLR2004
_HIDE = {
    sign: bytes(byte if byte == NEWLINE or 0x80 <= byte < 0xC0 else sign for byte in range(256))  # noqa: PLR2004
    for sign in (AT, HASH)
}
_LARGE = 40_000
"""From so many bytes on, words are indexed."""
_WORDS = re.compile(rb"[0-9A-Za-z]+")
_FEW, _STALE, _GRAM, _ENOUGH = 4_000, 64, 2, 10


def runes(data: bytes | bytearray) -> int:
    """How many characters the bytes hold."""
    return len(data.translate(None, _CONTINUATION))


class Canvas:
    """One source. Offsets are bytes; lines count from 0."""

    def __init__(self, text: str) -> None:
        self.data = bytearray(text.encode("utf-8", "replace"))
        lines = self.data.split(b"\n")
        self.starts = [0, *accumulate(len(line) + 1 for line in lines[:-1])]
        self.heads = [0, *accumulate(runes(line) + 1 for line in lines[:-1])]
        self._first = bytes(self.data)
        self._words = Words(self._first) if len(self.data) >= _LARGE else None
        # What is covered stays covered, so a piece is never found before where it was last.
        self._lowest: dict[bytes, int] = {}
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
        return self._among(self._words.candidates(piece) if self._words else None, piece, start)

    def whole_places(self, piece: bytes, start: int = 0) -> Iterator[int]:
        """The same, where the piece may begin and end with whole words only."""
        return self._among(self._words.whole(piece) if self._words else None, piece, start)

    def _among(self, spots: "Spots | None", piece: bytes, start: int) -> Iterator[int]:
        data = self.data
        if spots is None:
            at = self._plain(piece, start)
            while at >= 0:
                yield at
                at = data.find(piece, at + 1)
            return
        shift = spots.shift
        for spot in spots.live(data, start + shift):
            at = spot - shift
            if at >= 0 and data.startswith(piece, at):
                yield at

    def _plain(self, piece: bytes, start: int) -> int:
        lowest = self._lowest.get(piece, 0)
        at = self.data.find(piece, max(start, lowest)) if lowest >= 0 else -1
        if start == 0 and not self.hidden and self._words:
            self._lowest[piece] = at
        return at

    def first(self, piece: bytes, start: int) -> int:
        """The first place of the bytes from `start` on, or -1."""
        if not self._words:
            return self.data.find(piece, start)
        return next(self.places(piece, start), -1)

    def in_column(self, piece: bytes, column: int, limit: int) -> Iterator[int]:
        """Where the bytes stand at that column (in bytes, from 0) of a line, before `limit`."""
        if not self._words or len(piece) < _GRAM:
            return self._in_column(self.places(piece), column, limit)
        spots = self._columns.spots(self.data, piece, column, limit)
        return (at for at in spots if self.data.startswith(piece, at))

    def _in_column(self, places: Iterator[int], column: int, limit: int) -> Iterator[int]:
        for at in places:
            if at >= limit:
                return
            if at - self.starts[self.line_at(at)] == column:
                yield at

    @cached_property
    def _columns(self) -> "Columns":
        return Columns(self._first, self.starts)

    def find(self, piece: bytes) -> int:
        """The first place of the bytes, or -1."""
        if not piece or (not self._words and (self.hidden or AT in piece)):
            return self.data.find(piece)
        lowest = self._lowest.get(piece, 0)
        if lowest >= 0 and not self.data.startswith(piece, lowest):
            found = self.places(piece, lowest) if self._words else None
            lowest = next(found, -1) if found else self.data.find(piece, lowest)
            if not self.hidden:
                self._lowest[piece] = lowest
        return lowest

    def cover(self, piece: bytes) -> bool:
        """Cover the first place of the bytes with `@`; characters beyond ASCII stay."""
        at = self.find(piece)
        self._lowest[piece] = at
        if at < 0:
            return False
        self.data[at : at + len(piece)] = piece.translate(_COVER)
        return True

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


class Columns:
    """Where two bytes stand at a column, in the source as it was at first."""

    def __init__(self, data: bytes, starts: list[int]) -> None:
        import numpy as np  # noqa: PLC0415 - only large sources need it

        values = np.frombuffer(data, np.uint8).astype(np.int64)
        ends = np.array([*starts[1:], len(data)])
        columns = np.arange(len(data)) - np.repeat(np.array(starts), np.diff([0, *ends]))
        keys = columns[:-1] << 16 | values[:-1] << 8 | values[1:]
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def spots(self, data: bytearray, piece: bytes, column: int, limit: int) -> list[int]:
        """The places before `limit` that are not covered, in order."""
        import numpy as np  # noqa: PLC0415 - as above

        key = column << 16 | int.from_bytes(piece[:_GRAM])
        begin, end = self._keys.searchsorted([key, key + 1])
        spots = self._order[begin:end]
        spots = spots[: spots.searchsorted(limit)]
        found: list[int] = spots[np.frombuffer(data, np.uint8)[spots] == piece[0]].tolist()
        return found


class Live:
    """Places of a word, of which those that get covered are dropped by and by."""

    __slots__ = ("_missed", "spots")

    def __init__(self, spots: list[int]) -> None:
        self.spots = spots
        self._missed = 0

    def __len__(self) -> int:
        return len(self.spots)

    def live(self, data: bytearray, start: int) -> Iterator[int]:
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

    def live(self, data: bytearray, start: int) -> Iterator[int]:
        """The word's places from `start` on."""
        return self.places.live(data, start)


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
