"""Amounts of money, and what is not known of them, in words."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from savoirfaire.cli.messages import _, language, ngettext, number

_SMALL = Decimal("0.01")


def money(amount: Decimal, currency: str) -> str:
    """An amount: two decimals and up to four, or the first that are not 0."""
    from babel.numbers import format_decimal

    decimals = "00##" if amount >= _SMALL or not amount else "0" * -amount.adjusted() + "#"
    shown = format_decimal(amount, format=f"#,##0.{decimals}", locale=language())
    return f"{shown} {currency}"


def cost_words(spent: Mapping[str, Any]) -> str:
    """What calls cost, from `Spent.as_dict`; what of it is not known is said, never taken as 0."""
    amounts = [money(Decimal(each), name) for name, each in sorted(spent["money"].items())]
    unknown = spent["unpriced"]
    if not amounts and not unknown:
        return _("nothing was accounted for")
    if not amounts:
        return _("not known (set costs.prices)")
    known = " + ".join(amounts)
    if not unknown:
        return known
    more = ngettext("{n} call of unknown price", "{n} calls of unknown price", unknown)
    return f"{known} + {more.format(n=number(unknown))}"


def seconds(value: float) -> str:
    """A length of time in its largest fitting unit, with one decimal where it tells something."""
    minute, hour, day = 60, 3600, 86_400
    if value < 2 * minute:
        return _("{n} s").format(n=number(round(value, 1)))
    if value < 2 * hour:
        return _("{n} min").format(n=number(round(value / minute, 1)))
    if value < 2 * day:
        return _("{n} h").format(n=number(round(value / hour, 1)))
    return _("{n} days").format(n=number(round(value / day, 1)))
