"""Word: paragraphs, headings and tables in document order, then the comments.

Headings get Markdown's `#`, list items `- `, table rows a line each with ` | ` between cells.
The XML is walked rather than python-docx's own lists, which pass over content controls, inserted
text and text boxes. Deleted text is not text.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn

from savoirfaire.knowledge.readers.archive import check_archive
from savoirfaire.knowledge.readers.canonical import Pieces, language, one_line
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.refusal import UnreadableError

_PARAGRAPH, _TABLE, _ROW, _CELL, _TEXT = map(qn, ("w:p", "w:tbl", "w:tr", "w:tc", "w:t"))
_MARKS = {
    qn("w:tab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_NOT_TEXT = {qn("w:pPr"), qn("w:rPr"), qn("w:moveFrom"), qn("w:del"), _FALLBACK}
_HEADING = re.compile(r"heading ([1-6])", re.IGNORECASE)
_LONGEST_STYLE_CHAIN = 20


def read(data: bytes, limits: Limits) -> Document:
    """Give the text of a .docx, with a locator for each table and comment."""
    check_archive(data, limits)
    try:
        word = docx.Document(io.BytesIO(data))
    except (KeyError, ValueError) as error:
        raise UnreadableError("damaged", "is damaged or is not a Word file") from error
    pieces = Pieces(limits, joint="\n\n")
    title = _add_body(word, pieces)
    if _has_part(word.part, RELATIONSHIP_TYPE.COMMENTS):
        _add_comments(word.comments, pieces)
    facts = _facts(word)
    return Document(
        pieces.text(),
        title=facts.pop("title", "") or title,
        language=language(facts.pop("language", "")),
        locators=pieces.locators,
        meta=facts,
    )


def _add_body(word: Any, pieces: Pieces) -> str:
    """Add the blocks of the body; give the first title or heading."""
    prefixes = _style_prefixes(word)
    title = ""
    tables = 0
    for block in _children(word.element.body, {_PARAGRAPH, _TABLE}):
        if block.tag == _TABLE:
            tables += 1
            pieces.add("\n".join(_rows(block)), f"table {tables}")
            continue
        text = _text(block).strip()
        prefix = _prefix(block, prefixes)
        if prefix.startswith("#") and text:
            text = one_line(text)
            title = title or text
        pieces.add(prefix + text if text else "")
    return title


def _add_comments(comments: Any, pieces: Pieces) -> None:
    for comment in comments:
        author = one_line(comment.author or "") or "an unknown author"
        day = f" ({comment.timestamp.date().isoformat()})" if comment.timestamp else ""
        text = one_line(" ".join(_text(block) for block in _inside(comment._comment_elm)))  # noqa: SLF001 - the only way to its content controls
        if text:
            pieces.add(f"Comment by {author}{day}: {text}", f"comment by {author}")


def _inside(element: Any) -> Iterator[Any]:
    return _children(element, {_PARAGRAPH})


def _children(element: Any, wanted: set[str]) -> Iterator[Any]:
    """Give the nearest descendants of some kinds, in order, through whatever wraps them."""
    for child in element:
        if child.tag in wanted:
            yield child
        elif child.tag not in _NOT_TEXT:
            yield from _children(child, wanted)


def _text(element: Any) -> str:
    return "".join(_runs(element))


def _runs(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == _TEXT:
            yield child.text or ""
        elif child.tag in _MARKS:
            yield _MARKS[child.tag]
        elif child.tag not in _NOT_TEXT:
            if child.tag == _PARAGRAPH:  # of a text box
                yield "\n"
            yield from _runs(child)


def _rows(table: Any) -> Iterator[str]:
    for row in _children(table, {_ROW}):
        cells = [_cell(cell) for cell in _children(row, {_CELL})]
        if any(cells):
            yield " | ".join(cells)


def _cell(cell: Any) -> str:
    blocks = _children(cell, {_PARAGRAPH, _TABLE})
    return one_line(" ".join("; ".join(_rows(b)) if b.tag == _TABLE else _text(b) for b in blocks))


def _prefix(paragraph: Any, prefixes: dict[str, str]) -> str:
    properties = paragraph.pPr
    if properties is None:
        return ""
    style = properties.pStyle.val if properties.pStyle is not None else ""
    return prefixes.get(style, "") or ("- " if properties.numPr is not None else "")


def _style_prefixes(word: Any) -> dict[str, str]:
    """Give what stands before a paragraph, by style id, as the style has it or inherits it."""
    if not _has_part(word.part, RELATIONSHIP_TYPE.STYLES):
        return {}
    elements = {style.styleId: style for style in word.styles.element.style_lst}
    return {name: _inherited(name, elements) for name in elements}


def _inherited(name: str, elements: dict[str, Any]) -> str:
    for _ in range(_LONGEST_STYLE_CHAIN):
        style = elements.get(name)
        if style is None:
            return ""
        called = (style.name_val or "").lower()
        if found := _HEADING.fullmatch(called):
            return "#" * int(found[1]) + " "
        if called == "title" or called.startswith("list "):
            return "# " if called == "title" else "- "
        name = style.basedOn.val if style.basedOn is not None else ""
    return ""


def _has_part(owner: Any, kind: str) -> bool:
    """Tell whether a part is there: python-docx makes up a missing one, with today's date."""
    return any(relation.reltype == kind for relation in owner.rels.values())


def _facts(word: Any) -> dict[str, str]:
    if not _has_part(word.part.package, RELATIONSHIP_TYPE.CORE_PROPERTIES):
        return {}
    core = word.core_properties
    facts = {
        "title": core.title,
        "author": core.author,
        "language": core.language,
        # Not the day of creation: last year's brief, copied, would bring last year's date.
        "saved": core.modified.date().isoformat() if core.modified else "",
    }
    return {key: one_line(value) for key, value in facts.items() if value}
