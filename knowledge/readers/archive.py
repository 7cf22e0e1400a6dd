"""Looking at a zip archive before anything in it is unpacked."""

import io
import zipfile

from savoirfaire.knowledge.readers.document import MB, Limits
from savoirfaire.knowledge.readers.refusal import UnreadableError, in_words

_ENTRIES = 10_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_TIMES_FILE_LIMIT = 10


def check_archive(data: bytes, limits: Limits) -> None:
    """Refuse what is not a zip archive, is encrypted, or unpacks to far more than it is.

    The sizes that an archive declares are binding: zipfile stops reading an entry there.
    """
    if data.startswith(_OLE):
        if _OLE_ENCRYPTED in data:
            raise UnreadableError("encrypted", "is encrypted: remove the password and try again")
        raise UnreadableError("damaged", "is an old Word file: save it as .docx")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise UnreadableError("damaged", "is damaged or is not a Word file") from error
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableError("encrypted", "is encrypted: remove the password and try again")
    unpacked = sum(entry.file_size for entry in entries)
    most = min(len(data) * limits.zip_ratio, limits.file_mb * MB * _TIMES_FILE_LIMIT)
    if unpacked > most or len(entries) > _ENTRIES:
        sizes = (
            f"unpacks to {in_words(unpacked)} in {len(entries)} files from {in_words(len(data))}"
        )
        raise UnreadableError("zip_bomb", f"{sizes}: refused as a zip bomb")
