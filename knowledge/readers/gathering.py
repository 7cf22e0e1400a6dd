"""Reading a file with everything in it: attachments, messages of a mailbox, files of an archive.

Each part is read, or refused, on its own. What one file may hold is limited as a whole: how many
files, how much they unpack to, how long they take and how deep they lie.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from savoirfaire.knowledge.readers.catalogue import CONTAINERS, ONLY_CONTAINERS
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.entry import INSIDE, Entry, within
from savoirfaire.knowledge.readers.finishing import finished
from savoirfaire.knowledge.readers.isolation import Worker
from savoirfaire.knowledge.readers.refusal import UnreadableError, in_words, neat
from savoirfaire.knowledge.readers.shelf import Step, Steps

_TIMES_SECONDS = 40
_DEEPEST = 4
_ARCHIVES = 2


class Member(NamedTuple):
    """A file, or one within it: `pack.zip!/folder/brief.docx`, and its text or why there is none.

    `sha256` is that of the bytes that were read; empty where there are none or it was refused.
    """

    name: str
    content: Document | UnreadableError
    sha256: str = ""


class _Place(NamedTuple):
    """Where a container was found, and the date of the mail it came with."""

    name: str
    reader: str
    steps: Steps
    date: str | None


class Gathering:
    """Gives what one file holds, at any depth, in order."""

    def __init__(self, worker: Worker, path: Path, limits: Limits) -> None:
        self._worker = worker
        self._path = path
        self._limits = limits
        self._members = 0
        self._bytes = 0
        self._seconds = 0.0

    def inside(self, name: str, reader: str, date: str | None = None) -> Iterator[Member]:
        """Give what the file itself holds; `date` is its own, where it is a mail."""
        return self._inside(_Place(name, reader, (), date))

    def _inside(self, place: _Place) -> Iterator[Member]:
        try:
            entries = self._entries(place)
        except UnreadableError as error:
            # A mail was read under its name already: only what it holds is refused.
            ending = "" if place.reader in ONLY_CONTAINERS else INSIDE
            yield Member(place.name + ending, error)
            return
        for number, entry in enumerate(entries):
            step = Step(place.reader, number, entry.name)
            yield from self._member(place, entry, (*place.steps, step))

    def _entries(self, place: _Place) -> list[Entry]:
        self._refuse_deep(place)
        with self._in_time():
            entries = self._worker.entries(place.reader, self._path, place.steps)
        self._members += len(entries)
        self._bytes += sum(entry.size for entry in entries)
        if self._members > self._limits.members:
            raise UnreadableError(
                "too_many_members",
                "holds more than {limit} files in all (limits.members)",
                limit=self._limits.members,
            )
        if self._bytes > self._limits.unpacked_bytes:
            raise UnreadableError(
                "zip_bomb",
                "unpacks to {size} in all: refused as a zip bomb",
                size=in_words(self._bytes),
            )
        return entries

    def _refuse_deep(self, place: _Place) -> None:
        archives = [place.reader, *(step.reader for step in place.steps)].count("pack")
        if archives > _ARCHIVES or len(place.steps) >= _DEEPEST:
            raise UnreadableError(
                "nested",
                "has too many files around it, one within the other: take it out of them",
            )

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Count the time that the file takes in all, but not that of whoever reads the members."""
        most = self._limits.seconds * _TIMES_SECONDS
        if self._seconds > most:
            raise UnreadableError(
                "timeout",
                "took more than {limit} s to come to: what is before it is slow",
                limit=neat(most),
            )
        started = time.monotonic()
        try:
            yield
        finally:
            self._seconds += time.monotonic() - started

    def _member(self, place: _Place, entry: Entry, steps: Steps) -> Iterator[Member]:
        name = within(place.name, entry.name)
        date = place.date
        if entry.reader not in ONLY_CONTAINERS:
            member = self._read(name, entry, steps, date)
            yield member
            if isinstance(member.content, UnreadableError) or not holds_files(member.content):
                return
            date = member.content.date
        if entry.reader in CONTAINERS:
            yield from self._inside(_Place(name, entry.reader, steps, date))

    def _read(self, name: str, entry: Entry, steps: Steps, date: str | None) -> Member:
        try:
            if entry.refusal:
                raise entry.refusal
            with self._in_time():
                document, digest = self._worker.read(entry.reader, self._path, steps)
        except UnreadableError as error:
            return Member(name, error)
        return Member(name, finished(document, PurePosixPath(entry.name), date), digest)


def holds_files(document: Document) -> bool:
    """Tell whether a document is a mail with attachments."""
    return "attachments" in document.meta
