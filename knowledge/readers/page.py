"""HTML: the main text of a page as Markdown, without menus; all of it if none stands out."""

import re
from typing import Any

import trafilatura

from savoirfaire.knowledge.readers.canonical import clean, iso_date, language, one_line
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.markup import decode_page, parse, visible_text
from savoirfaire.knowledge.readers.refusal import UnreadableError

_DATES = {"extensive_search": False, "original_date": True}
# A quote is to have the words of the page: "snake_case", where Markdown would have "snake\\_case".
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def read(data: bytes, limits: Limits) -> Document:  # noqa: ARG001 - what every reader takes
    """Give the main text, and what the page's metadata says of it."""
    tree = parse(decode_page(data))
    if tree is None:
        raise UnreadableError("empty", "has no text in it")
    text = trafilatura.extract(tree, output_format="markdown", include_comments=False)
    # Only dates that the page states as its own: a guess may be any date it mentions.
    found = trafilatura.extract_metadata(tree, date_config=_DATES, extensive=False)
    return Document(
        _ESCAPED.sub(r"\1", clean(text or "")).strip() or clean(visible_text(tree)),
        title=_fact(found, "title") or one_line(tree.findtext(".//title") or ""),
        kind="page",
        date=iso_date(_fact(found, "date")),
        language=language(tree.get("lang")),
        meta={key: fact for key in ("author", "sitename", "url") if (fact := _fact(found, key))},
    )


def _fact(found: Any, key: str) -> str:
    return one_line(str(getattr(found, key, None) or ""))
