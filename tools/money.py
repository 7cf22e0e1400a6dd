"""Amounts of money in a text, in French and English forms, with every way to read each.

`1 234,50 €`, `€1,234.50`, `30K USD`, `0.35 BTC`. A figure such as `24.500` alone may be read two
ways: both are kept, by the sign that would end the whole part, and nothing here chooses.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from savoirfaire.knowledge.brandos.structured.figures import SIGNS, figure, tax

_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
_WORDS = {
    **dict.fromkeys(("euro", "euros"), "EUR"),
    **dict.fromkeys(("dollar", "dollars"), "USD"),
    **dict.fromkeys(("franc", "francs"), "CHF"),
    **dict.fromkeys(("pound", "pounds"), "GBP"),
}
_CODES = (
    *("EUR", "USD", "GBP", "CHF", "CAD", "AUD", "NZD", "JPY", "CNY", "INR", "SGD", "HKD"),
    *("SEK", "NOK", "DKK", "PLN", "CZK", "MAD", "TND", "DZD", "XOF", "XAF", "BRL", "MXN", "ZAR"),
    *("BTC", "ETH", "DAI", "USDT", "USDC", "DOT", "KSM"),
)
_TIMES = {"k": 1000, "m": 1_000_000, "million": 1_000_000, "millions": 1_000_000}
_NAMED = "|".join(sorted((*_CODES, *_WORDS), key=len, reverse=True))
_DIGITS = r"(?:\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?!\d)|\d+)(?:[.,]\d+)*"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?:\\?(?P<sign>[€$£¥])[ \u00a0\u202f]?|(?P<first>{_NAMED})[ \u00a0\u202f])?"
    rf"(?P<minus>[-−])?(?P<digits>{_DIGITS})(?!\d)"
    r"(?:[ \u00a0\u202f]?(?P<times>k|m|millions?)(?![^\W_]))?"
    rf"[ \u00a0\u202f]?(?:(?P<after>\\?[€$£¥])|(?P<name>{_NAMED})(?![^\W_]))?"
    r"(?P<tax>[ \u00a0\u202f]\(?(?:HT|TTC|H\.T\.|T\.T\.C\.|excl\. VAT|incl\. VAT)\)?(?![^\W_]))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Amount:
    """An amount as it is written at `[start, end)` of a text.

    `readings` has its value by the sign that ends the whole part, `.` or `,`: one for each way the
    figure may be read. `currency` is an ISO 4217 code, or a token's; empty where none is written.
    `tax`: `excluded`, `included`, or nothing said.
    """

    words: str
    start: int
    end: int
    readings: Mapping[str, Decimal]
    currency: str
    tax: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it may be read two ways."""
        return len(set(self.readings.values())) > 1


def amounts(text: str, *, bare: bool = False) -> Iterator[Amount]:
    """The amounts of a text, in order; with `bare`, figures without a currency too."""
    for found in _AMOUNT.finditer(text):
        currency = _currency(found)
        read = figure(found["digits"])
        if read is None or not (currency or bare):
            continue
        times = _TIMES.get((found["times"] or "").lower(), 1) * (-1 if found["minus"] else 1)
        readings = {sign: value * times for sign, value in read.readings.items()}
        said = tax(f"1 {found['tax'].strip()}") if found["tax"] else ""
        words = found[0].rstrip()
        yield Amount(words, found.start(), found.start() + len(words), readings, currency, said)


def decimal_signs(amounts: Iterable[Amount]) -> tuple[str, ...]:
    """The signs that may end whole parts in a text whose amounts these are.

    One that a figure tells (`0.35`, `1,500.00`) holds for all; without any, or where figures
    disagree, either may.
    """
    told = {next(iter(each.readings)) for each in amounts if len(each.readings) == 1}
    return tuple(told) if len(told) == 1 else SIGNS


def _currency(found: re.Match[str]) -> str:
    """A code or a word says more than a sign: `$ 2 BTC` is in BTC."""
    name = found["name"] or found["first"]
    if name:
        return _WORDS.get(name.lower(), name.upper())
    return _SYMBOLS.get((found["sign"] or found["after"] or "").lstrip("\\"), "")
