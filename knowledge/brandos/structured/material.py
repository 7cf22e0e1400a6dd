"""A source as it is looked at, and what is found in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.analysis import fold
from savoirfaire.knowledge.readers.catalogue import SUFFIXES

_SHEETS = {"table", "sheets"}


class Cell(NamedTuple):
    """Words of a source's text, where they stand."""

    words: str
    start: int

    @property
    def end(self) -> int:
        """Where they end."""
        return self.start + len(self.words)


class Place(NamedTuple):
    """A locator of a source."""

    start: int
    end: int
    label: str


class Ground(NamedTuple):
    """What a field of a record rests on; `field` is a JSON pointer."""

    field: str
    cell: Cell


@dataclass(frozen=True)
class Material:
    """A source of a client, as the ledger has it; `spoken` is the language of the client.

    `is_direct`: it is a file that a person took in, and did not come in another file.
    """

    id: str
    path: str
    kind: str
    title: str
    date: str | None
    language: str | None
    text: str
    channel: str | None = None
    spoken: str | None = None
    places: Sequence[Place] = ()
    is_direct: bool = True
    sha256: str = ""

    @property
    def is_sheet(self) -> bool:
        """Whether its file is a table as programs write them: CSV or a workbook."""
        return SUFFIXES.get(PurePosixPath(self.path).suffix.lower()) in _SHEETS

    @property
    def stem(self) -> str:
        """The name of its file, without what tells its form."""
        return PurePosixPath(self.path).stem

    @property
    def name(self) -> str:
        """What a person would call it."""
        return " ".join(self.title.split()) or self.stem

    def cell(self, start: int, end: int) -> Cell:
        """The words of a span, without space around them."""
        words = self.text[start:end]
        kept = words.strip()
        return Cell(kept, start + words.find(kept))


@dataclass(frozen=True)
class Filling:
    """What a source says: the data of a record, and what each part of it rests on.

    `active`: it was measured or laid down, so that it needs no person's decision. `single`: the
    source says one thing of this kind, whatever it is called.
    """

    kind: str
    data: Mapping[str, Any]
    grounds: Sequence[Ground]
    active: bool = False
    single: bool = False
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True)
class Skipped:
    """Something of a source that no record was filled with: what, and why."""

    path: str
    what: str
    why: Phrase = field(default_factory=lambda: Phrase(""))


Found = Iterator[Filling | Skipped]


def plain_words(text: str) -> str:
    """Words to compare names by: without case, accents and signs, with single spaces."""
    folded = fold(text).replace("’", "'")
    return " ".join("".join(c if c.isalnum() or c == "%" else " " for c in folded).split())
