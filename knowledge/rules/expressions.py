"""Regular expressions as Vale's rules write them (regexp2: the syntax of .NET), read into a tree.

The tree serves twice: it is written again for the `regex` package, and `literals` reads from it
what a match must contain. What `regex` does not know is refused with the expression, never guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

MANY = 1 << 30
"""No upper limit of a repetition."""


class ExpressionError(ValueError):
    """The expression cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Text:
    """One character that stands for itself."""

    char: str
    fold: bool


@lru_cache(maxsize=2_048)
def _text(char: str, fold: bool) -> Text:  # noqa: FBT001 - as the class has it
    """The character; the trees of many expressions hold few different ones."""
    return Text(char, fold)


@dataclass(slots=True)
class Chars:
    """A class of characters, as it was written; `few` names them where they are few."""

    source: str
    fold: bool
    few: tuple[str, ...] = ()
    negated: bool = False


@dataclass(slots=True)
class Place:
    """A place without width: `^`, `$`, a boundary of words and the like."""

    source: str


@dataclass(slots=True)
class Back:
    """The text of an earlier group again."""

    source: str
    fold: bool


@dataclass(slots=True)
class Group:
    """Parentheses: `opening` is written as it is, `kind` says what it means."""

    opening: str
    kind: Literal["capture", "plain", "look", "behind"]
    body: "Node"
    negated: bool = False


@dataclass(slots=True)
class Again:
    """A part repeated from `least` to `most` times."""

    body: "Node"
    least: int
    most: int
    suffix: str


@dataclass(slots=True)
class Row:
    """Parts one after the other."""

    parts: list["Node"] = field(default_factory=list)


@dataclass(slots=True)
class Either:
    """One of several parts; the first that fits is taken."""

    options: list["Node"]


Node: TypeAlias = Text | Chars | Place | Back | Group | Again | Row | Either

_CLASSES = {"d": r"\d", "D": r"\D", "w": r"\w", "W": r"\W", "s": r"\s", "S": r"\S"}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b"}
_PLACES = {"b": r"\b", "B": r"\B", "A": r"\A", "z": r"\Z", "Z": r"(?=\n?\Z)"}
_FEW = 12
_SPECIAL = frozenset(r"\.+*?()|[]{}^$#&~- ")


def quoted(char: str) -> str:
    """The character as an expression that stands for it alone."""
    if char in "\t\n\r\f\v\a\x1b\0":
        return f"\\x{ord(char):02x}"
    return "\\" + char if char in _SPECIAL else char


