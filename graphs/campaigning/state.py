"""What a campaign's run is asked, and what its steps write down: plain JSON, that outlives them."""

import operator
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from langgraph.runtime import Runtime
from pydantic import BaseModel, ConfigDict, Field, model_validator

from savoirfaire.agents.bids.pricing import Pricing
from savoirfaire.agents.forms import Language, Passage
from savoirfaire.agents.panel.anchors import Measure
from savoirfaire.graphs.gates import Gated, merge
from savoirfaire.graphs.registry import RunContext

SCHEMA = 1
CHANNELS = ("newsletter", "social", "mail", "proposal")
"""Where a campaign is seen, in the order in which it is told of them."""

_DAY = r"^\d{4}-\d{2}-\d{2}$"

Context = Runtime[RunContext]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewsletterChannel(_Asked):
    """An edition of the client's newsletter, from the campaign's items."""

    title: str = Field("", max_length=200, description="empty: the campaign's")
    openings: int = Field(1, ge=1, le=4)


class Place(_Asked):
    """A network to post on, and how many characters a post may have there."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[\w .'’-]+$")
    longest: int = Field(500, ge=40, le=10_000)


class SocialChannel(_Asked):
    """A post for each network."""

    networks: list[Place] = Field(min_length=1, max_length=10)


class MailChannel(_Asked):
    """One mail."""

    to: str = Field("", max_length=500, description="addresses, or for whom it is")
    longest: int = Field(1500, ge=100, le=10_000)


class ProposalChannel(_Asked):
    """A proposal to a client's brief, told from the campaign's angle."""

    brief: str = Field(min_length=1, description="the path of an ingested source")
    title: str = Field("", max_length=200)
    pricing: Pricing | None = None
    offer: str = ""
    template: str = ""
    valid_days: int = Field(30, ge=1, le=3650)


class Expected(_Asked):
    """A result that is expected back: of which channel, by when, and how much where it is known."""

    channel: str = Field(min_length=1, max_length=200)
    metric: str = Field(min_length=1, max_length=200)
    by: str = Field(pattern=_DAY)
    value: float | None = Field(None, allow_inf_nan=False)
    unit: str = Field("", max_length=20)


class CampaignRequest(_Asked):
    """What an account team asks for."""

    title: str = Field(min_length=1, max_length=200)
    date: str = Field(pattern=_DAY)
    language: Language
    brief: str = Field(min_length=1, max_length=20_000, description="what is to be told, in words")
    items: list[str] = Field(default_factory=list, description="ingested files or folders to use")
    angles: int = Field(3, ge=2, le=5, description="for a person to choose one")
    panel: str = Field("", description="a saved panel; empty: the personas of the Brand OS")
    members: list[str] = Field(default_factory=list, max_length=1000, description="ids of personas")
    measure: Measure = "relevance"
    newsletter: NewsletterChannel | None = None
    social: SocialChannel | None = None
    mail: MailChannel | None = None
    proposal: ProposalChannel | None = None
    expects: list[Expected] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _seen(self) -> "CampaignRequest":
        """A campaign is seen somewhere; an edition has items, and a panel somebody in it."""
        if not channels_of(self):
            raise ValueError(f"name at least one channel: {', '.join(CHANNELS)}")
        if self.newsletter and not self.items:
            raise ValueError("a newsletter needs items: ingested files or folders to report on")
        if self.panel and not self.members:
            raise ValueError("a panel needs its members: `savoir run campaign` looks them up")
        return self


class Campaign(Gated):
    """The state of one campaign. `request` comes in; the steps add the rest.

    `parts` has of each graph inside what it came to, by channel; what they decided, spent, found
    and published stands with the campaign's own. `angle` is the one that a person chose.
    """

    schema_version: int
    request: dict[str, Any]
    brand: NotRequired[dict[str, Any]]
    passages: NotRequired[list[dict[str, Any]]]
    known: NotRequired[str]
    members: NotRequired[list[str]]
    angles: NotRequired[list[dict[str, Any]]]
    reviewed: NotRequired[dict[str, Any]]
    angle: NotRequired[dict[str, Any]]
    parts: Annotated[NotRequired[dict[str, Any]], merge]
    awaited: NotRequired[list[dict[str, Any]]]
    lesson: NotRequired[bool]
    breaches: Annotated[NotRequired[list[dict[str, Any]]], operator.add]
    found: Annotated[NotRequired[list[dict[str, Any]]], operator.add]
    left_out: Annotated[NotRequired[list[dict[str, Any]]], operator.add]
    published: Annotated[NotRequired[list[str]], operator.add]
    usage: Annotated[NotRequired[list[dict[str, Any]]], operator.add]


class PiecesRequest(_Asked):
    """What is asked of whoever writes the pieces of one channel."""

    kind: Literal["post", "mail"]
    title: str
    date: str
    language: Language
    brief: str
    angle: dict[str, Any]
    brand: dict[str, Any]
    passages: list[dict[str, Any]]
    places: list[dict[str, Any]]
    to: str = ""


class PiecesState(Gated):
    """The state of the pieces of one channel."""

    schema_version: int
    request: dict[str, Any]
    pieces: NotRequired[list[dict[str, Any]]]
    breaches: NotRequired[list[dict[str, Any]]]
    found: NotRequired[list[dict[str, Any]]]
    judgement: NotRequired[dict[str, Any]]
    published: NotRequired[list[str]]
    lesson: NotRequired[bool]
    usage: Annotated[NotRequired[list[dict[str, Any]]], operator.add]


class Told(TypedDict):
    """What a graph inside leaves in the campaign's state."""

    parts: dict[str, Any]
    decisions: dict[str, Any]
    breaches: list[dict[str, Any]]
    found: list[dict[str, Any]]
    left_out: list[dict[str, Any]]
    published: list[str]
    usage: list[dict[str, Any]]


def passages_of(holder: Campaign | dict[str, Any]) -> list[Passage]:
    """The passages that a campaign is written from: of its state, or of a request for pieces."""
    return [Passage(**each) for each in holder["passages"]]


def channels_of(request: CampaignRequest) -> list[str]:
    """The channels asked for, in their order."""
    return [name for name in CHANNELS if getattr(request, name) is not None]
