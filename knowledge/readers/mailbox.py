"""Mailboxes (mbox): the messages in their order, named by number and subject."""

import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header, make_header
from functools import partial

from savoirfaire.knowledge.readers.document import Limits
from savoirfaire.knowledge.readers.entry import Entry, shown
from savoirfaire.knowledge.readers.refusal import UnreadableError

# A line of a body may begin with "From " too, also after a blank line: but hardly ever one with a
# time of day in it and, below it, what looks like a header.
_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?=From )")
_MESSAGE = re.compile(
    rb"(?:(?<=\n\n)|(?<=\n\r\n)|(?<![\s\S]))From (?=[^\n]{0,300}?\d:\d\d)[^\n]*+\n"
    rb"(?=[!-9;-~]{1,80}:|>From )"
)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_SUBJECT = re.compile(
    rb"^Subject:([^\n]{0,400}(?:\n[ \t][^\n]{0,400}){0,5})", re.IGNORECASE | re.MULTILINE
)
_HEAD_WITHIN = 100_000
_LONGEST_SUBJECT = 80


def entries(data: bytes, limits: Limits) -> list[Entry]:
    """Give each message as a mail of its own."""
    first = _FIRST.match(data)
    data = data[first.end() :] if first else data
    starts = [(found.start(), found.end()) for found in _MESSAGE.finditer(data)]
    if not starts or starts[0][0]:
        raise UnreadableError("damaged", "is damaged or is not a mailbox")
    if len(starts) > limits.members:
        raise UnreadableError(
            "too_many_members",
            "holds {count} messages; the limit is {limit} (limits.members)",
            count=len(starts),
            limit=limits.members,
        )
    ends = [start for start, _ in starts[1:]] + [len(data)]
    spans = ((begin, end) for (_, begin), end in zip(starts, ends, strict=True))
    return list(_entries(data, spans))


def subject(message: bytes) -> str:
    """Give the subject of a message, shortened, as part of a name; empty without one."""
    head = message[:_HEAD_WITHIN].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    found = _SUBJECT.search(head)
    written = found[1].decode("utf-8", "replace") if found else ""
    try:
        words = str(make_header(decode_header(written)))
    except (ValueError, LookupError, MessageError):
        words = written
    plain = shown(words.replace("/", "-"))
    return plain if len(plain) <= _LONGEST_SUBJECT else f"{plain[:_LONGEST_SUBJECT].rstrip()}…"


def _entries(data: bytes, spans: Iterator[tuple[int, int]]) -> Iterator[Entry]:
    for number, (start, end) in enumerate(spans, 1):
        name = f"{number:04} {subject(data[start : min(end, start + _HEAD_WITHIN)])}".rstrip()
        yield Entry(name, "mail", end - start, partial(_message, data, start, end))


def _message(data: bytes, start: int, end: int) -> bytes:
    """Give a message without the marks that a mailbox needs."""
    return _QUOTED_FROM.sub(rb"\1", data[start:end]).rstrip(b"\r\n")
