"""Damaged files of every type: each gives a sound document or a reason, and nothing else."""

import copy
import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import get_args

import docx
import pptx
import pytest
import xlsxwriter
from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from savoirfaire.knowledge.ingest import ingest
from savoirfaire.knowledge.listing import Described
from savoirfaire.knowledge.readers import (
    SUFFIXES,
    Code,
    Document,
    Limits,
    Member,
    Readers,
    UnreadableError,
)
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

REASON = re.compile(r"(is|has|holds|needs|took|made|mixes|unpacks|cannot|could|does) [^\n]+")
SHARED = "Élodie a « déjà » validé le brief; voilà 12 €, non ? " * 3
REPLY = "Oui.\n\nMerci,\nZoé\n\nLe 27 juin 2025 à 10:20, Kim a écrit :\n> Non ?\n"


def word_file() -> bytes:
    """A Word file with a heading, a table and a comment, the same bytes every day."""
    word = docx.Document()
    word.add_heading("Charte", 1)
    paragraph = word.add_paragraph(SHARED)
    word.add_table(2, 2).cell(0, 0).text = "mot"
    comment = word.add_comment(paragraph.runs, "Non.", author="Zoé")
    comment._comment_elm.date = datetime(2025, 5, 4, tzinfo=UTC)
    out = io.BytesIO()
    word.save(out)
    return repacked(out.getvalue(), lambda part: part)


def repacked(data: bytes, edit: Callable[[bytes], bytes], *parts: str) -> bytes:
    """Give an archive with some parts edited, and no dates on any."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            part = edit(part) if name in parts else part
            new.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def sheets_file() -> bytes:
    """A workbook as Excel writes it: two sheets, merged cells, a formula, a comment."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.set_properties({"title": "Plan", "created": datetime(2025, 5, 4, tzinfo=UTC)})
        sheet = book.add_worksheet("Plan")
        sheet.write_row("A1", ["Mot", "Prix", "Jour"])
        sheet.merge_range("A2:A3", "Zoé")
        sheet.write_row("B2", [1.5, 45000], book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_formula("B3", "=1+1", book.add_format({"num_format": '#,##0.00 "€"'}), 2)
        sheet.write("C3", SHARED)
        sheet.write_comment("B3", "Non.", {"author": "Zoé"})
        hidden = book.add_worksheet("Marges")
        hidden.write("C4", "35 %")
        hidden.hide()
    return repacked(out.getvalue(), lambda part: part)


def slides_file() -> bytes:
    """A deck with a list, notes, a table and a chart."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Titre"
    slide.placeholders[1].text = f"{SHARED}\nfin"
    slide.notes_slide.notes_text_frame.text = SHARED
    slide.shapes.add_table(2, 2, 0, 0, 9, 9).table.cell(0, 0).text = "mot"
    data = CategoryChartData()
    data.categories = ["Mars", "Avril"]
    data.add_series("Vues", (1, 2))
    slide.shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, 9, 9, data)
    out = io.BytesIO()
    deck.save(out)
    return repacked(out.getvalue(), lambda _: b"", "ppt/embeddings/Microsoft_Excel_Sheet1.xlsx")


def pdf_file() -> bytes:
    """A PDF with two pages, one of them compressed."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for number in range(2):
        page = writer.add_blank_page(200, 200)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        content = DecodedStreamObject()
        content.set_data(b"BT /F1 9 Tf 9 99 Td (Some words) Tj ET")
        page[NameObject("/Contents")] = content.flate_encode() if number else content
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def mail_file() -> bytes:
    """A mail with two bodies and an attachment."""
    message = EmailMessage()
    message["From"] = "Élodie <e@example.org>"
    message["Date"] = "Fri, 27 Jun 2025 23:30:00 +0200"
    message["Subject"] = "Déjà"
    message.set_content(SHARED)
    message.add_alternative(f"<p>{SHARED}</p>", subtype="html")
    message["Message-ID"] = "<2@example.org>"
    message["References"] = "<1@example.org>"
    message.add_attachment(b"words", "application", "pdf", filename="é.pdf")
    message.add_attachment("d\xe9j\xe0".encode("latin-1"), "text", "plain", filename="a.txt")
    inner = EmailMessage()
    inner["Subject"] = "Fwd: Déjà"
    inner.set_content(f"{REPLY}{SHARED}")
    message.add_attachment(inner)
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=={number}==")
    return bytes(message)


def box_file() -> bytes:
    """A mailbox of three mails, one with attachments."""
    small = f"Subject: a\nIn-Reply-To: <2@example.org>\n\n{REPLY}".encode()
    return b"".join(
        b"From a@example.org Fri Jun 27 23:30:00 2025\n" + mail + b"\n\n"
        for mail in (mail_file(), small, b"To: b\n\n>From me\n")
    )


def zip_file() -> bytes:
    """An archive of a table, a mail, a mailbox, a Word file and another archive."""
    out = io.BytesIO()
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt"), SHARED)
    files = {
        "é/table.csv": b"a;b\n1;2\n",
        "mail.eml": mail_file(),
        "box.mbox": b"From a 1:11\nTo: b\n\nwords\n",
        "charte.docx": word_file(),
        "inner.zip": inner.getvalue(),
    }
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


SEEDS = {
    ".md": f"---\ntitle: 'Déjà'\ndate: 2025-06-27\n---\n\n# Titre\n\n{SHARED}\n".encode(),
    ".csv": f'nom;ville\n"Zoé";"Évry\nSud"\n{SHARED}\n'.encode() * 3,
    ".html": f"<html lang=fr><head><title>T</title></head><body><h1>H</h1><p>{SHARED}</p>"
    f"<table><tr><td>a</td></tr></table></body></html>".encode(),
    ".eml": mail_file(),
    ".docx": word_file(),
    ".pdf": pdf_file(),
    ".xlsx": sheets_file(),
    ".pptx": slides_file(),
    ".mbox": box_file(),
    ".zip": zip_file(),
}
XML = {
    ".docx": ["word/document.xml"],
    ".xlsx": [
        *("xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/workbook.xml"),
        *("xl/comments1.xml", "xl/worksheets/_rels/sheet1.xml.rels"),
    ],
    ".pptx": [
        *("ppt/slides/slide1.xml", "ppt/notesSlides/notesSlide1.xml", "ppt/presentation.xml"),
        *("ppt/charts/chart1.xml", "ppt/slides/_rels/slide1.xml.rels"),
    ],
    ".zip": ["mail.eml", "box.mbox", "charte.docx", "inner.zip"],
}
VALUES = ["", "0", "-1", "7", "99999999999", "1e999", "A1:XFD1048576", "é", "true", "rId1", " "]
PIECES = [b"\0", b"\xff\xfe", b"<!--", b'"', b"\r\n\r\n", b"<<", b"\x1b[2J", b"&#xD800;", b"(" * 99]


def damaged(suffix: str, seed: int) -> bytes:
    """Give a damaged file; of archives, two in three are sound ones with a damaged part."""
    rng = random.Random(f"{suffix}{seed}")  # noqa: S311 - no secret
    if suffix not in XML or not seed % 3:
        return mutated(SEEDS[suffix], rng)
    change = reshaped if seed % 3 == 1 and suffix != ".zip" else mutated
    return repacked(SEEDS[suffix], lambda part: change(part, rng), rng.choice(XML[suffix]))


def reshaped(part: bytes, rng: random.Random) -> bytes:
    """Give well-formed XML with elements and attributes that are missing, doubled or wrong."""
    tree = etree.fromstring(part)
    for _ in range(rng.choice((1, 2, 5, 20))):
        element = rng.choice(list(tree.iter(etree.Element)))
        parent = element.getparent()
        change = rng.randrange(5)
        if change == 0 and parent is not None:
            parent.remove(element)
        elif change == 1 and parent is not None:
            parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(element))
        elif change == 2:
            element.text = rng.choice(VALUES)
        elif element.attrib:
            element.set(rng.choice(sorted(element.attrib)), rng.choice(VALUES))
    return bytes(etree.tostring(tree))


