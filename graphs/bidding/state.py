"""What a proposal's run is asked, and what its steps write down: plain JSON, that outlives them."""

import operator
from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, TypedDict

from langgraph.runtime import Runtime
from pydantic import BaseModel, ConfigDict, Field

from savoirfaire.agents.bids.pricing import Pricing, Quotation, quotation
from savoirfaire.agents.bids.requirements import Requirement
from savoirfaire.agents.forms import Language, Passage
from savoirfaire.agents.model import Mode, Usage
from savoirfaire.graphs.gates import Gated, merge
from savoirfaire.graphs.registry import RunContext
from savoirfaire.knowledge.brandos.forms import Offer

SCHEMA = 1
LANGUAGES = {"en": "English", "fr": "French"}

Context = Runtime[RunContext]


class ProposalRequest(BaseModel):
    """What an account team asks for: an answer to one brief."""

    model_config = ConfigDict(extra="forbid")

    brief: str = Field(min_length=1, description="the path of an ingested source")
    language: Language
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="of the proposal")
    title: str = Field("", max_length=200)
    pricing: Pricing | None = None
    offer: str = Field("", description="the offer whose rates hold; empty: the only one")
    template: str = Field("", description="a Word document whose styles the proposal takes")
    note: str = Field("", max_length=20_000, description="what is particular to this bid")
    valid_days: int = Field(30, ge=1, le=3650)


class Proposal(Gated):
    """The state of one proposal. `request` comes in; the steps add the rest.

    `brief` has the text as it was read, `requirements` what it asks for, each with its span;
    `material` the passages that may be cited, by label. `written` has each section as it was
    written, `kept` what of it stands, `dropped` what does not. `previous` is the last proposal
    to the same brief. `offers_waiting` has by client how many rate cards nobody has reviewed.
    """

    schema_version: int
    request: dict[str, Any]
    title: NotRequired[str]
    brief: NotRequired[dict[str, Any]]
    requirements: NotRequired[list[dict[str, Any]]]
    findings: NotRequired[dict[str, Any]]
    brand: NotRequired[dict[str, Any]]
    offer: NotRequired[dict[str, Any] | None]
    offers_waiting: NotRequired[dict[str, int]]
    cases: NotRequired[list[dict[str, Any]]]
    steps: NotRequired[list[dict[str, Any]]]
    ours: NotRequired[str]
    material: NotRequired[list[dict[str, Any]]]
    lessons: NotRequired[str]
    template_hash: NotRequired[str]
    pricing: NotRequired[dict[str, Any] | None]
    pricing_problem: NotRequired[str]
    plan: NotRequired[dict[str, Any]]
    written: Annotated[NotRequired[dict[str, Any]], merge]
    kept: NotRequired[dict[str, Any]]
    dropped: NotRequired[list[dict[str, str]]]
    markdown: NotRequired[str]
    matrix: NotRequired[list[dict[str, str]]]
    previous: NotRequired[str]
    breaches: NotRequired[list[dict[str, Any]]]
    published: NotRequired[list[str]]
    lesson: NotRequired[bool]
    usage: Annotated[NotRequired[list[dict[str, Any]]], operator.add]


class Writing(TypedDict):
    """What the writer of one section is sent: no more than it needs."""

    section: str
    variables: dict[str, str]
    evidence: dict[str, Any]


# --- reading it -----------------------------------------------------------------------------------


def language_of(state: Proposal) -> Language:
    """The language of the proposal."""
    language: Language = state["request"]["language"]
    return language


def requirements_of(state: Proposal) -> list[Requirement]:
    """What the brief asks for."""
    names = Requirement.__dataclass_fields__
    return [Requirement(**{n: each[n] for n in names}) for each in state["requirements"]]


def passages_of(state: Proposal) -> list[Passage]:
    """The passages that may be cited."""
    return [Passage(**each) for each in state["material"]]


def priced(offer: Mapping[str, Any] | None, pricing: Mapping[str, Any] | None) -> Quotation | None:
    """The priced proposal; None where there is no rate card, or no effort yet."""
    if offer is None or pricing is None:
        return None
    return quotation(Offer(**offer), Pricing(**pricing))


def spent(node: str, mode: Mode, usage: Usage) -> dict[str, Any]:
    """What a step cost, and how its words came."""
    return {"node": node, "mode": mode, **usage.as_dict()}
