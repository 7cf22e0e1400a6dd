"""HTML read as a flat row of events, the way Go's `golang.org/x/net/html` tokenizer does.

It never fails: what is not a tag is text. The walk through a document needs no tree.
"""

import html as entities
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What an event is."""

    START = auto()
    END = auto()
    SELF = auto()
    TEXT = auto()
    COMMENT = auto()


@dataclass(slots=True)
class Event:
    """A tag (its name in small letters), a text or a comment, with its attributes in order."""

    kind: Kind
    data: str
    attributes: tuple[tuple[str, str], ...] = ()

    def get(self, key: str) -> str:
        """The first attribute of that name, or nothing."""
        if not self.attributes:
            return ""
        return next((value for name, value in self.attributes if name == key), "")


RAW = frozenset(
    {"script", "style", "textarea", "title", "iframe", "noembed", "noframes", "noscript", "xmp"}
)
_OPEN = re.compile(r"<(?:[a-zA-Z]|/[a-zA-Z>]|/[^a-zA-Z>]|[!?])")
_NAME = re.compile(r"[^\s/>]*")
_ATTRIBUTE = re.compile(
    r"""[\s/]*([^\s/>=][^\s/>=]*|=[^\s/>=]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>]*))?"""
)
_SPACE = re.compile(r"[\s/]*")


def events(source: str) -> Iterator[Event]:
    """The events of a piece of HTML, one after the other."""
    at = 0
    while at < len(source):
        found = _OPEN.search(source, at)
        stop = found.start() if found else len(source)
        if stop > at:
            yield Event(Kind.TEXT, entities.unescape(source[at:stop]))
        if found is None:
            return
        event, at = _tag(source, stop)
        if event is not None:
            yield event
            if event.kind is Kind.START and event.data in RAW:
                end = _raw_end(source, at, event.data)
                if end > at:
                    yield Event(Kind.TEXT, _raw_text(source[at:end], event.data))
                at = end


def _raw_text(text: str, name: str) -> str:
    return entities.unescape(text) if name in {"textarea", "title"} else text


def _raw_end(source: str, at: int, name: str) -> int:
    found = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(source, at)
    return found.start() if found else len(source)


def _tag(source: str, at: int) -> tuple[Event | None, int]:
    if source.startswith("<!--", at):
        return _comment(source, at)
    second = source[at + 1]
    if second in "!?" or (second == "/" and not source[at + 2].isalpha()):
        end = source.find(">", at)
        end = len(source) if end < 0 else end
        if source.startswith("</>", at):
            return None, end + 1
        doctype = source[at + 2 : at + 9].lower() == "doctype"
        return None if doctype else Event(Kind.COMMENT, source[at + 1 : end]), end + 1
    closing = second == "/"
    name = _NAME.match(source, at + 1 + closing)
    assert name
    attributes, end, alone = _attributes(source, name.end())
    kind = Kind.END if closing else Kind.SELF if alone else Kind.START
    return Event(kind, name[0].lower(), () if closing else attributes), end


def _comment(source: str, at: int) -> tuple[Event, int]:
    if source.startswith("<!-->", at):
        return Event(Kind.COMMENT, ""), at + 5
    end = source.find("-->", at + 4)
    if end < 0:
        return Event(Kind.COMMENT, source[at + 4 :]), len(source)
    return Event(Kind.COMMENT, source[at + 4 : end]), end + 3


def _attributes(source: str, at: int) -> tuple[tuple[tuple[str, str], ...], int, bool]:
    found: list[tuple[str, str]] = []
    while at < len(source):
        blank = _SPACE.match(source, at)
        assert blank
        if blank.end() >= len(source) or source[blank.end()] == ">":
            return tuple(found), blank.end() + 1, blank[0].endswith("/")
        match = _ATTRIBUTE.match(source, at)
        if match is None or match.end() == at:
            break
        value = match[2] or ""
        if value[:1] in {'"', "'"} and len(value) > 1:
            value = value[1:-1]
        found.append((match[1].lower(), entities.unescape(value)))
        at = match.end()
    return tuple(found), len(source), False