def mutated(seed: bytes, rng: random.Random) -> bytes:
    """Give the bytes with a few of them flipped, cut, doubled or replaced."""
    data = bytearray(seed)
    for _ in range(rng.choice((1, 2, 5, 20))):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice((1, 4, 60)))
        change = rng.randrange(5)
        if change == 0:
            data[at:end] = rng.randbytes(end - at)
        elif change == 1:
            del data[at:end]
        elif change == 2:
            data[at:at] = data[at:end] * rng.choice((1, 50))
        elif change == 3:
            data[at:at] = rng.choice(PIECES)
        elif rng.random() < 0.1:
            del data[at:]
    return bytes(data)


def check(document: Document) -> None:
    """Assert what every document promises."""
    text = document.text
    assert text.strip()
    assert not set(text) & {"\0", "\r"}
    text.encode()
    "".join([document.title, *document.meta, *document.meta.values()]).encode()
    assert document.title
    assert document.date is None or re.fullmatch(r"\d{4}-\d{2}-\d{2}", document.date)
    assert document.language is None or re.fullmatch(r"[a-z]{2,3}", document.language)
    ends = [0, *(at.end for at in document.locators)]
    for before, at in zip(ends, document.locators, strict=False):
        assert before <= at.start < at.end <= len(text)
        assert text[at.start : at.end].strip()
        assert at.label


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """One set of readers for all files."""
    with Readers(Limits(seconds=20)) as readers:
        yield readers


