"""Word, PDF, HTML and mail, as read by the process that parses them."""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pypdf import PdfWriter

from savoirfaire.knowledge.readers import Document, Limits, Readers, UnreadableError

Reading = Callable[[str, bytes], Document]
Refusing = Callable[[str, bytes], tuple[str, str]]


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """One set of readers for the file, with limits that small files can reach."""
    with Readers(Limits(pages=3)) as readers:
        yield readers


@pytest.fixture
def reading(readers: Readers, tmp_path: Path) -> Reading:
    """Read bytes as a file of some name."""

    def read(name: str, data: bytes) -> Document:
        (tmp_path / name).write_bytes(data)
        return readers.read(tmp_path / name)

    return read


@pytest.fixture
def refusing(reading: Reading) -> Refusing:
    """Read bytes that must be refused; give the code and the reason."""

    def refuse(name: str, data: bytes) -> tuple[str, str]:
        with pytest.raises(UnreadableError) as caught:
            reading(name, data)
        return caught.value.code, str(caught.value)

    return refuse


def spans(document: Document) -> dict[str, str]:
    """Give the text that each locator points to."""
    return {at.label: document.text[at.start : at.end] for at in document.locators}


# --- Word ---------------------------------------------------------------------------------------


def saved(word: docx.document.Document) -> bytes:
    """Give a Word document as a file."""
    file = io.BytesIO()
    word.save(file)
    return file.getvalue()


def charter() -> docx.document.Document:
    """A style guide with each kind of block, and a comment."""
    word = docx.Document()
    word.core_properties.modified = datetime(2025, 5, 4, tzinfo=UTC)
    word.add_heading("Charte", 0)
    word.add_heading("Ton", 2)
    tone = word.add_paragraph("Tutoyer ")
    tone.add_run("toujours.")
    word.add_paragraph("Un.", style="List Bullet")
    table = word.add_table(2, 2)
    for cell, text in zip(
        table._cells, ("Mot", "Plutôt", "leverage", "utiliser\nou aider"), strict=True
    ):
        cell.text = text
    word.add_paragraph("Fin.")
    word.add_comment(tone.runs, "Pas au juridique.", author="Marie Dupont")
    return word


