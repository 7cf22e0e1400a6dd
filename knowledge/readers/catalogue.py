"""Which reader reads which file, and how a reader is run.

Each reader is a module of this package, imported at first need, with one or both of
`read(data, limits) -> Document` and `entries(data, limits) -> list[Entry]`: what a container holds.
Title, date and language are left empty where the file itself does not give them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import PurePath, PurePosixPath
from typing import Any

from savoirfaire.errors import ReadError
from savoirfaire.knowledge.readers.canonical import refuse_long
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.refusal import UnreadableError

Reader = Callable[[bytes, Limits], Document]

SUFFIXES: Mapping[str, str] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".toml": "text",
    ".yaml": "text",
    ".yml": "text",
    ".csv": "table",
    ".tsv": "table",
    ".html": "page",
    ".htm": "page",
    ".docx": "word",
    ".xlsx": "sheets",
    ".xlsm": "sheets",
    ".pptx": "slides",
    ".pptm": "slides",
    ".pdf": "pdf",
    ".eml": "mail",
    ".mbox": "mailbox",
    ".zip": "pack",
}

TYPES: Mapping[str, str] = {
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/html": ".html",
    "message/rfc822": ".eml",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/mbox": ".mbox",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}
"""The suffixes of attachments that have none of their own, by media type."""

# Their parsers are large, and slow or worse on hostile input, so they run in the worker. Mail is
# among them because the standard library needs two seconds for a Subject of 160 kB, and more than
# four times as long for twice as much.
ISOLATED = frozenset({"page", "word", "sheets", "slides", "pdf", "mail", "mailbox", "pack"})

# A mail is a document too; of the other containers there is nothing to read but what they hold.
CONTAINERS = frozenset({"mail", "mailbox", "pack"})
ONLY_CONTAINERS = CONTAINERS - {"mail"}


def reader_name(path: PurePath) -> str:
    """Give the name of the reader for a file, by its suffix."""
    suffix = path.suffix.lower()
    if not suffix:
        raise UnreadableError("unknown_type", "has no suffix that says its type")
    if suffix not in SUFFIXES:
        raise UnreadableError(
            "unknown_type", "has a type that is not read yet ({suffix})", suffix=suffix
        )
    return SUFFIXES[suffix]


def reader_for(name: str) -> str:
    """Give the name of the reader for a file in a container, by its name there."""
    return reader_name(PurePosixPath(name))


def reader_named(name: str) -> Any:
    """Import the module of a reader; ImportError if a library it needs is missing."""
    return import_module(f"{__package__}.{name}")


def run(reader: Reader, data: bytes, limits: Limits) -> Document:
    """Run a reader on bytes; whatever goes wrong comes out as an UnreadableError."""
    with refusals(limits):
        document = reader(data, limits)
    if not document.text.strip():
        raise UnreadableError("empty", "has no text in it")
    refuse_long(len(document.text), limits)
    return document


@contextmanager
def refusals(limits: Limits) -> Iterator[None]:
    """Make whatever a parser raises an UnreadableError."""
    try:
        yield
    except ReadError:
        raise
    except RecursionError as error:
        raise UnreadableError("nested", "is nested too deeply to be read") from error
    except MemoryError as error:
        raise UnreadableError(
            "memory",
            "needs more than {limit} MB of memory (limits.memory_mb)",
            limit=limits.memory_mb,
        ) from error
    except Exception as error:  # a hostile file can make a parser raise anything: this file fails
        raise UnreadableError(
            "damaged", "cannot be read: it is damaged ({kind})", kind=type(error).__name__
        ) from error
