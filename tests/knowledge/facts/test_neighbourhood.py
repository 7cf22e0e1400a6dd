import random
from itertools import product

import pytest

from savoirfaire.errors import NotFoundError, SavoirError
from savoirfaire.knowledge.facts import Facts, Neighbourhood
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.times import AsOf

from .conftest import Say

NOW = AsOf("2025-06-01")


def names(around: Neighbourhood) -> dict[str, int]:
    """The entities around, with their distance."""
    return {node.entity.name: node.distance for node in around.nodes}


def edges(around: Neighbourhood) -> set[tuple[str, str]]:
    """What leads where."""
    return {(fact.subject.name, fact.says) for fact in around.edges}


@pytest.fixture
def chain(say: Say) -> None:
    """From a to b, c, d, and back to a, with a value at each."""
    for one, other in (("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")):
        say(one, "to", object=other)
        say(one, "size", f"size of {one}")


@pytest.mark.parametrize(
    ("hops", "around", "values"),
    [
        (0, {"b": 0}, set()),
        (1, {"b": 0, "a": 1, "c": 1}, {"b"}),
        (2, {"b": 0, "a": 1, "c": 1, "d": 2}, {"a", "b", "c"}),
        (6, {"b": 0, "a": 1, "c": 1, "d": 2}, {"a", "b", "c", "d"}),
    ],
)
@pytest.mark.usefixtures("chain")
def test_hops(
    facts: Facts, scope: ClientScope, hops: int, around: dict[str, int], values: set[str]
) -> None:
    """Facts lead both ways; each hop is one fact, and a value is one hop from what it is of."""
    found = facts.neighbourhood(scope, "B", hops=hops)
    assert names(found) == around
    assert {f.subject.name for f in found.edges if f.object is None} == values
    assert not found.cut


def test_only_what_holds(facts: Facts, scope: ClientScope, say: Say) -> None:
    """What does not hold at the point, or was not known then, leads nowhere."""
    first = say("a", "to", object="b", valid_to="2025-01-01")
    say("b", "to", object="c")
    assert names(facts.neighbourhood(scope, "a", as_of=NOW)) == {"a": 0}
    then = AsOf("2024-01-01", first.known_from)
    assert "b" in names(facts.neighbourhood(scope, "a", as_of=then))
    with pytest.raises(NotFoundError):
        facts.neighbourhood(scope, "a", as_of=AsOf("2024-01-01", "2000-01-01T00:00:00.000Z"))


@pytest.mark.parametrize("limit", [1, 2, 5, 11, 12])
def test_cut(facts: Facts, scope: ClientScope, say: Say, limit: int) -> None:
    """Of more entities than the limit, the nearest are given, and it is said that it is cut."""
    for number in range(10):
        say("hub", "to", object=f"spoke {number}")
    say("spoke 0", "to", object="far")
    around = facts.neighbourhood(scope, "hub", limit=limit)
    assert len(around.nodes) == limit
    assert around.cut == (limit < 12)
    assert {end for edge in edges(around) for end in edge} <= set(names(around))


def test_many_facts_of_one(facts: Facts, scope: ClientScope, say: Say) -> None:
    """However many facts one entity has, no more than the limit allows are read."""
    for number in range(45):
        say("hub", "value", str(number))
    around = facts.neighbourhood(scope, "hub", limit=4)
    assert (len(around.edges), around.cut) == (40, True)


@pytest.mark.parametrize(("hops", "limit"), [(-1, 5), (7, 5), (2, 0)])
def test_refused(facts: Facts, scope: ClientScope, hops: int, limit: int) -> None:
    """Hops and limits that mean nothing are refused."""
    with pytest.raises(SavoirError, match="hops are 0 to 6"):
        facts.neighbourhood(scope, "a", hops=hops, limit=limit)


@pytest.mark.parametrize("seed", range(3))
def test_as_a_plain_search(facts: Facts, scope: ClientScope, say: Say, seed: int) -> None:
    """On any graph, distances and facts are those of a search over a plain list."""
    chance = random.Random(seed)  # noqa: S311 - an example, not a secret
    pairs = [pair for pair in product("abcdefgh", repeat=2) if pair[0] != pair[1]]
    drawn = chance.sample(pairs, 9)
    for one, other in drawn:
        say(one, "to", object=other)
    for hops in (1, 2, 3):
        distances = {drawn[0][0]: 0}
        for distance in range(1, hops + 1):
            for one, other in [*drawn, *(pair[::-1] for pair in drawn)]:
                if distances.get(one) == distance - 1:
                    distances.setdefault(other, distance)
        reached = {pair for pair in drawn if min(distances.get(end, 9) for end in pair) < hops}
        found = facts.neighbourhood(scope, drawn[0][0], hops=hops)
        assert names(found) == distances
        assert edges(found) == reached
