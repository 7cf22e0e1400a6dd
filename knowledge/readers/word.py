"""Word: paragraphs, headings and tables in document order, then notes, page headers and comments.

Headings get Markdown's `#`, list items `- `, table rows a line each with ` | ` between cells. Where
a footnote is called, the text has `[^1]`.
"""

import io
import re
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.readers.archive import check_office
from savoirfaire.knowledge.readers.canonical import Pieces, language, one_line
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.refusal import UnreadableError
from savoirfaire.knowledge.readers.wordnotes import (
    add_comments,
    add_margins,
    called_notes,
    has_part,
)
from savoirfaire.knowledge.readers.wordtext import PARAGRAPH, TABLE, children, rows, text

_HEADING = re.compile(r"heading ([1-6])", re.IGNORECASE)
_LONGEST_STYLE_CHAIN = 20


def read(data: bytes, limits: Limits) -> Document:
    """Give the text of a .docx, with a locator for each table, note, page header and comment."""
    check_office(data, limits, Phrase("a Word file"), ".docx")
    try:
        word = docx.Document(io.BytesIO(data))
    except (KeyError, ValueError) as error:
        raise UnreadableError("damaged", "is damaged or is not a Word file") from error
    pieces = Pieces(limits, joint="\n\n")
    notes = called_notes(word)
    title = _add_body(word, pieces)
    for label, mark, note in notes:
        pieces.add(f"{mark}: {note}", label)
    add_margins(word, pieces)
    add_comments(word, pieces)
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
    for block in children(word.element.body, {PARAGRAPH, TABLE}):
        if block.tag == TABLE:
            tables += 1
            pieces.add("\n".join(rows(block)), f"table {tables}")
            continue
        words = text(block).strip()
        prefix = _prefix(block, prefixes)
        if prefix.startswith("#") and words:
            words = one_line(words)
            title = title or words
        pieces.add(prefix + words if words else "")
    return title


def _prefix(paragraph: Any, prefixes: dict[str, str]) -> str:
    properties = paragraph.pPr
    if properties is None:
        return ""
    style = properties.pStyle.val if properties.pStyle is not None else ""
    return prefixes.get(style, "") or ("- " if properties.numPr is not None else "")


def _style_prefixes(word: Any) -> dict[str, str]:
    """Give what stands before a paragraph, by style id, as the style has it or inherits it."""
    if not has_part(word.part, RELATIONSHIP_TYPE.STYLES):
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


def _facts(word: Any) -> dict[str, str]:
    if not has_part(word.part.package, RELATIONSHIP_TYPE.CORE_PROPERTIES):
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
