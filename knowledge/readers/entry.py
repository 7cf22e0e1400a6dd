"""What a container holds: files with names that are safe to show, and bytes given on request."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import PurePosixPath

from savoirfaire.knowledge.readers.canonical import one_line
from savoirfaire.knowledge.readers.document import Limits
from savoirfaire.knowledge.readers.opening import weigh
from savoirfaire.knowledge.readers.refusal import UnreadableError

INSIDE = "!/"
"""Stands between a container's name and the name of what it holds."""

_LONGEST_NAME = 240


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a container: the reader it needs, or why it is refused without being opened.

    `size` is how many bytes `load` will give at most, as far as that is known beforehand.
    """

    name: str
    reader: str
    size: int
    load: Callable[[], bytes]
    refusal: UnreadableError | None = None

    def open(self, limits: Limits) -> bytes:
        """Give the bytes, within the limits of any file."""
        if self.refusal:
            raise self.refusal
        data = self.load()
        weigh(len(data), limits)
        return data


def refused(name: str, error: UnreadableError) -> Entry:
    """Give an entry that cannot be read, with the reason."""
    return Entry(name, "", 0, bytes, error)


def within(container: str, name: str) -> str:
    """Give the name of a file in a container: `pack.zip!/folder/file.md`."""
    return f"{container}{INSIDE}{unmarked(name)}"


def unmarked(name: str) -> str:
    """Give a name that no `!/` of its own makes look like that of a file in a container."""
    return name.replace(INSIDE, f"!{INSIDE}")


def shown(name: str) -> str:
    """Give a name as one short line of what can be seen, the same whatever system wrote it."""
    composed = unicodedata.normalize("NFC", name)
    plain = one_line("".join(each if each.isprintable() else " " for each in composed))
    if len(plain) <= _LONGEST_NAME:
        return plain
    half = _LONGEST_NAME // 2
    return f"{plain[:half]}…{plain[-half:]}"


def apart(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Give the entries with names told apart: the second `a.md` is `a (2).md`."""
    taken: set[str] = set()
    counters: dict[str, Iterator[int]] = {}
    for entry in entries:
        name = entry.name
        while name in taken:
            number = next(counters.setdefault(entry.name, count(2)))
            path = PurePosixPath(entry.name)
            name = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        taken.add(name)
        yield replace(entry, name=name)
