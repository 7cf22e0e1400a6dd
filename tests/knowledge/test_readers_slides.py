"""PowerPoint decks, and the order in which a slide is read."""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.util import Inches

from savoirfaire.knowledge.readers import Document, Limits, Readers, UnreadableError
from savoirfaire.knowledge.readers.arrangement import Box, in_reading_order

Reading = Callable[[bytes], Document]
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """One set of readers for the file, with limits that small files can reach."""
    with Readers(Limits(pages=6)) as readers:
        yield readers


@pytest.fixture
def reading(readers: Readers, tmp_path: Path) -> Reading:
    """Read bytes as a deck."""

    def read(data: bytes) -> Document:
        (tmp_path / "deck.pptx").write_bytes(data)
        return readers.read(tmp_path / "deck.pptx")

    return read


def spans(document: Document) -> dict[str, str]:
    """Give the text that each locator points to."""
    return {at.label: document.text[at.start : at.end] for at in document.locators}


def saved(deck: Any) -> bytes:
    """Give a deck as a file."""
    file = io.BytesIO()
    deck.save(file)
    return file.getvalue()


def box(shapes: Any, left: float, top: float, text: str) -> Any:
    """Put a text box on a slide, in inches."""
    frame = shapes.add_textbox(Inches(left), Inches(top), Inches(3), Inches(0.5))
    frame.text_frame.text = text
    return frame


def add(deck: Any, layout: int, title: str = "") -> Any:
    """Add a slide: 0 is a title slide, 1 has a list, 5 a title only, 6 is blank."""
    slide = deck.slides.add_slide(deck.slide_layouts[layout])
    if title:
        slide.shapes.title.text = title
    return slide


def test_deck(reading: Reading) -> None:
    """Slides come in order with their titles as headings, lists with bullets, then their notes."""
    deck = pptx.Presentation()
    add(deck, 0, "Campagne\vprintemps").placeholders[1].text = "Optech — recommandation"
    slide = add(deck, 1, "Objectifs")
    frame = slide.placeholders[1].text_frame
    frame.text = "Notoriété"
    paragraph = frame.add_paragraph()
    paragraph.text, paragraph.level = "+ 12 points", 1
    slide.notes_slide.notes_text_frame.text = "Insister.\nSans le prix."
    deck.core_properties.modified = datetime(2025, 5, 4, tzinfo=UTC)
    document = reading(saved(deck))
    assert document.text == (
        "# Campagne printemps\n\nOptech — recommandation\n\n"
        "# Objectifs\n\n- Notoriété\n  - + 12 points\n\nNotes: Insister.\nSans le prix."
    )
    assert spans(document) == {
        "slide 1": "# Campagne printemps\n\nOptech — recommandation",
        "slide 2": "# Objectifs\n\n- Notoriété\n  - + 12 points",
        "slide 2 notes": "Notes: Insister.\nSans le prix.",
    }
    assert (document.title, document.kind) == ("Campagne printemps", "document")
    assert (document.date, document.meta["slides"]) == ("2025-05-04", "2")


def test_slide_without_title(reading: Reading) -> None:
    """A slide without a title is headed by its number, a hidden one says so, a blank one is not."""
    deck = pptx.Presentation()
    box(add(deck, 6).shapes, 1, 1, "words")
    add(deck, 6)
    hidden = add(deck, 5, "Marges")
    hidden._element.set("show", "0")
    document = reading(saved(deck))
    assert document.text == "# Slide 1\n\nwords\n\n# Marges (hidden slide)"
    assert list(spans(document)) == ["slide 1", "slide 3"]


def test_reading_order(reading: Reading) -> None:
    """Columns are read one after the other, whatever was drawn first; a group stays together."""
    deck = pptx.Presentation()
    shapes = add(deck, 5, "Mois").shapes
    box(shapes, 6, 2, "Avril")
    box(shapes, 1, 2.6, "12 000 visites")
    box(shapes, 6, 2.6, "15 000 visites")
    box(shapes, 1, 2, "Mars")
    group = shapes.add_group_shape().shapes
    box(group, 1, 6, "Source")
    box(group, 1, 5, "Total")
    text = reading(saved(deck)).text
    assert text.split("\n\n") == [
        *("# Mois", "Mars", "12 000 visites", "Total", "Source", "Avril", "15 000 visites")
    ]


def test_table_and_chart(reading: Reading) -> None:
    """A table has a line for each row; a chart its title and each series with its figures."""
    deck = pptx.Presentation()
    shapes = add(deck, 5, "Budget").shapes
    table = shapes.add_table(2, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    for place, text in enumerate(("Canal", "Prix", "E-mail", "1\u202f200 €")):
        table.cell(*divmod(place, 2)).text = text
    data = CategoryChartData()
    data.categories = ["Mars", "Avril"]
    data.add_series("Visites", (12000, 0.1 + 0.2))
    data.add_series("Clics", (None, 3))
    corner = Inches(1), Inches(3), Inches(4), Inches(2)
    chart = shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *corner, data).chart
    chart.chart_title.text_frame.text = "Par mois"
    assert reading(saved(deck)).text == (
        "# Budget\n\nCanal | Prix\nE-mail | 1\u202f200 €\n\n"
        "Chart: Par mois\nVisites – Mars: 12000; Avril: 0.3\nClics – Avril: 3"
    )