def check_refusal(error: UnreadableError) -> None:
    """Assert what every refusal promises; damage alone costs neither time nor the process."""
    assert error.code in get_args(Code)
    assert error.code not in {"timeout", "memory", "worker", "crashed"}
    assert REASON.fullmatch(str(error))


def sweep(readers: Readers, path: Path, seeds: range) -> None:
    """Read a mutation for each seed; say which one broke a promise."""
    for seed in seeds:
        path.write_bytes(damaged(path.suffix, seed))
        try:
            check_reading(readers, path)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise


def check_reading(readers: Readers, path: Path) -> None:
    """Assert that a file, and each in it, gives a sound document or a sound refusal."""
    members = list(readers.read_all(path))
    assert members
    assert len({member.name for member in members}) == len(members)
    for member in members:
        check_member(member, path.name)


def check_member(member: Member, name: str) -> None:
    """Assert what every file within a file promises."""
    assert member.name == name or member.name.startswith(f"{name}!/")
    assert member.name.isprintable()
    member.name.encode()
    if isinstance(member.content, UnreadableError):
        check_refusal(member.content)
    else:
        check(member.content)
        assert re.fullmatch(r"[0-9a-f]{64}", member.sha256)


def test_every_format_is_damaged() -> None:
    """There is a file to damage for every reader."""
    readers = {SUFFIXES[suffix] for suffix in SEEDS}
    assert readers | {"text"} == set(SUFFIXES.values())


@pytest.mark.parametrize("suffix", sorted(SEEDS))
def test_whole_files(readers: Readers, tmp_path: Path, suffix: str) -> None:
    """The files that are mutated are sound to begin with, and the same every day."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(SEEDS[suffix])
    members = list(readers.read_all(path))
    assert all(
        isinstance(member.content, Document) or member.name.endswith("/é.pdf") for member in members
    )
    check_reading(readers, path)


@pytest.mark.parametrize("suffix", sorted(SEEDS))
def test_damaged_files(readers: Readers, tmp_path: Path, suffix: str) -> None:
    """A few damaged files of each type."""
    sweep(readers, tmp_path / f"a{suffix}", range(12))


@pytest.mark.sweep
@pytest.mark.parametrize("suffix", sorted(SEEDS))
def test_many_damaged_files(readers: Readers, tmp_path: Path, suffix: str) -> None:
    """Many damaged files of each type."""
    sweep(readers, tmp_path / f"a{suffix}", range(12, 2012))


# --- from damaged files to passages ---------------------------------------------------------------


def take_in(knowledge: Knowledge, scope: ClientScope, folder: Path, seeds: range) -> None:
    """Ingest a mutation for each seed and type: all is reported, and each quote is its span."""
    for suffix in SEEDS:
        for seed in seeds:
            (folder / f"{seed}{suffix}").write_bytes(damaged(suffix, seed))
    said: list[str] = []
    report = ingest(
        knowledge,
        scope,
        [folder],
        limits=Limits(seconds=20),
        listen=lambda *told: said.append(told[0]),
    )
    assert len(said) == len(set(said)) == report.read + report.unchanged + len(report.failed)
    outer = {name.split("!/")[0] for name in said}
    assert outer == {f"{seed}{suffix}" for suffix in SEEDS for seed in seeds}
    sources = knowledge.ledger.listed(scope)
    assert {source.path for source in sources} == set(said) - {
        each["path"] for each in report.failed
    }
    for source in sources:
        check_source(knowledge, scope, knowledge.ledger.described(scope, source.path))


def check_source(knowledge: Knowledge, scope: ClientScope, source: Described) -> None:
    """Assert that each passage is its span of the text, and that each label has some words."""
    text = knowledge.ledger.text(scope, source.source.id)
    passages = knowledge.ledger.passages_of(scope, source.source.id)
    assert len(passages) == source.source.passages
    for passage, part in zip(passages, source.outline, strict=True):
        assert text[passage.start : passage.end] == passage.quote
        assert passage.quote.strip()
        assert bool(part.place) == any(
            at["start"] < part.end and part.start < at["end"] for at in source.locators
        )
    for at in source.locators:
        assert text[at["start"] : at["end"]].strip()


def test_damaged_files_are_taken_in(
    knowledge: Knowledge, acme: ClientScope, tmp_path: Path
) -> None:
    """Of sound and damaged files of every type, whatever is found is cited to the letter."""
    (tmp_path / "in").mkdir()
    take_in(knowledge, acme, tmp_path / "in", range(4))


@pytest.mark.sweep
@pytest.mark.parametrize("first", range(4, 404, 100))
def test_many_damaged_files_are_taken_in(
    knowledge: Knowledge, acme: ClientScope, tmp_path: Path, first: int
) -> None:
    """Of many damaged files of every type, whatever is found is cited to the letter."""
    (tmp_path / "in").mkdir()
    take_in(knowledge, acme, tmp_path / "in", range(first, first + 100))
