"""What has to be asked back, what past work fits, and the effort as a person types it."""

from decimal import Decimal

import pytest

from savoirfaire.agents.bids.asks import asks, budgets, deadlines
from savoirfaire.agents.bids.effortlines import pricing_of
from savoirfaire.agents.bids.fit import best
from savoirfaire.errors import RequestError

TODAY = "2026-04-20"


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("Le budget est de 24.500 €. À remettre avant le 4 mai 2026.", ["amount"]),
        ("Le budget est de 24 500 €. À remettre avant le 4 mai 2026.", []),
        ("The budget is $1,500.50, of which $24,500. Reply by: May 4, 2026", []),
        ("A site.", ["budget", "deadline"]),
        ("Budget: €900. Replies were due on 3 March 2026.", ["deadline"]),
        ("Budget: €900. Reply by 4 May 2026. The hosting is TBD.", ["open"]),
        ("Budget : 900 €. Réponse avant le 4 mai 2026. Offre valable 60 jours.", ["validity"]),
        ("", ["budget", "deadline"]),
    ],
)
def test_asked(text: str, about: list[str]) -> None:
    """Only what two readings, the past or the brief itself leave open is asked."""
    assert [each.about for each in asks(text, "en", today=TODAY, valid_days=30)] == about


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Reply By: April 28, 2026 at 7 PM", ["2026-04-28"]),
        ("Date limite de remise des offres : 4 mai 2026", ["2026-05-04"]),
        ("L'offre est à remettre avant le 4 mai.", ["2026-05-04"]),
        ("The theatre was founded on 4 May 1986.", []),
        ("Deadline: 31/02/2026", []),
    ],
)
def test_deadlines(text: str, days: list[str]) -> None:
    """A day is a last day where the sentence says so, and exists; each has its exact words."""
    found = deadlines(text, TODAY)
    assert [each.day for each in found] == days
    assert all(text[each.start : each.end] == each.quote for each in found)


def test_a_budget_of_two_readings_has_no_value() -> None:
    """Nothing chooses between the readings of a budget; another figure of the brief may."""
    assert [each.value for each in budgets("Budget : 24.500 €")] == [None]
    told = budgets("Budget : 24.500 €, soit 1.250,50 € par mois.")
    assert [each.value for each in told] == [Decimal(24500), Decimal("1250.50")]


def test_questions_in_french() -> None:
    """A French brief is asked about in French, both readings in its typography."""
    (found,) = asks("Budget : 24.500 €, avant le 4 mai 2026.", "fr", today=TODAY, valid_days=30)
    assert "24\u202f500,00\u00a0€ ou 24,50\u00a0€" in found.words


def test_fit() -> None:
    """What shares most of its own words with the brief goes first; what shares none is left out."""
    cases = [
        {"name": "Labels for a cellar", "result": "Bottles sold."},
        {
            "name": "A theatre website",
            "challenge": "The website sold no tickets.",
            "result": "Good.",
        },
        {"name": "A website", "challenge": "Tickets for parking.", "result": "Many."},
    ]
    found = best("We want a theatre website that sells tickets.", cases)
    assert [each.place for each in found] == [1, 2]
    assert "theatre" in found[0].shared
    chance = "One page of the website, one of tickets. " + "Words of another kind. " * 400
    assert best(chance, cases) == []
    assert best("", cases) == best("website tickets", []) == []


def test_effort_lines() -> None:
    """Lots, discounts in percent or money, and tax, in French or English."""
    found = pricing_of("Lot 1; Design; 2,5; Pages\\ntva; 20\nremise; Fidélité; 10 %; Lot 1\n\n")
    (effort,), (discount,) = found.efforts, found.discounts
    assert (effort.quantity, effort.label, found.vat) == (Decimal("2.5"), "Pages", Decimal(20))
    assert (discount.percent, discount.amount, discount.lot) == (Decimal(10), Decimal(0), "Lot 1")


@pytest.mark.parametrize(
    "text", ["", "two days", "a; b", "a; b; 1.500", "a; b; -1", "vat; 20", ";;;x"]
)
def test_unreadable_effort(text: str) -> None:
    """What is no effort is refused with the form that it takes."""
    with pytest.raises(RequestError) as error:
        pricing_of(text)
    assert "Lot 1; Design; 2.5" in error.value.hint
