"""Names and numbers in words, as a sentence has them: what it may say only where a source does."""

import re
from collections.abc import Collection, Iterator

from savoirfaire.knowledge.sketches import analyse

_WORD = re.compile(r"[^\W\d_](?:[\w’'-]*\w)?")
_NUMBERS = {
    word: str(value)
    for value, words in {
        2: "two deux",
        3: "three trois",
        4: "four quatre",
        5: "five cinq",
        6: "six",
        7: "seven sept",
        8: "eight huit",
        9: "nine neuf",
        10: "ten dix dizaine",
        11: "eleven onze",
        12: "twelve douze dozen douzaine",
        13: "thirteen treize",
        14: "fourteen quatorze",
        15: "fifteen quinze quinzaine",
        16: "sixteen seize",
        20: "twenty vingt vingtaine",
        30: "thirty trente trentaine",
        40: "forty quarante",
        50: "fifty cinquante cinquantaine",
        60: "sixty soixante",
        100: "hundred cent cents centaine",
        1000: "thousand mille millier milliers",
        1_000_000: "million millions",
    }.items()
    for word in words.split()
}
_TWICE = re.compile(r"\btwice\b", re.IGNORECASE)
_AMBIGUOUS = frozenset({"neuf", "second"})  # new, and nine
_MONTHS_AND_DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june"
    " july august september october november december"
)
CALENDAR = frozenset(_MONTHS_AND_DAYS.split())

"""Months and days, which English writes with a capital."""


def parts(text: str) -> list[str]:
    """The words of a text, without elisions and genitives: `l'Atelier`, `Acme's`."""
    return [_part(word) for word in _WORD.findall(text)]


def placed(text: str) -> Iterator[tuple[str, int]]:
    """What `parts` gives, each with the place at which its word begins."""
    return ((_part(found[0]), found.start()) for found in _WORD.finditer(text))


def _part(word: str) -> str:
    head, _sign, tail = word.replace("’", "'").partition("'")
    if tail in {"", "s"}:
        return head
    return tail if len(head) <= 2 else word  # noqa: PLR2004


def is_common(word: str) -> bool:
    """Whether a word is one of those that every text has."""
    return not analyse(word).stems.size


def said_in(texts: Collection[str]) -> frozenset[str]:
    """The words of what is cited: a number in words that is among them is one that is cited."""
    return frozenset(word.casefold() for each in texts for word in _WORD.findall(each))


def spelled(text: str, said: Collection[str]) -> Iterator[tuple[str, int, str]]:
    """The numbers in words, but for those `said`: the word, where it begins, its value."""
    for found in _WORD.finditer(text):
        word = found[0].casefold()
        if word in _NUMBERS and word not in said and word not in _AMBIGUOUS:
            yield found[0], found.start(), _NUMBERS[word]


def counted(text: str) -> frozenset[str]:
    """Every number that a text has in words."""
    found = {value for _, _, value in spelled(text, ())}
    return frozenset(found | ({"2"} if _TWICE.search(text) else set()))
