"""PDF: the text of each page, with a locator for each; a scan has none and is refused."""

import io
from contextlib import suppress

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from savoirfaire.knowledge.readers.archive import encrypted
from savoirfaire.knowledge.readers.canonical import Pieces, language, one_line
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.refusal import UnreadableError

_HEADER_WITHIN = 1024


def read(data: bytes, limits: Limits) -> Document:
    """Give the pages with a blank line between them."""
    if b"%PDF-" not in data[:_HEADER_WITHIN]:
        raise UnreadableError("damaged", "is damaged or is not a PDF file")
    pdf = PdfReader(io.BytesIO(data))
    if pdf.is_encrypted and not _opens_without_password(pdf):
        raise encrypted()
    count = len(pdf.pages)
    if count > limits.pages:
        raise UnreadableError(
            "too_many_pages",
            "has {count} pages; the limit is {limit} (limits.pages)",
            count=count,
            limit=limits.pages,
        )
    pieces = Pieces(limits, joint="\n\n")
    for number, page in enumerate(pdf.pages, 1):
        pieces.add(page.extract_text(), f"page {number}")
    if not pieces.locators:
        raise UnreadableError(
            "scan", "has no text, only images (a scan): run text recognition on it first"
        )
    facts = {"pages": str(count), **_facts(pdf)}
    return Document(
        pieces.text(),
        title=facts.pop("title", ""),
        language=language(facts.pop("language", "")),
        locators=pieces.locators,
        meta=facts,
    )


def _opens_without_password(pdf: PdfReader) -> bool:
    """Tell whether only changing the file is restricted, which leaves it open to read."""
    try:
        return bool(pdf.decrypt(""))
    except (PyPdfError, DependencyError, NotImplementedError):
        return False


def _facts(pdf: PdfReader) -> dict[str, str]:
    """Give what the file says of itself; odd metadata is no reason to refuse a text."""
    facts: dict[str, str] = {}
    with suppress(PyPdfError, ValueError, TypeError, AttributeError, KeyError):
        facts["language"] = one_line(str(pdf.root_object.get("/Lang", "")))
        if pdf.metadata:
            facts["title"] = one_line(pdf.metadata.title or "")
            facts["author"] = one_line(pdf.metadata.author or "")
            made = pdf.metadata.creation_date
            facts["saved"] = made.date().isoformat() if made else ""
    return {key: value for key, value in facts.items() if value}