def repacked(data: bytes, edit: Callable[[bytes], bytes]) -> bytes:
    """Give a Word file with the XML of its body edited."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, edit(part) if name == "word/document.xml" else part)
    return out.getvalue()


def test_word(reading: Reading) -> None:
    """Blocks come in document order, then the comments with their author."""
    document = reading("charte.docx", saved(charter()))
    body, _, comment = document.text.rpartition("\n\n")
    assert body == (
        "# Charte\n\n## Ton\n\nTutoyer toujours.\n\n- Un.\n\n"
        "Mot | Plutôt\nleverage | utiliser ou aider\n\nFin."
    )
    assert comment.startswith("Comment by Marie Dupont (")
    assert comment.endswith("): Pas au juridique.")
    assert spans(document) == {
        "table 1": "Mot | Plutôt\nleverage | utiliser ou aider",
        "comment by Marie Dupont": comment,
    }
    assert (document.title, document.kind, document.date) == ("Charte", "document", "2025-05-04")


def test_word_properties(reading: Reading) -> None:
    """Title and language of the file's properties come first; the name's date before theirs."""
    word = charter()
    word.core_properties.title = "La  charte"
    word.core_properties.language = "fr-FR"
    document = reading("2025-06-27-charte.docx", saved(word))
    assert (document.title, document.language) == ("La charte", "fr")
    assert document.date == "2025-06-27"
    assert document.meta["author"] == "python-docx"


WRAPPED = """<w:sdt {0}><w:sdtContent><w:p>
<w:r><w:t>In a control, </w:t></w:r>
<w:ins w:id="1" w:author="a"><w:r><w:t>inserted</w:t></w:r></w:ins>
<w:del w:id="2" w:author="a"><w:r><w:delText>deleted</w:delText></w:r></w:del>
<w:moveFrom w:id="3" w:author="a"><w:r><w:t>moved</w:t></w:r></w:moveFrom>
<w:r><w:tab/><w:t>tab</w:t><w:br/><w:t>line</w:t></w:r>
</w:p></w:sdtContent></w:sdt>"""


def test_word_wrapped_text(reading: Reading) -> None:
    """Content controls and inserted text are read, deleted text is not."""
    word = docx.Document()
    word.element.body.insert(0, parse_xml(WRAPPED.format(nsdecls("w"))))
    assert reading("a.docx", saved(word)).text == "In a control, inserted\ttab\nline"


def test_word_nested_table(reading: Reading) -> None:
    """A table in a cell stays on the line of its row."""
    word = docx.Document()
    cell = word.add_table(1, 2).cell(0, 1)
    inner = cell.add_table(2, 1)
    inner.cell(0, 0).text, inner.cell(1, 0).text = "one", "two"
    assert reading("a.docx", saved(word)).text == " | one; two"


def test_word_bare(reading: Reading) -> None:
    """A file without styles, properties and comments gets none made up."""
    word = docx.Document()
    word.add_paragraph("words")
    for owner in (word.part, word.part.package):
        for key, relation in list(owner.rels.items()):
            if relation.reltype.endswith(("/styles", "/core-properties", "/comments")):
                del owner.rels[key]
    document = reading("a.docx", saved(word))
    assert (document.text, document.title, document.date, document.meta) == ("words", "a", None, {})


NOTES = """<w:footnotes {0}><w:footnote w:id="-1" w:type="separator"><w:p/></w:footnote>
<w:footnote w:id="2"><w:p><w:r><w:t>Source : Insee.</w:t></w:r></w:p></w:footnote>
<w:footnote w:id="3"><w:p><w:r><w:t>En  2024.</w:t></w:r></w:p></w:footnote>
<w:footnote w:id="4"><w:p><w:r><w:t>Never called.</w:t></w:r></w:p></w:footnote></w:footnotes>"""
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def test_word_notes(reading: Reading) -> None:
    """Footnotes follow the body in the order of their calls, which the text shows."""
    word = docx.Document()
    paragraph = word.add_paragraph("Le marché croît")
    for call in "323":
        run = f'<w:r {nsdecls("w")}><w:footnoteReference w:id="{call}"/></w:r>'
        paragraph._p.append(parse_xml(run))
    blob = NOTES.format(nsdecls("w")).encode()
    part = Part(PackURI("/word/footnotes.xml"), "application/xml", blob, word.part.package)
    word.part.relate_to(part, f"{RELATIONS}/footnotes")
    document = reading("a.docx", saved(word))
    assert document.text == (
        "Le marché croît[^1][^2][^1]\n\n[^1]: En 2024.\n\n[^2]: Source : Insee."
    )
    assert spans(document) == {
        "footnote 1": "[^1]: En 2024.",
        "footnote 2": "[^2]: Source : Insee.",
    }


def test_word_page_headers(reading: Reading) -> None:
    """What stands on every page is read once, a page number not at all."""
    word = docx.Document()
    word.add_paragraph("words")
    for _ in range(2):
        section = word.add_section()
        section.header.is_linked_to_previous = False
        section.header.paragraphs[0].text = "Confidentiel – Optech"
        section.footer.is_linked_to_previous = False
        section.footer.paragraphs[0].text = "3 / 7"
    document = reading("a.docx", saved(word))
    assert spans(document) == {"page header": "Page header: Confidentiel – Optech"}


LAUGHS = '<!DOCTYPE w [<!ENTITY a "ha">{}]>'.format(
    "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
)


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (
            lambda xml: xml.replace(b"<w:document", LAUGHS.encode() + b"<w:document").replace(
                b"Fin", b"&j;"
            ),
            "damaged",
        ),
        (lambda xml: xml.replace(b"Fin", b" " * 20_000_000), "zip_bomb"),
        (lambda xml: xml.replace(b"<w:body>", b"<w:body>" + b"<w:ins>" * 5000), "damaged"),
        (lambda xml: xml[:-100], "damaged"),
        (lambda _: b"", "damaged"),
    ],
    ids=["laughs", "bomb", "nested", "cut", "none"],
)
def test_word_hostile(refusing: Refusing, edit: Callable[[bytes], bytes], code: str) -> None:
    """XML made to harm or broken is refused."""
    assert refusing("a.docx", repacked(saved(charter()), edit))[0] == code


def test_word_reads_no_other_file(reading: Reading, tmp_path: Path) -> None:
    """An entity that names a file does not bring it in."""
    (tmp_path / "secret").write_text("canary")
    entity = f'<!DOCTYPE w [<!ENTITY a SYSTEM "file://{tmp_path}/secret">]><w:document'.encode()
    data = repacked(
        saved(charter()),
        lambda xml: xml.replace(b"<w:document", entity).replace(b"Fin.", b"&a;"),
    )
    assert "canary" not in reading("a.docx", data).text


def zipped(**files: bytes) -> bytes:
    """Give a zip archive of some files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", 8) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (b"words", "damaged", "is damaged or is not a Word file"),
        (zipped(a=b"words"), "damaged", "is damaged or is not a Word file"),
        (OLE, "damaged", "is a Word file of the old kind: save it as .docx"),
        (
            OLE + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
            "is encrypted: remove the password and try again",
        ),
        (
            zipped(a=b"x").replace(
                b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0"
            ),
            "encrypted",
            "is encrypted: remove the password and try again",
        ),
        (
            zipped(a=bytes(9_000_000)),
            "zip_bomb",
            "unpacks to 9 MB in 1 files from 8.9 kB: refused as a zip bomb",
        ),
    ],
    ids=["text", "zip", "old", "password", "zip-password", "bomb"],
)
def test_not_word(refusing: Refusing, data: bytes, code: str, reason: str) -> None:
    """A file that is not what its suffix says is refused with the reason."""
    assert refusing("a.docx", data) == (code, reason)


