"""Charts and diagrams of slides as text: the figures that a chart draws, the words of a diagram."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from savoirfaire.knowledge.readers.canonical import one_line

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_MOST_POINTS = 10_000


def parsed(part: bytes) -> Any:
    """Parse the XML of a part; no entity is followed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(part, parser=parser)


def chart_lines(chart: Any) -> Iterator[str]:
    """Give the title of a chart, then a line for each series: its name and each of its points."""
    title = chart.find(f"{_CHART}chart/{_CHART}title")
    if title is not None and (words := drawn_text(title)):
        yield f"Chart: {words}"
    for series in chart.iter(f"{_CHART}ser"):
        name = " ".join(_points(series, "tx").values())
        labels = _points(series, "cat") or _points(series, "xVal")
        values = _points(series, "val") or _points(series, "yVal")
        points = [f"{labels.get(at, at + 1)}: {value}" for at, value in values.items()]
        if points:
            yield (f"{name} – " if name else "") + "; ".join(points)


def diagram_lines(diagram: Any) -> Iterator[str]:
    """Give the words of a diagram, a line for each of its shapes."""
    for point in diagram.iter(f"{_DIAGRAM}pt"):
        if words := drawn_text(point):
            yield f"- {words}"


def drawn_text(element: Any) -> str:
    """Give the words of a drawing's text, paragraphs apart."""
    paragraphs = (
        "".join(text.text or "" for text in paragraph.iter(f"{_DRAWING}t"))
        for paragraph in element.iter(f"{_DRAWING}p")
    )
    return one_line(" ".join(paragraphs))


def _points(series: Any, name: str) -> dict[int, str]:
    """Give what the chart keeps of the cells it draws, by their place."""
    found: dict[int, str] = {}
    source = series.find(f"{_CHART}{name}")
    for point in () if source is None else source.iter(f"{_CHART}pt"):
        value = point.findtext(f"{_CHART}v")
        if value and len(found) < _MOST_POINTS:
            found[int(point.get("idx", len(found)))] = _rounded(one_line(value))
    return found


def _rounded(value: str) -> str:
    """Give a number as it would be typed, without the noise of its last digits."""
    try:
        return f"{float(value):.12g}" if len(value) > 12 else value  # noqa: PLR2004 - digits
    except ValueError:
        return value
