"""How urgent a mail is, how its writer feels, until when, and what was promised: by their words.

French and English are equals. Each finding has the span it rests on; where no word tells, or two
tell against each other, it stays unknown: nothing is guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from savoirfaire.knowledge.brandos.structured.days import moment

Urgency = Literal["high", "low", "unknown"]
Sentiment = Literal["positive", "negative", "unknown"]

_FLAGS = re.IGNORECASE
_URGENT = re.compile(
    r"\b(?:urgent(?:e|es|s)?|urgence|asap|as soon as possible|immediately|right away|at once"
    r"|(?:le|au) plus (?:vite|rapidement|tôt)(?: possible)?|dès que possible|immédiatement"
    r"|dans les (?:plus brefs|meilleurs) délais|sans (?:délai|attendre|tarder)|toujours bloqu\w+"
    r"|site (?:is )?down|en panne|today|aujourd['’]hui|ce (?:matin|soir|midi)|tonight|rapidement"
    r"|end of day|eod)\b",
    _FLAGS,
)
_CALM = re.compile(
    r"\b(?:no (?:rush|hurry)|not urgent|nothing urgent|whenever you (?:can|have time)"
    r"|take your time"
    r"|pas (?:d['’]urgence|urgent(?:e)?|pressé(?:e|s)?)|rien d['’]urgent|sans urgence"
    r"|quand (?:vous|tu) (?:aurez|auras|pourrez|pourras)|prenez votre temps|prends ton temps)\b",
    _FLAGS,
)
_NEGATIVE = re.compile(
    r"\b(?:disappointed|disappointing|unacceptable|frustrat\w{1,6}|annoy\w{1,4}|complain\w{0,4}"
    r"|angry|unhappy|terrible|awful|worst|not (?:at all )?(?:happy|satisfied|what we)"
    r"|fed up|refund|still (?:no|not|waiting)|déçue?s?|décevant(?:e|es|s)?|inacceptables?"
    r"|scandaleu(?:x|se)|mécontent(?:e|es|s)?|réclamations?|insatisfait(?:e|es|s)?|furieu(?:x|se)"
    r"|inadmissibles?|honteu(?:x|se)|lamentables?|ras[- ]le[- ]bol|rembours\w{1,7}"
    r"|toujours (?:pas|rien|aucune?)|pas (?:du tout )?(?:content|satisfait|convaincu)\w{0,2})\b",
    _FLAGS,
)
_POSITIVE = re.compile(
    r"\b(?:thrilled|delighted|love (?:it|the|this)|loved (?:it|the|this)|great (?:work|job)|perfect"
    r"|well done|brilliant|fantastic|excellent work|very happy|really happy|amazing|bravo|ravie?s?"
    r"|enchantée?s?|parfait(?:e|es|s)?|super (?:travail|boulot)|excellent travail|très contente?s?"
    r"|très satisfaite?s?|magnifiques?|félicitations|génial(?:e|es)?|nous adorons|j['’]adore)\b",
    _FLAGS,
)
_DUE = re.compile(
    r"\b(?:by|before|until|no later than|due(?: on| by)?|deadline(?: is| of|\s?:)?|avant"
    r"|d['’]ici|pour|jusqu['’](?:au|à)|au plus tard|échéance(?: au|\s?:)?|date limite(?:\s?:)?)"
    r"\s{1,3}(?:(?:the|le|la|au|à|end of|fin de|on)\s{1,3}){0,2}",
    _FLAGS,
)
_PROMISE = re.compile(
    r"\b(?:(?:we|i)(?:['’]ll| will| shall)|you(?:['’]ll| will) (?:have|receive|get)"
    r"|nous (?:vous )?(?:enverrons|livrerons|ferons|rappellerons|reviendrons|transmettrons)"
    r"|je (?:vous |te |t['’])?"
    r"(?:envoie|enverrai|ferai|rappellerai|reviens|reviendrai|transmettrai|livre)"
    r"|vous (?:recevrez|aurez))\b[^.!?\n]{3,200}",
    _FLAGS,
)
_ASKS = re.compile(
    r"(?:\?|\b(?:could you|can you|would you|please|let me know"
    r"|pou[vr](?:ez|riez)[- ]vous"
    r"|peux[- ]tu|merci de|veuillez|dites[- ](?:moi|nous)|j['’]aimerais"
    r"|je souhaite|il faudrait)\b)",
    _FLAGS,
)
_WEEKDAYS = (
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
)
DAYS = {name: place % 7 for place, name in enumerate(_WEEKDAYS)}
"""The days of a week by name, Monday first."""
SOON = {
    **dict.fromkeys(("today", "tonight", "aujourd'hui", "ce soir"), 0),
    **dict.fromkeys(("tomorrow", "demain"), 1),
    **dict.fromkeys(("après-demain", "apres-demain"), 2),
}
"""Days named from today, and how many days from it they are."""
_RELATIVE = re.compile(
    rf"(?:{'|'.join(SOON)})\b|(?:(?:this|next|ce) )?(?:{'|'.join(DAYS)})\b(?: prochain)?", _FLAGS
)
_WRITTEN = re.compile(
    rf"(?:(?:{'|'.join(DAYS)}),? )?(?:\d{{4}}-\d\d-\d\d|\d\d?[/.]\d\d?(?:[/.]\d{{2,4}})?"
    r"|\d\d?(?:er|st|nd|rd|th)? [a-zà-ÿ]{3,9}\.?(?:,? \d{4})?"
    r"|[a-zà-ÿ]{3,9}\.? \d\d?(?:st|nd|rd|th)?(?:,? \d{4})?)(?![\d/])",
    _FLAGS,
)
_FRENCH_DUE = re.compile(r"avant|ici|pour|jusqu|au plus tard|échéance|date limite", _FLAGS)
_YEAR_ENDS = re.compile(r"\d{4}$|[/.]\d\d?[/.]\d{2}$")
_SIGNED = re.compile(r"\d([/.])\d\d?$")
_WINDOW = 60


@dataclass(frozen=True)
class Cue:
    """What words say, and where: `[start, end)` of the text."""

    value: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class Cues:
    """What was found in a mail; `deadline` is a date such as 2026-03-31, or None."""

    urgency: Urgency
    sentiment: Sentiment
    deadline: str | None
    asks: bool
    promises: tuple[Cue, ...]
    spans: tuple[Cue, ...]


def cues(text: str, sent: date | None = None) -> Cues:
    """The cues of a mail's words. `sent` is the day it was sent, from which days are counted."""
    calm, urgent = list(_found(_CALM, text, "low")), list(_found(_URGENT, text, "high"))
    urgent = [each for each in urgent if not any(_within(each, other) for other in calm)]
    bad, good = list(_found(_NEGATIVE, text, "negative")), list(_found(_POSITIVE, text, "positive"))
    good = [each for each in good if not any(_within(each, other) for other in bad)]
    due = list(_deadlines(text, sent))
    urgency: Urgency = "high" if urgent else "low" if calm else "unknown"
    sentiment: Sentiment = "unknown"
    if bool(bad) != bool(good):
        sentiment = "negative" if bad else "positive"
    return Cues(
        urgency if not (urgent and calm) else "unknown",
        sentiment,
        min((each.value for each in due), default=None),
        bool(_ASKS.search(text)),
        tuple(_promises(text, sent)),
        (*urgent, *calm, *bad, *good, *due),
    )


