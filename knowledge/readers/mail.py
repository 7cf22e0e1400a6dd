"""Mail: header lines, the body, and the names of the attachments, which are not read."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime

from savoirfaire.knowledge.readers.canonical import Pieces, clean, language, one_line
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.encoding import decode_as
from savoirfaire.knowledge.readers.markup import parse, visible_text
from savoirfaire.knowledge.readers.refusal import UnreadableError

_HEADERS = ("From", "To", "Date", "Subject")


def read(data: bytes, limits: Limits) -> Document:
    """Give a mail as text; its date is the day on the sender's calendar."""
    message = message_from_bytes(data, policy=policy.default)
    headers = {name: one_line(str(message[name])) for name in _HEADERS if message[name]}
    if not headers:
        raise UnreadableError("damaged", "is not a mail: it has no From, To, Date or Subject")
    pieces = Pieces(limits, joint="\n\n")
    pieces.add("\n".join(f"{name}: {value}" for name, value in headers.items()), "header")
    pieces.add(_body(message), "body")
    pieces.add("\n".join(_attachments(message)))
    return Document(
        pieces.text(),
        title=headers.get("Subject", ""),
        kind="mail",
        date=_day(headers.get("Date", "")),
        language=language(str(message.get("Content-Language", ""))),
        locators=pieces.locators,
        meta={name.lower(): value for name, value in headers.items()},
    )


def _body(message: EmailMessage) -> str:
    """Give the plain text; where there is none, or a blank one, that of the HTML."""
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        text = "" if part is None else _content(part)
        if kind == "html" and text:
            tree = parse(text)
            text = "" if tree is None else visible_text(tree)
        if text.strip():
            return text
    broken = not message.is_multipart() and message.get_content_maintype() in {"text", "multipart"}
    return _content(message) if broken else ""


def _content(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        text = decode_as(payload, part.get_content_charset("utf-8"))
    except UnreadableError as error:
        if error.code != "encoding":
            raise
        text = payload.decode("utf-8", "replace")  # nobody can save a mail again as UTF-8
    return clean(text).strip("\n")


def _attachments(message: EmailMessage) -> Iterator[str]:
    for part in message.walk():
        name = one_line(part.get_filename() or "")
        if name or part.is_attachment():
            yield f"Attachment: {name or 'without a name'} ({part.get_content_type()})"


def _day(written: str) -> str | None:
    try:
        return parsedate_to_datetime(written).date().isoformat()
    except ValueError:
        return None
