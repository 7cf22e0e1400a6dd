"""Mail: header lines, the body with its quotations marked, the names of the attachments.

As a container, a mail holds its attachments: those that hold no words, such as images, are only
named in its text.
"""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from savoirfaire.knowledge.readers.attachments import attachments, named
from savoirfaire.knowledge.readers.bodies import body_text
from savoirfaire.knowledge.readers.canonical import Pieces, language, one_line
from savoirfaire.knowledge.readers.catalogue import reader_for
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.entry import Entry, apart, refused
from savoirfaire.knowledge.readers.quoting import marks
from savoirfaire.knowledge.readers.refusal import UnreadableError

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_THREAD = ("Message-ID", "In-Reply-To", "References")
_ID = re.compile(r"<[^<>\s]{1,250}>")
_MOST_IDS = 200


def read(data: bytes, limits: Limits) -> Document:
    """Give a mail as text; its date is the day on the sender's calendar.

    `meta` has the ids by which the mails of a thread find each other, and `sent`: the seconds since
    1970.
    """
    message = _parsed(data)
    headers = {name: words for name in _HEADERS if (words := _header(message, name))}
    if not headers:
        raise UnreadableError("damaged", "is not a mail: it has no From, To, Date or Subject")
    pieces = Pieces(limits, joint="\n\n")
    pieces.add("\n".join(f"{name}: {value}" for name, value in headers.items()), "header")
    body = body_text(message)
    pieces.add(body, marks=marks(body, headers.get("Subject", "")))
    attached = [f"Attachment: {name} ({kind})" for name, kind in named(message)]
    pieces.add("\n".join(attached))
    meta = {name.lower(): value for name, value in headers.items()} | _thread(message)
    sent = _sent(headers.get("Date", ""))
    if sent:
        meta["sent"] = str(math.floor(sent.replace(tzinfo=sent.tzinfo or UTC).timestamp()))
    return Document(
        pieces.text(),
        title=headers.get("Subject", ""),
        kind="mail",
        date=sent.date().isoformat() if sent else None,
        language=language(str(message.get("Content-Language", ""))),
        locators=pieces.locators,
        meta=meta | ({"attachments": str(len(attached))} if attached else {}),
    )


def entries(data: bytes, limits: Limits) -> list[Entry]:  # noqa: ARG001 - what every container takes
    """Give the attachments, each under a name of its own."""
    return list(apart(_entries(_parsed(data))))


def _entries(message: EmailMessage) -> Iterator[Entry]:
    for name, size, load in attachments(message):
        try:
            yield Entry(name, reader_for(name), size, load)
        except UnreadableError as error:
            yield refused(name, error)


def _parsed(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=policy.default)


def _header(message: EmailMessage, name: str) -> str:
    """Give a header in words, or as it was written where the library stumbles over it."""
    try:
        return one_line(str(message[name] or ""))
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, MessageError):
        return one_line(_raw(message).get(name.lower(), ""))


def _raw(message: EmailMessage) -> dict[str, str]:
    """Give the headers as they were written, of several with one name the first."""
    return {name.lower(): str(value) for name, value in reversed(list(message.raw_items()))}


def _thread(message: EmailMessage) -> dict[str, str]:
    """Give the ids as they were written: the library's own parser gives up on many of them."""
    raw = _raw(message)
    found = {}
    for name in map(str.lower, _THREAD):
        written = raw.get(name, "")
        ids = _ID.findall(written)[:_MOST_IDS] or written.split()[:1]
        found[name] = one_line(" ".join(ids))
    return {name: ids for name, ids in found.items() if ids}


def _sent(written: str) -> datetime | None:
    try:
        return parsedate_to_datetime(written)
    except (ValueError, ArithmeticError):
        return None
