"""A panel: each persona is shown each thing, says what it thinks, and the words are rated.

collect → ask (each persona, thing and check on its own) → rate. Without a language model nobody is
asked, and the run says so: reactions are never made up.

State is plain JSON: checkpoints outlive the classes that made them.
"""

import asyncio
import operator
from collections.abc import Sequence
from typing import Annotated, Any, NotRequired, TypedDict

import numpy as np
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send
from pydantic import BaseModel, ConfigDict, Field

from savoirfaire.agents.model import Gateway
from savoirfaire.agents.panel.anchors import VERSION, Measure, Tongue
from savoirfaire.agents.panel.rating import ByEmbedding, ByWords, expected, rated
from savoirfaire.agents.panel.report import report
from savoirfaire.agents.panel.survey import Answer, Reading
from savoirfaire.agents.panel.votes import is_refusal
from savoirfaire.agents.personas.asking import VARIANTS, Variant, ask, reactor
from savoirfaire.agents.personas.evidence import Persona, Trait
from savoirfaire.agents.personas.store import find_personas
from savoirfaire.errors import AbstainedError, RequestError
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.graphs.siblings import Siblings
from savoirfaire.knowledge.store import Knowledge

SCHEMA = 1
_AT_ONCE = 8  # calls of one run that wait for the model together
_NO_MODEL = AbstainedError("role {role} needs a language model", role=reactor.name)
_NO_ANSWER = "everybody on the panel declined to answer"


class PanelRequest(BaseModel):
    """Whom to ask, about what. `members` are ids of personas: `savoir panel make` saves them."""

    model_config = ConfigDict(extra="forbid")

    members: list[str] = Field(min_length=1, max_length=1000)
    shown: list[str] = Field(min_length=1, max_length=20, description="drafts, subjects, concepts")
    measure: Measure = "purchase_intent"
    language: Tongue = "en"
    checks: bool = Field(default=False, description="ask again: as before, otherwise, flattered")
    temperature: float = Field(1.0, gt=0, le=10)
    panel: str = ""


class Panel(TypedDict):
    """The state of one panel. `request` comes in; the steps add the rest."""

    schema_version: int
    request: dict[str, Any]
    personas: NotRequired[list[dict[str, Any]]]
    gone: NotRequired[int]
    abstained: NotRequired[str]
    reactions: Annotated[NotRequired[list[dict[str, Any]]], operator.add]
    usage: Annotated[NotRequired[list[dict[str, Any]]], operator.add]
    reports: NotRequired[list[dict[str, Any]]]


class Asking(TypedDict):
    """What is needed to ask one persona about one thing."""

    request: dict[str, Any]
    persona: dict[str, Any]
    item: int
    variant: str


Context = Runtime[RunContext]


def panel(gateway: Gateway, knowledge: Knowledge) -> StateGraph[Panel, RunContext, Any, Any]:
    """Wire the steps; the caller compiles them with the checkpointer of its choice."""
    steps = _Steps(gateway, knowledge)
    builder = StateGraph(Panel, context_schema=RunContext)
    builder.add_node("collect", steps.collect)
    builder.add_node("ask", steps.ask, input_schema=Asking)
    builder.add_node("rate", steps.rate)
    builder.add_edge(START, "collect")
    builder.add_conditional_edges("collect", _to_ask, ["ask", END])
    builder.add_edge("ask", "rate")
    builder.add_edge("rate", END)
    return builder


