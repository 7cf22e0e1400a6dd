"""Cutting canonical text into passages: spans that can be found, cited and read on their own.

`text[passage.start:passage.end]` is the passage, always; nothing is copied or rewritten.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

TARGET = 700  # characters; a passage ends at the first block boundary at or past it
LONGEST = 1400  # a single block longer than this is cut at sentence ends

_BLOCK = re.compile(r"\S[^\n]*(?:\n(?![ \t]*(?:\n|\Z))[^\n]*)*")
_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*\s*(?:\n|\Z)")
_SENTENCE_END = re.compile(r"[.!?…][\"'”»)\]]*\s+|\n")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Span:
    """A passage of a text: `[start, end)` in characters, and the heading it stands under."""

    id: int
    start: int
    end: int
    heading: str


def cut(source: str, text: str) -> list[Span]:
    """Cut `text` into passages of about `TARGET` characters that never cross a heading.

    An id depends on the source, the passage's own words and how often they occurred before in it:
    editing one paragraph leaves the ids of all the others as they were.
    """
    seen: Counter[str] = Counter()
    spans = []
    for start, end, heading in _packed(text):
        quote = text[start:end]
        seen[quote] += 1
        spans.append(Span(_identify(source, quote, seen[quote]), start, end, heading))
    return spans


def _identify(source: str, quote: str, occurrence: int) -> int:
    """A 63-bit id: it fits a signed SQL integer and an unsigned point id."""
    digest = hashlib.blake2b(f"{source}\0{occurrence}\0{quote}".encode(), digest_size=8)
    return int.from_bytes(digest.digest(), "big") >> 1


def _packed(text: str) -> Iterator[tuple[int, int, str]]:
    """Join neighbouring blocks under one heading until they reach the target length."""
    heading, start, end = "", -1, -1
    for block_start, block_end in _blocks(text):
        title = _HEADING.match(text, block_start, block_end)
        grown = start >= 0 and block_end - start > LONGEST
        if start >= 0 and (title or grown or end - start >= TARGET):
            yield start, end, heading
            start = -1
        if title:
            heading = title.group(1)
        if start < 0:
            start = block_start
        end = block_end
    if start >= 0:
        yield start, end, heading


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """The paragraphs of `text`, front matter left out, very long ones cut at sentence ends."""
    front = _FRONT_MATTER.match(text)
    for block in _BLOCK.finditer(text, front.end() if front else 0):
        start, end = block.start(), block.start() + len(block.group().rstrip())
        while end - start > LONGEST:
            middle = _cut_point(text, start, start + LONGEST)
            yield start, middle
            start = middle + len(text[middle:end]) - len(text[middle:end].lstrip())
        if end > start:
            yield start, end


def _cut_point(text: str, start: int, limit: int) -> int:
    """The last sentence end before `limit`, else the last space, else `limit` itself."""
    ends = [m.start() + len(m.group().rstrip()) for m in _SENTENCE_END.finditer(text, start, limit)]
    late = [end for end in ends if end > start + LONGEST // 4]
    if late:
        return late[-1]
    space = text.rfind(" ", start + 1, limit)
    return space if space > start else limit
