"""The verifier: whether a text is written like the next edition of a voice, and what is off.

Nothing here raises on any text, calls a model, or reads another client's text.
"""

from collections.abc import Iterator

from savoirfaire.agents.voice import finding as find
from savoirfaire.agents.voice.calibration import LEAST, LIMIT, Figures, Scale, figures
from savoirfaire.agents.voice.profile import VoiceProfile
from savoirfaire.agents.voice.reading import Reading
from savoirfaire.agents.voice.report import Finding, VoiceReport, words_of

_WHOLE = 0.5  # of the words of a short edition: what is shorter is taken for a part of one
_RHYTHMIC = 200  # words in which one sign more is not yet a rhythm


def verify(text: str, voice: VoiceProfile) -> VoiceReport:
    """Judge a text; findings are in its order, those of the whole text first."""
    reading = Reading(text)
    signs, calibration = len(reading.masked.signs), voice.calibration
    score, told = None, {}
    scale = calibration.scale(signs) if calibration and signs else None
    why = _why_not(voice, signs)
    if calibration and scale and not why:
        measured = figures(reading, voice.counts)
        score = calibration.score(scale.place(measured))
        told = _told(measured, scale)
    found = _findings(reading, voice, scale if not why else None)
    return VoiceReport(
        fits=None if score is None else score >= LIMIT,
        score=score,
        limit=LIMIT,
        trust=voice.trust,
        why=why,
        words=reading.anatomy.words,
        figures=told,
        findings=tuple(sorted(found, key=lambda each: (each.start, -each.weight))),
        fingerprint=voice.fingerprint,
    )


def _why_not(voice: VoiceProfile, signs: int) -> str:
    """Why a text cannot be judged; empty where it can."""
    if voice.calibration is None:
        return words_of(voice.language, "few", count=len(voice.editions), least=LEAST)
    short = signs < voice.calibration.shortest
    return words_of(voice.language, "short") if short else ""


def _told(measured: Figures, scale: Scale) -> dict[str, float]:
    """The figures in spreads of the voice's own, for who wants to know why."""
    return {name: round(value, 2) for name, value in scale.standing(measured).items()}


def _findings(reading: Reading, voice: VoiceProfile, scale: Scale | None) -> Iterator[Finding]:
    yield from find.worn(reading, voice)
    yield from find.foreign(reading, voice)
    yield from find.long_sentences(reading, voice)
    yield from find.address(reading, voice)
    yield from find.marks(reading, voice)
    yield from find.sections(reading, voice)
    least = voice.habits.lengths.get("words in an edition", (0.0,))[0]
    if reading.anatomy.words >= _WHOLE * least:
        yield from find.skeleton(reading, voice)
    if scale is not None and reading.anatomy.words >= _RHYTHMIC:
        yield from find.rhythm(reading, voice, scale)
