"""What an editor would say of a voice: its skeleton, its openings, whom it speaks to, its marks.

Shares are of the editions, from 0 to 1; rates are per 1,000 words; quantiles are at 5, 25, 50, 75
and 95 %.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from savoirfaire.agents.prose import count_words
from savoirfaire.agents.voice.anatomy import Anatomy, Piece
from savoirfaire.agents.voice.background import generated
from savoirfaire.agents.voice.functionwords import KEPT
from savoirfaire.agents.voice.reading import Edition

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

ADDRESS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "fr": {
        "tu": frozenset({"tu", "te", "toi", "ton", "ta", "tes"}),
        "vous": frozenset({"vous", "votre", "vos", "vôtre"}),
        "nous": frozenset({"nous", "notre", "nos", "nôtre"}),
        "on": frozenset({"on"}),
        "je": frozenset({"je", "j", "moi", "mon", "ma", "mes"}),
    },
    "en": {
        "you": frozenset({"you", "your", "yours", "yourself"}),
        "we": frozenset({"we", "us", "our", "ours"}),
        "I": frozenset({"i", "my", "me", "mine"}),
    },
}
"""Whom a text speaks as and to, by language, and the words that show it."""

MARKS = {
    "!": "!",
    "?": "?",
    ";": ";",
    ":": ":",
    "—": "—–",
    "…": "…",
    "( )": "(",
    "« »": "«",
    "“ ”": "“",
    '"': '"',
}
"""Marks by the name that people see, and the signs that are counted for each."""

EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
WORD = re.compile(r"[^\W\d_]+")
_SPOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*['’]?")

_OFTEN = 0.5  # of the editions open or close alike
_LONGEST_RUN = 6  # words of an opening
_SHARED = 0.6  # of the editions have a word that is kept
_LISTED = 24


class Section(NamedTuple):
    """A heading of the skeleton: as it is mostly written, in what share of editions, and where."""

    name: str
    share: float
    place: float  # the middle of its places, from 0 for the first


@dataclass(frozen=True)
class Habits:
    """What a voice does by habit; see the module for units."""

    lengths: Mapping[str, tuple[float, ...]]
    longest: float  # words that 99.5 % of the sentences do not pass
    sections: tuple[Section, ...]
    sections_known: float  # the share of all headings that are among `sections`
    opening: tuple[str, float]
    closing: tuple[str, float]
    address: Mapping[str, float]
    marks: Mapping[str, float]
    kept: tuple[str, ...]
    avoided: tuple[str, ...]
    words: int


def learn_habits(editions: Sequence[Edition], language: str) -> Habits:
    """Count the habits of some editions, of which there is at least one."""
    bodies = [each.reading.anatomy for each in editions]
    sentences = [n for body in bodies for _, s in body.sentences if (n := count_words(s.text))]
    said = [_said(body) for body in bodies]
    found = [headings(body) for body in bodies]
    skeleton = tuple(_sections(found))
    total = Counter(word for words in said for word in words)
    marks = Counter[str]()
    for body in bodies:
        marks.update(marks_of(body.hidden))
    words = max(sum(body.words for body in bodies), 1)
    return Habits(
        lengths=_lengths(bodies, sentences),
        longest=float(np.quantile(sentences or [0], 0.995)),
        sections=skeleton,
        sections_known=_known(skeleton, found),
        opening=_shared(_first(body) for body in bodies),
        closing=_shared(_last(body) for body in bodies),
        address={
            name: 1000 * sum(total[word] for word in group) / words
            for name, group in ADDRESS[language].items()
        },
        marks={name: 1000 * marks[name] / words for name in (*MARKS, "emoji")},
        kept=_kept(said),
        avoided=_avoided(total, language),
        words=words,
    )


def headings(body: Anatomy) -> list[tuple[str, Piece]]:
    """The headings of a text's sections: those of the highest level that is not the title's."""
    found = [each for each in body.blocks if each.kind == "heading"]
    levels = Counter(each.depth for each in found)
    order = sorted(levels)
    if len(order) > 1 and levels[order[0]] == 1:
        order = order[1:]
    return [(body.shown(each), each) for each in found if order and each.depth == order[0]]


def marks_of(hidden: str) -> dict[str, int]:
    """How often each mark is in a text."""
    counts = {name: sum(hidden.count(sign) for sign in signs) for name, signs in MARKS.items()}
    return {**counts, "emoji": sum(1 for _ in EMOJI.finditer(hidden))}


def starts_with(words: str, opening: str) -> bool:
    """Whether a sentence starts as others do, figures and capitals apart."""
    return " ".join(_spoken(words)).startswith(opening)


def _lengths(bodies: Sequence[Anatomy], sentences: list[int]) -> dict[str, tuple[float, ...]]:
    def blocks(*kinds: str) -> list[int]:
        return [
            count_words(body.hidden[block.start : block.end])
            for body in bodies
            for block in body.blocks
            if block.kind in kinds
        ]

    measured: dict[str, Sequence[float]] = {
        "words in a sentence": sentences,
        "words in a paragraph": blocks("paragraph"),
        "words in an item": blocks("item"),
        "words in an edition": [body.words for body in bodies],
        "items in an edition": [sum(b.kind == "item" for b in body.blocks) for body in bodies],
        "links per 100 words": [100 * body.links / max(body.words, 1) for body in bodies],
    }
    return {
        name: tuple(float(each) for each in np.quantile(values, QUANTILES))
        for name, values in measured.items()
        if any(values)
    }


def _sections(found: Sequence[list[tuple[str, Piece]]]) -> list[Section]:
    """The headings of at least a tenth of the editions, in their usual order."""
    written: dict[str, Counter[str]] = {}
    places: dict[str, list[int]] = {}
    for edition in found:
        for key, (place, name) in {
            name.casefold(): (place, name) for place, (name, _) in enumerate(edition) if name
        }.items():
            written.setdefault(key, Counter())[name] += 1
            places.setdefault(key, []).append(place)
    kept = [
        Section(written[key].most_common(1)[0][0], len(at) / len(found), float(np.median(at)))
        for key, at in places.items()
        if len(at) >= max(0.1 * len(found), 2)
    ]
    return sorted(kept, key=lambda each: (each.place, -each.share))


def _known(skeleton: Sequence[Section], found: Sequence[list[tuple[str, Piece]]]) -> float:
    names = [name.casefold() for edition in found for name, _ in edition]
    known = {section.name.casefold() for section in skeleton}
    return sum(name in known for name in names) / len(names) if names else 0.0


def _shared(starts: Iterable[list[str]]) -> tuple[str, float]:
    """The longest first words that at least half of the texts have, and the share that does."""
    texts = list(starts)
    for length in range(_LONGEST_RUN, 1, -1):
        runs = Counter(" ".join(text[:length]) for text in texts if len(text) >= length)
        for run, count in runs.most_common(1):
            if count >= _OFTEN * len(texts):
                return run, count / len(texts)
    return "", 0.0


def _first(body: Anatomy) -> list[str]:
    return _spoken(body.sentences[0][1].text) if body.sentences else []


def _last(body: Anatomy) -> list[str]:
    return _spoken(body.sentences[-1][1].text) if body.sentences else []


def _spoken(words: str) -> list[str]:
    """The words of a sentence as they are spoken, elisions kept, small."""
    return [word.lower().replace("’", "'") for word in _SPOKEN.findall(words)]


def _plain(words: str) -> list[str]:
    return [word.lower() for word in WORD.findall(words)]


def _said(body: Anatomy) -> list[str]:
    return [word for _, part in body.sentences for word in _plain(part.text)]


def _kept(said: Sequence[list[str]]) -> tuple[str, ...]:
    """Words that most editions have and that are no function words, the most shared first."""
    editions = Counter(word for words in said for word in set(words))
    least = max(_SHARED * len(said), 2)
    shared = [
        (count, word)
        for word, count in editions.items()
        if count >= least and word not in KEPT and len(word) > 2  # noqa: PLR2004 - letters of a word
    ]
    return tuple(word for _, word in sorted(shared, key=lambda each: (-each[0], each[1])))[:_LISTED]


def _avoided(total: Mapping[str, int], language: str) -> tuple[str, ...]:
    """What machines like to say, twice at least, and this voice never does; most liked first."""
    liked = Counter(_plain(generated()[("en", "fr").index(language)]))
    never = [(count, word) for word, count in liked.items() if count > 1 and not total.get(word)]
    return tuple(word for _, word in sorted(never, key=lambda each: (-each[0], each[1])))[:_LISTED]
