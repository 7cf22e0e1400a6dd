"""Published messages without mentions: what a mail says is encoded, and cannot be searched."""

from collections.abc import Callable
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP

Change = Callable[[str], str]


def rewritten(data: bytes, words: Change, page: Change) -> bytes:
    """A message with its headers and words changed by `words`, and its pages by `page`.

    The same bytes where nothing is changed. What is no message is changed as words are.
    """
    try:
        message = message_from_bytes(data, EmailMessage, policy=SMTP)
        parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
        touched = [_header(message, name, words) for name in list(message)]
        touched += [_part(part, words, page) for part in parts]
    except (LookupError, UnicodeError, ValueError, MessageError):
        return _plainly(data, words)
    return message.as_bytes() if any(touched) else data


def _header(message: EmailMessage, name: str, words: Change) -> bool:
    said = str(message[name])
    bare = words(said)
    if bare != said:
        message.replace_header(name, bare)
    return bare != said


def _part(part: EmailMessage, words: Change, page: Change) -> bool:
    kind, said = part.get_content_subtype(), part.get_content()
    bare = page(said) if kind == "html" else words(said)
    if bare != said:
        part.set_content(bare, subtype=kind, charset="utf-8", cte="quoted-printable")
    return bool(bare != said)


def _plainly(data: bytes, words: Change) -> bytes:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    bare = words(text)
    return data if bare == text else bare.encode()