def test_word_without_text(refusing: Refusing) -> None:
    """A document of blank paragraphs has nothing to know."""
    assert refusing("a.docx", saved(docx.Document())) == ("empty", "has no text in it")


# --- PDF ----------------------------------------------------------------------------------------


def pdf(*pages: str, info: bytes = b"") -> bytes:
    """Give a PDF with a line of text on each page, or nothing."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R /Lang (fr-FR) >>", b"", b"<< %s >>" % info]
    objects += [
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    ]
    kids = []
    for text in pages:
        stream = b"BT /F1 12 Tf 72 700 Td (%s) Tj ET" % text.encode("cp1252") if text else b""
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
        page += b"/Resources << /Font << /F1 4 0 R >> >> >>"
        objects.append(page % len(objects))
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    out = b"%PDF-1.4\n"
    table = b"0000000000 65535 f \n"
    for number, content in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    end = b"xref\n0 %d\n%strailer\n<< /Size %d /Root 1 0 R /Info 3 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return out + end % (len(objects) + 1, table, len(objects) + 1, len(out))


def locked(user: str) -> bytes:
    """Give a PDF that a password opens, or that opens without one but may not be changed."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf("Secret words")))
    writer.encrypt(user, f"{user} and the owner's", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_pdf(reading: Reading) -> None:
    """Pages come with a blank line between them and a locator each; a blank page has none."""
    info = b"/Title (Bilan) /Author (Zo\xe9) /CreationDate (D:20250504120000Z)"
    document = reading("a.pdf", pdf("Première page", "", "Third page", info=info))
    assert document.text == "Première page\n\nThird page"
    assert spans(document) == {"page 1": "Première page", "page 3": "Third page"}
    assert (document.title, document.date, document.language) == ("Bilan", "2025-05-04", "fr")
    assert document.meta == {"pages": "3", "author": "Zoé", "saved": "2025-05-04"}


@pytest.mark.parametrize("info", [b"/CreationDate (last week)", b"/Title 12 0 R", b"/Title [1 2]"])
def test_pdf_odd_metadata(reading: Reading, info: bytes) -> None:
    """Metadata that makes no sense is no reason to refuse the text."""
    document = reading("a.pdf", pdf("Words", info=info))
    assert (document.text, document.date) == ("Words", None)


def test_pdf_owner_password(reading: Reading) -> None:
    """A PDF that opens without a password is read."""
    assert reading("a.pdf", locked("")).text == "Secret words"


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (
            pdf("", ""),
            "scan",
            "has no text, only images (a scan): run text recognition on it first",
        ),
        (locked("secret"), "encrypted", "is encrypted: remove the password and try again"),
        (pdf(*"abcd"), "too_many_pages", "has 4 pages; the limit is 3 (limits.pages)"),
        (b"words", "damaged", "is damaged or is not a PDF file"),
        (b"%PDF-1.4\nwords", "damaged", "cannot be read: it is damaged (PdfStreamError)"),
    ],
    ids=["scan", "encrypted", "pages", "text", "header"],
)
def test_pdf_refused(refusing: Refusing, data: bytes, code: str, reason: str) -> None:
    """A PDF that gives no text is refused with the reason."""
    assert refusing("a.pdf", data) == (code, reason)


