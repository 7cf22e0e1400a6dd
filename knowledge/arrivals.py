"""What an ingest is told and what it tells: its options, each file as found, and the report."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from savoirfaire.errors import ReadError, SavoirError
from savoirfaire.knowledge.readers import Limits
from savoirfaire.knowledge.readers.catalogue import CONTAINERS, reader_name
from savoirfaire.knowledge.readers.opening import load, look
from savoirfaire.knowledge.tombstones import Forgotten

Outcome = Literal["read", "unchanged", "failed"]
Listener = Callable[[str, Outcome, SavoirError | None], None]
"""Told each source's name, what became of it, and why where it failed."""


@dataclass
class Report:
    """What became of the files of one ingest, and of the files in them.

    `kinds` counts what was read by its kind. `vanished` are files read earlier from the folders
    given that are not there any more: they are only named. `removed` is how many sources were
    removed because the file that held them does not any more. `without_vectors` counts the client's
    passages that have none yet: there are embeddings, and their endpoint is out of reach.
    """

    read: int = 0
    unchanged: int = 0
    failed: list[dict[str, str]] = field(default_factory=list)
    passages: int = 0
    seconds: float = 0.0
    kinds: dict[str, int] = field(default_factory=dict)
    vanished: list[str] = field(default_factory=list)
    removed: int = 0
    without_vectors: int = 0

    def as_dict(self) -> dict[str, object]:
        """The report as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Options:
    """How files are taken in: `kind` is what a person says they are, empty where nothing is said.

    `forgotten` is what must not come back; `allow_forgotten` lets files come back, never people.
    """

    limits: Limits
    kind: str
    forgotten: Forgotten
    allow_forgotten: bool
    listen: Listener | None


class File(NamedTuple):
    """A file as it is found: its source's name, its real path, the hash of its bytes.

    The hash is empty where it will be refused; `holds` says that it is a source for each part.
    """

    path: Path
    name: str
    origin: bytes
    digest: str
    holds: bool


def holds_others(path: Path) -> bool:
    """Whether a file is one that holds others; a file of unknown type holds nothing."""
    try:
        return reader_name(path) in CONTAINERS
    except ReadError:
        return False


def digest_of(path: Path, limits: Limits) -> str:
    """The SHA-256 of a file's bytes; empty for what the reader will refuse."""
    try:
        look(path)
        return hashlib.sha256(load(path, limits)).hexdigest()
    except ReadError:
        return ""
