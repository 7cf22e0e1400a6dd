"""Opening a file without harm: only regular files, never more than the limit, never a wait."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from savoirfaire.knowledge.readers.document import MB, Limits
from savoirfaire.knowledge.readers.refusal import UnreadableError, in_words, neat

# Not blocking matters where a file was replaced by a FIFO after it was looked at.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def look(path: Path) -> os.stat_result:
    """Give the status of a regular file; anything else is refused, without opening it."""
    with _refusals():
        status = path.stat()
    _require_regular(status)
    return status


def weigh(size: int, limits: Limits) -> None:
    """Refuse a file that is empty or too large, by its size in bytes."""
    if size > limits.file_mb * MB:
        raise UnreadableError(
            "too_large",
            "is {size}; the limit is {limit} MB (limits.file_mb)",
            size=in_words(size),
            limit=neat(limits.file_mb),
        )
    if not size:
        raise UnreadableError("empty", "is empty")


def load(path: Path, limits: Limits) -> bytes:
    """Give the bytes of a file that was looked at, as many as it has when it is opened."""
    with _refusals(), open(os.open(path, _FLAGS), "rb") as file:  # noqa: PTH123 - by descriptor
        status = os.fstat(file.fileno())
        _require_regular(status)
        weigh(status.st_size, limits)
        return file.read(status.st_size)


def _require_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableError("not_a_file", "is a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError("not_a_file", "is not a regular file")


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UnreadableError("missing", "does not exist, or not any more") from error
    except PermissionError as error:
        raise UnreadableError("denied", "cannot be opened: permission denied") from error
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise UnreadableError(
            "unreachable", "cannot be opened: {reason}", reason=words.lower()
        ) from error
