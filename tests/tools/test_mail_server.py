"""Mail by IMAP from a real server, where `SAVOIR_TEST_IMAP_URL` names one (password `right`)."""

import imaplib
import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from savoirfaire.errors import MailError
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.tools.mail.imap import Address, address, fetch
from savoirfaire.tools.mail.intake import Taken, known_ids, message_key, take
from tests.tools.test_mail import knowledge, letter

__all__ = ["knowledge"]

ACME = ClientScope("acme")
URL = os.environ.get("SAVOIR_TEST_IMAP_URL", "")

pytestmark = pytest.mark.skipif(not URL, reason="SAVOIR_TEST_IMAP_URL names no IMAP server")


@pytest.fixture
def box() -> Iterator[tuple[imaplib.IMAP4, Address]]:
    """A session of somebody else's with a new folder, and where the folder is."""
    parts = urlsplit(URL)
    name = f"Courrier {uuid.uuid4().hex}"
    with imaplib.IMAP4(parts.hostname or "", parts.port or 143) as session:
        session.login(parts.username or "", "right")
        session.create(f'"{name}"')
        yield session, replace(address(URL), folder=name)
        session.delete(f'"{name}"')


def put(session: imaplib.IMAP4, where: Address, *messages: bytes) -> None:
    """Deliver messages."""
    for each in messages:
        session.append(f'"{where.folder}"', "", "", each)


def taken(knowledge: Knowledge, where: Address) -> Taken:
    """What one look at the folder brings in."""
    known = known_ids(knowledge, ACME)
    found = fetch(where, "right", known=lambda head: message_key(head) in known)
    return take(knowledge, ACME, found)


def test_new_messages_alone(knowledge: Knowledge, box: tuple[imaplib.IMAP4, Address]) -> None:
    """Each message comes in once, whatever is delivered again; one that is new, the next time."""
    session, where = box
    put(session, where, letter(41), letter(42, "Déjà vu.\n", attached="a,b"), letter(41))
    assert len(taken(knowledge, where).new) == 2
    put(session, where, letter(43))
    assert [len(taken(knowledge, where).new) for _ in range(2)] == [1, 0]


def test_nothing_is_marked(knowledge: Knowledge, box: tuple[imaplib.IMAP4, Address]) -> None:
    """The folder is as it was: nothing is read, moved or deleted in it."""
    session, where = box
    put(session, where, letter(51), letter(52))
    taken(knowledge, where)
    session.select(f'"{where.folder}"', readonly=True)
    assert session.search(None, "UNSEEN") == ("OK", [b"1 2"])


def test_refusals(box: tuple[imaplib.IMAP4, Address]) -> None:
    """A wrong password and a folder that is not there are told of, without the password."""
    _, where = box
    for password, place in (("wrong-secret", where), ("right", replace(where, folder="None"))):
        with pytest.raises(MailError) as raised:
            list(fetch(place, password, known=lambda _head: False))
        assert password not in str(raised.value)
