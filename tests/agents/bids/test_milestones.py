from decimal import Decimal

import pytest

from savoirfaire.agents.bids.milestones import check_sums


def proposal(total: str, *prices: str, part: str = "Milestone") -> str:
    """A proposal with a total and a part for each price."""
    parts = [f"### {part} {n} – Work\n\n* **Costs:** {p}\n" for n, p in enumerate(prices, start=1)]
    return "\n".join([f"# Plan\n\n* **Total Costs:** {total}\n", *parts])


@pytest.mark.parametrize(
    ("total", "prices"),
    [
        ("12,000 USD", ("8,000 USD", "4,000 USD")),
        ("3,37 BTC", ("1,12 BTC", "1,12 BTC", "1,13 BTC")),
        ("0.5 BTC + 0.1 BTC", ("0.35 BTC", "0.15 BTC", "0.1 BTC")),
        ("30K Dai", ("8K Dai", "10K Dai", "12K Dai")),
        ("1.576 (30000$ equivalent)", ("0.419 BTC", "0.661 BTC", "0.496 BTC")),
        ("$30,000", ("7,980 (2 people × 35 hours × $114)", "18,620", "3,400")),
    ],
)
def test_adds_up(total: str, prices: tuple[str, ...]) -> None:
    """Parts that come to the total are seen to, however both are written."""
    assert check_sums(proposal(total, *prices)).verdict == "adds up"


def test_differs() -> None:
    """What the parts come to is told beside the total."""
    found = check_sums(proposal("12,500 USD", "8,000 USD", "4,000 USD"))
    assert (found.verdict, found.sum, found.total) == ("differs", Decimal(12000), Decimal(12500))


def test_french() -> None:
    """A French proposal by lots is read as an English one is."""
    text = (
        "# Proposition\n\n## Lot 1 : identité\n\nMontant : 12 500,00 € HT\n\n"
        "## Lot 2 : site\n\n**Prix :** 7 500 € HT\n\n"
        "## Récapitulatif\n\nMontant total : 21 000 € HT\n"
    )
    found = check_sums(text)
    assert (found.verdict, found.sum, found.total) == ("differs", Decimal(20000), Decimal(21000))
    assert [part.line for part in found.parts] == [5, 9]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (proposal("3.000 USD", "1.500 USD", "750 USD", "750 USD"), "comma"),
        (proposal("5 000 €", "3 000 €", "2 000 DAI"), "priced in"),
        (proposal("5 000 € TTC", "3 000 € HT", "2 000 € HT"), "tax"),
    ],
)
def test_asked(text: str, why: str) -> None:
    """Where the answer depends on what was meant, it is a question."""
    found = check_sums(text)
    assert found.verdict == "ask"
    assert why in found.why


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# A plan without prices",
        proposal("12,000 USD"),
        "### Milestone 1\n\n* Costs: 2 BTC\n",
        "* **Total Costs:** to be agreed\n### Milestone 1\n* Costs: 2 BTC\n",
    ],
)
def test_not_stated(text: str) -> None:
    """Where the total or the parts have no price, nothing is said of their sum."""
    assert check_sums(text).verdict == "not stated"


@pytest.mark.parametrize(
    "text",
    [
        "Total costs: 10 EUR\n\n#### Milestone 1: A (4 EUR)\n\n#### Milestone 2: B (6 EUR)\n",
        "Total costs: 10 EUR\n\n### Phase 1\n## Inner\nCosts: 4 EUR\n### Phase 2\nCosts: 6 EUR\n",
        "### Lot 1\nTotal cost: 4 EUR\n### Lot 2\nTotal cost: 6 EUR\n## Sum\nTotal cost: 10 EUR\n",
        "Total: 10 EUR\n\n| Milestone 1 | build | 4 EUR |\n| Milestone 2 | test | 6 EUR |\n",
        "Total: 10 EUR\n```\nCosts: 99 EUR\n```\n### Phase 1\nCosts: 10 EUR\n```\n",
    ],
)
def test_where_prices_stand(text: str) -> None:
    """Prices are found in headings, under inner headings, in tables; not in code."""
    assert check_sums(text).verdict == "adds up"
