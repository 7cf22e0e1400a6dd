"""Words of proposals in both languages, and texts made safe for Markdown.

These stand in documents, in the language of the document: not in that of whoever runs a command.
"""

import re
from datetime import date, timedelta
from decimal import Decimal

from babel.dates import format_date

from savoirfaire.agents.bids.pricing import number
from savoirfaire.agents.forms import Language
from savoirfaire.graphs.rendering import straight

_OPENS = re.compile(r"#{1,6}(?:\s|$)|>|[-+*](?:\s|$)|[-*_=~]{3,}|\||\d{1,9}(?=[.)](?:\s|$))")
_SPECIAL = re.compile(r"[\\`*\[\]<>|~]|(?<!\w)_|_(?!\w)|&(?=#|\w{1,31};)")
_BULLET = re.compile(
    r"\A[\s>#*+•–-]*(?:\(?(?:(?:\d{1,4}\.)*\d{1,4}[.)]|[a-z][.)])\s+)?", re.IGNORECASE
)
_MARKS = re.compile(r"[*_`#]+(?=\s|$|\w)|(?<=\w)[*`]+")
_UNITS = {"day": "jour", "days": "jours", "hour": "heure", "hours": "heures", "piece": "pièce"}
_LOCALES = {"fr": "fr_FR", "en": "en_GB"}

WORDS = {
    "en": {
        "file": "proposal",
        "matrix": "matrix",
        "title": "Proposal: {brief}",
        "valid": "Valid until {day}",
        "result": "Result",
        "source": "Source: our case study",
        "source_dated": "Source: our case study of {day}",
        "no_price": "Not priced yet: {why}",
        "no_offer": "there is no rate card.",
        "no_effort": "no effort was given.",
        "lot": "Lot",
        "item": "Item",
        "quantity": "Quantity",
        "unit": "Unit",
        "rate": "Rate",
        "amount": "Amount",
        "subtotal": "Subtotal, {lot}",
        "gross": "Total before discounts",
        "net": "Total before tax",
        "vat": "VAT, {rate}%",
        "total": "Total to pay",
        "sum": "Total",
        "excluded": "Amounts exclude VAT.",
        "included": "Amounts include VAT.",
        "unknown": "",
        "validity": "This offer is valid for {days} days, until {day}.",
        "open": "Open questions, whose answers may change the offer:",
    },
    "fr": {
        "file": "proposition",
        "matrix": "matrice",
        "title": "Proposition\u00a0: {brief}",
        "valid": "Valable jusqu'au {day}",
        "result": "Résultat",
        "source": "Source\u00a0: notre étude de cas",
        "source_dated": "Source\u00a0: notre étude de cas du {day}",
        "no_price": "Pas encore chiffré\u00a0: {why}",
        "no_offer": "il n'y a pas de grille tarifaire.",
        "no_effort": "aucune charge n'a été donnée.",
        "lot": "Lot",
        "item": "Prestation",
        "quantity": "Quantité",
        "unit": "Unité",
        "rate": "Tarif",
        "amount": "Montant",
        "subtotal": "Sous-total, {lot}",
        "gross": "Total avant remises",
        "net": "Total hors taxes",
        "vat": "TVA, {rate}\u00a0%",
        "total": "Total toutes taxes comprises",
        "sum": "Total",
        "excluded": "Les montants s'entendent hors taxes.",
        "included": "Les montants s'entendent toutes taxes comprises.",
        "unknown": "",
        "validity": "Cette offre est valable {days}\u00a0jours, jusqu'au {day}.",
        "open": "Questions ouvertes, dont la réponse peut changer l'offre\u00a0:",
    },
}


def inline(text: str) -> str:
    """`text` on one line, with nothing in it that Markdown would read as more than words."""
    flat = " ".join(straight(text).replace("\n", " ").split(" ")).strip()
    flat = re.sub(r"[ \t\r\f\v]{2,}", " ", flat)
    safe = _SPECIAL.sub(lambda found: "\\" + found.group(), flat)
    opens = _OPENS.match(safe)
    if not opens:
        return safe
    if opens.group().isdigit():
        return f"{opens.group()}\\{safe[opens.end() :]}"
    return "\\" + safe


def bare(text: str) -> str:
    """A clause of a brief as a sentence: on one line, without its number, bullet and emphasis."""
    flat = " ".join(text.split())
    return _MARKS.sub("", flat[_bulleted(flat) :]).strip()


def _bulleted(flat: str) -> int:
    found = _BULLET.match(flat)
    return found.end() if found and found.end() < len(flat) else 0


def unit_words(unit: str, quantity: Decimal, language: Language) -> str:
    """The unit of a rate as it is written behind a quantity; one that is not known stays."""
    known = unit.casefold()
    if language == "fr":
        known = _UNITS.get(known, unit)
    plural = abs(quantity) >= 2 if language == "fr" else quantity != 1  # noqa: PLR2004
    countable = known in {"jour", "heure", "pièce", "day", "hour", "piece"}
    return f"{known}s" if plural and countable else known


def quantity_words(quantity: Decimal, unit: str, language: Language) -> str:
    """So many of a unit: `2,5 jours`."""
    return f"{number(quantity, language)}\u00a0{unit_words(unit, quantity, language)}".strip(
        "\u00a0"
    )


def day_words(day: str, language: Language) -> str:
    """A day such as 2026-05-04 as it is written."""
    said = str(format_date(date.fromisoformat(day), "long", locale=_LOCALES[language]))
    return f"1er{said[1:]}" if language == "fr" and said.startswith("1 ") else said


def later(day: str, days: int) -> str:
    """The day so many days after another; the last one there is where it would be beyond."""
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except OverflowError:
        return date.max.isoformat()
