from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from savoirfaire.agents.bids.pricing import (
    Discount,
    Effort,
    Pricing,
    money,
    number,
    quotation,
    rounded,
)
from savoirfaire.errors import NotFoundError, RequestError, SavoirError
from savoirfaire.knowledge.brandos.forms import Offer, RateLine

CARD = Offer(
    name="Grille 2026",
    currency="EUR",
    tax="excluded",
    lines=(
        RateLine(item="Direction artistique", unit="day", amount=Decimal(850)),
        RateLine(item="Rédaction", unit="hour", amount=Decimal("72.35")),
        RateLine(item="Twice", unit="day", amount=Decimal(1)),
        RateLine(item="Twice", unit="day", amount=Decimal(2)),
    ),
)


def effort(item: str, quantity: str, lot: str = "Lot 1") -> Effort:
    """So much of an item."""
    return Effort(lot=lot, item=item, quantity=Decimal(quantity))


def test_a_quotation() -> None:
    """Lines, discounts and tax come to the amounts that a person with a pen gets."""
    found = quotation(
        CARD,
        Pricing(
            efforts=(effort("direction  artistique", "2.5"), effort("Rédaction", "3", "Lot 2")),
            discounts=(
                Discount(label="Partenaire", percent=Decimal(10), lot="Lot 1"),
                Discount(label="Volume", percent=Decimal(5), from_net=Decimal(5000)),
            ),
            vat=Decimal(20),
        ),
    )
    assert found.lots == {"Lot 1": Decimal("2125.00"), "Lot 2": Decimal("217.05")}
    assert found.discounts == {"Partenaire": Decimal("212.50")}
    assert (found.net, found.vat, found.total) == (
        *(Decimal("2129.55"), Decimal("425.91"), Decimal("2555.46")),
    )
    assert Decimal("2555.46") in set(found.figures())


@pytest.mark.parametrize(
    ("pricing", "error", "words"),
    [
        (Pricing(efforts=(effort("Rédacteur", "1"),)), NotFoundError, "Rédaction?"),
        (Pricing(efforts=(effort("Twice", "1"),)), RequestError, "several rates"),
        (
            Pricing(
                efforts=(effort("Rédaction", "1"),),
                discounts=(Discount(label="Gift", amount=Decimal(100)),),
            ),
            RequestError,
            "Gift",
        ),
        (
            Pricing(
                efforts=(effort("Rédaction", "1"),),
                discounts=(Discount(label="Gift", lot="Lot 9"),),
            ),
            NotFoundError,
            "Lot 1?",
        ),
    ],
)
def test_refused(pricing: Pricing, error: type[SavoirError], words: str) -> None:
    """What cannot be priced is refused with what to look at."""
    with pytest.raises(error, match=words.replace("?", r"\?")):
        quotation(CARD, pricing)


def test_tax_twice() -> None:
    """No tax comes on top of rates that hold it."""
    card = CARD.model_copy(update={"tax": "included"})
    with pytest.raises(RequestError, match="tax already"):
        quotation(card, Pricing(efforts=(effort("Rédaction", "1"),), vat=Decimal(20)))


@pytest.mark.parametrize("quantity", [0.5, "0", "-1", "NaN", "abc"])
def test_quantities(quantity: object) -> None:
    """A quantity is an exact number above nothing."""
    with pytest.raises(ValidationError):
        Effort.model_validate({"lot": "L", "item": "Rédaction", "quantity": quantity})


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.decimals("0.01", "400", places=2)),
        min_size=1,
        max_size=6,
    ),
    st.lists(st.tuples(st.sampled_from(["", "A"]), st.integers(0, 100)), max_size=3),
)
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
def test_sums(efforts: list[tuple[str, Decimal]], off: list[tuple[str, int]]) -> None:
    """What is shown adds up, to the cent, whatever the effort and the discounts."""
    made = tuple(effort("Rédaction", str(q), lot) for lot, q in efforts)
    lots = {lot for lot, _ in efforts}
    discounts = tuple(
        Discount(label=f"D{n}", percent=Decimal(p), lot=lot)
        for n, (lot, p) in enumerate(off)
        if not lot or lot in lots
    )
    found = quotation(CARD, Pricing(efforts=made, discounts=discounts, vat=Decimal("5.5")))
    assert sum(found.lots.values()) == found.gross == sum(line.amount for line in found.lines)
    assert found.net == found.gross - sum(found.discounts.values()) >= 0
    assert found.total == found.net + found.vat
    assert all(each == rounded(each, "EUR") for each in (found.net, found.vat, found.total))


def test_written() -> None:
    """Amounts are written as each language does, in the currency that is theirs."""
    assert money(Decimal("1234.5"), "EUR", "fr") == "1\u202f234,50\u00a0€"
    assert money(Decimal("1234.5"), "USD", "en") == "US$1,234.50"
    assert (number(Decimal("2.5"), "fr"), number(Decimal("2.5"), "en")) == ("2,5", "2.5")
    assert rounded(Decimal("0.5"), "JPY") == 1
