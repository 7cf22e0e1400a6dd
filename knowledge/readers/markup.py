"""HTML as plain text: everything a person would see, block by block."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree, html

from savoirfaire.knowledge.readers.encoding import decode, decode_as
from savoirfaire.knowledge.readers.refusal import UnreadableError

_HIDDEN = {"head", "script", "style", "template", "noscript", "iframe", "object", "svg", "title"}
_INLINE = {
    *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font"),
    *("i", "img", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike"),
    *("strong", "sub", "sup", "td", "th", "time", "tt", "u", "var", "wbr"),
}
_CELLS = {"td", "th"}
_QUOTATION = "blockquote"
# No characters at all: what a page has of them is taken out.
_QUOTE, _UNQUOTE = "\ufdd0", "\ufdd1"
_QUOTE_EDGE = re.compile(f"([{_QUOTE}{_UNQUOTE}])")
_SPACE = re.compile(r"[ \t\n\f\r]+")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_CHARSET_WITHIN = 2048


def decode_page(data: bytes) -> str:
    """Give the markup as text, in the encoding it declares or the one it seems to be in."""
    declared = _CHARSET.search(data[:_CHARSET_WITHIN])
    marked = data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    if declared and not marked:
        return decode_as(data, declared[1].decode("ascii", "replace"))
    return decode(data)[0]


def parse(markup: str) -> Any:
    """Give the tree of a page, or None where there is no element at all.

    A page nested so deeply (2048) that the parser would leave out some of its text is refused.
    """
    parser = html.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(_DECLARATION.sub("", markup), parser=parser)
    except etree.ParserError:
        tree = None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise UnreadableError("nested", "is nested too deeply to be read")
    return tree


def visible_text(tree: Any, quote: str = "") -> str:
    """Give the text of a tree: a line for each block, a blank line for none.

    `quote` stands before each line of a quotation, once for each that it is in.
    """
    depth = 0
    lines = []
    for piece in _QUOTE_EDGE.split("".join(_pieces(tree))):
        if piece in {_QUOTE, _UNQUOTE}:
            depth += 1 if piece == _QUOTE else -1
        else:
            stripped = (line.strip() for line in piece.split("\n"))
            lines += [quote * depth + line for line in stripped if line]
    return "\n".join(lines)


def _pieces(tree: Any) -> Iterator[str]:
    """Walk without recursion, so that no nesting is too deep."""
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        shown = isinstance(tag, str) and tag not in _HIDDEN
        if event == "start":
            if not shown:
                walk.skip_subtree()
                continue
            yield _edge(tag) + (_QUOTE if tag == _QUOTATION else "") + _words(element.text)
        else:
            edge = (_UNQUOTE if tag == _QUOTATION else "") + _edge(tag) if shown else ""
            yield edge + _words(element.tail)


def _words(text: str | None) -> str:
    return _SPACE.sub(" ", _QUOTE_EDGE.sub("", text or ""))


def _edge(tag: str) -> str:
    if tag in _CELLS:
        return " "
    return "" if tag in _INLINE else "\n"