class _Steps:
    """The nodes, with the collaborators they share."""

    def __init__(self, gateway: Gateway, knowledge: Knowledge) -> None:
        self._gateway = gateway
        self._knowledge = knowledge
        self._siblings = Siblings()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def collect(self, state: Panel, runtime: Context) -> dict[str, Any]:
        """The personas that are still there, with their traits as they are known now."""
        request = PanelRequest(**state["request"])
        found, gone = find_personas(self._knowledge, runtime.context.scope, request.members)
        if not found:
            raise RequestError("none of the panel's {count} personas is there any more", count=gone)
        offline = str(_NO_MODEL) if self._gateway.mode == "offline" else ""
        return {"personas": [_plain(each) for each in found], "gone": gone, "abstained": offline}

    async def ask(self, state: Asking, runtime: Context) -> dict[str, Any]:
        """What one persona says of one thing."""
        request, persona = PanelRequest(**state["request"]), _persona(state["persona"])
        variant: Variant = next(each for each in VARIANTS if each == state["variant"])
        async with self._siblings.together(runtime.context.run), self._turns:
            answer = await ask(
                self._gateway,
                persona,
                request.shown[state["item"]],
                request.measure,
                request.language,
                variant=variant,
                branch=f"{persona.id}#{state['item']}#{variant}",
            )
        said = {
            "who": persona.id,
            "item": state["item"],
            "variant": variant,
            "words": answer.reply.words,
        }
        spent = {"node": "ask", "mode": self._gateway.mode, **answer.usage.as_dict()}
        return {"reactions": [said], "usage": [spent]}

    async def rate(self, state: Panel) -> dict[str, Any]:
        """The reactions as distributions over five points, and the report on each thing shown.

        Where nobody has a word for one of them, there is nothing to report, and that is told.
        """
        request = PanelRequest(**state["request"])
        embedder = self._knowledge.embedder
        similarity = ByEmbedding(embedder) if embedder else ByWords()
        said = sorted(
            state.get("reactions", []),
            key=lambda each: (VARIANTS.index(each["variant"]), each["item"], each["who"]),
        )
        if not _all_answered(said, len(request.shown)):
            return {"reports": [], "abstained": _NO_ANSWER}
        shares = rated(
            [each["words"] for each in said],
            request.measure,
            request.language,
            similarity,
            temperature=request.temperature,
        )
        means = expected(shares)
        reports = []
        for item in range(len(request.shown)):
            places = [place for place, each in enumerate(said) if each["item"] == item]
            base = [place for place in places if said[place]["variant"] == "base"]
            # Who declines has no opinion to be rated.
            rating = [place for place in base if not is_refusal(said[place]["words"])]
            spread = shares[rating].mean(axis=0)
            answers = [_answer(said[place], float(means[place])) for place in places]
            told = report(Reading(answers, "rated", "words", ()))
            reports.append(
                {
                    "shown": request.shown[item],
                    "measure": request.measure,
                    "rated_by": similarity.name,
                    "anchors": VERSION,
                    "distribution": np.round(spread, 4).tolist(),
                    **{key: value for key, value in told.items() if key != "phrases"},
                }
            )
        return {"reports": reports}


def _to_ask(state: Panel) -> list[Send] | str:
    """Each persona, thing and check to its own step; nobody where there is no model."""
    if state["abstained"]:
        return END
    request = PanelRequest(**state["request"])
    variants = VARIANTS if request.checks else VARIANTS[:1]
    return [
        Send(
            "ask",
            Asking(request=state["request"], persona=persona, item=item, variant=variant),
        )
        for variant in variants
        for item in range(len(request.shown))
        for persona in state["personas"]
    ]


def _all_answered(said: Sequence[dict[str, Any]], shown: int) -> bool:
    """Whether of each thing shown somebody, asked plainly, said what they think."""
    spoken = [each for each in said if not is_refusal(each["words"])]
    return {each["item"] for each in spoken if each["variant"] == "base"} == set(range(shown))


def _answer(said: dict[str, Any], mean: float) -> Answer:
    vote = None if is_refusal(said["words"]) else round(mean, 4)
    return Answer(said["who"], vote, said["words"], said["variant"])


def _plain(persona: Persona) -> dict[str, Any]:
    traits = [[t.attribute, t.value, t.source, t.assumed] for t in persona.traits]
    return {"id": persona.id, "name": persona.name, "traits": traits}


def _persona(data: dict[str, Any]) -> Persona:
    return Persona(data["id"], data["name"], tuple(Trait(*each) for each in data["traits"]))


def _build(office: Office) -> StateGraph[Panel, RunContext, Any, Any]:
    return panel(office.gateway, office.recall.knowledge)


def _start(request: BaseModel) -> dict[str, Any]:
    return {"schema_version": SCHEMA, "request": request.model_dump()}


spec = GraphSpec(
    name="panel",
    title="What a panel of personas says of drafts or concepts, rated and reported",
    request=PanelRequest,
    build=_build,
    start=_start,
    roles=(reactor,),
)
