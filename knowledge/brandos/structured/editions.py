"""Past editions as they can be counted: title, date, sections, items, links, words.

Counted on the text as it stands, Markdown or what the readers make of a page. Code between fences
is not looked into.
"""

import re
from collections.abc import Iterator

from savoirfaire.knowledge.brandos.structured.days import moment
from savoirfaire.knowledge.brandos.structured.fronts import front_matter_end, heading
from savoirfaire.knowledge.brandos.structured.material import (
    Cell,
    Filling,
    Found,
    Ground,
    Material,
)

KIND = "edition"
MOST_SECTIONS = 200
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d[-_]?(?:0[1-9]|1[0-2])[-_]?(?:0[1-9]|[12]\d|3[01])(?!\d)")
_FENCE = re.compile(r"[ ]{0,3}(?:```|~~~)")
_ITEM = re.compile(r"(?:[-*+•]|\d{1,3}[.)])[ \t]+\S")
_LINK = re.compile(
    r"\[[^\[\]]{1,400}\](?:\([^()\s]{1,2000}\)|\[[^\[\]]{0,200}\])|<https?://[^\s<>]+>"
)
# Where links lead, and the tags of templates and of HTML, are no words of the edition.
_UNREAD = re.compile(
    r"(?m)^[ ]{0,3}\[[^\[\]\n]{1,200}\]:[ \t]*\S+.*$|\]\([^()\s]{1,2000}\)|\]\[[^\[\]]{0,200}\]"
    r"|\{[%{][^{}]{0,500}[%}]\}|<[^<>]{1,1000}>|https?://\S+"
)
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")


def read(material: Material) -> Found:
    """The record of a past edition."""
    if material.kind != KIND:
        return
    lines = list(_lines(material))
    sections = _sections(lines)
    title = _title(material)
    date = material.date or _day_of(material.path)
    body = "\n".join(line.words for line in lines)
    data = {
        "name": material.name[:500],
        "date": date,
        "language": material.language,
        "sections": [cell.words[:500] for cell in sections],
        "items": sum(bool(_ITEM.match(line.words)) for line in lines),
        "links": len(_LINK.findall(body)),
        "words": len(_WORD.findall(_UNREAD.sub(" ", body))),
    }
    grounds = [Ground("/name", title)] if title else []
    grounds += [Ground(f"/sections/{n}", cell) for n, cell in enumerate(sections)]
    if not grounds:
        first = next((line for line in lines if line.words.strip()), None)
        grounds = [Ground("", first)] if first else []
    # What a mail or an archive brings along may say of itself that it is an edition.
    yield Filling("past_edition", data, grounds, active=material.is_direct, single=True)


def _lines(material: Material) -> Iterator[Cell]:
    """The lines that are read: not the front matter, nor what is between fences."""
    start, fenced = front_matter_end(material.text), False
    for words in material.text[start:].split("\n"):
        if _FENCE.match(words):
            fenced = not fenced
        elif not fenced:
            yield Cell(words, start)
        start += len(words) + 1


def _sections(lines: list[Cell]) -> list[Cell]:
    """The headings of the highest level that is not the title's alone."""
    found = [(f.level, f, line) for line in lines if (f := heading(line.words))]
    levels = sorted({level for level, _, _ in found})
    if len(levels) > 1 and sum(level == levels[0] for level, _, _ in found) == 1:
        levels = levels[1:]  # one heading above all others is the title
    top = [
        Cell(f.words, line.start + f.start)
        for level, f, line in found
        if levels and level == levels[0]
    ]
    return top[:MOST_SECTIONS]


def _title(material: Material) -> Cell | None:
    """Where the title stands in the text, as it was written."""
    start = material.text.find(material.title) if material.title.strip() else -1
    return material.cell(start, start + len(material.title)) if start >= 0 else None


def _day_of(path: str) -> str | None:
    """The date in a file's name, where there is just one."""
    found = {re.sub(r"\D", "", day) for day in _DAY.findall(path.rsplit("/", 1)[-1])}
    if len(found) != 1:
        return None
    day = found.pop()
    read = moment(f"{day[:4]}-{day[4:6]}-{day[6:]}")
    return read.day if read else None
