"""What is around an entity: breadth first over the facts that hold at one point in time."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_

from savoirfaire.knowledge.facts.rows import ACTIVE, Entity, Fact, read
from savoirfaire.knowledge.schema import facts
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.snapshot import in_parts
from savoirfaire.knowledge.times import AsOf, holds

MOST_HOPS = 6
_FACTS_OF_A_NODE = 10  # on average, before a neighbourhood is cut


@dataclass(frozen=True)
class Node:
    """An entity, and how many facts lie between it and the centre at least."""

    entity: Entity
    distance: int


@dataclass(frozen=True)
class Neighbourhood:
    """The entities around one, nearest first, and the facts between them.

    A fact is in it where one of its ends is less than `hops` away; a fact with a value counts as
    one with two ends. `cut` tells that there is more than the limit let in.
    """

    centre: Entity
    nodes: list[Node]
    edges: list[Fact]
    cut: bool


def explore(
    connection: Connection, scope: ClientScope, centre: Entity, point: AsOf, hops: int, limit: int
) -> Neighbourhood:
    """The neighbourhood of `centre` as at `point`, of `limit` entities at most."""
    walk = _Walk(centre, limit)
    frontier = [centre.id]
    for distance in range(1, hops + 1):
        room = limit * _FACTS_OF_A_NODE - len(walk.edges)
        touching = _touching(connection, scope, frontier, point, room + 1)
        new = [fact for fact in touching if fact.id not in walk.edges]
        walk.cut |= len(new) > room
        frontier = [each for fact in new[:room] for each in walk.take(fact, distance)]
        if not frontier:
            break
    return Neighbourhood(centre, list(walk.nodes.values()), list(walk.edges.values()), walk.cut)


class _Walk:
    """What has been reached so far."""

    def __init__(self, centre: Entity, limit: int) -> None:
        self.nodes = {centre.id: Node(centre, 0)}
        self.edges: dict[str, Fact] = {}
        self.cut = False
        self._limit = limit

    def take(self, fact: Fact, distance: int) -> list[str]:
        """Add a fact with the entity it leads to; the ids that are new."""
        ends = [fact.subject] if fact.object is None else [fact.subject, fact.object]
        new = [entity for entity in ends if entity.id not in self.nodes]
        if len(self.nodes) + len(new) > self._limit:
            self.cut = True
            return []
        self.edges[fact.id] = fact
        self.nodes.update({entity.id: Node(entity, distance) for entity in new})
        return [entity.id for entity in new]


def _touching(
    connection: Connection, scope: ClientScope, frontier: list[str], point: AsOf, limit: int
) -> list[Fact]:
    """Facts from and to these entities, at most `limit`, each once."""
    held = and_(facts.c.status == ACTIVE, holds(facts, point))
    found: dict[str, Fact] = {}
    for part in in_parts(frontier):
        for end in (facts.c.subject, facts.c.object):
            condition: ColumnElement[bool] = end.in_(part)
            found.update(
                {fact.id: fact for fact in read(connection, scope, held, condition, limit=limit)}
            )
    return list(found.values())[:limit]