class Reader:
    """Reads one expression; `flags` are the inline options in force (`i`, `m`, `s`, `n`, `x`)."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.flags = frozenset[str]()
        self.depth = 0

    def read(self) -> Node:
        """The tree of the whole expression."""
        tree = self._either()
        if self.at < len(self.source):
            raise self._error("a ) closes nothing")
        return tree

    def _error(self, why: str) -> ExpressionError:
        return ExpressionError(f"{why} (at character {self.at + 1} of {self.source[:200]!r})")

    def _peek(self) -> str:
        return self.source[self.at] if self.at < len(self.source) else ""

    def _take(self) -> str:
        if self.at >= len(self.source):
            raise self._error("the expression ends too early")
        self.at += 1
        return self.source[self.at - 1]

    def _skip(self, text: str) -> bool:
        found = self.source.startswith(text, self.at)
        self.at += len(text) if found else 0
        return found

    def _either(self) -> Node:
        self.depth += 1
        if self.depth > 100:  # noqa: PLR2004 - deeper than anything a person writes
            raise self._error("parentheses are nested too deeply")
        outer = self.flags
        options = [self._row()]
        while self._skip("|"):
            options.append(self._row())
        self.flags = outer
        self.depth -= 1
        return options[0] if len(options) == 1 else Either(options)

    def _row(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            part = self._part()
            if part is not None:
                parts.append(self._again(part))
        return parts[0] if len(parts) == 1 else Row(parts)

    def _part(self) -> Node | None:  # noqa: PLR0911 - one for each sign
        char = self._take()
        if "x" in self.flags and (char.isspace() or char == "#"):
            self._remark(char)
            return None
        match char:
            case "(":
                return self._group()
            case "[":
                return self._chars()
            case "\\":
                return self._escape()
            case ".":
                return self._class(r"[\s\S]" if "s" in self.flags else r"[^\n]", negated=True)
            case "^":
                return Place("^")
            case "$":
                return Place("$")
            case "*" | "+" | "?":
                raise self._error(f"{char} repeats nothing")
        return _text(char, "i" in self.flags)

    def _remark(self, char: str) -> None:
        if char == "#":
            end = self.source.find("\n", self.at)
            self.at = len(self.source) if end < 0 else end + 1

    def _escape(self) -> Node:
        char = self._take()
        if char in _CLASSES:
            return self._class(_CLASSES[char], negated=char.isupper())
        if char in _PLACES:
            return Place(_PLACES[char])
        if char in "pP":
            return self._class(f"\\{char}" + self._property(), negated=char == "P")
        if char == "k":
            return self._named_back()
        if char in "123456789":
            return Back("\\" + char + self._digits(), "i" in self.flags)
        return _text(self._character(char), "i" in self.flags)

    def _property(self) -> str:
        if not self._skip("{"):
            return "{" + self._take() + "}"
        end = self.source.find("}", self.at)
        if end < 0:
            raise self._error("a \\p{ is not closed")
        name, self.at = self.source[self.at : end], end + 1
        return "{" + name.removeprefix("Is") + "}"

    def _digits(self) -> str:
        start = self.at
        while self._peek().isdigit():
            self.at += 1
        return self.source[start : self.at]

    def _named_back(self) -> Node:
        close = {"<": ">", "'": "'", "{": "}"}.get(self._take(), "")
        end = self.source.find(close, self.at) if close else -1
        if end < 0:
            raise self._error("a \\k names no group")
        name, self.at = self.source[self.at : end], end + 1
        return Back(f"(?P={name})", "i" in self.flags)

    def _character(self, char: str) -> str:
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char == "x" and self._peek() == "{":
            end = self.source.find("}", self.at)
            digits, self.at = self.source[self.at + 1 : end], end + 1
            return self._code(digits)
        if char in "xu":
            size = 2 if char == "x" else 4
            digits, self.at = self.source[self.at : self.at + size], self.at + size
            return self._code(digits)
        if char == "0":
            return chr(int("0" + self._digits(), 8) & 0xFF)
        if char == "c":
            return chr(ord(self._take().upper()) ^ 64)
        if char.isalnum() and char.isascii():
            raise self._error(f"\\{char} is not known")
        return char

    def _code(self, digits: str) -> str:
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            raise self._error(f"{digits!r} is no character's number") from None

    def _chars(self) -> Node:
        negated = self._skip("^")
        pieces: list[str] = []
        few: list[str] = []
        first = True
        while first or self._peek() != "]":
            if self._peek() == "-" and self.source.startswith("-[", self.at) and pieces:
                raise self._error("one class cannot be taken from another here")
            few_more, piece = self._member()
            pieces.append(piece)
            few.extend(few_more or ["\0"] * (_FEW + 1))
            first = False
        self._take()
        known = () if negated or len(few) > _FEW else tuple(dict.fromkeys(few))
        source = f"[{'^' if negated else ''}{''.join(pieces)}]"
        return Chars(source, "i" in self.flags, known, negated)

    def _class(self, source: str, *, negated: bool) -> Chars:
        return Chars(source, "i" in self.flags, negated=negated)

    def _member(self) -> tuple[list[str], str]:
        char = self._take()
        if char == "\\":
            char = self._take()
            if char in _CLASSES:
                return [], _CLASSES[char]
            if char in "pP":
                return [], f"\\{char}" + self._property()
            char = "\b" if char == "b" else self._character(char)
        last = self._range()
        if last is None:
            return [char], _in_class(char)
        if last < char:
            raise self._error(f"the range {char}-{last} runs backwards")
        span = ord(last) - ord(char)
        few = [chr(ord(char) + step) for step in range(span + 1)] if span < _FEW else []
        return few, f"{_in_class(char)}-{_in_class(last)}"

    def _range(self) -> str | None:
        if self._peek() != "-" or self.source[self.at + 1 : self.at + 2] in ("]", "", "["):
            return None
        back = self.at
        self.at += 1
        char = self._take()
        if char != "\\":
            return char
        char = self._take()
        if char in _CLASSES or char in "pP":
            self.at = back
            return None
        return "\b" if char == "b" else self._character(char)

    def _group(self) -> Node | None:
        if not self._skip("?"):
            opening = "(?:" if "n" in self.flags else "("
            return self._closed(opening, "capture")
        if self._skip("#"):
            end = self.source.find(")", self.at)
            self.at = len(self.source) if end < 0 else end + 1
            return None
        for opening, kind, negated in _OPENINGS:
            if self._skip(opening):
                group = self._closed("(?" + opening, kind)
                group.negated = negated
                return group
        for opening, close in (("P<", ">"), ("<", ">"), ("'", "'")):
            if self._skip(opening):
                return self._named(close)
        return self._inline()

    def _closed(self, opening: str, kind: Literal["capture", "plain", "look", "behind"]) -> Group:
        body = self._either()
        if not self._skip(")"):
            raise self._error("a ( is not closed")
        return Group(opening, kind, body)

    def _named(self, close: str) -> Node:
        end = self.source.find(close, self.at)
        name = self.source[self.at : end]
        if end < 0 or not name.isidentifier():
            raise self._error(f"a group cannot be named {name!r}")
        self.at = end + 1
        return self._closed(f"(?P<{name}>", "capture")

    def _inline(self) -> Node | None:
        on, off, here = set(self.flags), False, self.at
        while (char := self._take()) not in ":)":
            if char == "-":
                off = True
            elif char in "imsnx":
                (on.discard if off else on.add)(char)
            else:
                self.at = here
                raise self._error(f"(?{char} is not known")
        outer, self.flags = self.flags, frozenset(on)
        if char == ")":
            return None
        group = self._closed("(?:", "plain")
        self.flags = outer
        return group

    def _again(self, part: Node) -> Node:
        while (bounds := self._bounds()) is not None:
            if isinstance(part, Place):
                raise self._error("a place cannot be repeated")
            least, most = bounds
            lazy = "?" if self._skip("?") else ""
            part = Again(part, least, most, lazy)
        return part

    def _bounds(self) -> tuple[int, int] | None:
        for sign, bounds in (("*", (0, MANY)), ("+", (1, MANY)), ("?", (0, 1))):
            if self._skip(sign):
                return bounds
        if self._peek() != "{":
            return None
        end = self.source.find("}", self.at)
        least, comma, most = self.source[self.at + 1 : end].partition(",")
        if end < 0 or not least.isdigit() or (most and not most.isdigit()):
            return None
        self.at = end + 1
        return int(least), (int(most) if most else MANY) if comma else int(least)


_OPENINGS: tuple[tuple[str, Literal["plain", "look", "behind"], bool], ...] = (
    (":", "plain", False),
    (">", "plain", False),
    ("=", "look", False),
    ("!", "look", True),
    ("<=", "behind", False),
    ("<!", "behind", True),
)


def _in_class(char: str) -> str:
    return "\\" + char if char in "\\]^-[&~|" else quoted(char) if char < " " else char


def parsed(source: str) -> Node:
    """The tree of an expression.

    Raises:
        ExpressionError: The expression is not one, or uses what is not supported.

    """
    return Reader(source).read()


def folds(node: Node) -> bool:
    """Whether every character of the expression is met in either case."""
    marks = [part.fold for part in walked(node) if isinstance(part, Text | Chars | Back)]
    return bool(marks) and all(marks)


def written(node: Node, *, fold: bool) -> str:  # noqa: PLR0911 - one for each kind of node
    """The tree as an expression of the `regex` package; `fold`: it is compiled to ignore case."""
    match node:
        case Text(char):
            return _cased(quoted(char), node.fold, fold)
        case Chars(source) | Back(source):
            return _cased(source, node.fold, fold)
        case Place(source):
            return source
        case Group(opening, _, body):
            return f"{opening}{written(body, fold=fold)})"
        case Again(body, least, most, suffix):
            return f"{_atom(body, fold=fold)}{_times(least, most)}{suffix}"
        case Row(parts):
            return "".join(written(part, fold=fold) for part in parts)
        case Either(options):
            return "|".join(written(option, fold=fold) for option in options)


def _cased(source: str, wanted: bool, fold: bool) -> str:  # noqa: FBT001 - two of a kind
    if wanted == fold:
        return source
    return f"(?i:{source})" if wanted else f"(?-i:{source})"


def _atom(body: Node, *, fold: bool) -> str:
    single = isinstance(body, Text | Chars | Group | Back)
    text = written(body, fold=fold)
    return text if single else f"(?:{text})"


def _times(least: int, most: int) -> str:
    if (least, most) in {(0, MANY), (1, MANY), (0, 1)}:
        return {(0, MANY): "*", (1, MANY): "+", (0, 1): "?"}[least, most]
    return f"{{{least},{'' if most >= MANY else most}}}"


def walked(node: Node) -> Iterator[Node]:
    """Every node of the tree, the root first."""
    stack = [node]
    while stack:
        here = stack.pop()
        yield here
        match here:
            case Group(body=body) | Again(body=body):
                stack.append(body)
            case Row(parts):
                stack.extend(parts)
            case Either(options):
                stack.extend(options)
