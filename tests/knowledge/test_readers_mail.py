"""What a mail says and who says it: quotations, signatures, threads, bodies in parts."""

import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savoirfaire.knowledge.readers import Document, Readers
from savoirfaire.knowledge.readers.quoting import marks

Reading = Callable[[bytes], Document]


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """One set of readers for the file."""
    with Readers() as readers:
        yield readers


@pytest.fixture
def reading(readers: Readers, tmp_path: Path) -> Reading:
    """Read bytes as a mail."""

    def read(data: bytes) -> Document:
        (tmp_path / "a.eml").write_bytes(data)
        return readers.read(tmp_path / "a.eml")

    return read


def spans(document: Document) -> list[tuple[str, str]]:
    """Give the label and text of each locator but the first, which is the header's."""
    return [(at.label, document.text[at.start : at.end]) for at in document.locators[1:]]


def labelled(body: str, subject: str = "") -> str:
    """Give each line that is not blank after the first letter of its label."""
    return "\n".join(
        f"{label[0]} {line.strip()}"
        for start, end, label in marks(body, subject)
        for line in body[start:end].split("\n")
        if line.strip()
    )


REPLY_FR = """\
Bonjour Zoé,

Le titre est trop long, à revoir.

Bien cordialement,

Kim Roy
Optech – 06 00 00 00 00

Le ven. 27 juin 2025 à 10:20, Zoé <zoe@example.org> a
écrit :

Bonjour, voici la maquette.
Cordialement
Zoé
"""
REPLY_FR_LINES = """\
b Bonjour Zoé,
b Le titre est trop long, à revoir.
s Bien cordialement,
s Kim Roy
s Optech – 06 00 00 00 00
q Le ven. 27 juin 2025 à 10:20, Zoé <zoe@example.org> a
q écrit :
q Bonjour, voici la maquette.
q Cordialement
q Zoé"""

REPLY_EN = """\
On Fri, 27 Jun 2025 at 10:20, Zoé <zoe@example.org> wrote:
> Shall we say "new", or is that what everybody in the whole trade says,
which it is?

Rather not.
> And the title?
Keep it.

Thanks,
Kim

PS: the logo comes tomorrow, the printer has been told of it already.
"""
REPLY_EN_LINES = """\
q On Fri, 27 Jun 2025 at 10:20, Zoé <zoe@example.org> wrote:
q > Shall we say "new", or is that what everybody in the whole trade says,
b which it is?
b Rather not.
q > And the title?
b Keep it.
s Thanks,
s Kim
b PS: the logo comes tomorrow, the printer has been told of it already."""

OUTLOOK = """\
Ok.

________________________________
De : Zoé <zoe@example.org>
Envoyé : vendredi 27 juin 2025 10:20
À : Kim; Jo;
    Max
Objet : RE: brief

Bonjour Kim
"""
OUTLOOK_LINES = """\
b Ok.
q ________________________________
q De : Zoé <zoe@example.org>
q Envoyé : vendredi 27 juin 2025 10:20
q À : Kim; Jo;
q Max
q Objet : RE: brief
q Bonjour Kim"""

FORWARD = """\
Pour info.

---------- Forwarded message ---------
From: Max <max@example.org>
Date: Fri, 27 Jun 2025
Subject: The price
To: <kim@example.org>

We agree.

Best regards,
Max

On 26 Jun 2025, Kim wrote:

Do you agree?
"""
FORWARD_LINES = """\
b Pour info.
f ---------- Forwarded message ---------
f From: Max <max@example.org>
f Date: Fri, 27 Jun 2025
f Subject: The price
f To: <kim@example.org>
f We agree.
s Best regards,
s Max
q On 26 Jun 2025, Kim wrote:
q Do you agree?"""

TWICE = """\
----- Transféré par Kim le 27/06/2025 10:29 -----

 De :\tMax <max@example.org>
 A :\tKim <kim@example.org>
 Objet :\tFwd: Prix

 Voir ci-dessous.

 De: Jo <jo@example.org>
 À: Max <max@example.org>
 Envoyé: Jeudi 26 Juin 2025 10:15:25
 Objet: Prix

 Douze euros.
"""
TWICE_LINES = "\n".join(f"f {line.strip()}" for line in TWICE.split("\n") if line.strip())


