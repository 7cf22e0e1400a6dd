"""An edition as a message that any mail program opens: plain words and HTML, whichever it shows.

The same edition gives the same bytes: the date is the run's, and boundary and Message-ID come from
the content.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from savoirfaire.agents.forms import Language
from savoirfaire.errors import EffectError
from savoirfaire.graphs.mailing.body import to_html
from savoirfaire.graphs.mailing.words import to_words
from savoirfaire.graphs.rendering import straight

_NOWHERE = "invalid"
"""The domain that no mail is ever sent from (RFC 2606): the sender is for the agency to fill in."""

_HASHED = 32  # hexadecimal digits


@dataclass(frozen=True)
class Envelope:
    """What stands on the outside of a message.

    `sender` is an address, or a name with an address in angles, or empty where the client's is not
    known; `name` is whose edition it is. `sent` is an instant in ISO form.
    """

    subject: str
    name: str
    sent: str
    language: Language
    sender: str = ""
    unsubscribe: str = ""


def mail(
    markdown: str, envelope: Envelope, *, title: str, preview: str, footer: Sequence[str]
) -> tuple[str, str]:
    """The page and the message of an edition; raises EffectError for text without a UTF-8 form."""
    page = to_html(
        markdown,
        title=title,
        language=envelope.language,
        preview=preview,
        masthead=envelope.name,
        footer=footer,
    )
    words = to_words(markdown, language=envelope.language, footer=footer)
    page, words = straight(page), straight(words)
    return page, to_message(envelope, words=words, page=page)


def to_message(envelope: Envelope, *, words: str, page: str) -> str:
    """The message in wire form, RFC 5322 with lines that end in CRLF, all of it ASCII.

    Subject and names are encoded words where they need be, both parts quoted-printable UTF-8. It
    opens as a draft (`X-Unsent`), since who sends it, and to whom, is not decided here. Raises
    EffectError for text that has no UTF-8 form.
    """
    key = _key(envelope, words, page)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _line(envelope.subject)
    message["From"] = _from(envelope)
    message["Date"] = format_datetime(datetime.fromisoformat(envelope.sent))
    message["Message-ID"] = f"<{key}@savoirfaire.{_NOWHERE}>"
    message["X-Unsent"] = "1"
    if envelope.unsubscribe:
        message["List-Unsubscribe"] = f"<{_line(envelope.unsubscribe)}>"
    message.set_content(words, charset="utf-8", cte="quoted-printable")
    message.add_alternative(page, subtype="html", charset="utf-8", cte="quoted-printable")
    message.set_boundary(f"=_{key}")
    message["Content-Language"] = envelope.language
    return message.as_bytes().decode("ascii")


def _key(envelope: Envelope, words: str, page: str) -> str:
    told = [envelope.subject, envelope.name, envelope.sent, envelope.sender, words, page]
    try:
        data = "\0".join(told).encode()
    except UnicodeEncodeError as error:
        raise EffectError(
            "the message has half a surrogate pair at {place}: it cannot be written",
            place=error.start,
        ) from error
    return hashlib.sha256(data).hexdigest()[:_HASHED]


def _from(envelope: Envelope) -> Address:
    name, address = parseaddr(_line(envelope.sender))
    user, _, domain = address.rpartition("@")
    if not (user and domain):
        return Address(_line(envelope.name), "newsletter", f"sender.{_NOWHERE}")
    return Address(name or _line(envelope.name), user, domain)


def _line(text: str) -> str:
    """`text` on one line: a header that could be continued could be forged."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
