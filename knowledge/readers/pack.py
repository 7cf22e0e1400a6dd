"""ZIP archives: the files in them, each under its own name; nothing is unpacked to disk.

What cannot be read is named with the reason: files that need a password, links, and paths that
lead out of the archive. Folders and hidden files are passed over.
"""

import re
import stat
import zipfile
from collections.abc import Iterator

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.readers.archive import encrypted, is_encrypted, open_archive
from savoirfaire.knowledge.readers.catalogue import reader_for
from savoirfaire.knowledge.readers.document import Limits
from savoirfaire.knowledge.readers.entry import Entry, apart, refused, shown
from savoirfaire.knowledge.readers.folder import PASSED_OVER
from savoirfaire.knowledge.readers.opening import weigh
from savoirfaire.knowledge.readers.refusal import UnreadableError

_UTF8_FLAG = 0x800
_OUTSIDE = re.compile(r"/|[A-Za-z]:|(?:.*/)?\.\.(?:/|$)")
_MAC_EXTRAS = "__MACOSX"


def entries(data: bytes, limits: Limits) -> list[Entry]:
    """Give the files of an archive in its own order, each under a name of its own."""
    archive = open_archive(data, limits, Phrase("a zip archive"))
    found = list(apart(_entries(archive, limits)))
    if not found:
        raise UnreadableError("empty", "has no files in it")
    return found


def _entries(archive: zipfile.ZipFile, limits: Limits) -> Iterator[Entry]:
    for info in archive.infolist():
        name = _name(info)
        if not info.is_dir() and name and not _is_passed_over(name):
            try:
                yield _entry(archive, info, name, limits)
            except UnreadableError as error:
                yield refused(name, error)


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, limits: Limits) -> Entry:
    if _OUTSIDE.match(name):
        raise UnreadableError("unsafe_path", "has a path that leads out of the archive")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnreadableError("not_a_file", "is a link, which is not followed")
    if is_encrypted(info):
        raise encrypted()
    reader = reader_for(name)
    weigh(info.file_size, limits)
    return Entry(name, reader, info.file_size, lambda: _load(archive, info))


def _load(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(info)
    except NotImplementedError as error:
        raise UnreadableError("damaged", "is packed in a way that cannot be unpacked") from error


def _name(info: zipfile.ZipInfo) -> str:
    """Give the name with `/`; macOS writes UTF-8 without the flag that would say so."""
    name = info.filename
    if not info.flag_bits & _UTF8_FLAG:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    return shown(name.replace("\\", "/").removeprefix("./"))


def _is_passed_over(name: str) -> bool:
    parts = name.split("/")
    return _MAC_EXTRAS in parts or any(
        part.startswith(PASSED_OVER) and part != ".." for part in parts
    )
