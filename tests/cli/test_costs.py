import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert

from savoirfaire.cli.costwords import cost_words, money, seconds
from savoirfaire.cli.messages import speak
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.schema import spending
from savoirfaire.workspace import Workspace


def spend(workspace: Workspace, **row: Any) -> None:
    """A client, and a call that was made for it."""
    engine = open_database(workspace.database)
    Ledger(engine).add_client("acme", "en")
    usual = {
        "at": "2026-03-01T00:00:00.000Z",
        "client": "acme",
        "run": "r1",
        "graph": "letters",
        "node": "write",
        "role": "writer",
        "model": "small",
        "mode": "live",
        "state": "made",
        "input_tokens": 1_000_000,
        "output_tokens": 500_000,
        "seconds": 2.0,
        "cost": None,
        "currency": "EUR",
    }
    with engine.begin() as connection:
        connection.execute(insert(spending).values({**usual, **row}))
    engine.dispose()


def test_costs_and_budgets(
    workspace: Workspace, savoir: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown price is said; once it is known, costs and budgets have it; a budget is set."""
    spend(workspace)
    at = ("-w", workspace.folder)
    said = savoir(*at, "costs")
    assert "not known (set costs.prices)" in said.out
    assert "1 call has no price" in said.out
    monkeypatch.setenv("SAVOIR_COSTS_PRICES", '{"small": {"input": 0.15, "output": "0.60"}}')
    assert "0.45 EUR" in savoir(*at, "costs", "--by", "model").out
    assert json.loads(savoir(*at, "costs", "--json").out)["total"]["money"] == {"EUR": "0.45"}

    monkeypatch.setenv("SAVOIR_REVIEWER", "ann")
    refused = savoir(*at, "budget", "acme", "--money", "2")
    assert (refused.code, "--per month" in refused.err) == (1, True)
    (held,) = json.loads(
        savoir(*at, "budget", "acme", "--per", "ever", "--money", "2", "--json").out
    )["budgets"]
    amounts = {name: Decimal(held[name]) for name in ("most", "spent", "left")}
    assert amounts == {"most": 2, "spent": Decimal("0.45"), "left": Decimal("1.55")}
    assert held["set_by"] == "ann"
    savoir(*at, "budget", "acme", "--per", "ever", "--money", "none")
    assert "No budget holds" in savoir(*at, "budget", "acme").out
    assert "there is no client acne" in savoir(*at, "budget", "acne").err
    assert "runs are kept for ever here" in savoir(*at, "prune").err
    assert "0 runs would be pruned" in savoir(*at, "prune", "--days", "1", "--dry-run").out


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "0.00 X"),
        ("12.5", "12.50 X"),
        ("1234.56789", "1,234.5679 X"),
        ("0.00002", "0.00002 X"),
    ],
)
def test_amounts(amount: str, words: str) -> None:
    """An amount has two decimals, or as many as show that it is not nothing."""
    assert money(Decimal(amount), "X") == words


def test_what_is_not_known_is_said() -> None:
    """Calls of unknown price stand beside what is known, in the language spoken."""
    told = {"money": {"EUR": "1.5"}, "unpriced": 2}
    assert cost_words(told) == "1.50 EUR + 2 calls of unknown price"
    assert [seconds(each) for each in (1.26, 150, 9000, 42 * 86_400)] == [
        "1.3 s",
        "2.5 min",
        "2.5 h",
        "42 days",
    ]
    speak("fr")
    assert money(Decimal("1234.5"), "EUR").endswith("234,50 EUR")
