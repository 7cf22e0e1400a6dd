"""The effort of a proposal as a person types it: a line each, its parts apart by semicolons.

    Lot 1; Direction artistique; 2.5
    vat; 20
    discount; Partner; 10 %
    discount; Gesture; 300; Lot 1

A line of four parts gives the name that the client reads: `Lot 1; Design; 3; Page design`.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from pydantic import ValidationError

from savoirfaire.agents.bids.pricing import Discount, Effort, Pricing
from savoirfaire.errors import RequestError

_VAT = {"vat", "tva"}
_DISCOUNT = {"discount", "remise"}
_NUMBER = re.compile(r"(?P<digits>\d{1,12}(?:[.,]\d{1,6})?)\s*(?P<percent>%)?")
_SEVERAL = 3  # decimals that a comma or point before them makes ambiguous
_HINT = "Write a line such as `Lot 1; Design; 2.5`, `vat; 20` or `discount; Partner; 10 %`."


def pricing_of(text: str) -> Pricing:
    """The effort, discounts and tax of some lines. Raises RequestError naming what is wrong."""
    efforts, discounts, vat = [], [], None
    for line, parts in _lines(text):
        try:
            if parts[0].casefold() in _VAT:
                vat = _number(parts[1])[0]
            elif parts[0].casefold() in _DISCOUNT:
                discounts.append(_discount(parts))
            else:
                efforts.append(_effort(parts))
        except (ValueError, IndexError) as error:  # pydantic's errors are value errors
            raise RequestError("{line} cannot be read as effort", line=line, hint=_HINT) from error
    try:
        return Pricing(efforts=tuple(efforts), discounts=tuple(discounts), vat=vat)
    except ValidationError as error:
        raise RequestError("no effort was given", hint=_HINT) from error


def _lines(text: str) -> Iterator[tuple[str, list[str]]]:
    for line in text.replace("\\n", "\n").splitlines():
        parts = [part.strip() for part in line.split(";")]
        if any(parts):
            yield line.strip(), parts


def _effort(parts: list[str]) -> Effort:
    lot, item, quantity, *label = parts
    return Effort(lot=lot, item=item, quantity=_number(quantity)[0], label="; ".join(label))


def _discount(parts: list[str]) -> Discount:
    _name, label, size, *lot = parts
    value, is_percent = _number(size)
    return Discount(
        label=label,
        percent=value if is_percent else Decimal(0),
        amount=Decimal(0) if is_percent else value,
        lot="; ".join(lot),
    )


def _number(words: str) -> tuple[Decimal, bool]:
    """A number and whether it is in percent; `1.500` might be two numbers, and is none."""
    found = _NUMBER.fullmatch(words)
    digits = found["digits"].replace(",", ".") if found else ""
    if not found or len(digits.partition(".")[2]) == _SEVERAL:
        raise ValueError(words)
    return Decimal(digits), bool(found["percent"])
