"""Claims against what is known, without a model: figures, dates, names and quotations.

A sentence that a source has word for word is supported. A figure that no source has, where a source
says the same of another figure, is contradicted. A figure, name or quotation that is nowhere is not
found. Whether the rest of a sentence says what its source says needs a reader: it stays open.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from savoirfaire.agents.claiming import Claim, Place, Weighed, at
from savoirfaire.agents.figures import Figure, figures
from savoirfaire.agents.forms import Passage
from savoirfaire.agents.prose import Part, hide, hide_quotations, quotations, sentences
from savoirfaire.agents.spans import Spotter
from savoirfaire.agents.support import Shown
from savoirfaire.agents.verbatim import plain, quoted_in
from savoirfaire.knowledge.analysis import STOPWORDS, fold

_ALIKE = 0.6  # of a claim's words that a sentence must have to be of the same matter
_FEWEST = 2  # words that the two sentences must have in common for that
_STEM = 6  # letters by which two forms of a word are taken for one
_WORD = re.compile(r"[^\W\d_]{3,}")
_UNIT = re.compile(r"[\s\xa0\u202f]*([^\W\d_]+|[%€$£°])")
_NAME = re.compile(r"\b[A-ZÀ-ÖØ-ÞŒ][\w’'-]+")
_SHORTEST = 3  # letters of a name


class Known(Shown):
    """A passage, read once for every claim that is weighed by it."""

    def __init__(self, passage: Passage) -> None:
        super().__init__(passage)
        self.passage = passage

    @cached_property
    def folded(self) -> str:
        """Its words, without accents or capitals."""
        return fold(self.words)

    @cached_property
    def spotter(self) -> Spotter:
        """What finds exact spans in it."""
        return Spotter(self.quote)

    @cached_property
    def parts(self) -> list[tuple[Part, frozenset[str], frozenset[str]]]:
        """Its sentences, each with the stems of its words, and of those before it as well."""
        own = [(part, stems(part.text)) for part in sentences(self.quote)]
        before = [frozenset[str](), *(words for _, words in own)]
        return [(part, words, words | before[n]) for n, (part, words) in enumerate(own)]


class Scales:
    """The passages of an edition: those shown under labels, and those known around each entry."""

    def __init__(
        self, shown: Sequence[Passage], around: Mapping[Place, Sequence[Passage]] | None = None
    ) -> None:
        self._shown = {each.label: Known(each) for each in shown}
        self._around: dict[Place, list[Known]] = {
            place: [Known(each) for each in passages] for place, passages in (around or {}).items()
        }

    def known(self, claim: Claim) -> list[Known]:
        """What a claim is weighed by: the passages it cites, then those known of its entry."""
        cited = [self._shown[label] for label in claim.cites if label in self._shown]
        return [*cited, *self._around.get(claim.place, [])]

    def weigh(self, claim: Claim) -> Weighed:
        """What can be said of `claim` without reading it as a person would."""
        known = self.known(claim)
        whole = plain(claim.text).strip(" .")
        for each in known:
            if whole and quoted_in(whole, each.words):
                start, end = each.spotter.find(claim.text) or (0, len(each.quote))
                return at(claim, "supported", each.passage, start=start, end=end)
        lacking = _lacking_figures(claim, known)
        for figure in lacking:
            if rival := _rival(claim, figure, known):
                other, part, said = rival
                return at(
                    claim,
                    "contradicted",
                    other.passage,
                    said=figure.quote,
                    fix=said.quote,
                    start=part.start,
                    end=part.end,
                )
        missing = [figure.quote for figure in lacking] + _missing_words(claim, known)
        if missing:
            return at(claim, "not_found", None, said=missing[0])
        return _open(claim, known)


def stems(text: str) -> frozenset[str]:
    """The words of a text that carry its matter, in the form they are compared in."""
    words = (fold(word) for word in _WORD.findall(plain(text)))
    return frozenset(word[:_STEM] for word in words if word not in STOPWORDS)


def _lacking_figures(claim: Claim, known: Sequence[Known]) -> list[Figure]:
    return [
        each
        for each in figures(claim.text)
        if not any(each.readings & other.figures for other in known)
    ]


def _missing_words(claim: Claim, known: Sequence[Known]) -> list[str]:
    """The quotations, then the names, that nothing known has."""
    hidden = hide(claim.text)
    quoted = [each.text for each in quotations(hidden)]
    lost = [each for each in quoted if not any(quoted_in(each, other.words) for other in known)]
    names = [name for name in _names(hide_quotations(hidden)) if not _is_said(name, known)]
    return [*lost, *names]


def _names(hidden: str) -> list[str]:
    """The words with a capital that no sentence starts with."""
    starts = {part.start for part in sentences(hidden)}
    return [
        found.group()
        for found in _NAME.finditer(hidden)
        if found.start() not in starts
        and len(found.group()) >= _SHORTEST
        and hidden[: found.start()].rstrip(' *_"“«(\xa0\u202f')[-1:] not in {"", ":", "."}
    ]


def _is_said(name: str, known: Iterable[Known]) -> bool:
    bare = fold(plain(name)).removesuffix("'s")
    return any(bare in each.folded for each in known)


def _rival(
    claim: Claim, figure: Figure, known: Sequence[Known]
) -> tuple[Known, Part, Figure] | None:
    """A sentence that says the same as `claim`, but for another figure in the place of this."""
    mine = stems(claim.text)
    unit = _unit(claim.text, figure)
    dated = _is_date(figure)
    best: tuple[float, Known, Part, Figure] | None = None
    for each in known:
        for part, own, theirs in each.parts:
            likeness = len(mine & theirs) / len(mine) if mine else 0.0
            alike = likeness >= _ALIKE and len(mine & own) >= _FEWEST
            if not alike or (best and likeness <= best[0]):
                continue
            said = figures(part.text)
            rivals = [
                other
                for other in said
                if _is_date(other) == dated
                and not other.readings & figure.readings
                and (dated or (unit and _unit(part.text, other) == unit))
            ]
            if len(rivals) == 1:  # two would leave it open which of them is meant
                best = (likeness, each, part, rivals[0])
    return best[1:] if best else None


def _unit(text: str, figure: Figure) -> str:
    """What a figure counts: the word behind it, in the form that words are compared in."""
    found = _UNIT.match(text, text.find(figure.quote) + len(figure.quote))
    return fold(found[1])[:_STEM] if found else ""


def _is_date(figure: Figure) -> bool:
    return any(reading.startswith("date:") for reading in figure.readings)


def _open(claim: Claim, known: Sequence[Known]) -> Weighed:
    """The claim as not judged, with the sentence that is nearest to it."""
    mine = stems(claim.text)
    near = [
        (len(mine & own), -number, part, each)
        for number, each in enumerate(known)
        for part, own, _ in each.parts
    ]
    if not near:
        return at(claim, "not_judged", None)
    _, _, part, each = max(near, key=lambda found: found[:2])
    return at(claim, "not_judged", each.passage, start=part.start, end=part.end)
