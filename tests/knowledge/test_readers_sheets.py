"""Excel workbooks: which rows are a table, and how a value is written."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Font

from savoirfaire.knowledge.readers import Document, Readers, UnreadableError
from savoirfaire.knowledge.readers.cells import Value, text_of
from savoirfaire.knowledge.readers.grid import Row, lines

Reading = Callable[[bytes], Document]
Grid = list[list[Any]]


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """One set of readers for the file."""
    with Readers() as readers:
        yield readers


@pytest.fixture
def reading(readers: Readers, tmp_path: Path) -> Reading:
    """Read bytes as a workbook."""

    def read(data: bytes) -> Document:
        (tmp_path / "book.xlsx").write_bytes(data)
        return readers.read(tmp_path / "book.xlsx")

    return read


def saved(book: Any) -> bytes:
    """Give a workbook as a file."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def book_of(rows: Grid, *merged: str, title: str = "Data") -> Any:
    """A workbook with one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    return book


def spans(document: Document) -> dict[str, str]:
    """Give the text that each locator points to."""
    return {at.label: document.text[at.start : at.end] for at in document.locators}


def test_workbook(reading: Reading) -> None:
    """Sheets come in order under their names, a row as a line with its header; one is hidden."""
    book = book_of([["Canal", "Budget"], ["E-mail", 1200.5], ["Social", 800]], title="Plan")
    book.active["B2"].number_format = '#,##0.00\\ "€"'
    hidden = book.create_sheet("Marges")
    hidden.sheet_state = "hidden"
    hidden["C4"] = "35 %"
    book.create_sheet("Vide")
    document = reading(saved(book))
    assert document.text == (
        "# Plan\n\nCanal: E-mail; Budget: 1200.5 €\nCanal: Social; Budget: 800\n\n"
        "# Marges (hidden sheet)\n\n35 %"
    )
    assert spans(document) == {
        "sheet Plan": "# Plan",
        "sheet Plan, row 2": "Canal: E-mail; Budget: 1200.5 €",
        "sheet Plan, row 3": "Canal: Social; Budget: 800",
        "sheet Marges": "# Marges (hidden sheet)",
        "sheet Marges, row 4": "35 %",
    }
    assert (document.kind, document.title) == ("table", "book")
    assert document.date == document.meta["saved"]
    assert document.meta["hidden_sheets"] == "Marges"


@pytest.mark.parametrize(
    ("rows", "merged", "text"),
    [
        (
            [["Plan 2025", None, None], [], ["Mois", "Vues", "Clics"], ["Mai", 5, 1]],
            ["A1:C1"],
            "Plan 2025\nMois: Mai; Vues: 5; Clics: 1",
        ),
        (
            [["Région", "Ville", "Vues"], ["Sud", "Nice", 1], [None, "Arles", 2]],
            ["A2:A3"],
            "Région: Sud; Ville: Nice; Vues: 1\nRégion: Sud; Ville: Arles; Vues: 2",
        ),
        (
            [
                ["Canal", "2024", None, "2025", None, "Note"],
                [None, "T1", "T2", "T1", "T2", None],
                ["E-mail", 1, 2, 3, 4, "ok"],
            ],
            ["A1:A2", "B1:C1", "D1:E1"],
            "Canal: E-mail; 2024 T1: 1; 2024 T2: 2; 2025 T1: 3; 2025 T2: 4; Note: ok",
        ),
        (
            [["Poste", "Prix", "TVA"], ["Phase 1", None, None], ["Texte", 9, 1], ["Son", 8, 2]],
            ["A2:C2"],
            "Phase 1\nPoste: Texte; Prix: 9; TVA: 1\nPoste: Son; Prix: 8; TVA: 2",
        ),
        (
            [["Poste", "Jours", "Prix"], ["Texte", 2, 900], [], [None, "Total", 900]],
            [],
            "Poste: Texte; Jours: 2; Prix: 900\nTotal; Prix: 900",
        ),
        (
            [["Poste", "Libellé", "Prix"], [None, None, 9]],
            [],
            "Poste; Libellé; Prix\nPrix: 9",
        ),
        (
            [["Client :", "Optech"], ["Depuis", date(2021, 5, 4)], ["Budget", 12000]],
            [],
            "Client: Optech\nDepuis: 2021-05-04\nBudget: 12000",
        ),
        ([["Mot", "Plutôt"], ["leverage", "aider"]], [], "Mot: Plutôt\nleverage: aider"),
        (
            [["Mot", "Fois"], ["leverage", 3], ["aider", 5]],
            [],
            "Mot: leverage; Fois: 3\nMot: aider; Fois: 5",
        ),
        (
            [["KPI", date(2025, 1, 1), date(2025, 2, 1)], ["Vues", 10, 12]],
            [],
            "KPI: Vues; 2025-01-01: 10; 2025-02-01: 12",
        ),
        ([[1, 2, 3], [4, 5, 6]], [], "1; 2; 3\n4; 5; 6"),
        ([["Région", 2024, 2025], ["Sud", 1, 2]], [], "Région: Sud; 2024: 1; 2025: 2"),
        ([["a", "b", "c"]], [], "a; b; c"),
        ([["Note : rappeler\nle client"]], [], "Note : rappeler le client"),
    ],
    ids=[
        *("title", "down", "groups", "section", "total", "unused", "pairs", "glossary", "counts"),
        *("dates", "numbers", "years", "header", "remark"),
    ],
)
def test_tables(reading: Reading, rows: Grid, merged: list[str], text: str) -> None:
    """A person who reads a row knows what each of its cells is."""
    assert reading(saved(book_of(rows, *merged))).text == f"# Data\n\n{text}"


def test_bold_names(reading: Reading) -> None:
    """Two columns of words have a header if it looks like one."""
    book = book_of([["Mot", "Plutôt"], ["leverage", "aider"]])
    for cell in book.active[1]:
        cell.font = Font(bold=True)
    assert reading(saved(book)).text == "# Data\n\nMot: leverage; Plutôt: aider"


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (12, "General", "12"),
        (0.1 + 0.2, "General", "0.3"),
        (1 / 3, "0.00", "0.333333333333"),
        (1e20, "0", "100000000000000000000"),
        (1e-7, "General", "0.0000001"),
        (-0.0, "0", "0"),
        (float("inf"), "0", "inf"),
        (0.0267, "0%", "2.67%"),
        (1200, '#,##0.00\\ "€"', "1200 €"),
        (1200.5, "_-* #,##0.00\\ [$€-40C]_-", "1200.5 €"),
        (-4, '"$"#,##0.00', "-$4"),
        (5, "[$CHF] #,##0", "CHF 5"),
        (12, '0 "jours"', "12 jours"),
        (12000, '#,##0,"k€"', "12000"),
        (1000, "00000", "01000"),
        (True, "General", "TRUE"),
        (datetime(2025, 6, 27), "mm-dd-yy", "2025-06-27"),  # noqa: DTZ001 - a sheet has no zones
        (datetime(2025, 6, 27, 14, 30), "", "2025-06-27 14:30"),  # noqa: DTZ001 - the same
        (date(25, 6, 27), "", "0025-06-27"),
        (time(9, 5, 7), "", "09:05:07"),
        (timedelta(hours=36), "", "36:00"),
        (timedelta(minutes=-90), "", "-01:30"),
        (" a\n b\u00a0c ", "@", "a b\u00a0c"),
        (None, "General", ""),
    ],
)
def test_values(value: Value, number_format: str, text: str) -> None:
    """A value is written with its unit, the same everywhere, and with nothing rounded away."""
    assert text_of(value, number_format)[0] == text


def test_far_cells(reading: Reading) -> None:
    """A cell at the far end of a sheet costs no more than the others."""
    book = book_of([["a", "b", "c"], [1, 2, 3]])
    book.active["XFD1048576"] = "far"
    document = reading(saved(book))
    assert document.text == "# Data\n\na: 1; b: 2; c: 3\nfar"
    assert document.locators[-1].label == "sheet Data, row 1048576"


def part_edited(data: bytes, name: str, edit: Callable[[bytes], bytes]) -> bytes:
    """Give a workbook with one part edited."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for each in old.namelist():
            part = old.read(each)
            new.writestr(each, edit(part) if each == name else part)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_false_dimensions(reading: Reading) -> None:
    """The range that a sheet says it uses is not believed, too large or too small."""
    data = saved(book_of([["a", "b", "c"], [1, 2, 3]]))
    large = part_edited(data, SHEET, lambda xml: xml.replace(b"A1:C2", b"A1:XFD1048576"))
    small = part_edited(data, SHEET, lambda xml: xml.replace(b"A1:C2", b"A1:A1"))
    assert reading(large).text == reading(small).text == "# Data\n\na: 1; b: 2; c: 3"


