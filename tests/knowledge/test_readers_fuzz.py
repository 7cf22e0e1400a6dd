"""Damaged files of every type: each gives a sound document or a reason, and nothing else."""

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
import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from savoirfaire.knowledge.readers import Code, Document, Limits, Readers, UnreadableError

REASON = re.compile(r"(is|has|holds|needs|took|made|mixes|unpacks|cannot|could|does) [^\n]+")
SHARED = "Élodie a « déjà » validé le brief; voilà 12 €, non ? " * 3


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


def repacked(data: bytes, edit: Callable[[bytes], bytes]) -> bytes:
    """Give a Word file with the XML of its body edited, and no dates on its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            part = edit(part) if name == "word/document.xml" else part
            new.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


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
    message.add_attachment(b"words", "application", "pdf", filename="é.pdf")
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=={number}==")
    return bytes(message)


SEEDS = {
    ".md": f"---\ntitle: 'Déjà'\ndate: 2025-06-27\n---\n\n# Titre\n\n{SHARED}\n".encode(),
    ".csv": f'nom;ville\n"Zoé";"Évry\nSud"\n{SHARED}\n'.encode() * 3,
    ".html": f"<html lang=fr><head><title>T</title></head><body><h1>H</h1><p>{SHARED}</p>"
    f"<table><tr><td>a</td></tr></table></body></html>".encode(),
    ".eml": mail_file(),
    ".docx": word_file(),
    ".pdf": pdf_file(),
}
PIECES = [b"\0", b"\xff\xfe", b"<!--", b'"', b"\r\n\r\n", b"<<", b"\x1b[2J", b"&#xD800;", b"(" * 99]


def damaged(suffix: str, seed: int) -> bytes:
    """Give a damaged file; every second Word file is a sound archive of damaged XML."""
    rng = random.Random(f"{suffix}{seed}")  # noqa: S311 - no secret
    if suffix == ".docx" and seed % 2:
        return repacked(SEEDS[suffix], lambda part: mutated(part, rng))
    return mutated(SEEDS[suffix], rng)


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
    """Assert that a file gives a sound document or a sound refusal."""
    try:
        document = readers.read(path)
    except UnreadableError as error:
        check_refusal(error)
    else:
        check(document)


@pytest.mark.parametrize("suffix", sorted(SEEDS))
def test_whole_files(readers: Readers, tmp_path: Path, suffix: str) -> None:
    """The files that are mutated are sound to begin with."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(SEEDS[suffix])
    check(readers.read(path))


@pytest.mark.parametrize("suffix", sorted(SEEDS))
def test_damaged_files(readers: Readers, tmp_path: Path, suffix: str) -> None:
    """A few damaged files of each type."""
    sweep(readers, tmp_path / f"a{suffix}", range(25))


@pytest.mark.sweep
@pytest.mark.parametrize("suffix", sorted(SEEDS))
def test_many_damaged_files(readers: Readers, tmp_path: Path, suffix: str) -> None:
    """Many damaged files of each type."""
    sweep(readers, tmp_path / f"a{suffix}", range(25, 2025))
