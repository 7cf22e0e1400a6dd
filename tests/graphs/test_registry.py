"""Graphs by name: those of packages, those of this process, and what is refused."""

from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pytest
from pydantic import BaseModel

from savoirfaire.agents.model import Endpoint
from savoirfaire.errors import NotFoundError, RequestError, SavoirError
from savoirfaire.graphs import registry
from savoirfaire.graphs.newsletter import spec as newsletter
from savoirfaire.graphs.registry import (
    GraphSpec,
    Wired,
    check_request,
    find_graph,
    graphs,
    offer,
)


class Asked(BaseModel):
    """A request."""

    words: str
    count: int = 1


def nothing(_office: Any) -> Any:
    """Wire nothing."""


OWN = GraphSpec("own-graph", "A graph of this process", Asked, nothing)


@pytest.fixture(autouse=True)
def _own_offers() -> Iterator[None]:
    """Forget what a test offers."""
    yield
    registry._own.clear()


def test_packaged() -> None:
    """The newsletter is offered by this package's entry point, and loaded when it is asked for."""
    assert graphs()["newsletter"]() is newsletter
    assert find_graph("newsletter") is newsletter


@pytest.mark.parametrize("point", entry_points(group=registry.GROUP), ids=lambda each: each.name)
def test_every_graph_says_who_does_its_work(point: EntryPoint) -> None:
    """Evidence is about prompts: a graph that names no role would keep it over other ones."""
    spec = registry._load(point)
    assert spec.roles or spec.agents, "GraphSpec(…, roles=(…,)): each role that it asks"
    assert len({role.name for role in spec.roles}) == len(spec.roles)


class Offline:
    """A gateway without a model, as far as evidence is about it."""

    mode = "offline"
    endpoint = Endpoint()


def test_another_prompt_is_other_work() -> None:
    """Other words in the prompt of any role that a graph asks are other work."""
    several = {_made_by(newsletter)}
    for place, role in enumerate(newsletter.roles):
        other = copy(role)
        other._prompt = role._prompt + "\nBe brief."
        roles = (*newsletter.roles[:place], other, *newsletter.roles[place + 1 :])
        several.add(_made_by(replace(newsletter, roles=roles)))
    several.add(_made_by(replace(newsletter, agents=("other instructions",))))
    assert len(several) == len(newsletter.roles) + 2


def _made_by(spec: GraphSpec) -> str:
    unused: Any = None
    gateway: Any = Offline()
    return Wired(spec, unused, [], "the same graph").made_by(gateway)


def test_offered() -> None:
    """A program offers a graph of its own beside the packages'."""
    with pytest.raises(NotFoundError):
        find_graph("own-graph")
    assert offer(OWN) is OWN
    assert find_graph("own-graph") is OWN
    assert {"newsletter", "own-graph"} <= graphs().keys()


def test_unknown() -> None:
    """An unknown graph is refused with the nearest names, and where to see them all."""
    with pytest.raises(NotFoundError, match="there is no graph newsletters → newsletter") as caught:
        find_graph("newsletters")
    assert "savoir graphs" in caught.value.hint


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("no_such_module:spec", "graph mine cannot be loaded from no_such_module:spec: Module"),
        ("json:no_such_name", "graph mine cannot be loaded from json:no_such_name: Attribute"),
        ("json:dumps", "json:dumps is no GraphSpec"),
    ],
)
def test_broken_packages(place: str, words: str) -> None:
    """A package whose graph cannot be loaded is named, with the reason."""
    with pytest.raises(SavoirError, match=words):
        registry._load(EntryPoint("mine", place, registry.GROUP))


def test_start() -> None:
    """Unless it says otherwise, a graph's first state is its request."""
    checked = check_request(OWN, {"words": "x"})
    assert OWN.start(checked) == {"words": "x", "count": 1}


def test_bad_requests() -> None:
    """Every bad key of a request is named, and the keys there are."""
    with pytest.raises(RequestError, match=r"words: Field required; count: .*\[words, count\]"):
        check_request(OWN, {"count": "many"})
