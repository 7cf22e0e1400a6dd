"""What people said of a piece of work: comments in documents, replies by mail.

Each is proposed as feedback, word for word, with its author.
"""

import re
from collections.abc import Iterator

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.brandos.structured.material import (
    Cell,
    Filling,
    Found,
    Ground,
    Material,
    Place,
    Skipped,
)
from savoirfaire.knowledge.readers.remarks import NOBODY

MOST_REMARKS = 500
_COMMENT = re.compile(r"(?:.*[ ,])?comment by (?P<author>.+)")
_REPLY = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?(?:(?:re|ré|réf|rép|aw|sv|antw)(?:\[\d+\])?\s*:\s*)+",
    re.IGNORECASE,
)
_FROM = re.compile(r"(?m)^From: (?P<name>[^\n]{1,1000})")
_ADDRESS = re.compile(r"<[^<>]*>")
_LONGEST = 20_000


def read(material: Material) -> Found:
    """The comments in a document, or what a mail says in reply."""
    comments = [place for place in material.places if _COMMENT.fullmatch(place.label)]
    if len(comments) > MOST_REMARKS:
        why = Phrase("it has {n} comments, more than are proposed one by one", n=len(comments))
        yield Skipped(material.path, material.name, why)
        return
    for place in comments:
        yield from _comment(material, place)
    if any(place.label == "header" for place in material.places[:1]):
        yield from _reply(material)


def _comment(material: Material, place: Place) -> Iterator[Filling]:
    label = _COMMENT.fullmatch(place.label)
    author = label["author"] if label else NOBODY
    opening = re.compile(
        rf"Comment by {re.escape(author)}(?: on [A-Z]{{1,3}}\d{{1,7}})?"
        r"(?: \((?P<day>\d{4}-\d\d-\d\d)\))?: "
    )
    found = opening.match(material.text, place.start, place.end)
    if found is None:
        return
    quote = material.cell(found.end(), min(place.end, found.end() + _LONGEST))
    if quote.words:
        yield _feedback(material, quote, author, found["day"])


def _reply(material: Material) -> Iterator[Filling]:
    """The writer's own words in a mail that answers another."""
    labels = {place.label for place in material.places}
    subject = _REPLY.match(material.title)
    if subject is None and "quoted" not in labels:
        return
    own = next((place for place in material.places if place.label == "body"), None)
    if own is None:
        return
    quote = material.cell(own.start, min(own.end, own.start + _LONGEST))
    sender = _FROM.search(material.text, 0, own.start)
    name = " ".join(_ADDRESS.sub(" ", sender["name"]).split()).strip(' "') if sender else ""
    if quote.words:
        yield _feedback(material, quote, name or (sender["name"] if sender else NOBODY), None)


def _feedback(material: Material, quote: Cell, author: str, day: str | None) -> Filling:
    marks = _REPLY.match(material.title)
    about = material.title[marks.end() if marks else 0 :].strip() or material.name
    data = {
        "about": " ".join(about.split())[:500],
        "quote": quote.words,
        "author": "" if author == NOBODY else author[:500],
        "date": day or material.date,
    }
    return Filling("feedback", data, [Ground("/quote", quote)])
