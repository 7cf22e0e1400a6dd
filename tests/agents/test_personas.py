"""Samples of personas: in the stated shares, each at most once, the same when drawn again."""

from collections import Counter

import pytest

from savoirfaire.agents.personas.evidence import Persona, Trait
from savoirfaire.agents.personas.sampling import Margins, drawn, shares
from savoirfaire.errors import PanelError

PEOPLE = [
    Persona(
        str(n),
        f"P{n}",
        (
            Trait("city", "Lyon" if n % 4 else "Metz", "s"),
            Trait("age", "old" if n % 2 else "young"),
        ),
    )
    for n in range(100)
]


@pytest.mark.parametrize(
    "margins",
    [
        {"city": {"Lyon": 0.5, "Metz": 0.5}},
        {"city": {"Lyon": 0.6, "Metz": 0.4}, "age": {"old": 0.5, "young": 0.5}},
        {"city": {"Lyon": 3, "Metz": 1}},
        {},
    ],
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_margins(margins: Margins, seed: int) -> None:
    """The shares come out as wanted, within what so few people allow."""
    chosen = drawn(PEOPLE, 40, margins, seed=seed)
    assert max(Counter(each.id for each in chosen).values()) == 1
    assert len(chosen) == 40
    assert chosen == drawn(PEOPLE, 40, margins, seed=seed)
    reached = shares(chosen)
    for name, wanted in margins.items():
        for value, share in wanted.items():
            assert reached[name][value] == pytest.approx(share / sum(wanted.values()), abs=0.03)


def test_another_seed_draws_others() -> None:
    """The seed decides who is drawn."""
    assert drawn(PEOPLE, 10, seed=1) != drawn(PEOPLE, 10, seed=2)
    assert drawn(PEOPLE, 100, seed=1) == PEOPLE


@pytest.mark.parametrize(
    ("size", "margins"),
    [
        (0, {}),
        (101, {}),
        (5, {"city": {"Nice": 1.0}}),
        (5, {"city": {"Lyon": -1.0}}),
        (5, {"planet": {"Mars": 1.0}}),
    ],
)
def test_what_cannot_be_drawn(size: int, margins: Margins) -> None:
    """More people than there are, and shares of nobody, are refused."""
    with pytest.raises(PanelError):
        drawn(PEOPLE, size, margins)