COMMENTS = (
    '<p:cmLst xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">'
    '<p:cm authorId="0" dt="2025-06-27T10:00:00"><p:pos x="1" y="1"/><p:text>Trop  long.</p:text>'
    '</p:cm><p:cm authorId="7"><p:text>Oui</p:text></p:cm></p:cmLst>'
)
AUTHORS = (
    '<p:cmAuthorLst xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">'
    '<p:cmAuthor id="0" name="Zoé Roy"/></p:cmAuthorLst>'
)
THREAD = """<p188:cmLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
 xmlns:p188="http://schemas.microsoft.com/office/powerpoint/2018/8/main">
 <p188:cm authorId="{A}" created="2025-06-27T10:00:00.1"><p188:replyLst>
 <p188:reply authorId="{B}"><p188:txBody><a:p><a:r><a:t>Fait.</a:t></a:r></a:p></p188:txBody>
 </p188:reply></p188:replyLst><p188:txBody><a:p><a:r><a:t>Et le </a:t></a:r><a:r><a:t>prix ?</a:t>
 </a:r></a:p></p188:txBody></p188:cm></p188:cmLst>"""
THREAD_AUTHORS = """<p188:authorLst
 xmlns:p188="http://schemas.microsoft.com/office/powerpoint/2018/8/main">
 <p188:author id="{A}" name="Zoé Roy"/><p188:author id="{B}" name="Kim"/></p188:authorLst>"""


@pytest.mark.parametrize(
    ("comments", "authors", "kind", "expected"),
    [
        (
            COMMENTS,
            AUTHORS,
            "commentAuthors",
            {
                "slide 1 comment by Zoé Roy": "Comment by Zoé Roy (2025-06-27): Trop long.",
                "slide 1 comment by an unknown author": "Comment by an unknown author: Oui",
            },
        ),
        (
            THREAD,
            THREAD_AUTHORS,
            "authors",
            {
                "slide 1 comment by Zoé Roy": "Comment by Zoé Roy (2025-06-27): Et le prix ?",
                "slide 1 comment by Kim": "Comment by Kim: Fait.",
            },
        ),
    ],
    ids=["notes", "threads"],
)
def test_slide_comments(
    reading: Reading, comments: str, authors: str, kind: str, expected: dict[str, str]
) -> None:
    """Comments, old and new, follow their slide with who made them and when."""
    deck = pptx.Presentation()
    slide = add(deck, 5, "Titre")
    for owner, name, xml in ((slide.part, "comments", comments), (deck.part, kind, authors)):
        uri = PackURI(f"/ppt/{name}.xml")
        part = Part(uri, "application/xml", owner.package, xml.encode())
        owner.relate_to(part, f"{RELATIONS}/{name}")
    found = spans(reading(saved(deck)))
    assert {label: text for label, text in found.items() if "comment" in label} == expected


def edited(data: bytes, edit: Callable[[bytes], bytes]) -> bytes:
    """Give a deck with the XML of its first slide edited."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, edit(part) if name == "ppt/slides/slide1.xml" else part)
    return out.getvalue()


def titled() -> bytes:
    """A deck of one slide."""
    deck = pptx.Presentation()
    add(deck, 5, "Titre")
    return saved(deck)


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (b"words", "damaged", "is damaged or is not a PowerPoint file"),
        (edited(titled(), lambda xml: xml[:-9]), "damaged", "it is damaged (XMLSyntaxError)"),
        (saved(pptx.Presentation()), "empty", "has no text in it"),
        (
            edited(titled(), lambda xml: xml.replace(b"Titre", b" " * 20_000_000)),
            "zip_bomb",
            "refused as a zip bomb",
        ),
    ],
    ids=["text", "cut", "blank", "bomb"],
)
def test_not_a_deck(reading: Reading, data: bytes, code: str, reason: str) -> None:
    """A file that is no sound deck is refused with the reason."""
    with pytest.raises(UnreadableError) as caught:
        reading(data)
    assert caught.value.code == code
    assert str(caught.value).endswith(reason)


def test_too_many_slides(reading: Reading) -> None:
    """A deck of more slides than the limit on pages is refused."""
    deck = pptx.Presentation()
    for _ in range(7):
        add(deck, 5, "Titre")
    with pytest.raises(UnreadableError, match="has 7 slides; the limit is 6"):
        reading(saved(deck))


# --- the order of what lies on a page -------------------------------------------------------------

CARDS = [
    (Box(left, top, 28, height), f"{name}{card}")
    for card, left in zip("ABC", (0, 33, 66), strict=True)
    for name, top, height in (("head", 20, 8), ("text", 29, 30))
]


@pytest.mark.parametrize(
    ("placed", "order"),
    [
        (
            [*CARDS, (Box(0, 0, 100, 12), "title"), (Box(0, 92, 100, 5), "foot")],
            "title headA textA headB textB headC textC foot",
        ),
        (
            [
                (Box(25, 40, 70, 10), "second"),
                (Box(0, 40, 20, 10), "feb"),
                (Box(25, 20, 70, 10), "first"),
                (Box(0, 20, 20, 10), "jan"),
            ],
            "jan first feb second",
        ),
        ([(Box(0, 0, 9, 9), "a"), (Box(0, 0, 9, 9), "b")], "a b"),
        ([(Box(0, 5, 50, 9), "low"), (Box(10, 0, 50, 9), "high")], "high low"),
        ([], ""),
    ],
    ids=["cards", "rows", "same", "overlap", "none"],
)
def test_arrangement(placed: list[tuple[Box, str]], order: str) -> None:
    """Things are read along the widest gaps between them."""
    assert in_reading_order(placed) == order.split()


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(st.tuples(*[st.integers(-50, 50)] * 4), max_size=12, unique_by=lambda box: box[:2]))
def test_arrangement_keeps_everything(boxes: list[tuple[int, int, int, int]]) -> None:
    """Whatever lies where, everything is read once, in an order that drawing does not change."""
    placed = [(Box(*box), box) for box in boxes]
    order = in_reading_order(placed)
    assert sorted(order) == sorted(boxes)
    assert in_reading_order(placed[::-1]) == order
