"""Front matter with the places of its values, and the sections below it.

Read line by line, as the readers do: `key: value`, a value over several indented lines, and lists
of `- item`. No YAML: a source is not trusted with its anchors, and each value needs its place.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from savoirfaire.knowledge.brandos.structured.material import Cell, plain_words

_BLOCK = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"([^\s:#\-][^:\n]{0,60}?)[ \t]*:(?:[ \t]+(.*))?$")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.*)$")
_BULLET = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+")
_HEADING = re.compile(r"[ ]{0,3}(#{1,6})[ \t]+")
_LONGEST = 100_000
_BARE = {"", ">", "|", ">-", "|-", "~", "null"}


class Heading(NamedTuple):
    """A heading: its level, and its words, which stand `start` characters after the line's."""

    level: int
    words: str
    start: int


def heading(line: str) -> Heading | None:
    """The heading that a line is, if it is one with words."""
    found = _HEADING.match(line)
    words = line[found.end() :].rstrip(" \t#") if found else ""
    return Heading(len(found[1]), words, found.end()) if found and words else None


class Section(NamedTuple):
    """What stands under a heading; `name` is in plain words, empty above the first one."""

    name: str
    heading: str
    body: Cell

    def items(self) -> list[Cell]:
        """Its list items, or its paragraphs where it has none."""
        bullets, blocks, start = [], [], self.body.start
        for words in self.body.words.split("\n"):
            found = _BULLET.match(words)
            if found and (kept := words[found.end() :].rstrip(" \t")):
                bullets.append(Cell(kept, start + found.end()))
            elif words.strip():
                blocks.append(Cell(words.strip(), start + words.find(words.strip())))
            start += len(words) + 1
        return bullets or blocks


def front_matter_end(text: str) -> int:
    """Where the front matter ends; 0 where there is none."""
    block = _BLOCK.match(text, 0, _LONGEST) if text.startswith("---") else None
    return block.end() if block else 0


def front(text: str) -> dict[str, list[Cell]]:
    """The values of each key, in plain words; several of a list."""
    block = _BLOCK.match(text, 0, _LONGEST) if text.startswith("---") else None
    if block is None:
        return {}
    found: dict[str, list[Cell]] = {}
    key, start = "", block.start(1)
    for line in block[1].split("\n"):
        if pair := _LINE.match(line):
            key = plain_words(pair[1])
            found[key] = _value(pair[2] or "", start + (pair.start(2) if pair[2] else 0))
        elif key and (item := _ITEM.match(line)):
            found[key] += _value(item[1], start + item.start(1))
        elif key and line[:1] in {" ", "\t"} and line.strip():
            found[key] = _longer(found[key], text, start, line)
        start += len(line) + 1
    return {name: cells for name, cells in found.items() if cells}


def sections(text: str, start: int) -> Iterator[Section]:
    """The text from `start` on, cut at its headings."""
    name = words = ""
    first = at = start
    for line in text[start:].split("\n"):
        if found := heading(line):
            yield Section(name, words, _body(text, first, at))
            name, words, first = plain_words(found.words), found.words, at + len(line) + 1
        at += len(line) + 1
    yield Section(name, words, _body(text, first, len(text)))


def _body(text: str, start: int, end: int) -> Cell:
    words = text[start:end]
    kept = words.strip()
    return Cell(kept, start + words.find(kept))


def _value(written: str, start: int) -> list[Cell]:
    kept = written.strip()
    start += written.find(kept)
    if kept in _BARE:
        return []
    if len(kept) > 1 and kept[0] in "'\"" and kept[-1] == kept[0]:
        kept, start = kept[1:-1], start + 1
    return [Cell(kept, start)] if kept.strip() else []


def _longer(cells: list[Cell], text: str, start: int, line: str) -> list[Cell]:
    """A value that goes on in this line: as it is written, from its first word to its last."""
    first = cells[-1].start if cells else start + line.find(line.strip())
    end = start + len(line.rstrip())
    return [*cells[:-1], Cell(text[first:end], first)]
