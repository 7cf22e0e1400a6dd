"""Whether a reply says only what its sources and the mail it answers bear out; no model is asked.

A sentence that states something cites; its figures, days and names stand in what it cites or in
the mail. A name may be spelled otherwise in another language: there it is not looked at.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from savoirfaire.agents.figures import evidence, figures
from savoirfaire.agents.findings import Check, finding
from savoirfaire.agents.forms import Breach, Passage, Sentence
from savoirfaire.agents.naming import CALENDAR, counted, is_common, placed, said_in, spelled
from savoirfaire.agents.prose import hide, starts_sentence
from savoirfaire.agents.triage.courtesy import states
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.rules.telling import language
from savoirfaire.knowledge.sketches import analyse
from savoirfaire.tools.mail.cues import DAYS, SOON

_LITTLE = 2  # words such as `the` and `nous` that tell the language of a short passage
_UNCITED: Check = "citation.missing"
_FIGURE: Check = "figure.unsupported"
_NAME: Check = "name.unsupported"
_TITLES = ("mr", "mrs", "ms", "dr", "madame", "monsieur", "mme", "mlle")
_DAY = re.compile(rf"\b(?:(?P<week>{'|'.join(DAYS)})s?|{'|'.join(SOON)})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Ground:
    """The texts that a sentence may rest on: those it cites, and the mail."""

    texts: tuple[str, ...]

    @cached_property
    def figures(self) -> frozenset[str]:
        """Every reading of a figure that the texts support, in digits or in words."""
        return frozenset().union(*map(evidence, self.texts), *map(counted, self.texts))

    @cached_property
    def stems(self) -> frozenset[int]:
        """The words of the texts, as they are compared."""
        return frozenset(stem for each in self.texts for stem in analyse(each).stems.tolist())

    @cached_property
    def days(self) -> frozenset[str]:
        """The days that the texts name."""
        return frozenset(day for each in self.texts for _, day in _days(each))


def backed(
    found: Sequence[Breach],
    sentences: Sequence[Sentence],
    passages: Sequence[Passage],
    mail: str,
    brand: BrandPack,
) -> list[Breach]:
    """`found`, as it holds for a reply to `mail`, and what else nothing bears out.

    `mail` is all that its writer said, with their name. A greeting, thanks or a question may cite
    nothing, and what stands in the mail may be said again.
    """
    known = {each.label: each.quote for each in passages}
    grounds = [
        (each.text, Ground((*(known[label] for label in each.cites if label in known), mail)))
        for each in sentences
    ]
    stating = {each.text for each in sentences if not each.cites and states(each.text, mail)}
    kept = [
        each
        for each in found
        if not (each.rule == _UNCITED and each.quote not in stating)
        and not (each.rule == _FIGURE and _borne(each.quote, grounds))
    ]
    more = [
        finding(rule, quote, "", brand)
        for text, ground in grounds
        if text not in stating
        for rule, quote in _unbacked(text, ground, brand.brand.name)
    ]
    said = {(each.rule, each.quote) for each in kept}
    new = {(each.rule, each.quote): each for each in more}
    return kept + [each for key, each in new.items() if key not in said]


def _unbacked(text: str, ground: Ground, ours: str) -> Iterator[tuple[Check, str]]:
    """The numbers in words, the days and the names of a sentence that stand on nothing."""
    prose = hide(text)
    for word, _, value in spelled(prose, said_in(ground.texts)):
        if value not in ground.figures:
            yield _FIGURE, word
    for word, day in _days(prose):
        if day not in ground.days:
            yield _FIGURE, word
    tongues = {language(each, enough=_LITTLE) for each in ground.texts[:-1]} - {None}
    tongue = language(text, enough=_LITTLE)
    if tongue is None or tongues <= {tongue}:
        yield from ((_NAME, name) for name in _names(prose, ground.stems, ours))


def _days(text: str) -> Iterator[tuple[str, str]]:
    """The days that a text names by word, and which they are in both languages."""
    for found in _DAY.finditer(text):
        name, soon = found["week"], found[0].casefold()
        yield found[0], f"week {DAYS[name.casefold()]}" if name else f"soon {SOON[soon]}"


def _names(text: str, held: frozenset[int], ours: str) -> Iterator[str]:
    """The words with a capital, inside a sentence, that are no word of what it may rest on."""
    allowed = {*ours.casefold().split(), *CALENDAR, *_TITLES}
    for word, place in placed(text):
        named = word[:1].isupper() and len(word) > 1 and not starts_sentence(text, place)
        if (
            named
            and word.casefold() not in allowed
            and not is_common(word)
            and not _has(held, word)
        ):
            yield word


def _has(held: frozenset[int], word: str) -> bool:
    return bool(held & set(analyse(word).stems.tolist()))


def _borne(quote: str, grounds: Iterable[tuple[str, Ground]]) -> bool:
    """Whether each figure of `quote` stands in the ground of every sentence that has it."""
    under = [ground.figures for text, ground in grounds if quote in text]
    return all(each.readings & borne for each in figures(quote) for borne in under)
