"""What a reader gives: canonical text and what is known about it, within limits."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["document", "mail", "table", "page"]

MB = 1_000_000
_TIMES_UNPACKED = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost; sizes are in millions of bytes (for text: of characters).

    `zip_ratio` is how many times larger than the file its unpacked content may be, and `seconds`
    and `memory_mb` bound the parsing of everything but plain text, which happens in a process of
    its own. `members` is how many files an archive, mailbox or mail may hold, at any depth.
    """

    file_mb: float = 50
    pages: int = 2000
    zip_ratio: float = 200
    seconds: float = 30
    text_mb: float = 20
    memory_mb: int = 2048
    members: int = 10_000

    @property
    def unpacked_bytes(self) -> float:
        """The most that all there is in one file may unpack to."""
        return self.file_mb * MB * _TIMES_UNPACKED


DEFAULTS = Limits()


@dataclass(frozen=True, slots=True)
class Locator:
    """Where a span of the canonical text stands in the file, in a reader's words: "page 3"."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Document:
    r"""A file as text.

    `text` is canonical: newlines are `\n`, and there are no NULs, lone surrogates or byte order
    mark. `date` is `YYYY-MM-DD`, `language` a lower-case code such as `fr`; both are only what
    the file says of itself. `locators` are in order of `start`. `meta` holds what else was found.
    """

    text: str
    title: str = ""
    kind: Kind = "document"
    date: str | None = None
    language: str | None = None
    locators: list[Locator] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give the document as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Document":
        """Rebuild a document from `as_json`."""
        locators = [Locator(**locator) for locator in data["locators"]]
        return cls(**{**data, "locators": locators})
