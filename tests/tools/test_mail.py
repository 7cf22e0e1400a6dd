"""Mail: taken in once, cut into its writer's words, read for its cues; from files and by IMAP."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.errors import MailError
from savoirfaire.knowledge.readers.quoting import marks
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.tools.mail.cues import cues
from savoirfaire.tools.mail.imap import address, fetch
from savoirfaire.tools.mail.intake import from_path, known_ids, message_key, take
from savoirfaire.tools.mail.words import said_in

ACME = ClientScope("acme")
SENT = date(2026, 3, 2)  # a Monday


def letter(number: int, body: str = "Hello.\n", *, attached: str = "") -> bytes:
    """A mail with a Message-ID."""
    message = EmailMessage()
    message["From"] = "Ann <ann@example.com>"
    message["To"] = "team@agency.example"
    message["Subject"] = f"Letter {number}"
    message["Message-ID"] = f"<{number}@example.com>"
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    message.set_content(body)
    if attached:
        message.add_attachment(attached.encode(), "text", "plain", filename="notes.txt")
    return bytes(message)


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knowledge]:
    """The knowledge of one client."""
    with Knowledge.open(tmp_path_factory.mktemp("data")) as opened:
        opened.ledger.add_client("acme", language="en")
        yield opened


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "body", "words", "forwarded"),
    [
        (
            "Devis",
            "Bonjour,\nUn devis ?\n\nCordialement\nAnn\n01 02",
            "Bonjour,\nUn devis ?",
            False,
        ),
        (
            "Re: Proof",
            "Looks good.\n\nOn Mon, 2 Mar 2026, Bob <b@x.example> wrote:\n> Here it is.\n",
            "Looks good.",
            False,
        ),
        (
            "Re: Maquette",
            "Parfait.\n\nLe lun. 2 mars 2026 à 10:20, Bob <b@x.example> a écrit :\n> La voici.\n",
            "Parfait.",
            False,
        ),
        (
            "Tr : Urgent",
            (
                "Pour vous.\n\n----- Transféré par Bob le 02/03/2026 11:49 -----\n\n"
                "De : c@x.example\n"
                "A : b@x.example\nObjet : Urgent\n\nIl manque le logo.\n\nCordialement\nCléo\n"
            ),
            "Pour vous.\nIl manque le logo.",
            True,
        ),
        (
            "Fwd: Files",
            (
                "---------- Forwarded message ---------\nFrom: c@x.example\nSubject: Files\n"
                "To: b@x.example\n\nThe files are attached.\n"
            ),
            "The files are attached.",
            True,
        ),
        ("RIB", "(See attached file: rib.pdf)\nVoici le RIB.\n", "Voici le RIB.", False),
        ("Hi", "Here it is.\n\nKim Smith\nSales Representative\n", "Here it is.", False),
        (
            "Hi",
            "Here it is.\n\nKim Smith will call you.\n",
            "Here it is.\n\nKim Smith will call you.",
            False,
        ),
        ("Hi", "Kim Smith\n", "Kim Smith", False),
        ("", "", "", False),
    ],
)
def test_words(subject: str, body: str, words: str, *, forwarded: bool) -> None:
    """What a writer says is told from what they quote, sign with, or pass on."""
    locators = [{"start": s, "end": e, "label": label} for s, e, label in marks(body, subject)]
    said = said_in(body, locators, subject)
    assert (said.words, said.forwarded) == (words, forwarded)


# --- cues -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "urgency", "sentiment", "deadline"),
    [
        ("Please send it by March 12, it is urgent.", "high", "unknown", "2026-03-12"),
        ("Merci de l'envoyer avant vendredi.", "unknown", "unknown", "2026-03-06"),
        ("Rien d'urgent, prenez votre temps.", "low", "unknown", None),
        ("No rush, but urgent.", "unknown", "unknown", None),
        ("Bravo, nous sommes ravis !", "unknown", "positive", None),
        ("This is unacceptable. We are still waiting.", "unknown", "negative", None),
        ("Great work, but we are disappointed.", "unknown", "unknown", None),
        ("Not at all happy with it.", "unknown", "negative", None),
        ("pas du tout contents du visuel", "unknown", "negative", None),
        ("avant le 03/04/2026", "unknown", "unknown", "2026-04-03"),
        ("before 03/04/2026", "unknown", "unknown", None),
        ("d'ici le 15 janvier.", "unknown", "unknown", "2027-01-15"),
        ("pour le 31/02/2026", "unknown", "unknown", None),
        ("by tomorrow", "unknown", "unknown", "2026-03-03"),
        ("by Monday", "unknown", "unknown", "2026-03-09"),
        ("", "unknown", "unknown", None),
    ],
)
def test_cues(text: str, urgency: str, sentiment: str, deadline: str | None) -> None:
    """Urgency, feeling and day are told by words in either language, and else stay unknown."""
    told = cues(text, SENT)
    assert (told.urgency, told.sentiment, told.deadline) == (urgency, sentiment, deadline)
    for each in told.spans:
        assert text[each.start : each.end] == each.quote


def test_no_day_is_guessed() -> None:
    """Without the day the mail was sent, a day without its year is not read."""
    assert cues("by March 12, avant vendredi").deadline is None
    assert cues("by 12 March 2026").deadline == "2026-03-12"


def test_promises() -> None:
    """What is promised is found with its day; what is asked for is no promise."""
    told = cues("We'll send the proofs by 12 March. Could you send the logo by 5 March?", SENT)
    assert [(each.value, each.quote) for each in told.promises] == [
        ("2026-03-12", "We'll send the proofs by 12 March")
    ]
    assert told.asks


def test_long_hostile_text_is_quick() -> None:
    """Repeated openings of every pattern are read in time that grows with the text alone."""
    for piece in ("by the the ", "nous vous enverrons ", "de : ", "avant le ", "pas " * 3, "(" * 9):
        cues(piece * 4000, SENT)
        said_in(piece * 4000, [{"start": 0, "end": 9000, "label": "forwarded"}], "")


# --- intake ---------------------------------------------------------------------------------------


def test_once_by_message_id(knowledge: Knowledge, tmp_path: Path) -> None:
    """A message that comes again, under another name or in a mailbox, is not taken in again."""
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "a.eml").write_bytes(letter(1))
    (folder / "copy.eml").write_bytes(letter(1))
    (folder / "b.eml").write_bytes(letter(2, attached="secret notes"))
    (folder / "ignored.pdf").write_bytes(b"%PDF")
    taken = take(knowledge, ACME, from_path(folder))
    assert (taken.found, taken.known, len(taken.new)) == (3, 1, 2)
    box = tmp_path / "box.mbox"
    box.write_bytes(
        b"".join(
            b"From ann@example.com Mon Mar  2 10:00:00 2026\n" + letter(n) + b"\n" for n in (2, 3)
        )
    )
    again = take(knowledge, ACME, from_path(box))
    assert (again.known, len(again.new)) == (1, 1)
    texts = [knowledge.ledger.text(ACME, row.id) for row in knowledge.ledger.sources(ACME)]
    assert len(texts) == 3
    assert not any("secret notes" in text for text in texts)
    assert any("notes.txt" in text for text in texts)


def test_attachments_on_request(knowledge: Knowledge) -> None:
    """Attachments are taken in where they are asked for."""
    taken = take(knowledge, ACME, [letter(9, attached="the notes of the day")], attachments=True)
    assert taken.report is not None
    assert taken.report.failed == []
    texts = [knowledge.ledger.text(ACME, row.id) for row in knowledge.ledger.sources(ACME)]
    assert any("the notes of the day" in text for text in texts)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b"Message-ID: <a@b>\n\nx", b"X: 1\nmessage-id:\n <a@b>\n\ny", True),
        (b"Subject: x\n\nMessage-ID: <a@b>", b"Message-ID: <a@b>\n\n", False),
        (b"", b"x", False),
    ],
)
def test_keys(one: bytes, other: bytes, *, same: bool) -> None:
    """A message is known by the id in its head, else by its bytes."""
    assert (message_key(one) == message_key(other)) == same


@pytest.mark.parametrize("name", ["none.eml", "broken.mbox"])
def test_what_cannot_be_read(tmp_path: Path, name: str) -> None:
    """A missing file and a damaged mailbox are refused by name."""
    (tmp_path / "broken.mbox").write_bytes(b"From nobody\nno header here\n")
    with pytest.raises(MailError, match=name):
        list(from_path(tmp_path / name))


# --- IMAP -----------------------------------------------------------------------------------------


class _Session(socketserver.StreamRequestHandler):
    """As much of an IMAP server as is asked: it refuses to store, and counts what is fetched."""

    server: "_Server"

    def handle(self) -> None:
        """Answer until the client leaves."""
        self._say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _, rest = line.partition(" ")
            self.server.asked.append(rest)
            self._answer(tag, rest.upper().removeprefix("UID "), rest)

    def _answer(self, tag: str, command: str, rest: str) -> None:
        if command.startswith("LOGIN") and "right" not in rest:
            self._say(f"{tag} NO wrong password wrong-secret")
            return
        if command.startswith("CAPABILITY"):
            self._say("* CAPABILITY IMAP4rev1")
        elif command.startswith(("SELECT", "EXAMINE")):
            self._say(f"* {len(self.server.mails)} EXISTS")
        elif command.startswith("SEARCH"):
            chosen = rest.rsplit(maxsplit=1)[-1]
            every = range(1, len(self.server.mails) + 1)
            found = [n for n in every if not chosen.isdecimal() or n == int(chosen)]
            self._say(f"* SEARCH {' '.join(map(str, found))}")
        elif command.startswith("FETCH"):
            self._fetch(command)
        self._say(f"{tag} OK done")

    def _fetch(self, command: str) -> None:
        for number in map(int, command.split()[1].split(",")):
            data = self.server.mails[number - 1]
            if "HEADER" in command:
                data = data.partition(b"\n\n")[0] + b"\n\n"
            said = f"* {number} FETCH (UID {number} FLAGS () BODY[] {{{len(data)}}}\r\n"
            self.wfile.write(said.encode() + data + b")\r\n")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, mails: list[bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails = mails
        self.asked: list[str] = []


@contextmanager
def serving(mails: list[bytes]) -> Iterator[tuple[_Server, Any]]:
    """A server on loopback, and the address of its mailbox."""
    with _Server(mails) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        port = server.server_address[1]
        yield server, address(f"imap://ann@127.0.0.1:{port}/INBOX")
        server.shutdown()


def test_imap(knowledge: Knowledge) -> None:
    """New messages are fetched, those known by their heads are not, and nothing is marked."""
    with serving([letter(31), letter(32)]) as (server, where):
        known = known_ids(knowledge, ACME)
        first = take(
            knowledge,
            ACME,
            fetch(where, "right", known=lambda head: message_key(head) in known),
        )
        known = known_ids(knowledge, ACME)
        again = list(fetch(where, "right", known=lambda head: message_key(head) in known))
    assert len(first.new) == 2
    assert again == []
    assert not any("STORE" in each.upper() for each in server.asked)
    assert all("PEEK" in each.upper() for each in server.asked if "FETCH" in each.upper())


def test_imap_refusal() -> None:
    """A server that refuses is told of, without the password."""
    with (
        serving([]) as (_, where),
        pytest.raises(MailError, match="cannot be read") as raised,
    ):
        list(fetch(where, "wrong-secret", known=lambda _head: False))
    assert "wrong-secret" not in str(raised.value)


@pytest.mark.parametrize(
    "written",
    ["http://x/y", "imaps://", "imaps://ann:secret@mail.example.com", "imap://a@h:port/x"],
)
def test_addresses(written: str) -> None:
    """What is no address of a mailbox is refused, and so is a password within one."""
    with pytest.raises(MailError) as raised:
        address(written)
    assert "secret" not in str(raised.value)
    assert address("imaps://me%40x@mail.example.com/Sent%20Mail").folder == "Sent Mail"
