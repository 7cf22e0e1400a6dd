"""What a match must begin with, read from an expression's tree.

The answer is a set of texts in small letters, one of which every match begins with; it may name
too much, never too little.
"""

import re
from collections.abc import Iterable

from savoirfaire.knowledge.rules.expressions import (
    Again,
    Back,
    Chars,
    Either,
    Group,
    Node,
    Place,
    Row,
    Text,
)

Start = tuple[str, bool]
"""A text, and whether the part of the expression it stands for ends with it."""

_MOST = 4_000
_FEW = 12
_SHORT = 4
_LONGEST = 24
_CLASSES = {r"\d": ("0",), r"\s": (" ",)}
_OPEN: frozenset[Start] = frozenset({("", False)})
_NOTHING: frozenset[Start] = frozenset({("", True)})


def starts(node: Node) -> frozenset[Start]:  # noqa: PLR0911 - one for each kind of node
    """The texts that matches of a part begin with; `("", False)`: anything."""
    match node:
        case Text(char):
            return _chars((char,))
        case Chars(source, few=few):
            few = _CLASSES.get(source, few)
            return _chars(few) if few else _OPEN
        case Place():
            return _NOTHING
        case Back():
            return _OPEN
        case Group(_, kind, body):
            return _NOTHING if kind in {"look", "behind"} else starts(body)
        case Again():
            return _again(node)
        case Either(options):
            found = frozenset[Start]().union(*(starts(option) for option in options))
            return found if len(found) <= _MOST else _OPEN
        case Row(parts):
            return _row(parts)


def _chars(chars: Iterable[str]) -> frozenset[Start]:
    return frozenset((canonical(char), True) for char in chars)


def canonical(text: str) -> str:
    """The text in small letters with one digit and one space, as long as it was."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(small if len(small := char.lower()) == 1 else char for char in text)
    if low.isascii():
        return low.translate(_ALIKE)
    for char, alike in _PLAIN:
        low = low.replace(char, alike)
    return _ODD.sub(_alike, low)


_PLAIN = (
    *((char, "0") for char in "123456789"),
    *((char, " ") for char in "\t\n\v\f\r\x1c\x1d\x1e\x1f"),
)
_ALIKE = {ord(char): alike for char, alike in _PLAIN}
_ODD = re.compile(r"(?![\x00-\x7f])[\s\d]")


def _alike(found: "re.Match[str]") -> str:
    return " " if found[0].isspace() else "0"


def _again(node: Again) -> frozenset[Start]:
    body = starts(node.body)
    if len(body) <= _FEW and node.most <= _SHORT:
        return _repeated(node, range(node.least, node.most + 1))
    least = max(node.least, 1)
    if len(body) <= _FEW and least < node.most and least < _SHORT:
        # What follows few repetitions tells more than the first one: `3rd` than any digit.
        more = _row([node.body] * (least + 1))
        return _repeated(node, range(node.least, least + 1)) | _open(more)
    found = _open(_row([node.body] * min(least, _SHORT)))
    return found | _NOTHING if node.least == 0 else found


def _repeated(node: Again, counts: range) -> frozenset[Start]:
    return frozenset[Start]().union(*(_row([node.body] * count) for count in counts))


def _open(found: frozenset[Start]) -> frozenset[Start]:
    return frozenset((text, False) for text, _ in found)


def _row(parts: list[Node]) -> frozenset[Start]:
    found = _NOTHING
    for number, part in enumerate(parts):
        ended = frozenset(start for start in found if start[1])
        if not ended:
            break
        more = _ahead(part) if number == len(parts) - 1 else starts(part)
        if len(ended) * len(more) + len(found) > _MOST:
            return _open(found)
        grown = {(text + tail, end) for text, _ in ended for tail, end in more}
        found = (found - ended) | {
            (text[:_LONGEST], end and len(text) <= _LONGEST) for text, end in grown
        }
    return found


def _ahead(part: Node) -> frozenset[Start]:
    """What follows, where an expression ends with a look ahead."""
    if isinstance(part, Group) and part.kind == "look" and not part.negated:
        return frozenset((text, False) for text, _ in starts(part.body))
    return starts(part)


def telling(texts: frozenset[str]) -> bool:
    """Whether the texts are rare enough to look for."""
    return bool(texts) and all(
        len(text) > 1 or (text != "" and not text.isalpha() and not text.isspace())
        for text in texts
    )
