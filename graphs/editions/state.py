"""What an edition's run is asked, and what its steps write down: plain JSON, that outlives them."""

import operator
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from langgraph.runtime import Runtime
from pydantic import BaseModel, ConfigDict, Field

from savoirfaire.agents.forms import (
    Breach,
    Briefing,
    Draft,
    EditionPlan,
    Item,
    Language,
    Passage,
    PlannedSection,
    Section,
)
from savoirfaire.agents.guardian import guidance_words
from savoirfaire.agents.model import Mode, Usage
from savoirfaire.graphs import edition
from savoirfaire.graphs.background import NOTHING
from savoirfaire.graphs.gates import Gated, merge
from savoirfaire.graphs.registry import RunContext
from savoirfaire.knowledge.brand import BrandPack

SCHEMA = 2
LANGUAGES = {"en": "English", "fr": "French"}

Context = Runtime[RunContext]


class NewsletterRequest(BaseModel):
    """What an account team asks for."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=200)
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    language: Literal["en", "fr"]
    items: list[str] = Field(min_length=1, description="ingested files or folders to report on")
    brief: str = ""
    openings: int = Field(
        default=1, ge=1, le=4, description="openings to write, for a person to choose one"
    )


class Newsletter(Gated):
    """The state of one edition. `request` comes in; the steps add the rest.

    `written` has each section by its place in the plan, `by_hand` the places of those that a person
    wrote, which no model changes; `draft` is what they make together, and
    `previous` what they made before the last revision. `openings` are those to choose from, and
    `subject` the line and preview that go with the one chosen. `breaches` are those of the last
    check, `found` those of every check; `claims` what became of each claim, `voice` what the
    verifier says of the whole.
    """

    schema_version: int
    request: dict[str, Any]
    brand: NotRequired[dict[str, Any]]
    items: NotRequired[list[dict[str, Any]]]
    past: NotRequired[list[dict[str, Any]]]
    outline: NotRequired[list[str]]
    examples: NotRequired[dict[str, list[dict[str, Any]]]]
    lessons: NotRequired[str]
    manner: NotRequired[str]
    known: NotRequired[str]
    competitors: NotRequired[list[str]]
    results: NotRequired[list[dict[str, Any]]]
    plan: NotRequired[dict[str, Any]]
    openings: NotRequired[list[dict[str, Any]]]
    subject: NotRequired[dict[str, str]]
    by_hand: NotRequired[list[int]]
    written: Annotated[NotRequired[dict[str, Any]], merge]
    draft: NotRequired[dict[str, Any]]
    previous: NotRequired[dict[str, Any]]
    revisions: NotRequired[int]
    left_out: NotRequired[list[dict[str, Any]]]
    breaches: NotRequired[list[dict[str, Any]]]
    found: NotRequired[list[dict[str, Any]]]
    claims: NotRequired[list[dict[str, Any]]]
    voice: NotRequired[dict[str, Any]]
    judgement: NotRequired[dict[str, Any]]
    published: NotRequired[list[str]]
    lesson: NotRequired[bool]
    usage: Annotated[NotRequired[list[dict[str, Any]]], operator.add]


class Writing(TypedDict):
    """What the writer of one section is sent: no more than it needs."""

    index: int
    briefing: dict[str, str]
    section: dict[str, Any]
    items: list[dict[str, Any]]
    example: str
    opening: list[str]


class Mending(TypedDict):
    """What the reviser of one section is sent."""

    index: int
    briefing: dict[str, str]
    section: dict[str, Any]
    breaches: list[dict[str, Any]]
    passages: list[dict[str, Any]]
    turn: int


# --- reading it -----------------------------------------------------------------------------------


def language_of(state: Newsletter) -> Language:
    """The language of the edition."""
    language: Language = state["request"]["language"]
    return language


def brand_of(state: Newsletter) -> BrandPack:
    """What the client asks of it."""
    return BrandPack(**state["brand"])


def draft_of(state: Newsletter) -> Draft:
    """The edition as it stands."""
    return Draft(**state["draft"])


def items_of(state: Newsletter) -> list[Item]:
    """What it reports."""
    return [Item(**item) for item in state["items"]]


def evidence_of(items: Sequence[Item]) -> list[Passage]:
    """The passages that it is written from."""
    return [passage for item in items for passage in item.passages]


def planned_sections(state: Newsletter) -> list[PlannedSection]:
    """What is to be written, the lead first where the brand wants one."""
    lead = state["brand"]["edition"]["lead"]
    return edition.sections_of(EditionPlan(**state["plan"]), lead=lead)


def breaches_of(state: Newsletter) -> list[Breach]:
    """What the last check found."""
    return [Breach(**each) for each in state["breaches"]]


def briefing_of(state: Newsletter) -> Briefing:
    """What whoever writes is told of the edition and of the client."""
    request, brand = NewsletterRequest(**state["request"]), brand_of(state)
    return Briefing(
        title=request.title,
        date=request.date,
        brief=request.brief,
        language=LANGUAGES[request.language],
        voice=brand.brand.voice,
        audience=brand.brand.audience,
        rules=term_words(brand),
        guidance=guidance_words(brand),
        lessons=state["lessons"],
        manner=state.get("manner", NOTHING),
        known=state.get("known", NOTHING),
    )


def term_words(brand: BrandPack) -> str:
    """The terms to keep, a rule on each line."""
    return "\n".join(
        f'  - write "{rule.use}", not {", ".join(rule.avoid)}'
        if rule.use
        else f"  - never write {', '.join(rule.avoid)}"
        for rule in brand.rules
    )


def says(section: Section) -> bool:
    """Whether a section has a sentence."""
    return any(s.text.strip() for entry in section.entries for s in entry.sentences)


def spent(node: str, mode: Mode, usage: Usage) -> dict[str, Any]:
    """What a step cost, and how its words came."""
    return {"node": node, "mode": mode, **usage.as_dict()}
