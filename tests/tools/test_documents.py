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
    assert [cell.text for cell in document.tables[0].rows[1].cells] == [
        "Identité",
        "1 234,50\u00a0€",
    ]
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
    assert (first.text, table.rows[2].cells[1].text, last.text) == ("Sum", "Sum", "1\u00a0€")
    assert table.rows[1].cells[1].text == "y"


@pytest.mark.parametrize(("rows", "kept"), [(1, {True}), (20, {True, None})])
def test_column_names_are_never_alone(rows: int, kept: set[bool | None]) -> None:
    """A short table stays on one page; of a long one, the names of the columns and a row do."""
    text = "| a | b |\n| --- | --- |\n" + "| x | y |\n" * rows
    (table,) = opened(to_docx(text, COVER)).tables
    found = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in table.rows]
    assert found[0] is True
    assert set(found) == kept


def test_headings_begin_at_the_first_level() -> None:
    """The highest heading of a text is of Word's first level, whatever it is in Markdown."""
    document = opened(to_docx("## One\n\n### Two\n", COVER))
    styles = {each.text: each.style.name for each in document.paragraphs}
    assert (styles["One"], styles["Two"]) == ("Heading 1", "Heading 2")


@pytest.mark.parametrize("printed", [True, False])
def test_pages_in_the_contents(*, printed: bool) -> None:
    """The contents of a printed document ask for each heading's page; Word makes the others."""
    xml = opened(to_docx("## One\n\n### Two\n", COVER, printed=printed)).element.xml
    assert xml.count("PAGEREF") == (2 if printed else 0)
    assert ("TOC \\o" in xml) is not printed
    assert xml.count('w:fldCharType="begin"') == xml.count('w:fldCharType="end"')


def test_set_as_in_print() -> None:
    """Apostrophes are curved and French signs keep their space; code stays as it was written."""
    document = opened(to_docx("L'offre : « 20 % » et `l'id : x`", COVER))
    assert document.paragraphs[-1].text == "L\u2019offre\u00a0: «\u00a020\u00a0%\u00a0» et l'id : x"


def test_language_and_foot(tmp_path: Path) -> None:
    """The text is marked as its language; without a template each page says whose it is."""
    document = opened(to_docx("Bonjour", COVER))
    assert 'w:lang w:val="fr-FR"' in document.styles.element.xml
    assert document.sections[0].footer.paragraphs[0].text.startswith("Acme – Proposition")
    template = Document()
    template.sections[0].footer.paragraphs[0].text = "Agence"
    template.save(str(tmp_path / "t.docx"))
    document = opened(to_docx("Bonjour", COVER, template=tmp_path / "t.docx"))
    assert [each.text for each in document.sections[0].footer.paragraphs] == ["Agence"]


def test_a_template_of_few_styles(tmp_path: Path) -> None:
    """What a template lacks is added: headings are headings, and points keep their signs."""
    template = Document()
    for name in ("Heading 1", "Table Grid", "List Bullet", "List Number"):
        template.styles[name].delete()
    template.save(str(tmp_path / "t.docx"))
    document = opened(to_docx(TEXT, COVER, template=tmp_path / "t.docx"))
    said = [(each.style.name, each.text) for each in document.paragraphs]
    assert ("Heading 1", "Compréhension") in said
    assert ("Normal", "•\tun") in said
    assert ("Normal", "1.\tPremier") in said
    assert document.tables[0].style.name == "Table Grid"
