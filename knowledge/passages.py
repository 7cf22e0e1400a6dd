"""Cutting canonical text into passages: spans that can be found, cited and read on their own.

`text[passage.start:passage.end]` is the passage, always; nothing is copied or rewritten.

Where a section is cut depends only on the words near each cut, never on what was cut before: an
edit changes the passage it is in, sometimes its neighbours, and no other. Filling each passage to a
length instead lets one inserted line move every later cut (19 of a table's 44 passages, measured).
"""

import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

WHOLE = 900  # characters; a section as short as this is one passage
FULL = 1400  # several paragraphs together are no longer
# A paragraph up to this is one passage, and no passage is longer. Cutting at 1400 what its author
# kept together loses .7 points of nDCG on a French FAQ; from 2000 on nothing more is gained.
LONGEST = 2000
REACH = 400  # cuts stand at least this far apart, where the text allows it

_BLOCK = re.compile(r"\S[^\n]*(?:\n(?![ \t]*(?:\n|\Z))[^\n]*)*")
_HEADING = re.compile(r"#{1,6}[ \t]+([^\n]*)")
_SENTENCE_END = re.compile(r"[.!?…][\"'”»)\]]*(?=\s)|(?=\n)")
_SPACE = re.compile(r"\s*")
# Two rules with prose between them are no front matter: each line has to look like YAML.
_FRONT_MATTER = re.compile(
    r"---[ \t]*\n"
    r"(?:(?:[A-Za-z_\"'][^\n:]*:(?:[ \t][^\n]*)?|[ \t]+[^\n]*|-(?:[ \t][^\n]*)?|#[^\n]*|)\n)*?"
    r"(?:---|\.\.\.)[ \t]*(?:\n|\Z)"
)
# The header lines that readers put before a mail's words: who writes to whom is a passage of its
# own, so that quoting the mail does not quote the addresses.
MAIL_HEADER = re.compile(r"(?:(?:From|To|Cc|Date|Subject): [^\n]*\n){2,}(?=\n)")
_OPENING = 24  # characters that stand for a unit: edits seldom touch its first words
_NEAREST = 20


@dataclass(frozen=True)
class Span:
    """A passage of a text: `[start, end)` in characters, and the heading it stands under."""

    id: int
    start: int
    end: int
    heading: str


class _Unit(NamedTuple):
    """What is never cut: a paragraph, or a sentence of a very long one. Low ranks attract cuts."""

    start: int
    end: int
    rank: int


def cut(source: str, text: str) -> list[Span]:
    """Cut `text` into passages that never cross a heading.

    An id depends on the source, the passage's own words and how often they occurred before in it:
    editing one passage leaves the ids of all the others as they were.
    """
    seen: Counter[str] = Counter()
    spans = []
    for heading, units in _sections(text):
        for start, end in _passages(units, REACH, WHOLE):
            quote = text[start:end]
            seen[quote] += 1
            spans.append(Span(identify(source, quote, seen[quote]), start, end, heading))
    return spans


def identify(source: str, quote: str, occurrence: int) -> int:
    """A passage's id: 63 bits, which fit a signed SQL integer and an unsigned point id."""
    digest = hashlib.blake2b(f"{source}\0{occurrence}\0{quote}".encode(), digest_size=8)
    return int.from_bytes(digest.digest(), "big") >> 1


# --- from text to units ---------------------------------------------------------------------------


def _sections(text: str) -> Iterator[tuple[str, list[_Unit]]]:
    """Each heading with the units under it, the heading's own among them."""
    heading: str = ""
    units: list[_Unit] = []
    front = _FRONT_MATTER.match(text) or MAIL_HEADER.match(text)
    if front and front.re is MAIL_HEADER:
        yield heading, [_Unit(0, front.end() - 1, 0)]
    for block in _BLOCK.finditer(text, front.end() if front else 0):
        start, end = block.start(), block.start() + len(block.group().rstrip())
        title = _HEADING.match(text, start, end)
        if title:
            yield heading, units
            heading, units = _bare(title[1]), []
        units += (
            _Unit(a, b, zlib.crc32(text[a : min(b, a + _OPENING)].encode()))
            for a, b in _sentences(text, start, end)
        )
    yield heading, units


def _bare(title: str) -> str:
    """A heading without the closing `#` that Markdown allows."""
    title = title.strip()
    open_end = title.rstrip("#")
    return open_end.rstrip() if open_end[-1:] in {"", " ", "\t"} else title


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The block itself, or its sentences and lines where it is too long."""
    if end - start <= LONGEST:
        yield start, end
        return
    for ending in _SENTENCE_END.finditer(text, start, end):
        if ending.end() > start:
            yield from _bounded(text, start, ending.end())
            start = _after_space(text, ending.end())
    if start < end:
        yield from _bounded(text, start, end)


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence, cut at spaces, or anywhere, where it is too long for a passage."""
    while end - start > LONGEST:
        space = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
        stop = space if space > 0 else start + LONGEST
        yield start, len(text[start:stop].rstrip()) + start
        start = _after_space(text, stop)
    yield start, end


def _after_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    assert space  # it matches the empty string too
    return space.end()


# --- from units to passages -----------------------------------------------------------------------


def _passages(units: Sequence[_Unit], reach: int, most: int) -> Iterator[tuple[int, int]]:
    """Cut at the units that rank lowest within `reach`; what is still too long, with less reach."""
    if not units:
        return
    if len(units) == 1 or units[-1].end - units[0].start <= most:
        yield units[0].start, units[-1].end
    elif reach < _NEAREST:
        yield from _filled(units)
    else:
        last = 0
        for place in [*_lowest(units, reach), len(units)]:
            yield from _passages(units[last:place], reach // 2, FULL)
            last = place


def _lowest(units: Sequence[_Unit], reach: int) -> list[int]:
    """The places of units with no lower rank within `reach`, away from both ends.

    One pass: `rivals` holds, in rising rank, the units that no later one has undercut yet, each
    with whether it was clear of those before it.
    """
    first, last = units[0].start + reach, units[-1].end - reach
    found: list[int] = []
    rivals: list[tuple[int, _Unit, bool]] = []
    for place, unit in enumerate(units):
        if not first <= unit.start <= last:
            continue
        while rivals and rivals[-1][1].rank > unit.rank:
            lost, rival, clear = rivals.pop()
            if clear and unit.start - rival.start > reach:
                found.append(lost)
        clear = not rivals or unit.start - rivals[-1][1].start > reach
        rivals.append((place, unit, clear))
    found += (place for place, _, clear in rivals if clear)
    return sorted(found)


def _filled(units: Sequence[_Unit]) -> Iterator[tuple[int, int]]:
    """Passages as long as they may be: for text that repeats itself and ranks nothing."""
    start, end = units[0].start, units[0].end
    for unit in units[1:]:
        if unit.end - start > FULL:
            yield start, end
            start = unit.start
        end = unit.end
    yield start, end
