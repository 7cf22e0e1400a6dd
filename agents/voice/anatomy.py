"""A text taken apart: blocks with what each is, sentences, links, and all that is not prose hidden.

Places are those of the text as given. Front matter, fenced code, comments, template tags, link
definitions, addresses and tags of HTML are no part of how somebody writes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from savoirfaire.agents.prose import HIDDEN, Part, blocks, count_words, hide, hide_blocks, sentences

Kind = Literal["heading", "item", "quote", "table", "paragraph"]

# Tags of HTML, what stands for a picture, attributes of a block.
_UNREAD = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>|!\[[^\[\]\n\0]{0,400}[\]\0]|\{:[^{}\n]{0,200}\}")
_ELEMENTS = {
    name: (
        re.compile(f"<{name}\\b", re.IGNORECASE),
        re.compile(f"</{name}\\s{{0,9}}>?", re.IGNORECASE),
    )
    for name in ("style", "script")
}
_NOT_NEWLINE = re.compile(r"[^\n]")
_LINK = re.compile(r"\[[^\[\]\n]{1,400}\](?=[(\[])|https?://[^\s<>()]{4,}", re.IGNORECASE)
_MARKERS: dict[str, tuple[Kind, str]] = {
    "#": ("heading", "\x01"),
    "-": ("item", "-"),
    "*": ("item", "-"),
    "+": ("item", "-"),
    ">": ("quote", ">"),
    "|": ("table", "|"),
}
LONGEST = 2_000_000
"""Characters of a text that are read: an edition has some thousands."""


class Piece(NamedTuple):
    """A block `[start, end)`: what it is, its marker, its depth, the heading it stands under."""

    kind: Kind
    marker: str
    depth: int
    where: str
    start: int
    end: int


@dataclass(frozen=True)
class Anatomy:
    """A text and its parts; made once for a text, each part when it is first asked for."""

    text: str

    @cached_property
    def hidden(self) -> str:
        """The text with what is not prose hidden, sign by sign; cut to `LONGEST`."""
        shown = hide(hide_blocks(self.text[:LONGEST]))
        for name in _ELEMENTS:
            shown = _without(shown, name)
        return _UNREAD.sub(lambda match: HIDDEN * len(match[0]), shown)

    @cached_property
    def blocks(self) -> tuple[Piece, ...]:
        """The blocks in order."""
        return tuple(_pieces(self.hidden))

    @cached_property
    def sentences(self) -> tuple[tuple[Piece, Part], ...]:
        """The sentences of what is prose, each with its block; places are those of the text."""
        return tuple(
            (block, Part(block.start + part.start, block.start + part.end, part.text))
            for block in self.blocks
            if block.kind in ("paragraph", "item", "quote")
            for part in sentences(self.hidden[block.start : block.end])
        )

    @cached_property
    def words(self) -> int:
        """How many words a reader reads."""
        return sum(count_words(self.hidden[b.start : b.end]) for b in self.blocks)

    @cached_property
    def links(self) -> int:
        """How many links there are."""
        shown = hide_blocks(self.text[:LONGEST])
        return sum(1 for _ in _LINK.finditer(shown))

    def shown(self, block: Piece) -> str:
        """The words of a block on one line, without marks of emphasis and what is hidden."""
        words = self.hidden[block.start : block.end].replace(HIDDEN, "")
        return " ".join(words.translate(_MARKS).split())


_MARKS = str.maketrans("", "", "[]*_`#{}")


def _without(text: str, name: str) -> str:
    """A text with elements of HTML hidden; one that is never closed hides nothing."""
    opening, closing = _ELEMENTS[name]
    parts, end = [], 0
    while (start := opening.search(text, end)) and (stop := closing.search(text, start.end())):
        parts += [
            text[end : start.start()],
            _NOT_NEWLINE.sub(HIDDEN, text[start.start() : stop.end()]),
        ]
        end = stop.end()
    return "".join([*parts, text[end:]])


def _pieces(hidden: str) -> Iterator[Piece]:
    for block in blocks(hidden):
        line = hidden.rfind("\n", 0, block.start) + 1
        before = hidden[line : block.start]
        marker = before.strip()
        kind, sign = _MARKERS.get(marker[:1], ("item", "1") if marker else ("paragraph", ""))
        indent = len(before) - len(before.lstrip(" \t"))
        depth = marker.count("#") if kind == "heading" else indent // 2
        yield Piece(kind, sign * min(depth, 3) if kind == "heading" else sign, depth, *block)
