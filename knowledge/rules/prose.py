"""Counts of a text for readability formulas: words, sentences, syllables, as Vale counts them.

The formulas are the published ones (Flesch-Kincaid, Gunning 1952, Coleman-Liau 1975, SMOG 1969,
ARI 1967); syllables are counted by the rules of Fatih's and Wallbridge's counters, in English.
"""

import math
import operator
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from savoirfaire.knowledge.rules.sentences import sentences

_WORD = re.compile(r"[A-Z]\.(?:[A-Z]\.)+|[^\W_]+(?:'+[^\W_]*+)*+|'(?:[^\W_]|')*")
_PLAIN_WORD = re.compile(r"[A-Z]\.(?:[A-Z]\.)+|[0-9A-Za-z]+(?:'+[0-9A-Za-z]*+)*+|'[0-9A-Za-z']*")
"""The same for texts of plain letters only, where they can be named."""
_KNOWN = MappingProxyType(
    dict.fromkeys(
        str.split(
            "abed adieu cafe cafes chile chloe circe jesse jukebox maybe people shoreline daphne"
            " phoebe zoe"
        ),
        2,
    )
    | dict.fromkeys(
        str.split(
            "abare acreage adame adobe apache coyote forever karate machete recipe sesame simile"
            " syncope tamale euterpe"
        ),
        3,
    )
    | dict.fromkeys(
        str.split(
            "abalone abruzzese abbruzzese anemone aphrodite apostrophe ariadne calliope"
            " catastrophe epitome facsimile gethsemane guacamole hyperbole yosemite eurydice"
            " hermione penelope persephone"
        ),
        4,
    )
    | dict.fromkeys(("aborigine", "aborigines"), 5)
)
_ED = (
    "b|c|ch|dg|f|g|gh|gn|k|l|lch|ll|lv|m|mm|n|nc|ng|nch|nn|p|r|rc|rn|rs|rv|s|sc|sk|sl|squ|ss|th"
    "|v|y|z"
)
_ES = "b|ch|d|f|gh|gn|k|l|lch|ll|lv|m|mm|n|nch|nn|p|r|rn|rs|rv|s|sc|sk|sl|squ|ss|st|t|th|v|y"
_E = (
    "b|c|ch|d|dg|f|g|gh|gn|k|l|ll|lv|m|mm|n|nc|ng|nn|p|r|rc|rn|rs|rv|s|sc|sk|sl|squ|ss|st|t|th"
    "|v|y|z"
)
_LESS = (
    re.compile(
        r"cia(?:l|$)|tia|cius|cious|[^aeiou]giu|[aeiouy][^aeiouy]ion|iou|sia$|eous$|[oa]gue$"
        r"|.[^aeiuoycgltdb]{2,}ed$|.ely$|^jua|uai|eau|^busi$"
        rf"|[aeiouy](?:{_ED})ed$|[aeiouy](?:{_ES})es$"
    ),
    re.compile(rf"[aeiouy](?:{_E})e$"),
)
_MORE = (
    re.compile(
        r"(?:[^aeiouy]ie(?:r|st|t)|[aeiouym]bl|eo|ism|asm|thm|dnt|uity|dea|gean|oa|ua|eings?"
        r"|[aeiouy]sh?e[rsd])$"
    ),
    re.compile(r"[^gq]ua[^auieo]|[aeiou]{3}|^(?:ia|mc|coa[dglx].)"),
    re.compile(
        r"[^aeiou]y[ae]|[^l]lien|riet|dien|iu|io|ii|uen|real|iell|eo[^aeiou]|[aeiou]y[aeiou]"
    ),
    re.compile(r"[^s]ia"),
)
_VOWELS = re.compile(r"[aeiouy]+")
_PREFIXES = (
    str.split(
        "above anti ante counter hyper afore agri infra intra inter over semi ultra under extra"
        " dia micro mega kilo pico nano macro"
    ),
    "un fore ware none non out post sub pre pro dis side".split(),  # noqa: SIM905
)
_SUFFIXES = (
    "ology ologist onomy onomist".split(),  # noqa: SIM905
    "fully berry woman women".split(),  # noqa: SIM905
    str.split(
        "ly less some ful er ers ness cian cians ment ments ette ettes ville villes ships ship"
        " side sides port ports shire shires tion tioned"
    ),
)


