"""Which reader reads which file, and how a reader is run.

Each reader is a module of this package with `read(data, limits) -> Document`, imported at first
need. Title, date and language are left empty where the file itself does not give them.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

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
    ".pdf": "pdf",
    ".eml": "mail",
}

# Their parsers are large, and slow or worse on hostile input, so they run in the worker. Mail is
# among them because the standard library needs two seconds for a Subject of 160 kB, and more than
# four times as long for twice as much.
ISOLATED = frozenset({"page", "word", "pdf", "mail"})


def reader_name(path: Path) -> str:
    """Give the name of the reader for a file, by its suffix."""
    suffix = path.suffix.lower()
    if not suffix:
        raise UnreadableError("unknown_type", "has no suffix that says its type")
    if suffix not in SUFFIXES:
        raise UnreadableError("unknown_type", f"has a type that is not read yet ({suffix})")
    return SUFFIXES[suffix]


def reader_named(name: str) -> Reader:
    """Import a reader; ImportError if a library it needs is missing."""
    reader: Reader = import_module(f"{__package__}.{name}").read
    return reader


def run(reader: Reader, data: bytes, limits: Limits) -> Document:
    """Run a reader on bytes; whatever goes wrong comes out as an UnreadableError."""
    try:
        document = reader(data, limits)
    except ReadError:
        raise
    except RecursionError as error:
        raise UnreadableError("nested", "is nested too deeply to be read") from error
    except MemoryError as error:
        reason = f"needs more than {limits.memory_mb:g} MB of memory (limits.memory_mb)"
        raise UnreadableError("memory", reason) from error
    except Exception as error:  # a hostile file can make a parser raise anything: this file fails
        reason = f"cannot be read: it is damaged ({type(error).__name__})"
        raise UnreadableError("damaged", reason) from error
    if not document.text.strip():
        raise UnreadableError("empty", "has no text in it")
    refuse_long(len(document.text), limits)
    return document