def test_formulas(reading: Reading) -> None:
    """A formula is read by the value saved with it; one without is counted, not guessed."""
    book = book_of([["Poste", "Jours", "Prix"], ["Texte", 2, "=1+1"], ["Son", 3, "=2+2"]])
    data = part_edited(
        saved(book), SHEET, lambda xml: re.sub(rb"(1\+1</f>)<v.*?(?=</c>)", rb"\1<v>2</v>", xml)
    )
    document = reading(data)
    assert document.text == "# Data\n\nPoste: Texte; Jours: 2; Prix: 2\nPoste: Son; Jours: 3"
    assert document.meta["formulas_without_value"] == "1"


def test_comments(reading: Reading) -> None:
    """Comments on cells follow their sheet, with who made them."""
    book = book_of([["Poste", "Jours", "Prix"], ["Texte", 2, 900]])
    book.active["C2"].comment = Comment("Zoé:\nTrop cher.", "Zoé")
    found = spans(reading(saved(book)))
    assert found["sheet Data, C2 comment by Zoé"] == "Comment by Zoé on C2: Trop cher."


THREADS = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
NAMED = f'<personList xmlns="{THREADS}"><person id="{{A}}" displayName="Zoé"/></personList>'
THREAD = (
    f'<ThreadedComments xmlns="{THREADS}"><threadedComment ref="C2" dT="2025-06-27T10:00:00.00" '
    'personId="{A}"><text>Trop cher ?</text></threadedComment></ThreadedComments>'
)
RELATION = '<Relationship Id="rId99" Type="http://schemas.microsoft.com/{}" Target="/xl/{}"/>'


