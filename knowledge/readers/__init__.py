"""Readers: real files in, canonical text out.

A file that cannot be read raises UnreadableError, a ReadError, with a sentence for a person and a
code for a program; it never blocks, hangs, fills the memory or takes the process down. Text,
Markdown, tables, TOML and YAML are read here; all else, and what is within other files, in a
process of its own.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from savoirfaire.knowledge.readers.catalogue import (
    CONTAINERS,
    ISOLATED,
    ONLY_CONTAINERS,
    SUFFIXES,
    reader_name,
    reader_named,
    run,
)
from savoirfaire.knowledge.readers.document import DEFAULTS, Document, Kind, Limits, Locator
from savoirfaire.knowledge.readers.entry import INSIDE
from savoirfaire.knowledge.readers.finishing import finished
from savoirfaire.knowledge.readers.folder import find_files, portable
from savoirfaire.knowledge.readers.gathering import Gathering, Member, holds_files
from savoirfaire.knowledge.readers.ignoring import IGNORE_FILE
from savoirfaire.knowledge.readers.isolation import Worker
from savoirfaire.knowledge.readers.opening import load, look, weigh
from savoirfaire.knowledge.readers.refusal import Code, UnreadableError

__all__ = [
    "IGNORE_FILE",
    "INSIDE",
    "SUFFIXES",
    "Code",
    "Document",
    "Kind",
    "Limits",
    "Locator",
    "Member",
    "Readers",
    "UnreadableError",
    "find_files",
    "read",
]


class Readers:
    """Reads many files, with one process for those that need one; a context manager.

    It may be used from several threads; they take turns at the process.
    """

    def __init__(self, limits: Limits = DEFAULTS) -> None:
        self._limits = limits
        self._worker = Worker(limits)

    def read(self, path: Path) -> Document:
        """Give a file as a document; UnreadableError says why not.

        Of a mail, this is the mail without its attachments; mailboxes and archives are refused:
        `read_all` reads what they hold.
        """
        return self._read(path)[0]

    def read_all(self, path: Path, name: str = "") -> Iterator[Member]:
        """Give a file and the files in it, one by one: at least one, and nothing is raised.

        Names begin with `name`, by default the file's own: `mail.eml`, `mail.eml!/brief.docx`,
        `box.mbox!/0001 Subject`, `pack.zip!/folder/file.md`. They are all different.
        """
        name = name or portable(path.name)
        try:
            reader = reader_name(path)
            if reader in ONLY_CONTAINERS:
                weigh(look(path).st_size, self._limits)
                yield from Gathering(self._worker, path, self._limits).inside(name, reader)
                return
            document, digest = self._read(path)
        except UnreadableError as error:
            yield Member(name, error)
            return
        yield Member(name, document, digest)
        if reader in CONTAINERS and holds_files(document):
            gathering = Gathering(self._worker, path, self._limits)
            yield from gathering.inside(name, reader, document.date)

    def close(self) -> None:
        """End the process; reading again starts another."""
        self._worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self, path: Path) -> tuple[Document, str]:
        status = look(path)
        name = reader_name(path)
        weigh(status.st_size, self._limits)
        if name in ONLY_CONTAINERS:
            raise UnreadableError("container", "holds files of its own and is no text itself")
        if name in ISOLATED:
            document, digest = self._worker.read(name, path)
        else:
            data = load(path, self._limits)
            document = run(reader_named(name).read, data, self._limits)
            digest = hashlib.sha256(data).hexdigest()
        return finished(document, path), digest


def read(path: Path, *, limits: Limits = DEFAULTS) -> Document:
    """Read one file; for many, `Readers` keeps its process between them."""
    with Readers(limits) as readers:
        return readers.read(path)
