"""What the ledger takes and gives: sources, their passages, lessons, and what a write changed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from savoirfaire.knowledge.passages import Span
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.knowledge.sketches import Sketch

_LONGEST = 1000  # characters: each of a source's passages repeats them

MAIL_CHANNEL = "email"
"""The channel of every mail."""


@dataclass(frozen=True)
class Source:
    """A document as ingested: its canonical text and where it came from.

    `origin` is the real path of its file, as the system has it; empty where there is none.
    `thread` is the conversation it belongs to and `place` its order there; `container` the path of
    the file it came out of; `meta` what else its reader found, as plain data.
    Raises ValueError for a text that is not canonical, or a span that is not in it.
    """

    path: str
    kind: str
    title: str
    date: str | None
    language: str | None
    sha256: str
    text: str
    spans: Sequence[Span]
    locators: Sequence[dict[str, Any]] = field(default=())
    origin: bytes = b""
    author: str | None = None
    channel: str | None = None
    thread: str | None = None
    place: int | None = None
    container: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what could not be cited."""
        for words in (self.path, self.kind, self.title, self.text):
            _require_storable(words)
        for span in self.spans:
            if not 0 <= span.start < span.end <= len(self.text):
                raise ValueError(f"{self.path!r} has no span [{span.start}, {span.end})")

    def index_text(self, span: Span) -> str:
        """What is searched for a passage: its words, and those of the headings above it."""
        return searched_words(self.title, span.heading, self.text[span.start : span.end])


class Known(NamedTuple):
    """What an ingest has to know of a source: the hash of its bytes, its kind and its origin.

    `container` is the path of the file it came out of.
    """

    sha256: str
    kind: str
    origin: bytes
    container: str | None = None


class Held(NamedTuple):
    """A file that holds others, read wholly: the hash of its bytes, empty otherwise."""

    sha256: str
    origin: bytes


@dataclass(frozen=True)
class StoredPassage:
    """A passage with its quote, as cited: `quote == text[start:end]` of the source."""

    id: int
    source: str
    path: str
    title: str
    kind: str
    date: str | None
    start: int
    end: int
    heading: str
    quote: str


@dataclass(frozen=True)
class Lesson:
    """What a reviewer's edit taught: the words before, the words after, and why."""

    before: str
    after: str
    reason: str
    author: str
    learned_at: str


@dataclass(frozen=True)
class Change:
    """What one write did to a client's passages; the index applies the same.

    `revision` stands for what the client's passages are now, `previous` for what they were; where
    nothing changed they are the same. `at` is when what was added was recorded.
    """

    previous: int
    revision: int
    added: Mapping[int, Sketch]
    removed: set[int]
    at: str


def _require_storable(words: str) -> None:
    """A database ends a text at a NUL, and UTF-8 has no form for half a surrogate pair."""
    words.encode()  # UnicodeEncodeError is a ValueError, and names the place
    if "\0" in words:
        raise ValueError(f"there is a NUL at {words.index(chr(0))}")


def searched_words(title: str, heading: str, quote: str) -> str:
    """The words a passage is found by; of an endless title or heading, what starts it."""
    return f"{title[:_LONGEST]}\n{heading[:_LONGEST]}\n{quote}"


def source_id(scope: ClientScope, path: str) -> str:
    """The id of a client's source, from its path alone: the same on every machine."""
    digest = hashlib.blake2b(f"{client_of(scope)}\0{path}".encode(), digest_size=6)
    return f"s{digest.hexdigest()}"