def test_threads(reading: Reading) -> None:
    """Where comments are threads, these are read, not the notes that repeat them."""
    book = book_of([["Poste", "Jours", "Prix"], ["Texte", 2, 900]])
    book.active["C2"].comment = Comment("[Threaded comment] See a newer Excel.", "tc=A")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(book))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            for owner, kind, target in (
                ("xl/worksheets/_rels/sheet1.xml.rels", "threadedComment", "thread.xml"),
                ("xl/_rels/workbook.xml.rels", "person", "person.xml"),
            ):
                if name == owner:
                    relation = RELATION.format(kind, target).encode()
                    part = part.replace(b"</Relationships>", relation + b"</Relationships>")
            new.writestr(name, part)
        new.writestr("xl/thread.xml", THREAD)
        new.writestr("xl/person.xml", NAMED)
    document = reading(out.getvalue())
    assert document.text.endswith("\n\nComment by Zoé on C2 (2025-06-27): Trop cher ?")
    assert "Threaded" not in document.text


LAUGHS = b'<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "%s">]><worksheet' % (
    b"&b;" * 1000
)


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (b"words", "damaged", "is damaged or is not an Excel file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "damaged", "save it as .xlsx"),
        (saved(openpyxl.Workbook()), "empty", "has no text in it"),
        (saved(book_of([["=1+1"]])), "empty", "open it in a spreadsheet program and save it"),
        (part_edited(saved(book_of([["a"]])), SHEET, lambda xml: xml[:-30]), "damaged", ""),
        (
            part_edited(saved(book_of([["a"]])), SHEET, lambda _: b" " * 30_000_000),
            "zip_bomb",
            "refused as a zip bomb",
        ),
        (
            part_edited(saved(book_of([["a"]])), "xl/workbook.xml", lambda _: b"<a/>"),
            "empty",
            "has no text in it",
        ),
    ],
    ids=["text", "old", "blank", "formulas", "cut", "bomb", "other"],
)
def test_not_a_workbook(reading: Reading, data: bytes, code: str, reason: str) -> None:
    """A file that is no sound workbook is refused with the reason."""
    with pytest.raises(UnreadableError) as caught:
        reading(data)
    assert caught.value.code == code
    assert str(caught.value).endswith(reason)


def test_entities(reading: Reading) -> None:
    """Entities that multiply end in a refusal or in nothing, never in a full memory."""
    data = part_edited(
        saved(book_of([["a", "b", "c"], [1, 2, 3]])),
        SHEET,
        lambda xml: xml.replace(b"<worksheet", LAUGHS).replace(b"<v>1</v>", b"<v>&c;</v>"),
    )
    with pytest.raises(UnreadableError):
        reading(data)


@settings(max_examples=80, derandomize=True, deadline=None)
@given(
    st.dictionaries(
        st.integers(1, 30),
        st.dictionaries(st.integers(1, 5), st.sampled_from(["a", "b:", "2024", "7"]), min_size=1),
    )
)
def test_every_cell_is_read(cells: dict[int, dict[int, str]]) -> None:
    """Wherever cells stand, each is in the line of its row, or in the names above the others."""
    rows = [
        Row(number, dict(sorted(row.items())), {at: _kind(text) for at, text in row.items()})
        for number, row in sorted(cells.items())
    ]
    found = dict(lines(rows))
    everything = "\n".join(found.values())
    assert list(found) == sorted(found)
    for row in rows:
        where = found.get(row.number, everything)
        assert all(text.rstrip(":") in where for text in row.cells.values())


def _kind(text: str) -> Any:
    return "number" if text.isdecimal() else "text"
