"""Whether a match of an expression stands where a word begins or ends, read from its tree."""

from collections.abc import Callable, Sequence

import regex

from savoirfaire.knowledge.rules.expressions import (
    Again,
    Chars,
    Either,
    Group,
    Node,
    Place,
    Row,
    Text,
)

_GAPS = frozenset({r"\s", r"\W"})
_WORD = regex.compile(r"\w")


class Wordy(dict[str, bool]):
    """Whether a character is one of words, as expressions have it; each is asked about once."""

    def __missing__(self, char: str) -> bool:
        self[char] = _WORD.match(char) is not None
        return self[char]


WORDY = Wordy()


def at_word(node: Node) -> bool:
    """Whether no word goes on before any match that begins with one of its characters."""
    match node:
        case Place(source):
            return source in {r"\b", "^", r"\A"}
        case Group(_, "capture" | "plain", body):
            return at_word(body)
        case Group(_, "behind", body, False):
            return _gap(body)
        case Either(options):
            return all(at_word(option) for option in options)
        case Row(parts):
            return _edged(parts, at_word)
    return False


def at_end(node: Node) -> bool:
    """Whether no word goes on after any match that ends with one of its characters."""
    match node:
        case Place(source):
            return source in {r"\b", "$", r"\Z", r"(?=\n?\Z)"}
        case Group(_, "capture" | "plain", body):
            return at_end(body)
        case Either(options):
            return all(at_end(option) for option in options)
        case Row(parts):
            return _edged(parts[::-1], at_end)
    return False


def of_words(node: Node) -> bool:
    """Whether all characters that a part matches are of words; it may match none."""
    match node:
        case Text(char):
            return WORDY[char]
        case Chars(source, few=few, negated=negated):
            known = bool(few) and not negated and all(WORDY[char] for char in few)
            return known or source == r"\w"
        case Group(_, kind, body):
            return kind in {"look", "behind"} or of_words(body)
        case Again(body):
            return of_words(body)
        case Either(parts) | Row(parts):
            return all(map(of_words, parts))
    return isinstance(node, Place)


def _edged(parts: Sequence[Node], edge: Callable[[Node], bool]) -> bool:
    for part in parts:
        if edge(part):
            return True
        if not (isinstance(part, Place) or _looks(part)):
            return False
    return False


def _looks(part: Node) -> bool:
    return isinstance(part, Group) and part.kind in {"look", "behind"}


def _gap(node: Node) -> bool:
    """Whether what stands before, looked back at, is of no word."""
    match node:
        case Text(char):
            return not WORDY[char]
        case Chars(source, few=few, negated=negated):
            known = bool(few) and not negated and not any(WORDY[char] for char in few)
            return known or source in _GAPS
        case Place(source):
            return source == "^"
        case Group(_, "capture" | "plain", body):
            return _gap(body)
        case Either(parts) | Row(parts):
            asked = parts if isinstance(node, Either) else parts[-1:]
            return bool(asked) and all(_gap(part) for part in asked)
    return False
