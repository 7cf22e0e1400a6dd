"""Files that are either absent or complete, under names that stay where they are put."""

import base64
import contextlib
import os
import secrets
from pathlib import Path

from savoirfaire.errors import EffectError

BINARY = (".docx", ".pdf")
"""How the names of files that are no text end."""

_NOT_IN_NAMES = frozenset('/\\:*?"<>|')  # separators and what some systems refuse


def safe(name: str) -> str:
    """A name that stays in its folder on every system, or EffectError."""
    if not name or name.startswith(".") or not name.isprintable() or _NOT_IN_NAMES & set(name):
        raise EffectError("{name} is not a file name", name=repr(name))
    return name


def packed(content: bytes) -> str:
    """The content of a file that is no text, as effects keep it: in Base64."""
    return base64.b64encode(content).decode()


def encoded(name: str, text: str) -> bytes:
    """A text as it is written, or EffectError; of a name in `BINARY`, what was `packed`."""
    if name.endswith(BINARY):
        return base64.b64decode(text)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise EffectError(
            "{name} has half a surrogate pair at {place}: it cannot be written",
            name=name,
            place=error.start,
        ) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is either absent or complete, even after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not by mkstemp, whose files only their owner may read: a published file is like any other.
    beside = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the name last as well as the bytes, where the system has a way to."""
    if hasattr(os, "O_DIRECTORY"):
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