def test_pdf_round_in_circles(refusing: Refusing) -> None:
    """A page tree that contains itself ends in a refusal."""
    data = pdf("a").replace(b"/Kids [6 0 R]", b"/Kids [2 0 R]")
    assert refusing("a.pdf", data)[0] in {"damaged", "nested", "scan"}


# --- HTML ---------------------------------------------------------------------------------------

ARTICLE = """<!doctype html><html lang="fr-FR"><head><meta charset="utf-8">
<title>Charte | Agence</title>
<meta property="article:published_time" content="2024-05-03T10:00:00Z">
<link rel="canonical" href="https://example.org/charte"></head>
<body><nav><a href="/">Accueil</a> <a href="/x">Boutique</a></nav><article><h1>Charte</h1>
<p>{}</p><h2>Mots</h2><table><tr><th>Mot</th><th>Plutôt</th></tr><tr><td>leverage</td>
<td>utiliser</td></tr></table><p>Voilà tout ce que nous avons à dire.</p></article>
<footer>© 2019 Agence</footer><script>alert(1)</script></body></html>"""


def test_page(reading: Reading) -> None:
    """The article of a page is read as Markdown, without menus, footer and scripts."""
    words = "Nous tutoyons nos lecteurs, toujours, et nous l’écrivons comme nous le disons. " * 4
    document = reading("a.html", ARTICLE.format(words).encode())
    assert document.text.startswith(f"# Charte\n\n{words.strip()}\n\n## Mots\n\n")
    assert "| leverage | utiliser |" in document.text
    assert not {"Boutique", "2019", "alert"} & set(document.text.split())
    assert (document.title, document.kind) == ("Charte", "page")
    assert (document.date, document.language) == ("2024-05-03", "fr")
    assert document.meta["url"] == "https://example.org/charte"


def test_page_again(reading: Reading) -> None:
    """The same page gives the same text, whatever was read before."""
    data = ARTICLE.format("Nous tutoyons nos lecteurs. " * 20).encode()
    first = reading("a.html", data)
    reading("b.html", b"<p>something else</p>")
    assert reading("a.html", data) == first


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"just words", "just words"),
        (b"<title>T</title>two<div>lines</div><script>x</script>", "two\nlines"),
        (b"<?xml version='1.0' encoding='utf-8'?><html><body><p>h\xc3\xa9</p></body></html>", "hé"),
        ("<meta charset=iso-8859-1><p>déjà".encode("latin-1"), "déjà"),
        ("<meta charset=no-such-thing><p>déjà".encode("cp1252"), "déjà"),
        (
            '<meta http-equiv=a content="text/html; charset=koi8-r"><p>Привет'.encode("koi8-r"),
            "Привет",
        ),
        ("<meta charset=latin1><p>déjà".encode("utf-16"), "déjà"),
    ],
)
def test_small_page(reading: Reading, data: bytes, text: str) -> None:
    """A page with no main text is read whole, in the encoding that it declares or shows."""
    assert reading("a.htm", data).text == text


def test_page_words(reading: Reading) -> None:
    """The words are those of the page, without Markdown's escapes."""
    words = "Use snake_case, #1, 2 * 3 and [brackets]. "
    text = reading("a.html", f"<article><p>{words * 9}</p><p># not a heading</p>".encode()).text
    assert text == f"{(words * 9).strip()}\n\n# not a heading"


def test_deep_page(reading: Reading) -> None:
    """What stands a thousand elements deep is read like the rest."""
    data = b"<p>" + b"Some words. " * 30 + b"</p>" + b"<div>" * 1000 + b"<p>Deep words."
    assert reading("a.html", data).text.endswith("Deep words.")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<html><body><div></div></body></html>", "empty"),
        (b"<!-- nothing -->", "empty"),
        (b"<div>" * 100_000 + b"words", "nested"),
    ],
)
def test_page_refused(refusing: Refusing, data: bytes, code: str) -> None:
    """A page without text, or of which the parser would lose some, is refused."""
    assert refusing("a.html", data)[0] == code


