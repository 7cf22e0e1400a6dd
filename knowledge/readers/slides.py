"""PowerPoint: slide by slide its title, its words in reading order, its notes and its comments.

A slide begins with its title as a Markdown heading. Tables have a line for each row, charts one for
each series. What is repeated on every slide (date, footer, number) is left out.
"""

import io
from collections.abc import Iterator
from typing import Any

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.readers.archive import check_office
from savoirfaire.knowledge.readers.arrangement import Box, in_reading_order
from savoirfaire.knowledge.readers.canonical import Pieces, language, one_line
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.refusal import UnreadableError
from savoirfaire.knowledge.readers.remarks import slide_comments
from savoirfaire.knowledge.readers.shapes import parts_of, shape_text, words

_TITLES = {PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE}
_REPEATED = {PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER}


def read(data: bytes, limits: Limits) -> Document:
    """Give the slides in order, with a locator for each, its notes and its comments."""
    check_office(data, limits, Phrase("a PowerPoint file"), ".pptx")
    try:
        deck = pptx.Presentation(io.BytesIO(data))
    except (KeyError, ValueError) as error:
        raise UnreadableError("damaged", "is damaged or is not a PowerPoint file") from error
    count = len(deck.slides)
    if count > limits.pages:
        raise UnreadableError(
            "too_many_pages",
            "has {count} slides; the limit is {limit} (limits.pages)",
            count=count,
            limit=limits.pages,
        )
    pieces = Pieces(limits, joint="\n\n")
    titles = [_add_slide(pieces, slide, number) for number, slide in enumerate(deck.slides, 1)]
    facts = {"slides": str(count), **_facts(deck)}
    return Document(
        pieces.text(),
        title=facts.pop("title", "") or next(filter(None, titles), ""),
        language=language(facts.pop("language", "")),
        locators=pieces.locators,
        meta=facts,
    )


def _add_slide(pieces: Pieces, slide: Any, number: int) -> str:
    """Add a slide that has any words; give its title."""
    label = f"slide {number}"
    title = one_line(" ".join(words(shape) for shape in slide.shapes if _is(shape, _TITLES)))
    texts = list(_texts(slide))
    notes = _notes(slide)
    comments = list(slide_comments(slide))
    if title or texts or notes or comments:
        hidden = " (hidden slide)" if slide._element.get("show") in {"0", "false"} else ""  # noqa: SLF001 - the only way to it
        pieces.add("\n\n".join([f"# {title or label.capitalize()}{hidden}", *texts]), label)
    pieces.add(f"Notes: {notes}" if notes else "", f"{label} notes")
    for author, text in comments:
        pieces.add(text, f"{label} comment by {author}")
    return title


def _texts(slide: Any) -> Iterator[str]:
    """Give the words of each thing on a slide but its title, in reading order."""
    wanted = [shape for shape in slide.shapes if not _is(shape, _TITLES | _REPEATED)]
    for shape in in_reading_order([(_box(shape), shape) for shape in wanted]):
        yield from _shape_texts(shape)


def _shape_texts(shape: Any) -> Iterator[str]:
    inner = parts_of(shape)
    if inner:
        for part in in_reading_order([(_box(part), part) for part in inner]):
            yield from _shape_texts(part)
    elif text := shape_text(shape):
        yield text


def _box(shape: Any) -> Box:
    """Give where a shape lies; one that says nothing of it comes first."""
    return Box(shape.left or 0, shape.top or 0, shape.width or 0, shape.height or 0)


def _is(shape: Any, kinds: set[Any]) -> bool:
    return bool(shape.is_placeholder and shape.placeholder_format.type in kinds)


def _notes(slide: Any) -> str:
    if not slide.has_notes_slide:
        return ""
    frame = slide.notes_slide.notes_text_frame
    return "" if frame is None else frame.text.replace("\v", "\n").strip()


def _facts(deck: Any) -> dict[str, str]:
    core = deck.core_properties
    facts = {
        "title": core.title,
        "author": core.author,
        "language": core.language,
        "saved": core.modified.date().isoformat() if core.modified else "",
    }
    return {key: one_line(value) for key, value in facts.items() if value}
