"""Mail from an IMAP server: read, never marked, never changed.

Without encryption only this machine itself is spoken to: a password does not cross a network in the
clear.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from imaplib import IMAP4
from urllib.parse import unquote, urlsplit

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from savoirfaire.errors import MailError

TIMEOUT = 30.0
"""Seconds for which the server may be silent."""

_PORTS = {"imaps": 993, "imap": 143}


@dataclass(frozen=True)
class Address:
    """Where a mailbox is: `imaps://user@host:port/Folder`; `imap` begins with STARTTLS."""

    host: str
    port: int
    user: str
    folder: str
    encrypted: bool


def address(written: str) -> Address:
    """Read an address. Raises MailError; a password in it is refused, as it would be kept."""
    parts = urlsplit(written)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise MailError(
            "{address} is no address of a mailbox",
            address=repr(written.rpartition("@")[2]),
            hint="For example: imaps://me@mail.example.com/INBOX",
        )
    if parts.password is not None:
        raise MailError(
            "an address has no password in it",
            hint="Put it into the environment: SAVOIR_MAIL_PASSWORD.",
        )
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise MailError("the port of the mailbox is no number") from error
    return Address(
        parts.hostname,
        port,
        unquote(parts.username or ""),
        unquote(parts.path.strip("/")) or "INBOX",
        parts.scheme == "imaps",
    )


def fetch(
    where: Address, password: str, *, known: Callable[[bytes], bool], limit: int = 500
) -> Iterator[bytes]:
    """The newest messages, at most `limit`, that are not known by their heads. Raises MailError."""
    with _opened(where, password) as box:
        heads = box.fetch(mark_seen=False, headers_only=True, bulk=100, limit=limit, reverse=True)
        new = [each.uid for each in heads if each.uid and not known(each.obj.as_bytes())]
        for uid in new:
            for message in box.fetch(f"UID {uid}", mark_seen=False):
                yield message.obj.as_bytes()


@contextmanager
def _opened(where: Address, password: str) -> Iterator[BaseMailBox]:
    try:
        with closing(_Line(where)) as line:
            yield line.box.login(where.user, password, initial_folder=where.folder)
    except (IMAP4.error, ImapToolsError, OSError) as error:
        raise MailError(
            "the mailbox at {host} cannot be read: {reason}",
            host=where.host,
            reason=_plain(error, password),
            hint="Check the address, the folder and SAVOIR_MAIL_PASSWORD; what was taken stays.",
        ) from error


class _Line:
    """A connection that is closed also where nobody could log in."""

    def __init__(self, where: Address) -> None:
        self.box = _connected(where)

    def close(self) -> None:
        """Leave politely, or at once."""
        with suppress(IMAP4.error, ImapToolsError, OSError):
            self.box.client.logout()
        with suppress(OSError):
            self.box.client.shutdown()


def _connected(where: Address) -> BaseMailBox:
    if where.encrypted:
        return MailBox(where.host, where.port, timeout=TIMEOUT)
    if _is_here(where.host):
        return MailBoxUnencrypted(where.host, where.port, timeout=TIMEOUT)
    return MailBoxStartTls(where.host, where.port, timeout=TIMEOUT)


def _is_here(host: str) -> bool:
    try:
        return all(
            ipaddress.ip_address(each[4][0]).is_loopback
            for each in socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
        )
    except (OSError, ValueError):
        return False


def _plain(error: Exception, password: str) -> str:
    """What went wrong, without the password, which some servers send back."""
    said = " ".join(str(error).split())[:300]
    return said.replace(password, "…") if password else said
