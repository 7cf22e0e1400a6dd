"""A panel drawn from people: so many, in the stated shares, the same whenever it is drawn again.

Weights are fitted to the margins by iterative proportional fitting (W. Deming and F. Stephan,
1940), then drawn systematically from a seeded start. What was wanted and what came of it are both
told.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from savoirfaire.agents.personas.evidence import Persona
from savoirfaire.errors import PanelError

Margins = Mapping[str, Mapping[str, float]]
_ROUNDS = 200


def drawn(
    people: Sequence[Persona], size: int, margins: Margins | None = None, *, seed: int = 0
) -> list[Persona]:
    """`size` of the people, each at most once, near to the margins. Raises PanelError."""
    if not 0 < size <= len(people):
        raise PanelError(
            "a panel of {size} cannot be drawn from {count} people", size=size, count=len(people)
        )
    weights = _fitted(people, margins or {})
    draw = np.random.default_rng(seed)
    # Alike people stand together, so that a systematic draw takes its share of each kind.
    order = sorted(draw.permutation(len(people)), key=lambda n: _kind(people[n], margins or {}))
    share = np.minimum(_inclusion(weights[order], size), 1)
    points = draw.random() + np.arange(size)
    places = np.searchsorted(np.cumsum(share), points * share.sum() / size, side="right")
    chosen = dict.fromkeys(int(order[min(place, len(order) - 1)]) for place in places)
    rest = (int(place) for place in order if int(place) not in chosen)
    while len(chosen) < size:
        chosen[next(rest)] = None
    return [people[place] for place in sorted(chosen)]


def shares(people: Sequence[Persona]) -> dict[str, dict[str, float]]:
    """The share of each value of each attribute, among those who have the attribute."""
    found: dict[str, dict[str, float]] = {}
    for person in people:
        for trait in person.traits:
            values = found.setdefault(trait.attribute, {})
            values[trait.value] = values.get(trait.value, 0) + 1
    return {
        name: {value: round(count / sum(values.values()), 4) for value, count in values.items()}
        for name, values in found.items()
    }


def _kind(person: Persona, margins: Margins) -> list[str]:
    known = {each.attribute: each.value for each in person.traits}
    return [known.get(name, "") for name in margins]


def _fitted(people: Sequence[Persona], margins: Margins) -> NDArray[np.float64]:
    weights = np.ones(len(people))
    groups = [_members(people, name, wanted) for name, wanted in margins.items()]
    for _ in range(_ROUNDS):
        for each in groups:
            for members, share in each:
                held = weights[members].sum()
                weights[members] *= share * len(people) / held
    fitted: NDArray[np.float64] = weights / weights.sum()
    return fitted


def _members(
    people: Sequence[Persona], name: str, wanted: Mapping[str, float]
) -> list[tuple[Any, float]]:
    total = sum(wanted.values())
    has = [{t.attribute: t.value for t in person.traits}.get(name) for person in people]
    found = []
    for value, share in wanted.items():
        members = np.array([each == value for each in has])
        if share < 0 or total <= 0 or (share and not members.any()):
            raise PanelError("nobody among the people has {name} {value}", name=name, value=value)
        if members.any():
            found.append((members, max(share / total, 1e-9)))
    return found


def _inclusion(weights: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """The chance of each to be drawn, at most one, in all `size`."""
    chance = weights * size
    for _ in range(50):
        over = chance >= 1
        if not (chance > 1).any():
            break
        rest = weights[~over].sum()
        chance = np.where(over, 1.0, weights * (size - over.sum()) / rest if rest else 1.0)
    return chance
