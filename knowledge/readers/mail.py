"""Mail: header lines, the body, and the names of the attachments, which are not read."""

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
    names = [_attachment(part) for part in message.iter_attachments()]
    pieces.add("\n".join(f"Attachment: {name}" for name in names))
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
        text = _content(part) if part else ""
        if kind == "html" and text:
            tree = parse(text)
            text = "" if tree is None else visible_text(tree)
        if text.strip():
            return text
    return ""


def _content(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return clean(decode_as(payload, part.get_content_charset("utf-8"))).strip("\n")


def _attachment(part: MIMEPart) -> str:
    name = one_line(part.get_filename() or "") or "without a name"
    return f"{name} ({part.get_content_type()})"


def _day(written: str) -> str | None:
    try:
        return parsedate_to_datetime(written).date().isoformat()
    except ValueError:
        return None
