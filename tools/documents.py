"""Word documents of Markdown: a cover, a table of contents, headings, lists, tables, links.

An agency's own template gives the styles; what it does not have falls back to the styles of Word.
The same text gives the same bytes.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Emu, Pt
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from savoirfaire.errors import ReadError
from savoirfaire.tools import wordparts

_DEEPEST = 3  # lists that Word has styles for
_FEW = 2  # columns of a table in which nothing can stand between
_LISTED = 3  # levels of headings in the contents
_NARROWEST, _WIDEST, _ROOM = 6, 30, 3  # characters that a column is made for, and their margin
_WHOLE = 20  # rows of a table that is not divided between pages
_TOP = Pt(190)  # above the title of a cover without a template
_LOCALES = {"fr": "fr-FR", "en": "en-GB"}
_CONTENTS = {"fr": "Sommaire", "en": "Contents"}
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_FRENCH = re.compile(r" (?=[:;!?»%€])|(?<=«) ")
_BOLD = "  "  # how much wider than others bold words may be
_NUMERIC = set("0123456789.,%€$£ -\u2212\u00a0\u202f")


@dataclass(frozen=True)
class Cover:
    """The first page: `lines` stand under the title, such as for whom, by whom, until when."""

    title: str
    subtitle: str = ""
    lines: Sequence[str] = ()
    date: str = "2026-01-01"
    language: Literal["en", "fr"] = "en"


def to_docx(
    markdown: str, cover: Cover, *, template: Path | None = None, printed: bool = False
) -> bytes:
    """The Word document of a text; its body begins on the page after the contents.

    The contents are a field that Word makes anew, with pages, when it opens the document. In one
    that is to be `printed`, made to PDF, they are lines of their own whose pages any program
    computes.
    Raises ReadError where the template is no Word document.
    """
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(markdown))
    headings = [each for each in tree.children if each.type == "heading"]
    writer = _Writer(_opened(template), cover, headings, is_own=template is None)
    writer.cover()
    writer.contents(printed=printed)
    for node in tree.children:
        writer.block(node)
    return writer.saved()


def _opened(template: Path | None) -> Any:
    """A new document, or the template without its text."""
    try:
        document = Document(str(template) if template else None)
    except Exception as error:  # whatever a file may make the library raise
        raise ReadError(
            "{path} is no Word document: {kind}",
            path=template.name if template else "",
            kind=type(error).__name__,
            hint="Save the template as .docx.",
        ) from error
    body = document.element.body
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)
    return document


class _Writer:
    """Writes Markdown's blocks into a document, one after the other."""

    def __init__(
        self, document: Any, cover: Cover, headings: Sequence[SyntaxTreeNode], *, is_own: bool
    ) -> None:
        self._document, self._cover, self._is_own = document, cover, is_own
        wordparts.completed(document)
        self._styles = {style.name for style in document.styles}
        self._above = min((_level(each) for each in headings), default=1) - 1
        self._listed = [each for each in headings if _level(each) - self._above <= _LISTED]
        self._marked = 0
        wordparts.spoken(document, _LOCALES[cover.language])
        if is_own:
            wordparts.dress(document)
            wordparts.footed(document, " – ".join(filter(None, (cover.subtitle, cover.title))))

    def cover(self) -> None:
        """The first page."""
        cover = self._cover
        title = self._add(self._set(cover.title), "Title")
        if self._is_own:
            title.paragraph_format.space_before = _TOP
        if cover.subtitle:
            self._add(cover.subtitle, "Subtitle")
        for line in cover.lines:
            self._add(self._set(line))
        self._document.add_page_break()

    def contents(self, *, printed: bool) -> None:
        """A table of contents: the headings of the upper levels."""
        if not self._listed:
            return
        self._add(_CONTENTS[self._cover.language], "TOC Heading")
        for number, each in enumerate(self._listed, 1):
            paragraph = self._entry(_level(each) - self._above)
            if number == 1 and not printed:
                wordparts.opened(paragraph, 'TOC \\o "1-3" \\h \\z \\u')
            paragraph.add_run(self._set(_plain(each)))
            if printed:
                paragraph.add_run("\t")
                wordparts.field(paragraph, f"PAGEREF {wordparts.place_name(number)} \\h", "")
        if not printed:
            wordparts.mark(paragraph, "end")
        wordparts.renewed(self._document)
        self._document.add_page_break()

    def _entry(self, level: int) -> Any:
        """A line of the contents, set in by its level, with its page at the right."""
        paragraph = self._add("", f"toc {level}")
        paragraph.paragraph_format.left_indent = Pt(14 * (level - 1))
        paragraph.paragraph_format.space_after = Pt(3)
        wordparts.tabbed(paragraph, self._room(), dotted=True)
        return paragraph

    def block(self, node: SyntaxTreeNode, depth: int = 0, style: str = "") -> None:
        """A block, and those in it."""
        match node.type:
            case "heading":
                self._heading(node)
            case "paragraph":
                self._inline(self._add("", style), node)
            case "bullet_list" | "ordered_list":
                self._list(node, depth)
            case "blockquote":
                for child in node.children:
                    self.block(child, depth, "Quote")
            case "table":
                self._table(node)
            case "hr":
                self._document.add_paragraph()
            case "fence" | "code_block" | "html_block":
                for line in node.content.rstrip("\n").split("\n"):
                    self._add(line, "No Spacing")

    def saved(self) -> bytes:
        """The bytes of the document."""
        core = self._document.core_properties
        core.title, core.language = self._cover.title, _LOCALES[self._cover.language]
        core.author = core.last_modified_by = core.comments = ""
        core.created = core.modified = datetime.fromisoformat(self._cover.date).replace(tzinfo=UTC)
        core.revision = 1
        made = io.BytesIO()
        self._document.save(made)
        return wordparts.settled(made.getvalue())

    def _heading(self, node: SyntaxTreeNode) -> None:
        """A heading; the highest of a text is of the first level, and the contents name it."""
        paragraph = self._add("", f"Heading {_level(node) - self._above}")
        self._inline(paragraph, node)
        if node in self._listed:
            self._marked += 1
            wordparts.bookmarked(paragraph, self._marked)

    def _set(self, text: str) -> str:
        """`text` as it is set in print: curved apostrophes, and spaces that do not break."""
        curved = _APOSTROPHE.sub("\u2019", text)
        return _FRENCH.sub("\u00a0", curved) if self._cover.language == "fr" else curved

    def _room(self) -> int:
        page = self._document.sections[-1]
        return int(page.page_width - page.left_margin - page.right_margin)

    def _add(self, text: str, style: str = "") -> Any:
        known = style if style in self._styles else None
        return self._document.add_paragraph(text, style=known)

    def _list(self, node: SyntaxTreeNode, depth: int) -> None:
        name = "List Bullet" if node.type == "bullet_list" else "List Number"
        own = name if not depth else f"{name} {min(depth + 1, _DEEPEST)}"
        for number, item in enumerate(node.children, 1):
            for place, child in enumerate(item.children):
                begun = len(self._document.paragraphs) if own not in self._styles else None
                self.block(child, depth + 1, own)
                if begun is not None and child.type == "paragraph":
                    sign = "•" if name == "List Bullet" else f"{number}."
                    wordparts.hung(self._document.paragraphs[begun], "" if place else sign, depth)

    def _inline(self, paragraph: Any, node: SyntaxTreeNode) -> None:
        for child in node.children:
            for each in child.children if child.type == "inline" else [child]:
                self._words(paragraph, each)

    def _words(
        self, paragraph: Any, node: SyntaxTreeNode, marks: frozenset[str] = frozenset()
    ) -> None:
        """Words with the marks of what they stand in."""
        match node.type:
            case "text" | "code_inline" | "html_inline":
                said = self._set(node.content) if node.type == "text" else node.content
                run = paragraph.add_run(said)
                run.bold, run.italic = "strong" in marks or None, "em" in marks or None
            case "softbreak":
                paragraph.add_run(" ")
            case "hardbreak":
                paragraph.add_run().add_break()
            case "link":
                words = "".join(_plain(each) for each in node.children)
                wordparts.link(paragraph, self._set(words), str(node.attrs.get("href", "")))
            case _:
                for child in node.children:
                    self._words(paragraph, child, marks | {node.type})

    def _table(self, node: SyntaxTreeNode) -> None:
        rows = [row for part in node.children for row in part.children]
        widths = self._widths(rows)
        table = self._document.add_table(rows=0, cols=len(widths))
        table.style = "Table Grid" if "Table Grid" in self._styles else None
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        is_sum, is_whole = False, len(rows) <= _WHOLE
        for number, row in enumerate(rows):
            made = table.add_row()
            wordparts.keep_whole(made, head=number == 0)
            for place, said in enumerate(row.children[: len(widths)]):
                made.cells[place].width = widths[place]
                paragraph = made.cells[place].paragraphs[0]
                self._cell(paragraph, said, bold=number == 0)
                # Column names alone at the foot of a page: LibreOffice then loses all rows below.
                paragraph.paragraph_format.keep_with_next = number == 0 or is_whole or None
            is_sum = wordparts.joined(made.cells) if number else False
        if self._is_own:
            wordparts.ruled(table)
        if is_sum:
            wordparts.shaded(table.rows[-1])
        self._document.add_paragraph()

    def _cell(self, paragraph: Any, said: SyntaxTreeNode, *, bold: bool) -> None:
        self._inline(paragraph, said)
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        for run in paragraph.runs:
            run.bold = run.bold or bold or None
            run.font.size = Pt(9)
        is_right = "right" in str(said.attrs.get("style", ""))
        if is_right or (not bold and paragraph.text and set(paragraph.text) <= _NUMERIC):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT

    def _widths(self, rows: Sequence[SyntaxTreeNode]) -> list[Emu]:
        """The widths of columns, by the longest words in each that are not alone in a row."""
        longest = [_NARROWEST] * len(rows[0].children)
        for number, row in enumerate(rows):
            words = [_plain(each) + ("" if number else _BOLD) for each in row.children]
            if len(words) > _FEW and not any(words[1:-1]):
                words[0] = ""
            for place, each in enumerate(words[: len(longest)]):
                longest[place] = max(longest[place], min(len(each), _WIDEST))
        room = self._room()
        whole = sum(each + _ROOM for each in longest)
        return [Emu(int(room * (each + _ROOM) / whole)) for each in longest]


def _plain(node: SyntaxTreeNode) -> str:
    return "".join(map(_plain, node.children)) if node.children else node.content


def _level(heading: SyntaxTreeNode) -> int:
    return int(heading.tag[1:])
