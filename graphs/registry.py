"""Graphs by name: what a package offers under the entry-point group `savoirfaire.graphs`."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from langgraph.graph import StateGraph
from pydantic import BaseModel

from savoirfaire.agents.model import Gateway
from savoirfaire.errors import NotFoundError
from savoirfaire.knowledge.nearest import near
from savoirfaire.tools.outbox import Outbox
from savoirfaire.tools.recall import Recall

GROUP = "savoirfaire.graphs"


@dataclass(frozen=True)
class RunContext:
    """What travels with a run and no model ever sees or fills: for whom it works."""

    client: str
    run: str


@dataclass(frozen=True)
class Office:
    """The collaborators a graph may take."""

    gateway: Gateway
    recall: Recall
    outbox: Outbox


@dataclass(frozen=True)
class GraphSpec:
    """A graph as offered to runs: its name, the form of its input, and how it is wired.

    `start` turns the checked request into the first state. A graph's name and those of its nodes
    are stored with each run: they do not change while a run is open.
    """

    name: str
    title: str
    request: type[BaseModel]
    build: Callable[[Office], StateGraph[Any, RunContext, Any, Any]]
    start: Callable[[BaseModel], dict[str, Any]]


def graphs() -> dict[str, Callable[[], GraphSpec]]:
    """Every graph installed, by name; calling the value imports it."""
    return {point.name: point.load for point in sorted(entry_points(group=GROUP))}


def find_graph(name: str) -> GraphSpec:
    """The graph called `name`. Raises NotFoundError with the nearest names."""
    offered = graphs()
    if name not in offered:
        raise NotFoundError(
            "there is no graph {name}{near}",
            name=name,
            near=near(name, offered),
            hint="`savoir graphs` lists them.",
        )
    return offered[name]()
