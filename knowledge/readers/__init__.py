"""Readers: real files in, canonical text out.

A file that cannot be read raises UnreadableError, a ReadError, with a sentence for a person and a
code for a program; it never blocks, hangs, fills the memory or takes the process down. Text,
Markdown, tables, TOML and YAML are read here; mail, HTML, Word and PDF in a process of their own.
"""

import dataclasses
from pathlib import Path
from types import TracebackType
from typing import Self

from savoirfaire.knowledge.readers.canonical import clean, iso_date, one_line
from savoirfaire.knowledge.readers.catalogue import (
    ISOLATED,
    SUFFIXES,
    reader_name,
    reader_named,
    run,
)
from savoirfaire.knowledge.readers.document import DEFAULTS, Document, Kind, Limits, Locator
from savoirfaire.knowledge.readers.folder import find_files
from savoirfaire.knowledge.readers.isolation import Worker
from savoirfaire.knowledge.readers.opening import load, look, weigh
from savoirfaire.knowledge.readers.refusal import Code, UnreadableError

__all__ = [
    "SUFFIXES",
    "Code",
    "Document",
    "Kind",
    "Limits",
    "Locator",
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

        The title falls back to the file's name, the date to the one that the name begins with,
        then to the day on which a Word or PDF file says it was saved.
        """
        status = look(path)
        name = reader_name(path)
        weigh(status, self._limits)
        if name in ISOLATED:
            document = self._worker.read(name, path)
        else:
            document = run(reader_named(name), load(path, self._limits), self._limits)
        saved = iso_date(document.meta.get("saved", ""))
        return dataclasses.replace(
            document,
            title=one_line(document.title) or clean(path.stem),
            date=document.date or iso_date(path.name) or saved,
        )

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


def read(path: Path, *, limits: Limits = DEFAULTS) -> Document:
    """Read one file; for many, `Readers` keeps its process between them."""
    with Readers(limits) as readers:
        return readers.read(path)
