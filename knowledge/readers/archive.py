"""Looking at a zip archive before anything in it is unpacked."""

import io
import zipfile

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.readers.document import Limits
from savoirfaire.knowledge.readers.refusal import UnreadableError, in_words

_ENTRIES = 10_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def encrypted() -> UnreadableError:
    """Say that a file needs a password."""
    return UnreadableError("encrypted", "is encrypted: remove the password and try again")


def check_office(data: bytes, limits: Limits, name: Phrase, suffix: str) -> None:
    """Refuse what is no sound archive, as each file of Word, Excel and PowerPoint is one.

    `name` says what it should be, with its article: "a Word file", "an Excel file".
    """
    if data.startswith(_OLE):
        if _OLE_ENCRYPTED in data:
            raise encrypted()
        raise UnreadableError(
            "damaged", "is {what} of the old kind: save it as {suffix}", what=name, suffix=suffix
        )
    archive = open_archive(data, limits, name)
    if any(is_encrypted(entry) for entry in archive.infolist()):
        raise encrypted()


def open_archive(data: bytes, limits: Limits, name: Phrase) -> zipfile.ZipFile:
    """Open an archive; one that unpacks to far more than it is, is refused.

    The sizes that an archive declares are binding: zipfile stops reading an entry there.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise UnreadableError("damaged", "is damaged or is not {what}", what=name) from error
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    most = min(len(data) * limits.zip_ratio, limits.unpacked_bytes)
    if unpacked > most or len(entries) > _ENTRIES:
        raise UnreadableError(
            "zip_bomb",
            "unpacks to {size} in {files} files from {packed}: refused as a zip bomb",
            size=in_words(unpacked),
            files=len(entries),
            packed=in_words(len(data)),
        )
    return archive


def is_encrypted(entry: zipfile.ZipInfo) -> bool:
    """Tell whether a file of an archive needs a password."""
    return bool(entry.flag_bits & 1)
