"""The outlook that is kept with a gate: the engine's standing, found sooner."""

import random
from dataclasses import replace
from typing import Any

import pytest

from savoirfaire.graphs.gates.book import Book
from savoirfaire.graphs.gates.evidence.policies import PRESETS
from savoirfaire.graphs.gates.evidence.seeds import Seeds
from savoirfaire.graphs.gates.evidence.standing import standing
from savoirfaire.graphs.gates.evidence.state import begin
from savoirfaire.graphs.gates.outlook import outlook


@pytest.mark.parametrize("name", ["internal", "client-facing", "public", "irreversible"])
def test_as_the_engine_says(name: Any) -> None:
    """Whatever was known before, the outlook is the engine's own standing."""
    policy, draws = PRESETS[name], random.Random(name)  # noqa: S311 - examples, the same each time
    for _ in range(25):
        counts = {0: draws.randrange(200), 50: draws.randrange(5), 1000: draws.randrange(9)}
        evidence = replace(
            begin(policy, "work"),
            counts=tuple((value, n) for value, n in counts.items() if n),
            seeds=Seeds(draws.randrange(30), draws.randrange(3)),
            attempt=draws.randrange(1, 9),
            step=draws.randrange(len(policy.rates)),
        )
        known = draws.choice([{}, {"clean_left": None}, {"clean_left": draws.randrange(300)}])
        said, engine = outlook(policy, evidence, known), standing(policy, evidence)
        for key in ("rate", "next_rate", "clean_left", "obstacle"):
            assert said[key] == getattr(engine, key)


async def test_kept_up_to_date(office: Any, engine: Any) -> None:
    """After every decision, pass and step the list says what the evidence says."""
    book = Book(engine, office.desk)
    for verdict in ("approve", "reject", "approve"):
        await office.send("x", verdict=verdict)
        (view,) = book.views()
        said = standing(office.desk.policy(book.row(view.key)), office.evidence)
        assert (view.clean_left, view.obstacle) == (said.clean_left, said.obstacle)
    office.lift()
    await office.send(*"abc")
    assert book.views()[0].rate == office.evidence.rate(office.desk.policy(book.row(view.key)))


async def test_another_promise(office: Any, engine: Any, loose: Any, make_office: Any) -> None:
    """Under other numbers the list is of those, though nothing came to the gate since."""
    await office.send("x")
    before = Book(engine, office.desk).views()[0]
    stricter = make_office(policies=loose(p0=0.01))
    (view,) = Book(engine, stricter.desk).views()
    assert (view.clean_left or 0) > (before.clean_left or 0)
