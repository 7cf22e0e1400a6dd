"""Looking at a zip archive before anything in it is unpacked."""

import io
import zipfile

from savoirfaire.knowledge.readers.document import Limits
from savoirfaire.knowledge.readers.refusal import UnreadableError, in_words

ENCRYPTED = "is encrypted: remove the password and try again"
_ENTRIES = 10_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def check_office(data: bytes, limits: Limits, name: str, suffix: str) -> None:
    """Refuse what is no sound archive, as each file of Word, Excel and PowerPoint is one.

    `name` says what it should be: "a Word file", "an Excel file".
    """
    if data.startswith(_OLE):
        if _OLE_ENCRYPTED in data:
            raise UnreadableError("encrypted", ENCRYPTED)
        raise UnreadableError("damaged", f"is {name} of the old kind: save it as {suffix}")
    archive = open_archive(data, limits, name)
    if any(is_encrypted(entry) for entry in archive.infolist()):
        raise UnreadableError("encrypted", ENCRYPTED)


def open_archive(data: bytes, limits: Limits, name: str) -> zipfile.ZipFile:
    """Open an archive; one that unpacks to far more than it is, is refused.

    The sizes that an archive declares are binding: zipfile stops reading an entry there.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise UnreadableError("damaged", f"is damaged or is not {name}") from error
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    most = min(len(data) * limits.zip_ratio, limits.unpacked_bytes)
    if unpacked > most or len(entries) > _ENTRIES:
        sizes = (
            f"unpacks to {in_words(unpacked)} in {len(entries)} files from {in_words(len(data))}"
        )
        raise UnreadableError("zip_bomb", f"{sizes}: refused as a zip bomb")
    return archive


def is_encrypted(entry: zipfile.ZipInfo) -> bool:
    """Tell whether a file of an archive needs a password."""
    return bool(entry.flag_bits & 1)
