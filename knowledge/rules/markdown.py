"""Markdown as the row of HTML events that goldmark (GitHub's flavour with footnotes) gives.

markdown-it-py reads the document; what Vale's renderer does otherwise (links that are written
bare, boxes of task lists, addresses encoded less) is added here. No HTML is written only to be
read again.
"""

import logging
import re
from collections.abc import Iterator
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from savoirfaire.knowledge.rules import html
from savoirfaire.knowledge.rules.html import Event, Kind

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_URL_END = r"""(?:[/#?][-a-zA-Z0-9@:%_+.~#$!?&/=\(\);,'">\^{}\[\]`]*)?"""
_URL = re.compile(r"(?:https?|ftp)://[-a-zA-Z0-9@:%._\+~#=]{1,256}\.[a-z]+(?::\d+)?" + _URL_END)
_WWW = re.compile(r"www\.[-a-zA-Z0-9@:%._\+~#=]{1,256}\.[a-z]+" + _URL_END.replace("$", ""))
_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@"
    r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
)
_BARE = re.compile(r"(?:^|(?<=[\s*_~(]))(?=https?:|ftp:|www\.|[A-Za-z0-9][^\s@]*@)")
_ADDRESSED = ("://", "www.", "@")
"""Without any of them a text holds no address."""
_ENTITY = re.compile(r"&[A-Za-z0-9]+;$")
_TASK = re.compile(r"\[([\sxX])\]\s*")
_SIGNS = re.compile(r"[\n\\`~*_\[\]!&<]")
"""Where anything but text may begin or end within a line; the reader's own signs are more."""
_SAFE = "!#$%&'()*+,-./:;=?@_~[]"


_SIGNED = MappingProxyType(
    {
        "table": "|", "strikethrough": "~~", "entity": "&", "blockquote": ">",
        "html_block": "<", "html_inline": "<", "autolink": "<",
    }
)  # fmt: skip
"""Where there is no such sign, these of the reader's rules find nothing."""
_UNDERLINE = re.compile(r"^[ \t>*+\d.)=-]*[=-][ \t]*$", re.MULTILINE)
"""Where there is no such line, no heading is underlined."""


def _idle(source: str) -> tuple[str, ...]:
    """The reader's rules that find nothing in a source; each asks about every line."""
    idle = tuple(rule for rule, sign in _SIGNED.items() if sign not in source)
    return idle if _UNDERLINE.search(source) else (*idle, "lheading")


@cache
def _reader(idle: tuple[str, ...]) -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - most commands read no Markdown

    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    reader.disable(list(idle))
    reader.validateLink = lambda _url: True  # type: ignore[assignment,method-assign]
    reader.normalizeLink = _encoded  # type: ignore[method-assign]
    reader.normalizeLinkText = lambda url: url  # type: ignore[assignment,method-assign]
    reader.inline.terminator_re = _SIGNS
    _silence()
    return reader


def _silence() -> None:
    """Let the reader not tell a log of every rule that it asks about a line: nobody listens."""
    for name in logging.root.manager.loggerDict:
        if name.startswith("markdown_it.rules_block"):
            logging.getLogger(name).debug = _unsaid  # type: ignore[method-assign]


def _unsaid(*_said: object, **_more: object) -> None:
    """Say nothing."""


def _encoded(url: str) -> str:
    """The address as goldmark writes it: what is not allowed in one is encoded, the rest stays."""
    return re.sub(r"%(?![0-9a-fA-F]{2})", "%25", quote(url, safe=_SAFE))


def events(source: str) -> Iterator[Event]:
    """The events of a Markdown document; no front matter is looked for."""
    before = ("", "")
    for token in _reader(_idle(source)).parse(source):
        yield from _block(token, in_item=before == ("list_item_open", "paragraph_open"))
        before = (before[1], token.type)


def _block(token: "Token", *, in_item: bool) -> Iterator[Event]:
    if token.type == "inline":
        yield from _inline(token, in_item=in_item)
    elif token.type == "html_block":
        yield from html.events(token.content)
    elif token.type in {"fence", "code_block"}:
        yield from _code(token)
    elif not token.hidden:
        kind = Kind.END if token.nesting < 0 else Kind.START
        yield Event(kind, token.tag)


def _code(token: "Token") -> Iterator[Event]:
    word = token.info.split()
    named = (("class", "language-" + word[0]),) if word and token.type == "fence" else ()
    yield Event(Kind.START, "pre")
    yield Event(Kind.START, "code", named)
    yield Event(Kind.TEXT, token.content)
    yield Event(Kind.END, "code")
    yield Event(Kind.END, "pre")