# --- mail ---------------------------------------------------------------------------------------


def mail(plain: str = "", html: str = "") -> EmailMessage:
    """A mail with a plain and an HTML body."""
    message = EmailMessage()
    message["From"] = "René <rene@example.org>"
    message["To"] = "zoe@example.org"
    message["Date"] = "Fri, 27 Jun 2025 23:30:00 +0200"
    message["Subject"] = "Le brief"
    message.set_content(plain)
    if html:
        message.add_alternative(html, subtype="html")
    return message


HEADER = (
    "From: René <rene@example.org>\nTo: zoe@example.org\n"
    "Date: Fri, 27 Jun 2025 23:30:00 +0200\nSubject: Le brief"
)


def test_mail(reading: Reading) -> None:
    """Header lines, the plain body, and attachments by name."""
    message = mail("Bonjour,\n\nValidé.\n", "<p>Not this</p>")
    message.add_attachment(b"secret", "application", "pdf", filename="brief é.pdf")
    message.add_attachment(mail("inner words"))
    document = reading("a.eml", bytes(message))
    assert document.text == (
        f"{HEADER}\n\nBonjour,\n\nValidé.\n\n"
        "Attachment: brief é.pdf (application/pdf)\nAttachment: without a name (message/rfc822)"
    )
    assert spans(document) == {"header": HEADER, "body": "Bonjour,\n\nValidé."}
    assert (document.title, document.kind, document.date) == ("Le brief", "mail", "2025-06-27")


def test_mail_html(reading: Reading) -> None:
    """Where the plain body is blank, the HTML is reduced to what a person would see."""
    html = "<style>p {}</style><p>Bonjour <b>Zoé</b>,<br>le brief\nest <i>validé</i>.</p><p>René"
    document = reading("a.eml", bytes(mail(" \n", html)))
    assert spans(document)["body"] == "Bonjour Zoé,\nle brief est validé.\nRené"


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        (b"", b"d\xe9j\xe0", "déjà"),
        (b"Content-Type: text/plain; charset=utf-8\n", b"d\xe9j\xe0", "déjà"),
        (b"Content-Type: text/plain; charset=nonsense\n", "déjà".encode(), "déjà"),
        (b"Content-Type: text/plain; charset=utf-8\n", "déjà".encode() + b"\xe9", "déjà\ufffd"),
        (b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n", b"d29yZHM=", "words"),
        (b"Content-Transfer-Encoding: base64\n", b"d29yZHM", "words"),
        (b"Content-Type: multipart/mixed; boundary=b\n", b"--b\n\nwords\n", "words"),
        (b"Content-Type: multipart/mixed; boundary=b\n", b"words", "words"),
        (b"Content-Type: multipart/mixed\n", b"words", "words"),
        (b"Content-Type: text/calendar\n", b"words", "words"),
        (b"Content-Type: nonsense\n", b"words", "words"),
        (b"Content-Type: ;;;\nDate: yesterday\n", b"words", "words"),
    ],
)
def test_broken_mail(reading: Reading, head: bytes, body: bytes, text: str) -> None:
    """Mail that breaks the rules is read as far as it can be."""
    document = reading("a.eml", b"Subject: x\n" + head + b"\n" + body)
    assert spans(document)["body"] == text
    assert document.date is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"just words", "damaged"),
        (bytes(range(256)) * 4, "damaged"),
        (b"Subject: x\nTo: " + b"(" * 5000 + b"\n\nwords", "nested"),
        (b"Subject: x\n\n" + b"\x01\x02\x00" * 90, "not_text"),
    ],
)
def test_mail_refused(refusing: Refusing, data: bytes, code: str) -> None:
    """What is no mail, or a trap for the parser, is refused."""
    assert refusing("a.eml", data)[0] == code


def test_mail_parts_in_parts(refusing: Refusing) -> None:
    """Parts nested without end are refused rather than followed."""
    parts = [
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)
    ]
    code, _ = refusing("a.eml", b"Subject: x\n" + b"".join(parts))
    assert code == "nested"
