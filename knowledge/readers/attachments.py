"""The files that came with a mail, and the bytes of those that may hold words."""

from collections.abc import Callable, Iterator
from email import policy
from email.message import Message
from functools import partial
from pathlib import PurePosixPath

from savoirfaire.knowledge.readers.bodies import is_attached, parts
from savoirfaire.knowledge.readers.canonical import one_line
from savoirfaire.knowledge.readers.catalogue import SUFFIXES, TYPES
from savoirfaire.knowledge.readers.entry import shown
from savoirfaire.knowledge.readers.mailbox import subject

_NO_WORDS = {"image", "audio", "video", "font"}
_FOR_MACHINES = {
    "application/pgp-signature",
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "message/delivery-status",
    "message/disposition-notification",
}


def named(message: Message) -> Iterator[tuple[str, str]]:
    """Give the name and media type of each attachment, also of those that hold no words."""
    for part in _attached(message):
        yield one_line(part.get_filename() or "") or "without a name", part.get_content_type()


def attachments(message: Message) -> Iterator[tuple[str, int, Callable[[], bytes]]]:
    """Give each attachment that may hold words: its name as a file, its size at most, its bytes."""
    for number, part in enumerate(_attached(message), 1):
        maintype, kind = part.get_content_maintype(), part.get_content_type()
        if maintype in _NO_WORDS or kind in _FOR_MACHINES:
            continue
        if kind == "message/rfc822" and parts(part):
            inner = parts(part)[0]
            yield _mail_name(part, inner, number), 0, partial(_mail_bytes, inner)
        else:
            payload = part.get_payload()
            size = len(payload) if isinstance(payload, str) else 0
            yield _file_name(part, number), size, partial(_bytes, part)


def _attached(part: Message) -> Iterator[Message]:
    """Walk to the attachments, and not into them: a mail in a mail has its own."""
    if part.get_content_maintype() == "multipart" and not part.get_filename():
        for inner in parts(part):
            yield from _attached(inner)
    elif is_attached(part):
        yield part


def _file_name(part: Message, number: int) -> str:
    """Give the last part of the name, with the suffix of its type where it has none of its own."""
    written = (part.get_filename() or "").replace("\\", "/")
    name = shown(PurePosixPath(written).name) or f"attachment {number}"
    known = PurePosixPath(name).suffix.lower() in SUFFIXES
    return name if known else name + TYPES.get(part.get_content_type(), "")


def _mail_name(part: Message, inner: Message, number: int) -> str:
    if part.get_filename():
        return _file_name(part, number)
    written = str(dict(inner.raw_items()).get("Subject", ""))
    about = subject(b"Subject:" + written.encode("utf-8", "surrogateescape"))
    return f"{about or f'attachment {number}'}.eml"


def _mail_bytes(inner: Message) -> bytes:
    return inner.as_bytes(policy=policy.compat32)


def _bytes(part: Message) -> bytes:
    """Give the bytes of an attachment; of a text, in UTF-8 where its own encoding is stated."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset()
    if part.get_content_maintype() != "text" or charset is None:
        return data
    try:
        return data.decode(charset).encode("utf-8-sig")
    except (LookupError, UnicodeError):
        return data
