"""Excel: sheet by sheet, a line for each row that carries its header, as in a CSV.

A sheet begins with its name as a Markdown heading. Formulas are read by the value that was saved
with them; a cell that is merged over several rows counts for each of them.
"""

import io
from collections.abc import Iterator
from typing import Any

import openpyxl

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.readers.archive import check_office
from savoirfaire.knowledge.readers.canonical import Pieces, language, one_line
from savoirfaire.knowledge.readers.cellnotes import sheet_comments
from savoirfaire.knowledge.readers.cells import Kind, text_of
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.grid import Row, lines
from savoirfaire.knowledge.readers.merging import Merged, Scan, scan
from savoirfaire.knowledge.readers.refusal import UnreadableError


def read(data: bytes, limits: Limits) -> Document:
    """Give the sheets in order, with a locator for each row."""
    check_office(data, limits, Phrase("an Excel file"), ".xlsx")
    try:
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
    except (KeyError, ValueError) as error:
        raise UnreadableError("damaged", "is damaged or is not an Excel file") from error
    pieces = Pieces(limits, joint="\n")
    found = [_add_sheet(pieces, sheet) for sheet in book.worksheets]
    unsaved = sum(each.unsaved for each in found)
    if not pieces.locators and unsaved:
        raise UnreadableError(
            "empty", "has formulas without values: open it in a spreadsheet program and save it"
        )
    facts = _facts(book)
    return Document(
        pieces.text(),
        title=facts.pop("title", ""),
        kind="table",
        language=language(facts.pop("language", "")),
        locators=pieces.locators,
        meta=facts | ({"formulas_without_value": str(unsaved)} if unsaved else {}),
    )


def _add_sheet(pieces: Pieces, sheet: Any) -> Scan:
    """Add the rows of a sheet under its name; nothing for a blank one."""
    found = scan(sheet)
    label = f"sheet {one_line(sheet.title)}"
    hidden = " (hidden sheet)" if sheet.sheet_state != "visible" else ""
    begun = False
    for number, line in lines(_rows(sheet, Merged(found.ranges))):
        if not begun:
            begun = True
            pieces.add(f"# {one_line(sheet.title)}{hidden}", label, joint="\n\n")
            pieces.add(line, f"{label}, row {number}", joint="\n\n")
        else:
            pieces.add(line, f"{label}, row {number}")
    for cell, author, text in sheet_comments(sheet):
        pieces.add(text, f"{label}, {cell} comment by {author}", joint="\n\n")
    return found


def _rows(sheet: Any, merged: Merged) -> Iterator[Row]:
    # The range that a sheet says it uses may be a million rows of nothing, or too small.
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(), 1):
        filled = [cell for cell in cells if cell.value is not None]
        texts: dict[int, str] = {}
        kinds: dict[int, Kind] = {}
        for cell in filled:
            text, kind = text_of(cell.value, cell.number_format)
            if text:
                texts[cell.column], kinds[cell.column] = text, kind
        if texts:
            bold = len(filled) == 2 and all(cell.font.b for cell in filled)  # noqa: PLR2004 - it tells names from a pair
            yield merged.row(Row(number, texts, kinds, bold=bold))


def _facts(book: Any) -> dict[str, str]:
    core = book.properties
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    facts = {
        "title": core.title,
        "author": core.creator,
        "language": core.language,
        "saved": core.modified.date().isoformat() if core.modified else "",
        "sheets": str(len(book.worksheets)),
        "hidden_sheets": ", ".join(hidden),
    }
    return {key: one_line(value) for key, value in facts.items() if value}