@pytest.mark.parametrize(
    ("body", "subject", "lines"),
    [
        (REPLY_FR, "Re: maquette", REPLY_FR_LINES),
        (REPLY_EN, "Re: titles", REPLY_EN_LINES),
        (OUTLOOK, "RE: brief", OUTLOOK_LINES),
        (OUTLOOK, "TR: brief", OUTLOOK_LINES.replace("q ", "f ")),
        (FORWARD, "Fwd: The price", FORWARD_LINES),
        (TWICE, "Tr : Fwd: Prix", TWICE_LINES),
        ("De : a\nDate : b\nObjet : c\n\nwords", "", "f De : a\nf Date : b\nf Objet : c\nf words"),
        ("Sans objet\nDate : demain\nÀ : midi", "", "b Sans objet\nb Date : demain\nb À : midi"),
        (
            "Vu.\n\n> Message du 31/05/25 08:51\n> De : a\n\nreste",
            "",
            "b Vu.\nq > Message du 31/05/25 08:51\nq > De : a\nq reste",
        ),
        ("Vu.\n-- \nZoé", "", "b Vu.\ns --\ns Zoé"),
        ("Vu.\n\nEnvoyé de mon iPhone\n\nVoilà", "", "b Vu.\ns Envoyé de mon iPhone\nb Voilà"),
        (
            "Non.\n\nMerci,\nZoé\n\nCe message est confidentiel, " + "et long " * 30,
            "",
            "b Non.\ns Merci,\ns Zoé\ns Ce message est confidentiel, " + ("et long " * 30).strip(),
        ),
        ("Merci !\n\nLe titre est trop long.", "", "b Merci !\nb Le titre est trop long."),
        (
            "Bonjour,\nMerci d’ajouter le logo\nZoé",
            "",
            "b Bonjour,\nb Merci d’ajouter le logo\nb Zoé",
        ),
        (
            "Oui.\n\nMerci\n\n- le titre\n- le prix",
            "",
            "b Oui.\nb Merci\nb - le titre\nb - le prix",
        ),
        ("On 12 May we ship.\nLe 12, on a écrit", "", "b On 12 May we ship.\nb Le 12, on a écrit"),
        ("", "", ""),
    ],
    ids=[
        *("reply-fr", "reply-en", "outlook", "passed-on", "forward", "twice", "bare", "no-header"),
        *("webmail", "dashes", "phone", "legal", "thanks", "please", "list", "sentences", "none"),
    ],
)
def test_who_says_it(body: str, subject: str, lines: str) -> None:
    """Each line is its writer's own, quoted, forwarded, or part of a signature."""
    assert labelled(body, subject) == lines


def test_broken_quotation() -> None:
    """The rest of a quoted line that was broken on its way is quoted too."""
    long = "> A ce jour, le montant que vous nous devez pour solder votre compte de"
    assert labelled(f"Vu.\n\n{long}\ncotisation est de 9 €.\n> Merci") == (
        f"b Vu.\nq {long}\nq cotisation est de 9 €.\nq > Merci"
    )


LINES = ["", " ", "words", "> quoted", "-- ", "Merci,", "Zoé", "On 1 May wrote:", "De : a", "À : b"]


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from([*LINES, "Objet : Fwd: c", "Sent from x", "PS: d"]), max_size=20))
def test_marks_cover_the_body(lines: list[str]) -> None:
    """Every word has one label; spans come in order and neither begin nor end with a blank line."""
    body = "\n".join(lines)
    at = 0
    for start, end, label in marks(body):
        assert not body[at:start].strip()
        assert body[start:end].strip()
        assert body[start:end].rstrip() == body[start:end]
        assert label in {"body", "quoted", "forwarded", "signature"}
        at = end
    assert not body[at:].strip()


def mail(subject: str = "Re: brief") -> EmailMessage:
    """A mail with a header."""
    message = EmailMessage()
    message["From"] = "Zoé <zoe@example.org>"
    message["Subject"] = subject
    return message


def test_mail_locators(reading: Reading) -> None:
    """A mail's text keeps its lines, and its locators say who says what."""
    message = mail()
    message["Cc"] = "Max <max@example.org>"
    message.set_content("Vu.\n\nCordialement,\nZoé\n\nOn 1 May 2025 Kim wrote:\n> Vu ?\n")
    document = reading(bytes(message))
    assert spans(document) == [
        ("body", "Vu."),
        ("signature", "Cordialement,\nZoé"),
        ("quoted", "On 1 May 2025 Kim wrote:\n> Vu ?"),
    ]
    assert document.text.endswith("Vu.\n\nCordialement,\nZoé\n\nOn 1 May 2025 Kim wrote:\n> Vu ?")
    assert document.meta["cc"] == "Max <max@example.org>"


