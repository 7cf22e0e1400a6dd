"""Graphs inside a campaign: each is the graph that is offered by itself, with its own gates.

A graph keeps its own form of request, its prompts and its gates; the campaign gives it the request
and takes from its last state what a campaign is told of. One that fails lets the others end first.
"""

from collections.abc import Callable, Mapping
from typing import Any

from savoirfaire.graphs.campaigning.state import Campaign, Context, Told
from savoirfaire.graphs.registry import GraphSpec, Office, check_request
from savoirfaire.graphs.siblings import Siblings

_KEPT = ("reports", "abstained", "gone", "judgement", "markdown")


def part(
    name: str,
    spec: GraphSpec,
    office: Office,
    asked: Callable[[Campaign], Mapping[str, Any]],
    siblings: Siblings,
) -> Any:
    """The graph of `spec` as a step called `name`; `asked` makes its request from the state.

    Raises RequestError for a request that the graph does not take.
    """
    graph = spec.build(office).compile()

    async def step(state: Campaign, runtime: Context) -> Told:
        given = spec.start(check_request(spec, asked(state)))
        async with siblings.together(runtime.context.run):
            inner = await graph.ainvoke(given)
        return told(name, inner)

    return step


def told(name: str, inner: Mapping[str, Any]) -> Told:
    """What a campaign is told of a graph inside: decisions and costs, under its name."""
    decisions = {
        f"{name}.{gate}": decision for gate, decision in inner.get("decisions", {}).items()
    }
    published = list(inner.get("published", []))
    kept = {key: inner[key] for key in _KEPT if key in inner}
    return {
        "parts": {name: {**kept, "published": published, "went": _went(inner)}},
        "decisions": decisions,
        "breaches": list(inner.get("breaches", [])),
        "found": list(inner.get("found", [])),
        "left_out": list(inner.get("left_out", [])),
        "published": published,
        "usage": [
            {**each, "part": name, "node": f"{name}.{each['node']}"}
            for each in inner.get("usage", [])
        ],
    }


def _went(inner: Mapping[str, Any]) -> str:
    """How it ended: published, rejected by a person, or with nothing to publish."""
    if inner.get("published"):
        return "published"
    rejected = any(each["type"] == "reject" for each in inner.get("decisions", {}).values())
    return "rejected" if rejected else "done"