def _found(pattern: re.Pattern[str], text: str, value: str) -> Iterator[Cue]:
    for found in pattern.finditer(text):
        yield Cue(value, found.start(), found.end(), found.group())


def _within(inner: Cue, outer: Cue) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _deadlines(text: str, sent: date | None) -> Iterator[Cue]:
    """Days that stand behind words such as "by" or "avant le"."""
    for found in _DUE.finditer(text):
        after = text[found.end() : found.end() + _WINDOW]
        french = bool(_FRENCH_DUE.search(found.group()))
        day, length = _day_at(after, sent, day_first=True if french else None)
        if day is not None:
            end = found.end() + length
            yield Cue(day.isoformat(), found.start(), end, text[found.start() : end])


def _promises(text: str, sent: date | None) -> Iterator[Cue]:
    """Sentences that say that something will be done; `value` is the day, where one is said."""
    for found in _PROMISE.finditer(text):
        due = next((each.value for each in _deadlines(found.group(), sent)), "")
        yield Cue(due, found.start(), found.end(), found.group().strip())


def _day_at(text: str, sent: date | None, *, day_first: bool | None) -> tuple[date | None, int]:
    """The day at the start of a text, and how long it is written; never a day that is guessed."""
    if written := _WRITTEN.match(text):
        day = _read(written.group(), sent, day_first=day_first)
        if day is not None:
            return day, written.end()
    near = _RELATIVE.match(text)
    if near and sent is not None:
        return _counted(near.group().casefold(), sent), near.end()
    return None, 0


def _read(written: str, sent: date | None, *, day_first: bool | None) -> date | None:
    """A written day; without its year, the first such day from the mail's own on."""
    if _YEAR_ENDS.search(written) or "-" in written:
        found = moment(written, day_first=day_first)
        return date.fromisoformat(found.day) if found and found.period == "day" else None
    if sent is None:
        return None
    signed = _SIGNED.search(written)
    sign = signed[1] if signed else " "
    days = (moment(f"{written}{sign}{sent.year + n}", day_first=day_first) for n in (0, 1))
    known = [date.fromisoformat(each.day) for each in days if each and each.period == "day"]
    return next((day for day in known if day >= sent), None)


def _counted(word: str, sent: date) -> date:
    if word in SOON:
        return sent + timedelta(days=SOON[word])
    day = next(number for name, number in DAYS.items() if name in word)
    ahead = (day - sent.weekday()) % 7 or 7
    return sent + timedelta(days=ahead)
