"""Comments on slides and cells, which each version of Office keeps in a form of its own."""

import re
from collections.abc import Iterator
from typing import Any

from savoirfaire.knowledge.readers.canonical import iso_date, one_line
from savoirfaire.knowledge.readers.figures import parsed

NOBODY = "an unknown author"
_TEXTS = {"t", "text"}


def slide_comments(slide: Any) -> Iterator[tuple[str, str]]:
    """Give the author and the text of each comment on a slide, replies included."""
    authors: dict[str, str] | None = None
    for comments in _parts(slide.part, "/comments"):
        if authors is None:
            authors = _authors(slide.part.package.presentation_part)
        for comment in comments.iter():
            if tag(comment) in {"cm", "reply"}:
                author = authors.get(comment.get("authorId", ""), "") or NOBODY
                if text := one_line("".join(_words(comment))):
                    yield author, remark(author, comment.get("dt") or comment.get("created"), text)


def remark(author: str, moment: str | None, text: str, cell: str = "") -> str:
    """Give a comment with who made it, where and when, as far as that is known."""
    day = iso_date((moment or "").partition("T")[0])
    return f"Comment by {author}{f' on {cell}' if cell else ''}{f' ({day})' if day else ''}: {text}"


def _authors(presentation: Any) -> dict[str, str]:
    return {
        author.get("id", ""): one_line(author.get("name", ""))
        for kind in ("/commentAuthors", "/authors")
        for part in _parts(presentation, kind)
        for author in part.iter()
        if author.get("name")
    }


def _parts(owner: Any, kind: str) -> Iterator[Any]:
    for relation in owner.rels.values():
        if relation.reltype.endswith(kind) and not relation.is_external:
            yield parsed(relation.target_part.blob)


def _words(comment: Any) -> Iterator[str]:
    """Give the words of a comment, without those of the replies in it."""
    for child in comment:
        name = tag(child)
        if name in _TEXTS and not len(child):
            yield child.text or ""
        elif name not in {"reply", "replyLst"}:
            yield from _words(child)
            yield " " if name == "p" else ""


def tag(element: Any) -> str:
    """Give the name of an element without its namespace; empty for a comment in the XML."""
    return re.sub(r"\{[^}]*\}", "", element.tag) if isinstance(element.tag, str) else ""