def test_html_quotation(reading: Reading) -> None:
    """A quotation in HTML gets the marks it has in plain text, and an answer below it has none."""
    message = mail()
    message.add_alternative(
        "<p>Oui.</p><div>On 1 May 2025, Kim wrote:<br><blockquote>Vu ?<blockquote>Max\ufdd0"
        "</blockquote></blockquote></div><p>Et le prix ?</p>",
        subtype="html",
    )
    assert spans(reading(bytes(message))) == [
        ("body", "Oui."),
        ("quoted", "On 1 May 2025, Kim wrote:\n> Vu ?\n> > Max"),
        ("body", "Et le prix ?"),
    ]


@pytest.mark.parametrize(
    ("headers", "meta"),
    [
        (
            "Message-ID: <3@x>\r\nIn-Reply-To: <2@x>\r\nReferences: <1@x>\r\n <2@x>",
            {"message-id": "<3@x>", "in-reply-to": "<2@x>", "references": "<1@x> <2@x>"},
        ),
        ("Message-ID: no brackets", {"message-id": "no"}),
        ("message-id: <[broken]@>\r\nReferences: ", {"message-id": "<[broken]@>"}),
        ("In-Reply-To: mail of Zoé <2@x>", {"in-reply-to": "<2@x>"}),
    ],
)
def test_thread(reading: Reading, headers: str, meta: dict[str, str]) -> None:
    """The ids by which mails find each other are kept as they were written."""
    found = reading(f"Subject: x\r\n{headers}\r\n\r\nwords".encode()).meta
    assert {key: value for key, value in found.items() if key != "subject"} == meta


def test_stumbling_block(reading: Reading) -> None:
    """A header that the standard library cannot parse is shown as it was written."""
    document = reading(b"Date: Fri, 27 Jun 99999999999999999999 10:00\nSubject: x\n\nwords")
    assert document.text == "Date: Fri, 27 Jun 99999999999999999999 10:00\nSubject: x\n\nwords"
    assert document.date is None


def part(kind: str, content: str, *headers: str) -> str:
    """Give a part of a mail."""
    return "\n".join([f"Content-Type: {kind}", *headers, "", content])


def parts(kind: str, *inner: str, boundary: str = "b") -> str:
    """Give a part made of parts."""
    body = "".join(f"--{boundary}\n{each}\n" for each in inner)
    return f'Content-Type: {kind}; boundary="{boundary}"\n\n{body}--{boundary}--\n'


FILE = 'Content-Disposition: attachment; filename="a.txt"'


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (
            parts("multipart/mixed", part("text/plain", "one"), part("text/plain", "two")),
            "one\n\ntwo",
        ),
        (
            parts("multipart/mixed", part("text/plain", "one"), part("text/plain", "no", FILE)),
            "one\n\nAttachment: a.txt (text/plain)",
        ),
        (
            parts("multipart/alternative", part("text/html", "<p>two"), part("text/plain", "one")),
            "one",
        ),
        (
            parts("multipart/alternative", part("text/plain", " "), part("text/html", "<p>two")),
            "two",
        ),
        (
            parts(
                "multipart/alternative",
                part("text/calendar", "BEGIN"),
                parts("multipart/related", part("text/html", "<p>seen"), boundary="c"),
            ),
            "seen",
        ),
        (parts("multipart/alternative", part("text/calendar", "BEGIN")), "BEGIN"),
    ],
    ids=["two", "file", "plain", "blank", "related", "calendar"],
)
def test_bodies(reading: Reading, written: str, text: str) -> None:
    """All words of a mail are read, once: of several forms the best one."""
    document = reading(f"Subject: x\n{written}".encode())
    assert document.text.removeprefix("Subject: x\n\n") == text


@pytest.mark.parametrize(
    "body",
    [
        "On 1 wrote:\n" * 50_000,
        "On 1 wrote:\n\n" * 50_000,
        "-" * 1_000_000,
        "Merci\n" * 50_000,
        "merci bien cordialement " * 3 + "x\n" * 20_000,
        "--\n" * 50_000,
        "De : a\nÀ : b\nObjet : c\n" * 20_000,
        "Le " + "1 " * 500_000 + ":",
        "> " + "x" * 60 + "\n" * 100_000,
    ],
    ids=["wrote", "apart", "dashes", "thanks", "closing", "signs", "headers", "long", "blank"],
)
def test_time_grows_with_size(body: str) -> None:
    """A body made to be slow is not."""
    start = time.process_time()
    marks(body)
    assert time.process_time() - start < 5