class _Line:
    """The events of a row of tokens; texts that touch are one."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._texts: list[str] = []

    def text(self, text: str) -> None:
        """A text goes on."""
        self._texts.append(text)

    def tag(self, event: Event) -> None:
        """A tag or comment comes."""
        self.ended()
        self.events.append(event)

    def add(self, event: Event) -> None:
        """Anything comes."""
        if event.kind is Kind.TEXT:
            self._texts.append(event.data)
        else:
            self.tag(event)

    def ended(self) -> list[Event]:
        """The events so far."""
        if self._texts:
            self.events.append(Event(Kind.TEXT, "".join(self._texts)))
            self._texts.clear()
        return self.events


def _inline(token: "Token", *, in_item: bool) -> list[Event]:
    line = _Line()
    links = 0
    box = _box(token) if in_item else None
    children = token.children or []
    if box:
        line.tag(box)
        children[0].content = _TASK.sub("", children[0].content, count=1)
    for child in children:
        kind = child.type
        if kind == "text" and not links:
            _linked(child.content, line)
        elif kind in {"text", "text_special"}:
            line.text(child.content)
        else:
            links += _LINKS.get(kind, 0)
            _child(child, line)
    return line.ended()


_LINKS = {"link_open": 1, "link_close": -1}


def _box(token: "Token") -> Event | None:
    """The box of a task list's item."""
    first = token.children[0] if token.children else None
    if first is None or first.type != "text":
        return None
    found = _TASK.match(first.content)
    if found is None:
        return None
    state = (("checked", ""),) if found[1] in "xX" else ()
    return Event(Kind.START, "input", (*state, ("disabled", ""), ("type", "checkbox")))


def _child(child: "Token", line: _Line) -> None:
    match child.type:
        case "softbreak":
            line.text("\n")
        case "hardbreak":
            line.tag(Event(Kind.START, "br"))
            line.text("\n")
        case "code_inline":
            line.tag(Event(Kind.START, "code"))
            line.text(child.content)
            line.tag(Event(Kind.END, "code"))
        case "html_inline":
            for event in html.events(child.content):
                line.add(event)
        case "image":
            line.tag(_image(child))
        case _:
            kind = Kind.END if child.nesting < 0 else Kind.START
            line.tag(Event(kind, {"s": "del"}.get(child.tag, child.tag), _attributes(child)))


def _attributes(token: "Token") -> tuple[tuple[str, str], ...]:
    return tuple((key, str(value)) for key, value in token.attrs.items())


def _image(token: "Token") -> Event:
    alt = _plain(token)
    found = [("src", str(token.attrs.get("src", ""))), ("alt", alt)]
    if "title" in token.attrs:
        found.append(("title", str(token.attrs["title"])))
    return Event(Kind.START, "img", tuple(found))


def _plain(token: "Token") -> str:
    """What an image says: the text of all that stands in its brackets."""
    kinds = {"softbreak": "\n", "hardbreak": "\n"}
    return "".join(
        _plain(child) if child.children else kinds.get(child.type, child.content)
        for child in token.children or []
    )


def _linked(text: str, line: _Line) -> None:
    """The text with the addresses that stand bare in it as links."""
    if not any(sign in text for sign in _ADDRESSED):
        line.text(text)
        return
    at = 0
    while (found := _BARE.search(text, at)) is not None:
        address, link = _bare(text, found.start())
        if address:
            line.text(text[at : found.start()])
            line.tag(Event(Kind.START, "a", (("href", link),)))
            line.text(address)
            line.tag(Event(Kind.END, "a"))
            at = found.start() + len(address)
        else:
            line.text(text[at : found.start() + 1])
            at = found.start() + 1
        if at >= len(text):
            return
    line.text(text[at:])


def _bare(text: str, at: int) -> tuple[str, str]:
    found = _URL.match(text, at)
    if found:
        address = _trimmed(found[0])
        return address, _encoded(address)
    found = _WWW.match(text, at)
    if found:
        address = _trimmed(found[0])
        return address, "http://" + _encoded(address)
    found = _MAIL.match(text, at)
    if found is None or "." not in found[0].partition("@")[2]:
        return "", ""
    if text[found.end() : found.end() + 1] in {"-", "_"}:
        return "", ""
    address = found[0].rstrip("?!.,:*_~")
    return address, "mailto:" + address


def _trimmed(address: str) -> str:
    """The address without the punctuation of the sentence it stands in."""
    if address.endswith(")"):
        extra = address.count(")") - address.count("(")
        address = address[:-extra] if extra > 0 else address
    elif address.endswith(";"):
        address = _ENTITY.sub("", address)
    return address.rstrip("?!.,:*_~") or address
