from decimal import Decimal

import pytest

from savoirfaire.tools.money import amounts, decimal_signs


@pytest.mark.parametrize(
    ("text", "words", "value", "currency"),
    [
        ("Budget : 1 234,50 € HT", "1 234,50 € HT", "1234.50", "EUR"),
        ("€1,234.50 in all", "€1,234.50", "1234.50", "EUR"),
        ("1\u202f200\u00a0euros", "1\u202f200\u00a0euros", "1200", "EUR"),
        ("30K Dai", "30K Dai", "30000", "DAI"),
        ("$ 2 BTC.", "$ 2 BTC", "2", "BTC"),
        ("$1BTC", "$1BTC", "1", "BTC"),
        ("CHF 750.-", "CHF 750", "750", "CHF"),
        ("\\$38 an hour", "\\$38", "38", "USD"),
        ("1,5 million d'euros, ou 1,5 million EUR", "1,5 million EUR", "1500000", "EUR"),
        ("-12 €", "-12 €", "-12", "EUR"),
    ],
)
def test_one_reading(text: str, words: str, value: str, currency: str) -> None:
    """An amount that can be read one way is read so, with its currency and its exact words."""
    [found] = amounts(text)
    assert (found.words, found.currency) == (words, currency)
    assert text[found.start : found.end] == words
    assert set(found.readings.values()) == {Decimal(value)}
    assert not found.is_open


def test_two_readings() -> None:
    """`24.500` is twenty-four and a half, or twenty-four thousand five hundred: both are kept."""
    [found] = amounts("24.500 €")
    assert found.readings == {".": Decimal("24.500"), ",": Decimal(24500)}
    assert found.is_open


@pytest.mark.parametrize(
    "text", ["", "2 FTE", "17 days", "v1.2.3 USD", "12 34 EURO5", "1.2.3,4 €", "P2P", "10 Markdown"]
)
def test_no_money(text: str) -> None:
    """What is not an amount of money is none."""
    assert list(amounts(text)) == []


def test_tax() -> None:
    """Whether tax is in an amount is kept with it."""
    assert [each.tax for each in amounts("100 € HT, 120 € TTC, 90 €")] == [
        "excluded",
        "included",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "signs"),
    [("1,500 € et 0,35 €", (",",)), ("1,500 USD and 0.35 USD", (".",)), ("1,500 €", (".", ","))],
)
def test_signs(text: str, signs: tuple[str, ...]) -> None:
    """A figure with one reading tells how its neighbours are written."""
    assert decimal_signs(amounts(text)) == signs


def test_linear() -> None:
    """A hostile row of digits and signs takes no more than its length."""
    assert len(list(amounts("1 000 " * 20_000 + "€"))) <= 1
    assert list(amounts("1," * 50_000)) == []
