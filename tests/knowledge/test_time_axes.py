"""Both axes of time from end to end: a price, its change, and what was known when."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.workspace import Workspace

TEXT = "The price is 10 EUR from January. The price is 12 EUR from March. It was 11 EUR.\n"


@pytest.fixture
def acme(workspace: Workspace, savoir: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Run `savoir` for a client with one source; what it prints as JSON."""
    (tmp_path / "prices.md").write_text(TEXT)

    def call(command: str, *arguments: str) -> Any:
        time.sleep(0.002)  # the next instant of the database's clock
        given = [*command.split(), "acme", *arguments]
        said = savoir("-w", workspace.folder, *given, *(["--json"] if "facts" in given else []))
        assert said.code == 0, said.err
        return json.loads(said.out) if "facts" in given else said.out

    call("client add")
    call("ingest", str(tmp_path / "prices.md"))
    return call


def test_a_price_in_time(acme: Callable[..., Any]) -> None:
    """What held on a day is told as it is known now, and as it was known at any moment before."""

    def state(value: str, quote: str, *more: str) -> Any:
        words = ("--quote", quote, "--source", "prices.md")
        return acme("facts add", "Acme", "price", value, *words, *more)

    def told(day: str, known: str | None = None) -> list[str]:
        more = ["--known", known] if known else []
        return [fact["value"] for fact in acme("facts list", "--as-of", day, *more)]

    january = state("10 EUR", "10 EUR from January", "--from", "2025-01-01")
    march = state(
        *("12 EUR", "12 EUR from March", "--from", "2025-03-01", "--supersedes", january["id"])
    )
    first, second = january["known"]["from"], march["known"]["from"]
    assert first < second
    (february,) = acme("facts list", "--as-of", "2025-02-01")
    assert (february["supersedes"], february["valid"]["to"]) == (january["id"], "2025-03-01")
    correction = state(
        *("11 EUR", "It was 11 EUR", "--from", "2025-01-01", "--to", "2025-03-01"),
        *("--supersedes", february["id"]),
    )
    third = correction["known"]["from"]
    expected: dict[str | None, tuple[list[str], ...]] = {
        "2000-01-01": ([], [], []),
        first: ([], ["10 EUR"], ["10 EUR"]),
        second: ([], ["10 EUR"], ["12 EUR"]),
        third: ([], ["11 EUR"], ["12 EUR"]),
        None: ([], ["11 EUR"], ["12 EUR"]),
    }
    days = ("2024-12-31", "2025-02-15", "2025-03-01")
    for known, answers in expected.items():
        assert tuple(told(day, known) for day in days) == answers


def test_the_graph_in_time(acme: Callable[..., Any]) -> None:
    """A fact that ended leaves the graph of today, and stays in that of then."""
    words = ("--quote", "It was 11 EUR", "--source", "prices.md")
    fact = acme("facts add", "Acme", "rival", "--entity", "Bolt", *words)
    acme(
        *("facts add", "Acme", "rival", "--entity", "Chip", *words),
        *("--supersedes", fact["id"], "--from", "2025-01-01"),
    )
    then = fact["known"]["from"]
    for more, rival in (
        ((), "Chip"),
        (("--as-of", "2024-06-01"), "Bolt"),
        (("--known", then), "Bolt"),
        (("--as-of", "2024-06-01", "--known", then), "Bolt"),
    ):
        assert acme("graph", "Acme", *more).splitlines()[1].startswith(f"└─ rival → {rival}")
