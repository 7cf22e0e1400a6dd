"""Parts of a Word document for which python-docx has no name: fields, marks, rows, a look.

The look is for documents without an agency's template. Its typeface is one whose widths every
office program knows, so that pages break alike in all of them.
"""

import io
import zipfile
from collections.abc import Sequence
from copy import deepcopy
from typing import Any, Literal

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

_FACE = "Arial"
_INK, _SOFT = RGBColor(0x1F, 0x3A, 0x5F), RGBColor(0x59, 0x59, 0x59)
_RULE, _HEAD, _SUM = "BFC5CC", "EEF1F4", "E3E9F0"
_A4 = Mm(210), Mm(297)
_SIZES = {"Normal": 10.5, "Title": 28, "Subtitle": 14, "TOC Heading": 16}
_SIZES |= {"Heading 1": 16, "Heading 2": 12.5, "Heading 3": 11}
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first instant that a ZIP file can have
_FEW = 2  # columns of a table in which nothing can stand between
_AFTER_UPDATE = frozenset(
    map(qn, ("w:hdrShapeDefaults", "w:footnotePr", "w:endnotePr", "w:compat"))
)
_NEEDED = frozenset(
    (
        "Title",
        "Subtitle",
        "TOC Heading",
        "Quote",
        "Table Grid",
        *(f"Heading {n}" for n in range(1, 7)),
    )
)
_STEP = Mm(6)  # by which a list is set in
_INDENT = "108"  # twips: what a cell keeps free beside its words, by which tables stick out


def dress(document: Any) -> None:
    """Give a document without a template its paper, its typeface and its colours."""
    for section in document.sections:
        section.page_width, section.page_height = _A4
        section.left_margin = section.right_margin = Mm(25)
        section.different_first_page_header_footer = True
    for fonts in document.styles.element.iter(qn("w:rFonts")):
        fonts.attrib.clear()
        for name in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{name}"), _FACE)
    for name, size in _SIZES.items():
        style = document.styles[name]
        style.font.size = Pt(size)
        if name != "Normal":
            style.font.color.rgb = _SOFT if name == "Subtitle" else _INK
            style.font.italic = False
    normal = document.styles["Normal"].paragraph_format
    normal.space_after, normal.line_spacing = Pt(7), 1.2
    for name, before in (("Heading 1", 18), ("Heading 2", 12)):
        paragraph = document.styles[name].paragraph_format
        paragraph.space_before, paragraph.space_after = Pt(before), Pt(5)


def completed(document: Any) -> None:
    """Give a template the styles that it lacks: Word writes those alone that were used in it."""
    there = {each.name for each in document.styles}
    for style in Document().styles:
        if style.name in _NEEDED and style.name not in there:
            document.styles.element.append(deepcopy(style.element))


def spoken(document: Any, locale: str) -> None:
    """Say which language a document is in, so that its spelling is checked as that."""
    for each in document.styles.element.iter(qn("w:lang")):
        each.set(qn("w:val"), locale)


def footed(document: Any, text: str) -> None:
    """Whose document this is, and the page, at the foot of each page but the first."""
    section = document.sections[0]
    paragraph = section.footer.paragraphs[0]
    tabbed(paragraph, section.page_width - section.left_margin - section.right_margin)
    paragraph.add_run(f"{text}\t")
    for kind in ("PAGE", "NUMPAGES"):
        paragraph.add_run(" / " if kind == "NUMPAGES" else "")
        field(paragraph, kind, "1")
    for run in paragraph.runs:
        run.font.size, run.font.color.rgb = Pt(8.5), _SOFT


def tabbed(paragraph: Any, place: int, *, dotted: bool = False) -> None:
    """One tab stop, at the right."""
    leader = WD_TAB_LEADER.DOTS if dotted else WD_TAB_LEADER.SPACES
    stops = paragraph.paragraph_format.tab_stops
    for old in paragraph.style.paragraph_format.tab_stops:
        stops.add_tab_stop(old.position, WD_TAB_ALIGNMENT.CLEAR)
    stops.add_tab_stop(place, WD_TAB_ALIGNMENT.RIGHT, leader)


def field(paragraph: Any, code: str, shown: str) -> None:
    """A whole field, with what it shows until it is computed."""
    opened(paragraph, code)
    paragraph.add_run(shown)
    mark(paragraph, "end")