def syllables(word: str) -> int:
    """How many syllables an English word has."""
    if len(word) < 3:  # noqa: PLR2004 - a short word has one
        return min(len(word), 1)
    word = word.lower()
    if word in _KNOWN:
        return _KNOWN[word]
    word, before = _without(word, _PREFIXES, prefix=True)
    word, after = _without(word, _SUFFIXES, prefix=False)
    count = before + after + len(_VOWELS.findall(word))
    count -= sum(len(rule.findall(word)) for rule in _LESS)
    count += sum(len(rule.findall(word)) for rule in _MORE)
    return max(count, 1)


def _without(word: str, groups: tuple[list[str], ...], *, prefix: bool) -> tuple[str, int]:
    for number, parts in enumerate(groups):
        for part in parts:
            if word.startswith(part) if prefix else word.endswith(part):
                rest = word.removeprefix(part) if prefix else word.removesuffix(part)
                return rest, len(groups) - number
    return word, 0


@dataclass(slots=True)
class Counts:
    """What a text counts up to."""

    characters: float = 0
    complex_words: float = 0
    long_words: float = 0
    paragraphs: float = 0
    polysyllabic_words: float = 0
    sentences: float = 0
    syllables: float = 0
    words: float = 0


@lru_cache(maxsize=50_000)
def _weighed(word: str) -> tuple[int, bool, int, bool, bool]:
    """A word's letters, whether it is long, its syllables, and whether they are many."""
    beats = syllables(word)
    shorter = word.endswith(("es", "ed", "ing"))
    many = 2
    letters = sum(map(str.isalnum, word))
    return letters, len(word.encode()) > 6, beats, beats > many, beats - shorter > many  # noqa: PLR2004


def counted(text: str, parted: Callable[[str], Sequence[str]] = sentences) -> Counts:
    """The counts of a text whose paragraphs are parted by an empty line; `parted` by sentences."""
    counts = Counts()
    for paragraph in text.split("\n\n"):
        counts.paragraphs += 1
        counts.sentences += len(parted(paragraph))
    # A sentence ends where a word does: the words are those of its sentences.
    words = Counter((_PLAIN_WORD if text.isascii() else _WORD).findall(text))
    times = list(words.values())
    counts.words = sum(times)
    if words:
        columns = zip(*map(_weighed, words), strict=True)
        sums = (sum(map(operator.mul, column, times)) for column in columns)
        (
            counts.characters,
            counts.long_words,
            counts.syllables,
            counts.polysyllabic_words,
            counts.complex_words,
        ) = sums
    return counts


def _over(one: float, other: float) -> float:
    """A quotient as machines have it: nothing over nothing is no number."""
    if other:
        return one / other
    return math.copysign(math.inf, one) if one else math.nan


def flesch_kincaid(c: Counts) -> float:
    """The Flesch-Kincaid grade level."""
    return 0.39 * _over(c.words, c.sentences) + 11.8 * _over(c.syllables, c.words) - 15.59


def gunning_fog(c: Counts) -> float:
    """The Gunning fog index."""
    return 0.4 * (_over(c.words, c.sentences) + 100 * _over(c.complex_words, c.words))


def coleman_liau(c: Counts) -> float:
    """The Coleman-Liau index."""
    return 5.88 * _over(c.characters, c.words) - 29.6 * _over(c.sentences, c.words) - 15.8


def smog(c: Counts) -> float:
    """The SMOG grade."""
    return 1.0430 * math.sqrt(_over(c.polysyllabic_words * 30, c.sentences)) + 3.1291


def automated(c: Counts) -> float:
    """The automated readability index."""
    return 4.71 * _over(c.characters, c.words) + 0.5 * _over(c.words, c.sentences) - 21.43


GRADES: Mapping[str, Callable[[Counts], float]] = MappingProxyType(
    {
        "Gunning Fog": gunning_fog,
        "Coleman-Liau": coleman_liau,
        "Flesch-Kincaid": flesch_kincaid,
        "SMOG": smog,
        "Automated Readability": automated,
    }
)
"""The grades a readability rule may ask for, by Vale's names."""
