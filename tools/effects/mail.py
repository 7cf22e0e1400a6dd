"""By mail: one message to the addresses of the target, through the mail server of the settings.

Its Message-ID follows from the key: a mail that was sent twice, because the server took it and died
before it said so, is one mail to programs that read mail.
"""

import hashlib
import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Literal

from savoirfaire.errors import EffectError
from savoirfaire.tools.effects.adapters import FinalEffectError, Sending

_TIMEOUT = 30.0  # seconds
_FOR_GOOD = 500  # a server's answers from here on will not change


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over, and as whom."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    security: Literal["starttls", "tls", "none"] = "starttls"


class ByMail:
    """Sends an effect as a mail: the Markdown as its text, the HTML beside it."""

    def __init__(self, server: MailServer | None) -> None:
        self._server = server

    def make(self, sending: Sending) -> list[str]:
        """Send it; to whom."""
        if self._server is None:
            raise FinalEffectError("effects.smtp is not set: there is no mail server")
        message = message_of(sending, self._server.sender)
        to = [address for _name, address in getaddresses([sending.target])]
        try:
            refused = self._send(self._server, message, to)
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal(error.recipients) from error
        except smtplib.SMTPResponseException as error:
            kind = FinalEffectError if error.smtp_code >= _FOR_GOOD else EffectError
            raise kind("the mail server answered {code}", code=error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            raise EffectError(
                "the mail server cannot be used: {reason}", reason=type(error).__name__
            ) from error
        return [each for each in to if each not in refused]

    def _send(self, server: MailServer, message: EmailMessage, to: list[str]) -> dict[str, object]:
        safe = ssl.create_default_context()
        if server.security == "tls":
            opened: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=_TIMEOUT, context=safe
            )
        else:
            opened = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT)
        with opened as connection:
            if server.security == "starttls":
                connection.starttls(context=safe)
            if server.user:
                connection.login(server.user, server.password)
            return dict(connection.send_message(message, server.sender, to))


def message_of(sending: Sending, sender: str) -> EmailMessage:
    """The mail. Raises FinalEffectError where its addresses are none."""
    message = EmailMessage()
    texts = [text for name, text in sorted(sending.files.items()) if name.endswith((".md", ".txt"))]
    pages = [text for name, text in sorted(sending.files.items()) if name.endswith(".html")]
    text = texts[0] if texts else ""
    try:
        for _name, address in getaddresses([sending.target]) or [("", "")]:
            Address(addr_spec=address)
        message["From"], message["To"] = sender, sending.target
    except (ValueError, HeaderParseError, IndexError) as error:
        raise FinalEffectError(
            "{target} is no list of mail addresses", target=repr(sending.target)
        ) from error
    message["Subject"] = _subject(text) or sending.kind
    digest = hashlib.sha256(sending.key.encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{digest}@savoirfaire>"
    message.set_content(text)
    if pages:
        message.add_alternative(pages[0], subtype="html")
    return message


def _subject(text: str) -> str:
    """The first heading or line of a text, on one line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return " ".join(first.lstrip("# ").split())[:200]


def _refusal(recipients: "dict[str, tuple[int, bytes]]") -> EffectError:
    codes = {code for code, _said in recipients.values()}
    kind = FinalEffectError if min(codes, default=0) >= _FOR_GOOD else EffectError
    return kind("the mail server refuses every address: {code}", code=min(codes, default=0))
