"""Where an alert belongs in the source: Vale's way of finding a line and a span, step by step."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import TypeAlias

from savoirfaire.knowledge.rules.canvas import Canvas, runes
from savoirfaire.knowledge.rules.looking import AT, HASH, standing
from savoirfaire.knowledge.rules.words import words

_SMALL = 1000
"""Below this many bytes of context, words before a repeated match are covered."""
_TIMES = 3
_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_UNDERSCORE = ord("_")
_CODE = frozenset(b"`-")


@dataclass(slots=True)
class Place:
    """A line and its first and last column, all from 1; a column below 1 says: nowhere."""

    line: int
    first: int
    last: int


Placed: TypeAlias = "dict[tuple[int, int, str], tuple[Place, Placed]]"
"""Matches of a rule with their places, and after each of them the next ones."""


@dataclass(slots=True)
class Spot:
    """A block of text on its source: the line it was met on (from 0; -1: unknown)."""

    text: str
    line: int
    search: bool
    data: bytes = field(init=False)
    known: list[int] = field(default_factory=list)
    placed: "Placed" = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.data = self.text.encode("utf-8", "replace")

    def offset(self, canvas: Canvas) -> int:
        """Where the whole text stands on the canvas, or -1; each place is looked up once."""
        if not self.data:
            return 0
        for number in range(_TIMES):
            if number == len(self.known):
                self.known.append(canvas.first(self.data, self.known[-1] + 1 if number else 0))
            at = self.known[number]
            if at < 0 or canvas.data.startswith(self.data, at):
                return at
        return -1


class Finder:
    """Finds places on one source; `canvas` holds it painted, `widths` its lines as they were."""

    def __init__(
        self,
        canvas: Canvas,
        original: str,
        parted: Callable[[str], Sequence[str]],
        *,
        markup: bool,
    ) -> None:
        self.canvas = canvas
        self._parted = parted
        self._small = len(canvas) < _SMALL
        self.markup = markup
        self.lines = [len(line) + 1 for line in original.split("\n")]
        self.lines[-1] -= 1
        self._ends = list(accumulate(self.lines))
        self._undo: list[tuple[int, bytes]] = []
        self._resume: dict[bytes, int] = {}
        self._placed: Placed | None = None
        self._waiting: list[str] = []

    def place(self, spot: Spot, match: str, start: int, end: int) -> Place:
        """Where the match at `start`:`end` (characters of the block) stands in the source.

        Where another rule has found the same in this block, the same places are given.
        """
        if self._placed is None:
            self._placed = spot.placed
        key = start, end, match
        known = self._placed.get(key)
        if known is None:
            known = self._placed[key] = self._looked_up(spot, match, start, end), {}
        place, self._placed = known
        if place.first > 0:
            # It is hidden from the next match of the same rule and block, if there is one.
            self._waiting.append(match)
        return place

    def _looked_up(self, spot: Spot, match: str, start: int, end: int) -> Place:
        piece = match.encode("utf-8", "replace")
        if self._waiting:
            for before in self._waiting:
                self._hide_match(before.encode("utf-8", "replace"))
            self._waiting.clear()
        mark = len(self._undo)
        if self._small:
            self._hide_before(piece, start)
        place = Place(0, start, end)
        if not spot.search:
            place = self._on_line(spot, piece, start, end)
        if spot.search or place.first < 0:
            place = self._anywhere(spot, piece)
        self._take_back(mark)
        return place

    @cached_property
    def _plain_ends(self) -> list[int]:
        """Where lines end on the canvas; what is painted over keeps its characters' number."""
        return [*self.canvas.heads[1:], runes(self.canvas.data)]

    def settle(self) -> None:
        """Take back what one rule covered in one block."""
        self._placed = None
        self._waiting.clear()
        if self._undo:
            self._take_back(0)
            self._resume.clear()

    def _hide(self, at: int, size: int, sign: int) -> None:
        self._undo.append((at, self.canvas.hide(at, size, sign)))

    def _take_back(self, mark: int) -> None:
        while len(self._undo) > mark:
            self.canvas.show(*self._undo.pop())

    def _hide_match(self, piece: bytes) -> None:
        at = self.canvas.first(piece, self._resume.get(piece, 0))
        if at >= 0:
            # What a match hides, it hides from its own kind only from the first place on.
            self._resume[piece] = at
            self._hide(at, len(piece), HASH)

    def _hide_before(self, piece: bytes, start: int) -> None:
        if self.canvas.data.count(piece) <= 1:
            return
        for word in bytes(self.canvas.data[:start]).decode("utf-8", "replace").split():
            at = self.canvas.find(word.encode())
            if at >= 0:
                self._hide(at, len(word.encode()), AT)

    def _on_line(self, spot: Spot, piece: bytes, start: int, end: int) -> Place:
        number = self._line_of(spot, piece, start, end)
        if number is None:
            return Place(spot.line + 1, start, end)
        begin, stop = self.canvas.line(number)
        text = self.canvas.data[begin:stop]
        column, found = self._in_text(text, spot, piece)
        extent = runes(text)
        last = min(column + runes(found) - 1, extent)
        return Place(number + 1, column, 1 if last <= 0 else last)

    def _line_of(self, spot: Spot, piece: bytes, start: int, end: int) -> int | None:
        canvas = self.canvas
        lines = len(canvas.starts)
        last = min(spot.line, lines) if spot.line >= 0 else lines
        limit = canvas.starts[last] if last < lines else len(canvas)
        for at in canvas.in_column(piece, start, limit) if piece else canvas.starts[:last]:
            number = canvas.line_at(at)
            begin, stop = canvas.line(number)
            if stop - begin > end:
                return number
        return spot.line if 0 <= spot.line < lines else None

    def _anywhere(self, spot: Spot, piece: bytes) -> Place:
        position, found = self._position(spot, piece)
        if position < 0:
            return Place(position, 0, 0)
        ends = self._ends if self.markup else self._plain_ends
        number = bisect_left(ends, position)
        if number >= len(ends):
            return Place(len(ends), 0, 0)
        width = ends[number] - (ends[number - 1] if number else 0)
        first = position - (ends[number - 1] if number else 0)
        last = min(first + runes(found) - 1, width)
        return Place(number + 1, first, 1 if last <= 0 else last)

    def _position(self, spot: Spot, piece: bytes) -> tuple[int, bytes]:
        if not piece:
            return 1, b""
        canvas = self.canvas
        offset = spot.offset(canvas)
        start = max(offset, self._resume.get(piece, 0), 0)
        places = canvas.places(piece, start)
        at = _bounded(canvas.data, places, len(piece), max(offset, 0), self._ends[-1])
        if at is None:
            at = next(canvas.places(piece, max(offset, 0)), None)
        if at is None:
            return self._guess(spot, piece)
        at += canvas.data[at] == _UNDERSCORE
        return canvas.rune(at) + 1, piece

    def _in_text(self, text: bytearray, spot: Spot, piece: bytes) -> tuple[int, bytes]:
        if not piece:
            return 1, b""
        first = text.find(piece)
        if first < 0:
            return self._guess_in(text, spot, piece)
        offset = max(text.find(spot.data), 0)
        begin = max(offset, first)
        at = _bounded(text, standing(text, piece, begin), len(piece), offset, runes(text))
        if at is None:
            at = text.find(piece, begin)
        if at < 0:
            return self._guess_in(text, spot, piece)
        return runes(text[: at + (text[at] == _UNDERSCORE)]) + 1, piece

    def _guess(self, spot: Spot, piece: bytes) -> tuple[int, bytes]:
        """The first line that holds all words of the match's sentence; the whole line, then."""
        wanted = self._wanted(spot.text, piece)
        if wanted is None:
            return -1, spot.data
        longest = max(wanted, key=len, default=b"")
        seen = -1
        for at in self.canvas.places(longest):
            number = self.canvas.line_at(at)
            if number == seen:
                continue
            seen = number
            begin, stop = self.canvas.line(number)
            line = bytes(self.canvas.data[begin:stop]).removesuffix(b"\n")
            if all(word in line for word in wanted):
                return self._first(line, begin) + 1, line
        return -1, spot.data

    def _first(self, line: bytes, begin: int) -> int:
        return next(self.canvas.places(line), begin)

    def _guess_in(self, line: bytearray, spot: Spot, piece: bytes) -> tuple[int, bytes]:
        wanted = self._wanted(spot.text, piece)
        if wanted is not None and all(word in line for word in wanted):
            return 1, bytes(line).removesuffix(b"\n")
        return -1, spot.data

    def _wanted(self, text: str, piece: bytes) -> tuple[bytes, ...] | None:
        """The words of the last sentence that holds a piece after its beginning, or is it."""
        match = piece.decode("utf-8", "replace")
        target = ""
        for sentence in self._parted(text):
            if sentence == match or sentence.find(match) > 0:
                target = sentence
        return words(target) if target else None


def _bounded(
    text: bytearray, places: Iterable[int], length: int, start: int, size: int
) -> int | None:
    """Where the piece first stands as a word, code passed over where there is another place."""
    first, beyond = None, 0
    for at in places:
        end = at + length
        if at < beyond or not (_left(text, at, start) and _right(text, end)):
            continue
        left = at - (at > start and text[at - 1] == _UNDERSCORE)
        right = end + (end < len(text) and text[end] == _UNDERSCORE)
        first = left if first is None else first
        before, after = left - 1, right + 1
        in_code = before > 0 and text[before] in _CODE
        if not in_code and not (after < min(size, len(text)) and text[after] in _CODE):
            return left
        beyond = right
    return first


def _left(text: bytearray, at: int, start: int) -> bool:
    """Whether a word may begin here; before `start`, where there is one, all is covered."""
    if at == 0:
        return True
    if at == start:
        return text[at] in _WORD
    before = text[at - 1]
    return before == _UNDERSCORE or (before in _WORD) != (text[at] in _WORD)


def _right(text: bytearray, end: int) -> bool:
    if end >= len(text):
        return True
    return text[end] == _UNDERSCORE or (text[end - 1] in _WORD) != (text[end] in _WORD)
