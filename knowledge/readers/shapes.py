"""What lies on a slide, as text: paragraphs with their bullets, tables, charts, diagrams."""

from collections.abc import Iterator
from typing import Any

from pptx.enum.shapes import PP_PLACEHOLDER

from savoirfaire.knowledge.readers.canonical import one_line
from savoirfaire.knowledge.readers.figures import chart_lines, diagram_lines, parsed

_BULLETED = {PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY}
_MAIN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def parts_of(shape: Any) -> list[Any]:
    """Give the shapes of a group, none for any other shape."""
    return list(shape.shapes) if hasattr(shape, "shapes") else []


def words(shape: Any) -> str:
    """Give the text of a shape as it stands, a line for each paragraph."""
    return str(shape.text_frame.text).replace("\v", "\n") if shape.has_text_frame else ""


def shape_text(shape: Any) -> str:
    """Give what a shape says; empty for a picture, a line or an empty frame."""
    if shape.has_text_frame:
        return "\n".join(_paragraphs(shape)).strip("\n")
    graphic = shape._element.find(f".//{_MAIN}graphicData")  # noqa: SLF001 - the only way to it
    if graphic is None:
        return ""
    return "\n".join(_graphic_lines(shape, graphic))


def _paragraphs(shape: Any) -> Iterator[str]:
    """Give the paragraphs that are not blank, those of a list with their bullets."""
    paragraphs = [(each, _plain(each)) for each in shape.text_frame.paragraphs]
    several = sum(bool(text) for _, text in paragraphs) > 1
    listed = several and shape.is_placeholder and shape.placeholder_format.type in _BULLETED
    for paragraph, text in paragraphs:
        if text:
            indent = "  " * paragraph.level
            yield f"{indent}- {text}" if _has_bullet(paragraph, listed=listed) else text


def _plain(paragraph: Any) -> str:
    return str(paragraph.text).replace("\v", "\n").strip()


def _has_bullet(paragraph: Any, *, listed: bool) -> bool:
    """Tell whether a paragraph has a bullet, of its own or as its place on the slide gives it."""
    properties = paragraph._p.pPr  # noqa: SLF001 - the only way to it
    if properties is not None:
        if properties.find(f"{_MAIN}buNone") is not None:
            return False
        own = (properties.find(f"{_MAIN}{name}") for name in ("buChar", "buAutoNum", "buBlip"))
        if any(mark is not None for mark in own):
            return True
    return listed


def _graphic_lines(shape: Any, graphic: Any) -> Iterator[str]:
    kind = graphic.get("uri")
    if shape.has_table:
        yield from _rows(shape.table)
    elif kind == _CHART:
        yield from chart_lines(parsed(_related(shape, graphic.find(f"{{{_CHART}}}chart"), "id")))
    elif kind == _DIAGRAM:
        yield from diagram_lines(
            parsed(_related(shape, graphic.find(f"{{{_DIAGRAM}}}relIds"), "dm"))
        )


def _related(shape: Any, reference: Any, name: str) -> bytes:
    """Give the part that a drawing on a slide refers to."""
    data: bytes = shape.part.related_part(reference.get(f"{_RELATION}{name}")).blob
    return data


def _rows(table: Any) -> Iterator[str]:
    """Give a line for each row; what is merged into another cell is empty."""
    for row in table.rows:
        cells = [one_line(cell.text.replace("\v", " ")) for cell in row.cells]
        if any(cells):
            yield " | ".join(cells)
