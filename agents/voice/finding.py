"""What is off in a text, in words with places; each finder gives findings of one kind."""

from collections.abc import Iterator

import numpy as np

from savoirfaire.agents.prose import count_words
from savoirfaire.agents.voice.calibration import Scale
from savoirfaire.agents.voice.cliches import cliches
from savoirfaire.agents.voice.habits import (
    ADDRESS,
    EMOJI,
    MARKS,
    WORD,
    headings,
    starts_with,
)
from savoirfaire.agents.voice.profile import VoiceProfile
from savoirfaire.agents.voice.reading import Reading
from savoirfaire.agents.voice.report import Finding, Rule, name_of, words_of
from savoirfaire.agents.voice.rhythm import MEASURES, measure

_REPEATED = 3  # findings of one word or mark
_ALWAYS = 0.9  # of the editions have a section that is missed
_KNOWN = 0.8  # of the headings are known, where sections are a habit
_FAR = 4.0  # spreads: a rhythm that is off
_WORST = 3  # measures of rhythm that are told
_LONGER = 1.2  # times the longest usual sentence
_OWN_WORD = 3  # times in the editions: then it is the voice's own
_PERSON_WEIGHT, _FORM_WEIGHT, _CLICHE_WEIGHT = 3.0, 2.0, 5.0


def finding(
    reading: Reading, rule: Rule, span: tuple[int, int], message: str, weight: float
) -> Finding:
    """A finding at a span of the text."""
    return Finding(rule, *span, reading.text[slice(*span)], message, round(weight, 2))


def worn(reading: Reading, voice: VoiceProfile) -> Iterator[Finding]:
    """Clichés that the shipped rules know, but for words that the voice has itself."""
    for alert in cliches(reading.text, voice.language, voice.tolerated):
        span = (alert.start, alert.end)
        if voice.phrases.own.get(alert.match.lower(), 0) >= _OWN_WORD:
            continue
        yield finding(reading, "voice.cliche", span, alert.message, _CLICHE_WEIGHT)


def foreign(reading: Reading, voice: VoiceProfile) -> Iterator[Finding]:
    """Sentences that read like generated prose and like none of the voice's own."""
    for _, part in reading.anatomy.sentences:
        beyond = voice.phrases.score(part.text) - voice.phrases.limit
        if beyond > 0:
            told = ", ".join(voice.phrases.telling(part.text))
            message = words_of(voice.language, "sentence", words=told or "…")
            yield finding(reading, "voice.sentence", (part.start, part.end), message, 1 + beyond)


def long_sentences(reading: Reading, voice: VoiceProfile) -> Iterator[Finding]:
    """Sentences far longer than the longest usual ones."""
    most = voice.habits.longest
    for _, part in reading.anatomy.sentences:
        words = count_words(part.text)
        if words > most * _LONGER:
            message = words_of(voice.language, "length", count=words, most=round(most))
            yield finding(reading, "voice.length", (part.start, part.end), message, words / most)


def address(reading: Reading, voice: VoiceProfile) -> Iterator[Finding]:
    """Persons that the voice hardly ever speaks as or to."""
    rare = {
        word: name
        for name, group in ADDRESS[voice.language].items()
        if voice.hardly(voice.habits.address[name])
        for word in group
    }
    told = dict.fromkeys(rare.values(), 0)
    for _, part in reading.anatomy.sentences:
        for word in WORD.finditer(part.text):
            name = rare.get(word[0].lower(), "")
            if name and told[name] < _REPEATED:
                told[name] += 1
                span = (part.start + word.start(), part.start + word.end())
                quote = reading.text[slice(*span)]
                message = words_of(voice.language, "address", quote=quote, name=name)
                yield finding(reading, "voice.address", span, message, _PERSON_WEIGHT)


def marks(reading: Reading, voice: VoiceProfile) -> Iterator[Finding]:
    """Marks that the voice hardly ever makes."""
    hidden = reading.anatomy.hidden
    for name, signs in MARKS.items():
        if voice.hardly(voice.habits.marks[name]):
            places = [(at, at + 1) for at, sign in enumerate(hidden) if sign in signs]
            yield from _marked(reading, voice, name, places[:_REPEATED])
    if voice.hardly(voice.habits.marks["emoji"]):
        spans = [match.span() for match in EMOJI.finditer(hidden)][:_REPEATED]
        yield from _marked(reading, voice, name_of(voice.language, "emoji"), spans)


def sections(reading: Reading, voice: VoiceProfile) -> Iterator[Finding]:
    """Headings that no edition has, where the voice has a skeleton."""
    known = {section.name.casefold() for section in voice.habits.sections}
    found = headings(reading.anatomy)
    if not _has_skeleton(voice) or not found:
        return
    for name, block in found:
        if name and name.casefold() not in known:
            message = words_of(voice.language, "section", quote=name)
            yield finding(reading, "voice.section", (block.start, block.end), message, _FORM_WEIGHT)


def skeleton(reading: Reading, voice: VoiceProfile) -> Iterator[Finding]:
    """Sections and the opening that nearly every edition has; asked of whole editions only."""
    written = {name.casefold() for name, _ in headings(reading.anatomy)}
    for section in voice.habits.sections:
        if section.share >= _ALWAYS and section.name.casefold() not in written:
            share = round(100 * section.share)
            message = words_of(voice.language, "section.missing", name=section.name, share=share)
            yield Finding("voice.section", 0, 0, "", message, _FORM_WEIGHT)
    opening, often = voice.habits.opening
    first = reading.anatomy.sentences[0][1] if reading.anatomy.sentences else None
    if opening and often >= _ALWAYS and first and not starts_with(first.text, opening):
        message = words_of(voice.language, "opening", name=opening, share=round(100 * often))
        yield finding(reading, "voice.opening", (first.start, first.end), message, _FORM_WEIGHT)


def rhythm(reading: Reading, voice: VoiceProfile, scale: Scale) -> Iterator[Finding]:
    """Measures of the whole text that are far from usual, the worst first."""
    middle, spread = scale.rhythm
    far = (measure(reading.masked.signs) - middle) / spread
    for place in np.argsort(-np.abs(far))[:_WORST]:
        if abs(far[place]) >= _FAR:
            yield Finding(
                *("voice.rhythm", 0, 0, "", _rhythm_words(voice, MEASURES[place], far[place])),
                weight=round(float(abs(far[place])), 2),
            )


def _rhythm_words(voice: VoiceProfile, name: str, far: float) -> str:
    lengths = name.endswith("words")
    way = ("longer" if far > 0 else "shorter") if lengths else ("more" if far > 0 else "less")
    return words_of(voice.language, f"rhythm.{way}", name=name_of(voice.language, name))


def _marked(
    reading: Reading, voice: VoiceProfile, name: str, spans: list[tuple[int, int]]
) -> Iterator[Finding]:
    for start, end in spans:
        quote = reading.text[start:end]
        message = words_of(voice.language, "mark", quote=quote, name=name)
        yield finding(reading, "voice.mark", (start, end), message, _PERSON_WEIGHT)


def _has_skeleton(voice: VoiceProfile) -> bool:
    return bool(voice.habits.sections) and voice.habits.sections_known >= _KNOWN