def opened(paragraph: Any, code: str) -> None:
    """The beginning of a field: what comes up to its end is what it shows until then."""
    mark(paragraph, "begin")
    part = OxmlElement("w:instrText")
    part.set(qn("xml:space"), "preserve")
    part.text = f" {code} "
    paragraph.add_run()._r.append(part)  # noqa: SLF001 - python-docx has no name for it
    mark(paragraph, "separate")


def mark(paragraph: Any, kind: Literal["begin", "separate", "end"]) -> None:
    """Where a field, what it computes, or both end."""
    part = OxmlElement("w:fldChar")
    part.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(part)  # noqa: SLF001


def renewed(document: Any) -> None:
    """Let a program compute the fields when it opens the document."""
    update = OxmlElement("w:updateFields")
    update.set(qn("w:val"), "true")
    settings = document.settings.element
    later = (each for each in settings if each.tag in _AFTER_UPDATE)
    place = next(later, None)
    settings.append(update) if place is None else place.addprevious(update)


def bookmarked(paragraph: Any, number: int) -> None:
    """Mark a paragraph as the place that `place_name` of the same number names."""
    first = paragraph.runs[0]._r  # noqa: SLF001
    for kind in ("Start", "End"):
        part = OxmlElement(f"w:bookmark{kind}")
        part.set(qn("w:id"), str(number))
        if kind == "Start":
            part.set(qn("w:name"), place_name(number))
        paragraph._p.append(part) if kind == "End" else first.addprevious(part)  # noqa: SLF001


def place_name(number: int) -> str:
    """The name of a heading as a place, in the form that Word gives it."""
    return f"_Toc{number:09}"


def link(paragraph: Any, words: str, address: str) -> None:
    """A link that can be followed, where its address is one of the web or of mail."""
    if not address.lower().startswith(("http://", "https://", "mailto:")):
        paragraph.add_run(words)
        return
    relation = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    made = OxmlElement("w:hyperlink")
    made.set(qn("r:id"), relation)
    run = paragraph.add_run(words)
    run.font.underline = True
    made.append(run._r)  # noqa: SLF001
    paragraph._p.append(made)  # noqa: SLF001


def joined(cells: Sequence[Any]) -> bool:
    """Let the words of a row that has nothing between its first and last cell take the room."""
    if len(cells) <= _FEW or any(each.text for each in cells[1:-1]):
        return False
    right = cells[0].paragraphs[0]
    merged = cells[0].merge(cells[-2])
    for empty in merged.paragraphs[1:]:
        empty._p.getparent().remove(empty._p)  # noqa: SLF001 - python-docx leaves them
    right.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return True


def hung(paragraph: Any, sign: str, depth: int) -> None:
    """A point of a list whose style a template lacks: its sign stands out to the left."""
    form = paragraph.paragraph_format
    form.left_indent, form.first_line_indent = _STEP * (depth + 1), -_STEP
    form.space_after = Pt(3)
    first = OxmlElement("w:r")
    for part, text in (("w:t", sign), ("w:tab", "")):
        element = OxmlElement(part)
        element.text = text or None
        first.append(element)
    place = paragraph._p.pPr  # noqa: SLF001
    place.addnext(first)


def keep_whole(row: Any, *, head: bool) -> None:
    """Break no row over two pages, and say the names of the columns again on the next one."""
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))


def ruled(table: Any) -> None:
    """Lines between rows alone, as wide as the text, and a ground under the columns' names."""
    properties = table._tbl.tblPr  # noqa: SLF001
    indent, borders = OxmlElement("w:tblInd"), OxmlElement("w:tblBorders")
    indent.set(qn("w:w"), _INDENT)
    indent.set(qn("w:type"), "dxa")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        kind = "nil" if side in {"left", "right", "insideV"} else "single"
        for name, value in (("val", kind), ("sz", "4"), ("space", "0"), ("color", _RULE)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    layout = properties.find(qn("w:tblLayout"))
    for part in (indent, borders):
        layout.addprevious(part)
    shaded(table.rows[0], _HEAD)


def shaded(row: Any, colour: str = _SUM) -> None:
    """A ground of one colour under a row."""
    for cell in row._tr.tc_lst:  # noqa: SLF001
        ground = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
            ground.set(qn(f"w:{name}"), value)
        cell.get_or_add_tcPr().append(ground)


def settled(data: bytes) -> bytes:
    """The same document without the moment at which it was packed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return made.getvalue()
