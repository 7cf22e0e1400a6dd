"""Word documents of Markdown: a cover, a table of contents, headings, lists, tables, links.

An agency's own template gives the styles; what it does not have falls back to the styles of Word.
The same text gives the same bytes.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from savoirfaire.errors import ReadError

_DEEPEST = 3  # lists that Word has styles for
_A4 = Mm(210), Mm(297)
_FEW = 2  # columns of a table in which nothing can stand between
_LISTED = 3  # levels of headings in the contents
_NARROWEST, _WIDEST, _ROOM = 6, 30, 3  # characters that a column is made for, and their margin
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first instant that a ZIP file can have
_LOCALES = {"fr": "fr-FR", "en": "en-GB"}
_CONTENTS = {"fr": "Sommaire", "en": "Contents"}
_UPDATE = {
    "fr": "Clic droit, puis « Mettre à jour les champs ».",
    "en": "Right-click, then “Update field”.",
}
_NUMERIC = set("0123456789.,%€$£ -\u2212\u00a0\u202f")


@dataclass(frozen=True)
class Cover:
    """The first page: `lines` stand under the title, such as for whom, by whom, until when."""

    title: str
    subtitle: str = ""
    lines: Sequence[str] = ()
    date: str = "2026-01-01"
    language: Literal["en", "fr"] = "en"


def to_docx(markdown: str, cover: Cover, *, template: Path | None = None) -> bytes:
    """The Word document of a text; its body begins on the page after the contents.

    Raises ReadError where the template is no Word document.
    """
    document = _opened(template)
    if template is None:
        _to_a4(document)
    writer = _Writer(document, cover)
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(markdown))
    writer.cover()
    writer.contents([each for each in tree.children if each.type == "heading"])
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


def _to_a4(document: Any) -> None:
    """The paper that most of the world prints on; a template has its own."""
    for section in document.sections:
        section.page_width, section.page_height = _A4
        section.left_margin = section.right_margin = Mm(25)


class _Writer:
    """Writes Markdown's blocks into a document, one after the other."""

    def __init__(self, document: Any, cover: Cover) -> None:
        self._document = document
        self._cover = cover
        self._styles = {style.name for style in document.styles}

    def cover(self) -> None:
        """The first page."""
        cover = self._cover
        self._add(cover.title, "Title")
        if cover.subtitle:
            self._add(cover.subtitle, "Subtitle")
        for line in cover.lines:
            self._add(line)
        self._document.add_page_break()

    def contents(self, headings: Sequence[SyntaxTreeNode]) -> None:
        """A table of contents: the headings, to which Word adds the pages when it is opened."""
        self._add(_CONTENTS[self._cover.language], "TOC Heading")
        listed = [each for each in headings if int(each.tag[1:]) <= _LISTED]
        paragraph = self._document.add_paragraph()
        for kind, text in (("begin", ""), ("", 'TOC \\o "1-3" \\h \\z \\u'), ("separate", "")):
            _field(paragraph, kind, text)
        for number, each in enumerate(listed):
            paragraph = self._document.add_paragraph() if number else paragraph
            paragraph.paragraph_format.left_indent = Pt(12 * (int(each.tag[1:]) - 1))
            paragraph.paragraph_format.space_after = Pt(2)
            _field(paragraph, "said", _plain(each))
        if not listed:
            _field(paragraph, "said", _UPDATE[self._cover.language])
        _field(paragraph, "end", "")
        settings = self._document.settings.element
        update = OxmlElement("w:updateFields")
        update.set(qn("w:val"), "true")
        settings.append(update)
        self._document.add_page_break()

    def block(self, node: SyntaxTreeNode, depth: int = 0, style: str = "") -> None:
        """A block, and those in it."""
        match node.type:
            case "heading":
                self._inline(self._add("", f"Heading {node.tag[1:]}"), node)
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
        return _settled(made.getvalue())

    def _add(self, text: str, style: str = "") -> Any:
        known = style if style in self._styles else None
        return self._document.add_paragraph(text, style=known)

    def _list(self, node: SyntaxTreeNode, depth: int) -> None:
        name = "List Bullet" if node.type == "bullet_list" else "List Number"
        own = name if not depth else f"{name} {min(depth + 1, _DEEPEST)}"
        for item in node.children:
            for child in item.children:
                self.block(child, depth + 1, own)

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
                run = paragraph.add_run(node.content)
                run.bold, run.italic = "strong" in marks or None, "em" in marks or None
            case "softbreak":
                paragraph.add_run(" ")
            case "hardbreak":
                paragraph.add_run().add_break()
            case "link":
                _link(paragraph, "".join(_plain(each) for each in node.children), node.attrs)
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
        for number, row in enumerate(rows):
            made = table.add_row()
            _keep_whole(made, head=number == 0)
            for place, said in enumerate(row.children[: len(widths)]):
                made.cells[place].width = widths[place]
                self._cell(made.cells[place].paragraphs[0], said, bold=number == 0)
            if number:
                _joined(made.cells)
        self._document.add_paragraph()

    def _cell(self, paragraph: Any, said: SyntaxTreeNode, *, bold: bool) -> None:
        self._inline(paragraph, said)
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        # Column names alone at the foot of a page: LibreOffice then loses all rows below them.
        paragraph.paragraph_format.keep_with_next = bold or None
        for run in paragraph.runs:
            run.bold = run.bold or bold or None
            run.font.size = Pt(9)
        is_right = "right" in str(said.attrs.get("style", ""))
        if is_right or (not bold and paragraph.text and set(paragraph.text) <= _NUMERIC):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT

    def _widths(self, rows: Sequence[SyntaxTreeNode]) -> list[Emu]:
        """The widths of columns, by the longest words in each that are not alone in a row."""
        longest = [_NARROWEST] * len(rows[0].children)
        for row in rows:
            words = [_plain(each) for each in row.children]
            if len(words) > _FEW and not any(words[1:-1]):
                words[0] = ""
            for place, each in enumerate(words[: len(longest)]):
                longest[place] = max(longest[place], min(len(each), _WIDEST))
        page = self._document.sections[-1]
        room = page.page_width - page.left_margin - page.right_margin
        whole = sum(each + _ROOM for each in longest)
        return [Emu(int(room * (each + _ROOM) / whole)) for each in longest]


