"""Sentences, where Vale's English segmenter (Punkt, as its Go port has it) ends them.

The method is that of Kiss and Strunk (2006): words that end in a period are told apart as
abbreviations, ordinals and ends of sentences by the words they are and the word that follows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

# The flags of Punkt's orthographic context: in small letters at the beginning of a sentence, inside
# one, or where that is not known; with a capital inside one.
_SMALL, _CAPITAL_INSIDE = 16 | 32 | 64, 4
_STOPS = frozenset(".!?")
_ENDERS = (
    *('."', ".)", ".’", ".”"),
    *("?", '?"', "?'", "?)", "?’", "?”"),
    *("!", '!"', "!'", "!)", "!’", "!”"),
)
_INSIDE = (".[", ".(", '."', "?[", "?(", "![", "!(")
_CLOSERS = (")", "’", "”", '"', "'")
_NUMBER = re.compile(r"-?[.,]?\d[\d,.-]*\.?$", re.ASCII)
_INITIAL = re.compile(r"[A-Za-z]\.\Z")
_ELLIPSIS = re.compile(r"(?:\.\s?){2,}\.")
_ABBREVIATION = re.compile(r"(?:\w\.)+\w*\.", re.ASCII)
_STOPPED = re.compile(r"[.!?]\S*(?:(?=\s+(\S+)))?")


@dataclass(frozen=True)
class Model:
    """What was learnt of English.

    `small`: words seen in small letters and never with a capital inside a sentence; `both`: those
    seen with both.
    """

    abbreviations: frozenset[str]
    starters: frozenset[str]
    collocations: frozenset[tuple[str, str]]
    small: frozenset[str]
    both: frozenset[str]


@cache
def _model() -> Model:
    """The English model, trained by its authors on the Wall Street Journal."""
    from punkt.data import english  # noqa: PLC0415 - 300 KB that only sentences need

    seen = english.ORTHO_CONTEXT
    small = {word for word, flags in seen.items() if flags & _SMALL}
    both = {word for word in small if seen[word] & _CAPITAL_INSIDE}
    return Model(
        abbreviations=english.ABBREV_TYPES | {"sgt", "gov", "no", "mt"},
        starters=english.SENT_STARTERS,
        collocations=english.COLLOCATIONS,
        small=frozenset(small - both),
        both=frozenset(both),
    )


class _Token:
    __slots__ = ("end", "ends", "kind", "short", "text", "upper")

    def __init__(self, text: str, end: int) -> None:
        self.text = text
        self.end = end
        self.ends = self.short = False
        self.kind = _kind(text)
        self.upper = text[:1].isupper()

    @property
    def period(self) -> bool:
        return self.text.endswith(".")

    @property
    def bare(self) -> str:
        kind = self.kind
        return kind[:-1] if len(kind) > 1 and kind.endswith(".") else kind

    @property
    def next_kind(self) -> str:
        return self.bare if self.ends else self.kind


@lru_cache(maxsize=20_000)
def _kind(text: str) -> str:
    kind = _NUMBER.sub("##number##", text.lower())
    return kind if len(kind) == 1 else kind.replace(",", "")


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, without the white space around them."""
    return tuple(text[start:end].strip() for start, end in spans(text))


def spans(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text lie; together they are the text."""
    tokens = list(_tokens(text))
    for token in tokens:
        _mark(token)
    for token, following in pairwise(tokens):
        _weigh(token, following)
    for token, following in pairwise(tokens):
        _weigh_again(token, following)
    found, start = [], 0
    for token in tokens:
        if token.ends:
            found.append((start, token.end))
            start = token.end
    if start < len(text):
        found.append((start, len(text)))
    return found


def _tokens(text: str) -> Iterator[_Token]:
    """The words that carry a stop, and each word after one."""
    end = 0
    for found in _STOPPED.finditer(text):
        space = text.rfind(" ", end, found.start())
        start, end = max(space, end), found.end()
        yield _Token(text[start:end].rsplit(maxsplit=1)[-1], end)
        following = found[1]
        if following and _STOPS.isdisjoint(following):
            yield _Token(following, found.end(1))


def _mark(token: _Token) -> None:
    text = token.text
    if _STOPS.isdisjoint(text):
        return
    closes = text.endswith(_ENDERS) and "Yahoo!" not in text
    if closes or any(sign in text for sign in _INSIDE):
        token.ends = True
    elif token.period and not text.endswith(".."):
        bare = text[:-1].lower()
        known = _model().abbreviations
        token.short = bare in known or bare.rpartition("-")[2] in known
        token.ends = not token.short


def _starts(token: _Token) -> int:
    """Whether a word begins a sentence, by its letters: 1 yes, 0 no, -1 unknown."""
    if token.text in {";", ":", ",", ".", "!", "?"}:
        return 0
    if token.upper and token.next_kind in _model().small:
        return 1
    return 0 if token.text[:1].islower() else -1


def _weigh(token: _Token, following: _Token) -> None:
    if not token.period:
        return
    model, kind = _model(), token.bare
    initial = len(token.text) == 2 and bool(_INITIAL.match(token.text))  # noqa: PLR2004
    if (kind, following.next_kind) in model.collocations:
        token.ends, token.short = False, True
        return
    if (token.short or token.text.endswith("..")) and not initial:
        named = following.upper and following.next_kind in model.starters
        if _starts(following) == 1 or named:
            token.ends = True
            return
    if initial or kind == "##number##":
        starts = _starts(following)
        kind = following.next_kind
        never_small = kind not in model.small and kind not in model.both
        if starts == 0 or (starts < 0 and initial and following.upper and never_small):
            token.ends, token.short = False, True


def _weigh_again(token: _Token, following: _Token) -> None:
    """What Vale's port adds: brackets, quotes and ellipses within a sentence, `F.B.I.`."""
    if token.period and following.text == ".":
        token.ends = following.ends = False
        return
    stops = token.text.count(".")
    dots = stops > 2 and bool(_ELLIPSIS.search(token.text))  # noqa: PLR2004 - an ellipsis has three
    inside = token.ends and token.text.endswith(_CLOSERS)
    open_period = token.period and not token.ends
    model = _model()
    kind = following.next_kind
    if dots and (following.upper or kind in model.starters):
        token.ends = True
        return
    if inside and following.text[:1].islower() and kind not in model.starters:
        token.ends = False
        return
    if open_period and following.upper and (kind in model.small or kind in model.both):
        token.ends = True
    if stops > 1:
        _weigh_letters(token, following, kind)


def _weigh_letters(token: _Token, following: _Token, kind: str) -> None:
    if not _ABBREVIATION.search(token.text) or _INITIAL.match(token.text):
        return
    named = following.upper and kind in _model().starters
    token.short, token.ends = True, _starts(following) == 1 or named
