"""Prices of a proposal, computed from a rate card and the effort: no model writes a number.

Amounts are decimals. Each line is rounded half up to the currency's smallest unit, as on an
invoice, and sums are sums of what is shown; discounts come off the net amounts before tax.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from babel.numbers import format_currency, format_decimal, get_currency_precision
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from savoirfaire.errors import NotFoundError, RequestError
from savoirfaire.knowledge.brandos.forms import Offer, RateLine
from savoirfaire.knowledge.nearest import near

_HUNDRED = Decimal(100)
_LOCALES = {"fr": "fr_FR", "en": "en_GB"}


def _exact(value: object) -> object:
    if isinstance(value, float):
        raise ValueError("write the number as a text such as '2.5'")  # noqa: TRY004 - for pydantic
    return value


Exact = Annotated[Decimal, BeforeValidator(_exact), Field(allow_inf_nan=False)]
"""A number that is never a float: `0.1` would not be a tenth."""


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Effort(_Form):
    """So many units of something on the rate card, in a lot; `label` is what the client reads."""

    lot: str = Field(min_length=1, max_length=200)
    item: str = Field(min_length=1, max_length=500)
    quantity: Exact = Field(gt=0, le=1_000_000)
    label: str = Field("", max_length=500)


class Discount(_Form):
    """Percents, or an amount, off one lot or all of them; `from_net` is where it begins to hold."""

    label: str = Field(min_length=1, max_length=200)
    percent: Exact = Field(Decimal(0), ge=0, le=100)
    amount: Exact = Field(Decimal(0), ge=0)
    lot: str = ""
    from_net: Exact = Field(Decimal(0), ge=0)


class Pricing(_Form):
    """What a proposal is priced by, beside the rate card. `vat` is in percent of the net amount."""

    efforts: tuple[Effort, ...] = Field(min_length=1, max_length=2000)
    discounts: tuple[Discount, ...] = ()
    vat: Exact | None = Field(None, ge=0, le=100)


@dataclass(frozen=True)
class Line:
    """A line of a quotation: `amount` is `quantity` × `rate`, rounded."""

    lot: str
    label: str
    quantity: Decimal
    unit: str
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Quotation:
    """A priced proposal. Every amount is in `currency` and rounded; `vat_rate` is None untaxed.

    `discounts` are what comes off, as positive amounts by their label.
    """

    currency: str
    lines: tuple[Line, ...]
    discounts: Mapping[str, Decimal]
    vat_rate: Decimal | None

    @property
    def lots(self) -> dict[str, Decimal]:
        """What each lot comes to, before discounts, in the order of the lines."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            sums[line.lot] = sums.get(line.lot, Decimal(0)) + line.amount
        return sums

    @property
    def gross(self) -> Decimal:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def net(self) -> Decimal:
        """What is left after discounts, before tax."""
        return self.gross - sum(self.discounts.values(), Decimal(0))

    @property
    def vat(self) -> Decimal:
        """The value-added tax on the net amount."""
        return rounded(self.net * (self.vat_rate or Decimal(0)) / _HUNDRED, self.currency)

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        return self.net + self.vat

    def figures(self) -> Iterator[Decimal]:
        """Every number that a text may give of it."""
        for line in self.lines:
            yield from (line.quantity, line.rate, line.amount)
        yield from self.lots.values()
        yield from self.discounts.values()
        yield from (self.gross, self.net, self.vat, self.total)
        if self.vat_rate is not None:
            yield self.vat_rate


def quotation(offer: Offer, pricing: Pricing) -> Quotation:
    """Price some effort by a rate card.

    Raises NotFoundError for an item that is not on the card, RequestError for what cannot be
    priced: a card with tax in its rates, one item twice at two rates, a discount larger than the
    lot it is taken from.
    """
    if offer.tax == "included" and pricing.vat is not None:
        raise RequestError(
            "the rates of {offer} hold the tax already",
            offer=offer.name,
            hint="Give rates without tax, or no vat.",
        )
    lines = tuple(_line(offer, effort) for effort in pricing.efforts)
    bare = Quotation(offer.currency, lines, {}, pricing.vat)
    return Quotation(offer.currency, lines, _discounts(bare, pricing.discounts), pricing.vat)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """`amount` in the currency's smallest unit, half up."""
    unit = Decimal(1).scaleb(-get_currency_precision(currency))
    return amount.quantize(unit, rounding=ROUND_HALF_UP)


def money(amount: Decimal, currency: str, language: Literal["en", "fr"]) -> str:
    """An amount as it is written in a language: `1 234,50 €`, `€1,234.50`."""
    return str(format_currency(amount, currency, locale=_LOCALES[language]))


def number(value: Decimal, language: Literal["en", "fr"]) -> str:
    """A quantity as it is written in a language: `2,5`, `2.5`."""
    return str(format_decimal(value, locale=_LOCALES[language], decimal_quantization=False))


def _line(offer: Offer, effort: Effort) -> Line:
    rate = _rate(offer, effort.item)
    amount = rounded(rate.amount * effort.quantity, offer.currency)
    label = effort.label or rate.item
    return Line(effort.lot, label, effort.quantity, rate.unit, rate.amount, amount)


def _rate(offer: Offer, item: str) -> RateLine:
    wanted = " ".join(item.casefold().split())
    found = [each for each in offer.lines if " ".join(each.item.casefold().split()) == wanted]
    if not found:
        raise NotFoundError(
            "{offer} has no rate for {item}{near}",
            offer=offer.name,
            item=item,
            near=near(item, [each.item for each in offer.lines]),
        )
    if len({(each.amount, each.unit) for each in found}) > 1:
        raise RequestError(
            "{offer} has several rates for {item}",
            offer=offer.name,
            item=item,
            hint="Give each line of the rate card a name of its own.",
        )
    return found[0]


def _discounts(bare: Quotation, discounts: Sequence[Discount]) -> dict[str, Decimal]:
    """What each discount takes off, one after the other, of what the ones before have left."""
    left, taken = dict(bare.lots), dict[str, Decimal]()
    for each in discounts:
        if each.lot and each.lot not in left:
            raise NotFoundError(
                "there is no lot {lot}{near}", lot=each.lot, near=near(each.lot, left)
            )
        over = [each.lot] if each.lot else list(left)
        base = rounded(sum((left[lot] for lot in over), Decimal(0)), bare.currency)
        if base < each.from_net:
            continue
        off = rounded(base * each.percent / _HUNDRED + each.amount, bare.currency)
        if off > base:
            raise RequestError(
                "the discount {label} is larger than what it is taken from",
                label=each.label,
                hint="Give a smaller amount.",
            )
        taken[each.label] = taken.get(each.label, Decimal(0)) + off
        _take(left, over, off, base)
    return taken


def _take(left: dict[str, Decimal], over: Sequence[str], off: Decimal, base: Decimal) -> None:
    """Take a discount off lots, in proportion, so that the next ones see what is left of each."""
    for lot in over:
        left[lot] -= off * left[lot] / base if base else Decimal(0)
