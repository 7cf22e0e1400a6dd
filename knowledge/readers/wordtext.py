"""The words of a Word file's XML, through whatever wraps them.

The XML is walked rather than python-docx's own lists, which pass over content controls, inserted
text and text boxes. Deleted text is not text.
"""

from collections.abc import Iterator
from typing import Any

from docx.oxml.ns import qn

from savoirfaire.knowledge.readers.canonical import one_line

PARAGRAPH, TABLE = qn("w:p"), qn("w:tbl")

_ROW, _CELL, _TEXT = map(qn, ("w:tr", "w:tc", "w:t"))
_MARKS = {
    qn("w:tab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_NOT_TEXT = {qn("w:pPr"), qn("w:rPr"), qn("w:moveFrom"), qn("w:del"), _FALLBACK}


def children(element: Any, wanted: set[str]) -> Iterator[Any]:
    """Give the nearest descendants of some kinds, in order, through whatever wraps them."""
    for child in element:
        if child.tag in wanted:
            yield child
        elif child.tag not in _NOT_TEXT:
            yield from children(child, wanted)


def text(element: Any) -> str:
    """Give the words of an element as they stand."""
    return "".join(_runs(element))


def line(element: Any) -> str:
    """Give the words of all paragraphs in an element as one line."""
    return one_line(" ".join(text(block) for block in children(element, {PARAGRAPH})))


def rows(table: Any) -> Iterator[str]:
    """Give a line for each row of a table that is not blank."""
    for row in children(table, {_ROW}):
        cells = [_cell(cell) for cell in children(row, {_CELL})]
        if any(cells):
            yield " | ".join(cells)


def _cell(cell: Any) -> str:
    blocks = children(cell, {PARAGRAPH, TABLE})
    return one_line(" ".join("; ".join(rows(b)) if b.tag == TABLE else text(b) for b in blocks))


def _runs(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == _TEXT:
            yield child.text or ""
        elif child.tag in _MARKS:
            yield _MARKS[child.tag]
        elif child.tag not in _NOT_TEXT:
            if child.tag == PARAGRAPH:  # of a text box
                yield "\n"
            yield from _runs(child)
