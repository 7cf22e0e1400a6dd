"""Markdown: the text as it stands; the front matter stays in it and also gives the metadata."""

import dataclasses
import re

from savoirfaire.knowledge.brandos.structured.days import moment
from savoirfaire.knowledge.readers import text
from savoirfaire.knowledge.readers.canonical import iso_date, language
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.frontmatter import scalars

_HEADING_OR_FENCE = re.compile(r"^(?:#[ \t]+(.*)|```|~~~)", re.MULTILINE)


def read(data: bytes, limits: Limits) -> Document:
    """Give the text, with title, date and language from its front matter or first heading."""
    plain = text.read(data, limits)
    front = scalars(plain.text)
    spoken = language(front.get("lang") or front.get("langue") or front.get("language"))
    return dataclasses.replace(
        plain,
        title=front.get("title") or _heading(plain.text),
        date=_date(front.get("date", ""), spoken),
        language=spoken,
        meta={**front, **plain.meta},
    )


def _date(written: str, spoken: str | None) -> str | None:
    """Give the day that a date means as people write it, where it can be read one way only."""
    read = moment(written, day_first=spoken == "fr" or None)
    return iso_date(written) or (read.day if read else None)


def _heading(body: str) -> str:
    """Give the first heading; after a code fence, what looks like one may be a comment."""
    found = _HEADING_OR_FENCE.search(body)
    heading = ((found[1] or "") if found else "").strip()
    unclosed = heading.rstrip("#")
    return unclosed.strip() if unclosed.endswith((" ", "\t")) else heading
