"""Markdown: the text as it stands; the front matter stays in it and also gives the metadata."""

import dataclasses
import re

from savoirfaire.knowledge.readers import text
from savoirfaire.knowledge.readers.canonical import iso_date, language
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.frontmatter import scalars

_HEADING_OR_FENCE = re.compile(r"^(?:#[ \t]+(.*)|```|~~~)", re.MULTILINE)


def read(data: bytes, limits: Limits) -> Document:
    """Give the text, with title, date and language from its front matter or first heading."""
    plain = text.read(data, limits)
    front = scalars(plain.text)
    return dataclasses.replace(
        plain,
        title=front.get("title") or _heading(plain.text),
        date=iso_date(front.get("date", "")),
        language=language(front.get("lang") or front.get("language")),
        meta={**front, **plain.meta},
    )


def _heading(body: str) -> str:
    """Give the first heading; after a code fence, what looks like one may be a comment."""
    found = _HEADING_OR_FENCE.search(body)
    heading = ((found[1] or "") if found else "").strip()
    unclosed = heading.rstrip("#")
    return unclosed.strip() if unclosed.endswith((" ", "\t")) else heading
