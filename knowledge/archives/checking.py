"""Opening an archive that nobody vouches for: what it says of itself is checked before it is used.

Every entry is one that an archive may have, is as long as the manifest says, and has its hash. No
name leads out of its place, and nothing unpacks to more than the limits.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from savoirfaire.errors import ArchiveError, ScopeError
from savoirfaire.knowledge.archives.form import (
    CLIENT,
    FORMAT,
    MANIFEST,
    TABLES,
    VERSION,
    is_entry,
    table_name,
)
from savoirfaire.knowledge.scope import check_name

_RATIO = 100  # times the file's own size
_FLOOR = 64_000_000  # bytes that any archive may unpack to
_LONGEST_LINE = 64_000_000
_LONGEST_MANIFEST = 256_000_000
_PIECE = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Opened:
    """An archive whose entries have been checked."""

    archive: zipfile.ZipFile
    client: str
    names: tuple[str, ...]

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of an entry, one at a time."""
        with self.archive.open(name) as entry:
            while line := entry.readline(_LONGEST_LINE):
                yield line

    def read(self, name: str) -> bytes:
        """A whole entry."""
        return self.archive.read(name)


@contextmanager
def opened(file: Path) -> Iterator[Opened]:
    """Open an archive and check all of it. Raises ArchiveError, which says what is wrong."""
    try:
        with zipfile.ZipFile(file) as archive:
            _require_size(archive, file.stat().st_size)
            manifest = _manifest(archive)
            entries = _entries(archive, manifest)
            for name, said in entries.items():
                _check(archive, name, said)
            yield Opened(archive, manifest["client"], tuple(entries))
    except _BROKEN as error:
        raise ArchiveError(
            "{file} is no whole ZIP file: {reason}", file=file.name, reason=error
        ) from error
    except OSError as error:
        raise ArchiveError(
            "{file} cannot be read: {reason}", file=file, reason=error.strerror
        ) from error


def _require_size(archive: zipfile.ZipFile, size: int) -> None:
    """Before anything is read: what the file unpacks to, of which no entry gives more."""
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > max(_FLOOR, _RATIO * size):
        raise ArchiveError(
            "the archive unpacks to {bytes} bytes, which is too much", bytes=unpacked
        )


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        info = archive.getinfo(MANIFEST)
        data = json.loads(archive.read(info)) if info.file_size < _LONGEST_MANIFEST else None
    except (KeyError, ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ArchiveError("this is no archive of a client")
    version = data.get("version")
    if type(version) is not int or version > VERSION:
        raise ArchiveError(
            "the archive has the form {version}, and {known} is the newest known here",
            version=version,
            known=VERSION,
            hint="Upgrade savoirfaire.",
        )
    try:
        check_name(data.get("client", ""))
    except (ScopeError, TypeError) as error:
        raise ArchiveError("the archive names no client") from error
    return data


def _entries(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the manifest says of each entry, where the archive has just these."""
    said = manifest.get("entries")
    listed = [info.filename for info in archive.infolist()]
    if not isinstance(said, dict) or sorted([*said, MANIFEST]) != sorted(listed):
        raise ArchiveError("the archive does not have the entries that its manifest names")
    wrong = [name for name in said if not is_entry(name)]
    if wrong:
        raise ArchiveError("an archive has no entry {name}", name=repr(wrong[0]))
    missing = {CLIENT, *map(table_name, TABLES)} - said.keys()
    if missing:
        raise ArchiveError("the archive lacks {name}", name=min(missing))
    return said


def _check(archive: zipfile.ZipFile, name: str, said: Any) -> None:
    """Compare an entry with the manifest, reading no more than it says there is."""
    try:
        wanted, size = str(said["sha256"]), int(said["bytes"])
    except (TypeError, KeyError, ValueError) as error:
        raise ArchiveError("the manifest does not say what {name} is", name=name) from error
    digest, left = hashlib.sha256(), size
    with archive.open(name) as entry:
        while left >= 0 and (piece := entry.read(min(_PIECE, left + 1))):
            digest.update(piece)
            left -= len(piece)
    if left or digest.hexdigest() != wanted:
        raise ArchiveError("{name} is not what the manifest says", name=name)
