"""Newsletters in folders, for benchmarks: their editions by date, whole, in pieces, and plain."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from savoirfaire.agents.prose import count_words
from savoirfaire.agents.voice import Edition
from savoirfaire.agents.voice.anatomy import Anatomy
from savoirfaire.errors import NotFoundError
from savoirfaire.knowledge.readers import Readers, UnreadableError, find_files

PIECE = 300  # words
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_/.]?(0[1-9]|1[0-2])[-_/.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_FIGURES = re.compile(r"\d+")


def read_editions(folder: Path) -> list[Edition]:
    """The editions of a folder in the order of their dates; of their names, where few are dated.

    Where most files have a date, in them or in their name, those without are no editions. Raises
    NotFoundError where there is nothing to read.
    """
    found = list(_read(folder))
    dated = [each for each in found if each.date]
    kept = dated if len(dated) * 2 >= len(found) else found
    if not kept:
        raise NotFoundError("{folder} has no edition that can be read", folder=folder)
    return sorted(kept, key=lambda each: (each.date, _natural(each.path)))


def plain(text: str) -> str:
    """The words of a text alone, a paragraph for each block: no markup, link or heading sign."""
    body = Anatomy(text)
    return "\n\n".join(words for block in body.blocks if (words := body.shown(block)))


def pieces(text: str) -> Iterator[str]:
    """Runs of whole blocks of a text, each of at least 300 words."""
    body = Anatomy(text)
    start, words = -1, 0
    for block in body.blocks:
        if start < 0:
            start = text.rfind("\n", 0, block.start) + 1
        words += count_words(body.hidden[block.start : block.end])
        if words >= PIECE:
            yield text[start : block.end]
            start, words = -1, 0


def _read(folder: Path) -> Iterator[Edition]:
    with Readers() as readers:
        for path, name in find_files([folder]):
            try:
                document = readers.read(path)
            except UnreadableError:
                continue
            digest = hashlib.sha256(document.text.encode()).hexdigest()
            named = _DAY.search(name)
            date = document.date or ("-".join(named.groups()) if named else "")
            yield Edition(name, date, digest, document.text)


def _natural(name: str) -> str:
    """A key by which `issue-9` comes before `issue-10`."""
    return _FIGURES.sub(lambda match: match[0].zfill(12), name)
