"""A campaign: from a brief to what is seen of it on each channel, each decided on by people.

collect → angles → review → (panel, where personas are known) → plan_angle → gate_angle → take →
newsletter, social, mail and proposal side by side, as asked for → expect. The panel, the newsletter
and the proposal are the graphs that are offered by themselves, whole, with their own gates; posts
and the mail have one of their own. Which angle is taken is craft: a person chooses. Where no angle
is, the campaign ends; a channel that is rejected leaves the others as they are.

State is plain JSON: checkpoints outlive the classes that made them.
"""

from collections.abc import Mapping
from typing import Any

from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

from savoirfaire.agents.campaigning import strategist
from savoirfaire.graphs import newsletter, panel, proposal
from savoirfaire.graphs.campaigning.angles import ANGLE, Finding, angle_words
from savoirfaire.graphs.campaigning.expecting import Expecting
from savoirfaire.graphs.campaigning.parts import part
from savoirfaire.graphs.campaigning.pieces import letter, posts
from savoirfaire.graphs.campaigning.state import (
    SCHEMA,
    Campaign,
    CampaignRequest,
    channels_of,
)
from savoirfaire.graphs.gates import add_gate
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.graphs.siblings import Siblings

__all__ = ["Campaign", "CampaignRequest", "campaign", "spec"]


def campaign(office: Office) -> StateGraph[Campaign, RunContext, Any, Any]:
    """Wire the steps; the caller compiles them with the checkpointer of its choice."""
    finding, expecting = (
        Finding(office.gateway, office.recall),
        Expecting(office.recall.knowledge.ledger),
    )
    siblings = Siblings()
    builder = StateGraph(Campaign, context_schema=RunContext)
    for name in ("collect", "angles", "review", "take"):
        builder.add_node(name, getattr(finding, name))
    for name, (inner, asked) in _PARTS.items():
        builder.add_node(name, part(name, inner, office, asked, siblings))
    builder.add_node("expect", expecting.expect)
    chosen = add_gate(builder, ANGLE, approved="take", rejected=END)

    def after_review(state: Campaign) -> str:
        return "panel" if state["members"] else chosen

    builder.add_edge(START, "collect")
    builder.add_edge("collect", "angles")
    builder.add_edge("angles", "review")
    builder.add_conditional_edges("review", after_review, ["panel", chosen])
    builder.add_edge("panel", chosen)
    channels = [name for name in _PARTS if name != "panel"]
    builder.add_conditional_edges("take", _asked_for, channels)
    for name in channels:
        builder.add_edge(name, "expect")
    builder.add_edge("expect", END)
    return builder


def _asked_for(state: Campaign) -> list[str]:
    return channels_of(CampaignRequest(**state["request"]))


# --- what the graphs inside are asked -------------------------------------------------------------


def _panel(state: Campaign) -> dict[str, Any]:
    request = state["request"]
    return {
        "members": state["members"],
        "shown": [angle_words(each) for each in state["angles"]],
        "measure": request["measure"],
        "language": request["language"],
        "panel": request["panel"],
    }


def _newsletter(state: Campaign) -> dict[str, Any]:
    request, asked = state["request"], state["request"]["newsletter"]
    return {
        "title": asked["title"] or request["title"],
        "date": request["date"],
        "language": request["language"],
        "items": request["items"],
        "brief": _brief(state),
        "openings": asked["openings"],
    }


def _proposal(state: Campaign) -> dict[str, Any]:
    request, asked = state["request"], state["request"]["proposal"]
    return {
        **asked,
        "language": request["language"],
        "date": request["date"],
        "note": _brief(state),
    }


def _social(state: Campaign) -> dict[str, Any]:
    networks = state["request"]["social"]["networks"]
    places = list({each["name"]: each for each in networks}.values())
    return {**_written(state, "post"), "places": places}


def _mail(state: Campaign) -> dict[str, Any]:
    asked = state["request"]["mail"]
    places = [{"name": "mail", "longest": asked["longest"]}]
    return {**_written(state, "mail"), "places": places, "to": asked["to"]}


def _written(state: Campaign, kind: str) -> dict[str, Any]:
    request = state["request"]
    shared: Mapping[str, Any] = {name: state[name] for name in ("angle", "brand", "passages")}
    asked = {name: request[name] for name in ("title", "date", "language", "brief")}
    return {"kind": kind, **shared, **asked}


def _brief(state: Campaign) -> str:
    """The team's brief, with the angle that was chosen."""
    angle = state["angle"]
    return f"{state['request']['brief']}\n\n{angle['name']}: {angle_words(angle)}"


_PARTS = {
    "panel": (panel.spec, _panel),
    "newsletter": (newsletter.spec, _newsletter),
    "social": (posts, _social),
    "mail": (letter, _mail),
    "proposal": (proposal.spec, _proposal),
}


def _start(request: BaseModel) -> dict[str, Any]:
    return {"schema_version": SCHEMA, "request": request.model_dump(mode="json")}


spec = GraphSpec(
    name="campaign",
    title="A campaign: angles, a panel, a person's choice, then each channel through its gates",
    request=CampaignRequest,
    build=campaign,
    start=_start,
    roles=tuple(
        dict.fromkeys((strategist, *(role for inner, _ in _PARTS.values() for role in inner.roles)))
    ),
)
