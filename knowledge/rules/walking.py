"""The walk through a document: its blocks of text, and what is painted over on the way.

The order of the steps is the one of Vale's walk through rendered HTML (3.8): a text is looked up
when it is met, its block is checked at the closing tag, then the block's texts are covered.
"""

import html as entities
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from savoirfaire.knowledge.rules.html import Event, Kind

SKIPPED_BLOCKS = ("script", "style", "pre", "figure", "noscript", "iframe")
SKIPPED_TEXT = ("tt", "code", "kbd")
SKIPPED_CLASSES = ("problematic", "pre", "code")
INLINE = frozenset(
    "b big i small abbr acronym cite dfn em kbd strong a br img span sub sup code tt del".split()  # noqa: SIM905
)
_SCOPES = {
    "th": "text.table.header",
    "td": "text.table.cell",
    "caption": "text.table.caption",
    "li": "text.list",
    "blockquote": "text.blockquote",
    "figcaption": "text.figure.caption",
}
_HEADING = re.compile(r"h\d")
_PUNCTUATION = (".", "?", "!", ",", ":", ";")
_MARKED = frozenset({"img", "a", "p", "script", "h1", "h2", "h3", "h4", "h5", "h6"})
_SPACE = " \t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What Go calls white space."""


@dataclass(slots=True)
class Look:
    """A text was met: find its line, and cover it once the block ends."""

    text: str


@dataclass(slots=True)
class Cover:
    """Cover a text at once: an address, an identifier, a comment."""

    text: str


@dataclass(slots=True)
class Settle:
    """The block ends: its texts are covered."""


@dataclass(slots=True)
class Remark:
    """A comment, which may switch rules off and on."""

    text: str


@dataclass(slots=True)
class Block:
    """A text that rules are asked about; prose is asked about by paragraph and sentence as well."""

    text: str
    scope: str
    prose: bool = False


Step: TypeAlias = Look | Cover | Settle | Remark | Block


@dataclass(slots=True)
class Reading:
    """What was read of a document besides its blocks: the text that is measured, and counts."""

    summary: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, name: str) -> None:
        """One more of a kind of element."""
        self.counts[name] = self.counts.get(name, 0) + 1


@dataclass(frozen=True, slots=True)
class Passed:
    """What is passed over: whole blocks, texts between tags, and classes."""

    blocks: tuple[str, ...] = SKIPPED_BLOCKS
    texts: tuple[str, ...] = SKIPPED_TEXT
    classes: tuple[str, ...] = SKIPPED_CLASSES


class Walk:
    """One walk; `suffix` is the file's extension with its dot, the last part of every scope."""

    def __init__(self, suffix: str, passed: Passed | None = None) -> None:
        self.suffix = suffix
        self.passed = passed or Passed()
        self._passed_classes = frozenset(self.passed.classes)
        self.reading = Reading()
        self._pieces: list[str] = []
        self._tags: list[str] = []
        self._active_tag = ""
        self._active_class, self._begun, self._ended = "", 0, 0
        self._in_block = self._inline = self._skip = False

    def steps(self, events: Iterable[Event]) -> Iterator[Step]:
        """The steps of the walk, in order."""
        address = above = ""
        for event in events:
            text, kind = entities.unescape(event.data.strip(_SPACE)), event.kind
            yield from self._step(event, text, address, above)
            if kind is Kind.END and text not in INLINE:
                yield from self._settled()
            address = above = ""
            if event.attributes:
                address, above = event.get("href"), event.get("class")
                if kind is Kind.START or kind is Kind.SELF:
                    yield from self._marks(event)

    def _step(self, event: Event, text: str, address: str, above: str) -> Iterator[Step]:
        if text == self._active_class:
            self._begun += event.kind is Kind.START
            self._ended += event.kind is not Kind.START
        closed = bool(self._active_class) and self._begun == self._ended > 0
        skips = text not in INLINE and self._passes(event.get("class"))
        start = event.kind is Kind.START
        if start and (text in self.passed.blocks or skips):
            if skips:
                self._active_class, self._begun, self._ended = text, 1, 0
            self._in_block = True
            self.reading.count(text)
        elif self._in_block and (text in self.passed.blocks or closed):
            self._in_block = False
            if closed:
                self._active_class, self._begun, self._ended = "", 0, 0
        elif start:
            self._start(text)
        elif event.kind is Kind.END and text in INLINE:
            self._active_tag = ""
        elif event.kind is Kind.COMMENT:
            yield Remark(text)
            yield Cover(text)
        elif event.kind is Kind.TEXT:
            yield from self._text(text, address, above)

    def _passes(self, classes: str) -> bool:
        if not classes:
            return "" in self._passed_classes
        return not self._passed_classes.isdisjoint(classes.split(" "))

    def _start(self, tag: str) -> None:
        if tag in {"em", "b"} and self._last_tag() == "code":
            tag = "code"
        self._inline = tag in INLINE
        self._skip = tag in self.passed.texts
        self._tags.append(tag)
        self._active_tag = tag

    def _last_tag(self) -> str:
        return self._tags[-1] if self._tags else self._active_tag

    def _text(self, text: str, address: str, above: str) -> Iterator[Step]:
        if not text:
            return
        yield Look(text)
        if self._in_block:
            return
        if self._nested() and not self._inline:
            text = " " + text
        skip = self._skip or self._passes(above)
        starter = text[:1] in _PUNCTUATION and not skip
        if skip or address == text:
            text = "".join(char if char == "\n" else "*" for char in text)
            self._skip = False
        self._pieces.append(" " + text if self._inline and not starter else text)

    def _nested(self) -> bool:
        tags = self._tags
        return (
            self._last_tag() == "li"
            and len(tags) > 3  # noqa: PLR2004 - a list in a list has at least four tags
            and tags[-2] in {"ol", "ul"}
            and tags[-3] == "li"
        )

    def _settled(self) -> Iterator[Step]:
        text = "".join(self._pieces)
        if text.strip(_SPACE):
            yield self._block(text)
        yield Settle()
        self._pieces, self._tags = [], []

    def _block(self, text: str) -> Block:
        for tag in self._tags:
            scope = _SCOPES.get(tag) or (f"text.heading.{tag}" if _HEADING.fullmatch(tag) else "")
            if scope:
                if tag in {"li", "blockquote"}:
                    self.reading.summary.append(text + "\n\n")
                self.reading.count(scope.removeprefix("text."))
                return Block(text.lstrip(" "), scope + self.suffix)
        self.reading.summary.append(text + "\n\n")
        return Block(text, "text" + self.suffix, prose=True)

    def _marks(self, event: Event) -> Iterator[Step]:
        if event.data == "img" and "alt" not in self.passed.blocks:
            for key, value in event.attributes:
                if key == "alt":
                    yield Block(value, "text.attr.alt")
        if event.data in _MARKED:
            for key, value in event.attributes:
                if key in {"href", "id", "src", "alt"}:
                    yield Cover(_unquoted(value) if key == "href" else value)


def _unquoted(address: str) -> str:
    """The address with its `%xx` and `+` read, or nothing where one of them cannot be."""
    if re.search(r"%(?![0-9a-fA-F]{2})", address):
        return ""
    return unquote_to_bytes(address.replace("+", " ")).decode("utf-8", "replace")
