import io
from pathlib import Path

import pytest
from docx import Document

from savoirfaire.errors import ReadError
from savoirfaire.tools.documents import Cover, to_docx

TEXT = """# Compréhension

Un texte **fort** et un [lien](https://example.org/a), pas [celui-ci](javascript:alert(1)).

- un
  - deux

| Lot | Montant |
| --- | ---: |
| Identité | 1 234,50 € |

> Une citation.

1. Premier
"""
COVER = Cover("Proposition", "Acme", ("Valable 45 jours",), "2026-11-23", "fr")


def opened(data: bytes) -> Document:
    """A document read back."""
    return Document(io.BytesIO(data))


def test_what_is_written() -> None:
    """The cover, headings, lists, tables, quotes and safe links of a text are in its document."""
    document = opened(to_docx(TEXT, COVER))
    said = [(p.style.name, p.text) for p in document.paragraphs if p.text]
    assert said[:3] == [
        *(("Title", "Proposition"), ("Subtitle", "Acme"), ("Normal", "Valable 45 jours")),
    ]
    assert ("Heading 1", "Compréhension") in said
    assert ("List Bullet 2", "deux") in said
    assert ("Quote", "Une citation.") in said
    assert [cell.text for cell in document.tables[0].rows[1].cells] == ["Identité", "1 234,50 €"]
    links = [r.target_ref for r in document.part.rels.values() if r.is_external]
    assert links == ["https://example.org/a"]
    assert "TOC" in document.element.xml


def test_same_bytes() -> None:
    """The same text gives the same bytes."""
    assert to_docx(TEXT, COVER) == to_docx(TEXT, COVER)


def test_a_template(tmp_path: Path) -> None:
    """A template gives its styles and page; its own text does not stay."""
    template = Document()
    template.add_paragraph("Lorem")
    template.sections[0].header.paragraphs[0].text = "Agence"
    template.save(str(tmp_path / "t.docx"))
    document = opened(to_docx("Bonjour", COVER, template=tmp_path / "t.docx"))
    assert document.sections[0].header.paragraphs[0].text == "Agence"
    assert "Lorem" not in [p.text for p in document.paragraphs]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 half", b"<html>"])
def test_no_template(tmp_path: Path, data: bytes) -> None:
    """A template that is no Word document is refused by its name."""
    (tmp_path / "t.docx").write_bytes(data)
    with pytest.raises(ReadError, match=r"t\.docx"):
        to_docx("x", COVER, template=tmp_path / "t.docx")


def test_contents_and_sums() -> None:
    """The contents name the headings; in a table, a sum's name takes the room beside it."""
    rows = "| a | b | c |\n| --- | --- | ---: |\n| x | y | 1 € |\n| Sum | | 1 € |\n"
    document = opened(to_docx(f"## One\n\n### Two\n\n{rows}", COVER))
    said = [each.text for each in document.paragraphs]
    assert said.index("One") < said.index("Two")
    assert (said.count("One"), said.count("Two")) == (2, 2)
    (table,) = document.tables
    first, *_rest, last = table.rows[2].cells
    assert (first.text, table.rows[2].cells[1].text, last.text) == ("Sum", "Sum", "1 €")
    assert table.rows[1].cells[1].text == "y"


def test_column_names_are_never_alone() -> None:
    """The names of a table's columns stay on the page of its first row, which is free to move."""
    (table,) = opened(to_docx(TEXT, COVER)).tables
    kept = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in table.rows]
    assert kept == [True, None]