def _joined(cells: Sequence[Any]) -> None:
    """Let the words of a row that has nothing between its first and last cell take the room."""
    if len(cells) > _FEW and not any(each.text for each in cells[1:-1]):
        right = cells[0].paragraphs[0]
        merged = cells[0].merge(cells[-2])
        for empty in merged.paragraphs[1:]:
            empty._p.getparent().remove(empty._p)  # noqa: SLF001 - python-docx leaves them
        right.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _keep_whole(row: Any, *, head: bool) -> None:
    """Break no row over two pages, and say the names of the columns again on the next one."""
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no name for it
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))


def _plain(node: SyntaxTreeNode) -> str:
    return "".join(map(_plain, node.children)) if node.children else node.content


def _field(paragraph: Any, kind: str, text: str) -> None:
    """A part of a field that Word computes."""
    run = paragraph.add_run(text if kind == "said" else "")
    if kind in {"begin", "separate", "end"}:
        part = OxmlElement("w:fldChar")
        part.set(qn("w:fldCharType"), kind)
        run._r.append(part)  # noqa: SLF001 - python-docx has no name for it
    elif text and kind != "said":
        part = OxmlElement("w:instrText")
        part.set(qn("xml:space"), "preserve")
        part.text = text
        run._r.append(part)  # noqa: SLF001


def _link(paragraph: Any, words: str, attributes: Any) -> None:
    """A link that can be followed, where its address is one of the web or of mail."""
    address = str(attributes.get("href", ""))
    if not address.lower().startswith(("http://", "https://", "mailto:")):
        paragraph.add_run(words)
        return
    relation = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), relation)
    run = paragraph.add_run(words)
    run.font.underline = True
    link.append(run._r)  # noqa: SLF001 - python-docx has no name for it
    paragraph._p.append(link)  # noqa: SLF001


def _settled(data: bytes) -> bytes:
    """The same document without the moment at which it was packed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return made.getvalue()
