"""The price of a proposal as a table: each number computed, none written by a model."""

from collections.abc import Iterator
from decimal import Decimal

from savoirfaire.agents.bids.pricing import Quotation, money, number
from savoirfaire.agents.forms import Language
from savoirfaire.graphs.bidding.wording import WORDS, inline, quantity_words, unit_words


def price_table(quotation: Quotation, language: Language, tax: str) -> str:
    """Lines, subtotals where there are several lots, discounts, tax and total, as Markdown.

    `tax` says whether the rates hold the value-added tax: `excluded`, `included` or `unknown`.
    """
    words = WORDS[language]
    names = ("lot", "item", "quantity", "unit", "rate", "amount")
    table = [_row(*(words[each] for each in names)), "| --- | --- | ---: | --- | ---: | ---: |"]
    table += list(_lines(quotation, language))
    table += [
        _row(*(f"**{each}**" if each and is_main else each for each in (label, *[""] * 4, amount)))
        for label, amount, is_main in _sums(quotation, language)
    ]
    said = "excluded" if quotation.vat_rate is None and tax == "excluded" else ""
    said = "included" if tax == "included" else said
    note = words.get(said, "")
    return "\n".join(table) + (f"\n\n{note}" if note else "")


def effort_table(quotation: Quotation, language: Language) -> str:
    """Who works how much on what, as Markdown: the team as it was priced."""
    words = WORDS[language]
    rows = [_row(words["lot"], words["item"], words["quantity"]), "| --- | --- | ---: |"]
    rows += [
        _row(
            inline(each.lot), inline(each.label), quantity_words(each.quantity, each.unit, language)
        )
        for each in quotation.lines
    ]
    return "\n".join(rows)


def _lines(quotation: Quotation, language: Language) -> Iterator[str]:
    for each in quotation.lines:
        yield _row(
            inline(each.lot),
            inline(each.label),
            number(each.quantity, language),
            inline(unit_words(each.unit, each.quantity, language)),
            money(each.rate, quotation.currency, language),
            money(each.amount, quotation.currency, language),
        )


def _sums(quotation: Quotation, language: Language) -> Iterator[tuple[str, str, bool]]:
    """Each sum with its name, and whether it is one that a reader looks for."""
    words = WORDS[language]
    if len(quotation.lots) > 1:
        for lot, amount in quotation.lots.items():
            name = words["subtotal"].format(lot=inline(lot))
            yield name, _money(quotation, amount, language), False
    if quotation.discounts:
        yield words["gross"], _money(quotation, quotation.gross, language), False
    for label, amount in quotation.discounts.items():
        taken = _money(quotation, -amount, language).replace("-", "\u2212")
        yield inline(label), taken, False
    if quotation.vat_rate is None:
        yield words["sum"], _money(quotation, quotation.total, language), True
        return
    yield words["net"], _money(quotation, quotation.net, language), True
    name = words["vat"].format(rate=number(quotation.vat_rate, language))
    yield name, _money(quotation, quotation.vat, language), False
    yield words["total"], _money(quotation, quotation.total, language), True


def _money(quotation: Quotation, amount: Decimal, language: Language) -> str:
    return money(amount, quotation.currency, language)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
