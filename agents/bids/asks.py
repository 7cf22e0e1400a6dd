"""What a brief says of days and money, and what has to be asked back: found by its words.

Nothing is guessed: an amount that may be read two ways, a last day that has passed, what the brief
itself leaves open, each becomes a question. French and English briefs are read alike.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from babel.dates import format_date

from savoirfaire.agents.bids.clauses import clauses
from savoirfaire.agents.bids.pricing import money, number
from savoirfaire.agents.figures import figures
from savoirfaire.agents.forms import Language
from savoirfaire.agents.prose import sentences
from savoirfaire.tools.mail.cues import cues
from savoirfaire.tools.money import Amount, amounts, decimal_signs

Matter = Literal["amount", "budget", "deadline", "open", "validity"]

_DUE = re.compile(
    r"\b(?:deadlines?|due|clos(?:ing|es?)|no later than|reply by|submi(?:t|tted|ssion)s?|before"
    r"|until|by|date limite|remise|remettre|au plus tard|échéances?|clôture|avant|d['’]ici"
    r"|jusqu['’]au|délai)\b",
    re.IGNORECASE,
)
_BUDGET = re.compile(
    r"\b(?:budgets?|ceiling|not[- ]to[- ]exceed|not exceed|maximum (?:price|amount|value)"
    r"|enveloppes?|plafond(?:né)?e?s?|montant maximum|montant maximal)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"(?<!\w)(?:TBD|TBC|to be (?:determined|confirmed|defined|specified|agreed)"
    r"|à (?:préciser|définir|confirmer|déterminer|compléter))(?!\w)",
    re.IGNORECASE,
)
_VALID = re.compile(
    r"\b(?:valid|validity|validité|valable)\b[^.\n]{0,60}?"
    r"(?P<days>\d{1,3})\s{1,3}(?:calendar days|days|jours)",
    re.IGNORECASE,
)
_SPACED = str.maketrans({":": " "})  # `Reply By: April 8` is read as `Reply By  April 8`
_LOCALES = {"fr": "fr_FR", "en": "en_GB"}
_DAYS_LONG = len("2026-01-01")
_WORDS = {
    "en": {
        "amount": "“{quote}” may be read as {readings}: which is meant?",
        "budget": "What is the budget, or what range is expected?",
        "deadline": "By when is the answer due, and by when the work?",
        "passed": "The last day named, {days}, has passed: which one applies now?",
        "open": "The brief leaves this open: “{quote}”. What applies?",
        "validity": "The brief wants an offer valid for {days} days; this one is for {own}.",
        "or": " or ",
    },
    "fr": {
        "amount": (
            "«\u00a0{quote}\u00a0» peut se lire {readings}\u00a0: que faut-il comprendre\u00a0?"
        ),
        "budget": "Quel est le budget, ou l'ordre de grandeur attendu\u00a0?",
        "deadline": "Pour quand la réponse est-elle attendue, et pour quand la prestation\u00a0?",
        "passed": "La dernière date limite, {days}, est passée\u00a0: laquelle vaut\u00a0?",
        "open": "Le brief laisse ce point ouvert\u00a0: «\u00a0{quote}\u00a0». Qu'en est-il\u00a0?",
        "validity": "Le brief veut une offre valable {days} jours, celle-ci l'est {own} jours.",
        "or": " ou ",
    },
}


@dataclass(frozen=True)
class Deadline:
    """A last day such as 2026-05-04, and the sentence of the brief, at `[start, end)`, with it."""

    day: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class Ask:
    """A question to the client: what it is about, in words, and what of the brief raises it."""

    about: Matter
    words: str
    quote: str = ""


@dataclass(frozen=True)
class Budget:
    """An amount that the brief gives as its budget; `value` is None where it must be asked."""

    amount: Amount
    value: Decimal | None
    quote: str


def deadlines(text: str, today: str) -> list[Deadline]:
    """The last days that a brief names, in order; days without a year are counted from `today`."""
    found: dict[tuple[str, int], Deadline] = {}
    for start, said in _sentences(text):
        if not _DUE.search(said):
            continue
        for day in _days(said, today):
            found.setdefault((day, start), Deadline(day, start, start + len(said), said))
    return list(found.values())


def budgets(text: str) -> list[Budget]:
    """The amounts in sentences about the budget. One that may be read two ways has no value."""
    signs = decimal_signs(amounts(text))
    return [
        Budget(each, _value(each, signs), said)
        for _start, said in _sentences(text)
        if _BUDGET.search(said)
        for each in amounts(said)
    ]


def asks(text: str, language: Language, *, today: str, valid_days: int) -> list[Ask]:
    """The questions that a brief leaves, those about money first; each once."""
    found = [
        *_of_amounts(text, language),
        *_of_deadlines(text, language, today),
        *_of_open(text, language),
        *_of_validity(text, language, valid_days),
    ]
    return list({(each.about, each.words): each for each in found}.values())


def _of_amounts(text: str, language: Language) -> Iterator[Ask]:
    words = _WORDS[language]
    said = list(amounts(text))
    signs = decimal_signs(said)
    for each in said:
        if _value(each, signs) is None:
            readings = words["or"].join(_written(each, language))
            yield Ask(
                "amount", words["amount"].format(quote=each.words, readings=readings), each.words
            )
    if not budgets(text):
        yield Ask("budget", words["budget"])


def _of_deadlines(text: str, language: Language, today: str) -> Iterator[Ask]:
    words, days = _WORDS[language], sorted({each.day for each in deadlines(text, today)})
    if not days:
        yield Ask("deadline", words["deadline"])
    elif days[-1] < today:
        day = format_date(date.fromisoformat(days[-1]), "long", locale=_LOCALES[language])
        yield Ask("deadline", words["passed"].format(days=day))


def _of_open(text: str, language: Language) -> Iterator[Ask]:
    for _start, said in _sentences(text):
        if _OPEN.search(said):
            quote = " ".join(said.split())
            yield Ask("open", _WORDS[language]["open"].format(quote=quote.rstrip(".")), quote)


def _of_validity(text: str, language: Language, own: int) -> Iterator[Ask]:
    for found in _VALID.finditer(text):
        if int(found["days"]) > own:
            words = _WORDS[language]["validity"].format(days=found["days"], own=own)
            yield Ask("validity", words, found.group())


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    """The sentences of a brief with their place, headings too: they state dates."""
    for clause in clauses(text):
        for part in sentences(clause.of(text)):
            yield clause.start + part.start, part.text


def _days(said: str, today: str) -> Iterator[str]:
    """The full dates of a sentence, and those behind words such as `by` or `avant le`."""
    for figure in figures(said):
        for reading in figure.readings:
            if (day := _iso(reading)) is not None:
                yield day
    found = cues(said.translate(_SPACED), date.fromisoformat(today))
    yield from (each.value for each in found.spans if len(each.value) == _DAYS_LONG)


def _iso(reading: str) -> str | None:
    """`date:2016-4-8` as 2016-04-08; None for what is no whole date."""
    parts = reading.removeprefix("date:").split("-")
    if not reading.startswith("date:") or "*" in parts:
        return None
    try:
        return date(*map(int, parts)).isoformat()
    except ValueError:
        return None


def _value(amount: Amount, signs: Sequence[str]) -> Decimal | None:
    """The one value of an amount, by itself or by the signs of its text; None for two."""
    if not amount.is_open:
        return next(iter(amount.readings.values()))
    left = {amount.readings[sign] for sign in signs if sign in amount.readings}
    return left.pop() if len(left) == 1 else None


def _written(amount: Amount, language: Language) -> list[str]:
    values = sorted(set(amount.readings.values()), reverse=True)
    if amount.currency.isalpha() and len(amount.currency) == len("EUR"):
        return [money(each, amount.currency, language) for each in values]
    return [f"{number(each, language)} {amount.currency}".strip() for each in values]
