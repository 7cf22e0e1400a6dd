"""Facts with two axes of time, the entities they are about, and the graph they make."""

from savoirfaire.knowledge.facts.facts import Facts
from savoirfaire.knowledge.facts.merging import Moved
from savoirfaire.knowledge.facts.neighbourhood import Neighbourhood, Node
from savoirfaire.knowledge.facts.rows import Entity, Fact

__all__ = ["Entity", "Fact", "Facts", "Moved", "Neighbourhood", "Node"]
