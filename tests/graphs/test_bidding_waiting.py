"""The go/no-go sheet where there is no price: why, and what to do about it."""

from typing import Any

import pytest

from savoirfaire.graphs.bidding.sheet import sheet

STATE: Any = {
    "request": {"language": "en", "date": "2026-05-04"},
    "title": "Site",
    "requirements": [],
    "findings": {"deadlines": [], "budgets": [], "asks": []},
    "cases": [],
    "offer": None,
    "pricing": None,
}


@pytest.mark.parametrize(
    ("language", "waiting", "said"),
    [
        ("en", {"house": 2}, "2 wait for review: savoir review house."),
        ("fr", {"house": 0, "theatre": 1}, "1 à relire\u00a0: savoir review theatre."),
        ("en", {"house": 0}, "There is no rate card to price it by."),
    ],
)
def test_rate_cards_wait(language: str, waiting: dict[str, int], said: str) -> None:
    """A rate card that nobody has reviewed is not said to be missing."""
    request = {**STATE["request"], "language": language}
    assert said in sheet({**STATE, "request": request, "offers_waiting": waiting})
