"""Extraction: from sources to proposed records, which wait for people outside of any run.

collect → extract (each part of a source on its own) → propose. Nothing becomes active here: a
proposal is one until a person accepts it (`savoir review`). A source is read again by the same
reader only where it was changed, or where reading it again was asked for.

State is plain JSON: checkpoints outlive the classes that made them.
"""

import asyncio
import operator
from typing import Annotated, Any, NotRequired, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send
from pydantic import BaseModel, ConfigDict, Field

from savoirfaire.agents.extractor import Extractor, reader
from savoirfaire.agents.kinds import check_kinds
from savoirfaire.agents.merging import merged
from savoirfaire.agents.model import Gateway, Usage
from savoirfaire.agents.proposals import Candidate, Dropped, Excerpt
from savoirfaire.errors import CitationError, RecordError
from savoirfaire.graphs import parts
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.graphs.siblings import Siblings
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

SCHEMA = 1

_AT_ONCE = 4  # calls of one run that wait for the model together


class ExtractionRequest(BaseModel):
    """What to read, and for what: by default every source that free text is in, for all kinds."""

    model_config = ConfigDict(extra="forbid")

    sources: list[str] = Field([], description="ingested files or folders; none: all but editions")
    kinds: list[str] = Field([], description="kinds of record to look for; none: every kind")
    again: bool = Field(default=False, description="also what was read before")
    parts: int = Field(100, ge=1, le=1000, description="calls of the model at most, in this run")


class Extraction(TypedDict):
    """The state of one extraction. `request` comes in; the steps add the rest.

    `parts` are spans of sources to read, `left` how many more there are for another run. `proposed`
    are the ids of the records that are proposals now, `known` how many said nothing new.
    """

    schema_version: int
    request: dict[str, Any]
    author: NotRequired[str]
    parts: NotRequired[list[dict[str, Any]]]
    left: NotRequired[int]
    candidates: Annotated[NotRequired[list[dict[str, Any]]], operator.add]
    dropped: Annotated[NotRequired[list[dict[str, Any]]], operator.add]
    usage: Annotated[NotRequired[list[dict[str, Any]]], operator.add]
    proposed: NotRequired[list[str]]
    known: NotRequired[int]


class Reading(TypedDict):
    """What the reader of one part is sent: no more than it needs."""

    request: dict[str, Any]
    part: dict[str, Any]


Context = Runtime[RunContext]


def extraction(
    gateway: Gateway, knowledge: Knowledge
) -> StateGraph[Extraction, RunContext, Any, Any]:
    """Wire the steps; the caller compiles them with the checkpointer of its choice."""
    steps = _Steps(gateway, knowledge)
    builder = StateGraph(Extraction, context_schema=RunContext)
    builder.add_node("collect", steps.collect)
    builder.add_node("extract", steps.extract, input_schema=Reading)
    builder.add_node("propose", steps.propose)
    builder.add_edge(START, "collect")
    builder.add_conditional_edges("collect", _to_extract, ["extract", "propose"])
    builder.add_edge("extract", "propose")
    builder.add_edge("propose", END)
    return builder


class _Steps:
    """The nodes, with the collaborators they share."""

    def __init__(self, gateway: Gateway, knowledge: Knowledge) -> None:
        self._gateway = gateway
        self._knowledge = knowledge
        self._siblings = Siblings()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def collect(self, state: Extraction, runtime: Context) -> dict[str, Any]:
        """The parts of sources that are to be read, no more than one run may."""
        request, scope = ExtractionRequest(**state["request"]), runtime.context.scope
        author = self._extractor(request).author
        found = parts.to_read(
            self._knowledge.ledger, scope, author, request.sources, again=request.again
        )
        return {
            "author": author,
            "parts": [part.model_dump() for part in found[: request.parts]],
            "left": len(found[request.parts :]),
        }

    async def extract(self, state: Reading, runtime: Context) -> dict[str, Any]:
        """The proposals that one part of a source gives grounds for."""
        request, part = ExtractionRequest(**state["request"]), parts.Part(**state["part"])
        async with self._siblings.together(runtime.context.run), self._turns:
            text = self._text(runtime.context.scope, part)
            if text is None:
                return {"dropped": [_changed(part)]}
            excerpt = Excerpt(part.source, part.path, part.start, part.end, text)
            read = await self._extractor(request).read(excerpt, about=part.about)
        return {
            "candidates": [each.model_dump(mode="json") for each in read.candidates],
            "dropped": [each.model_dump() for each in read.dropped],
            "usage": [self._spent("extract", read.usage)],
        }

    async def propose(self, state: Extraction, runtime: Context) -> dict[str, Any]:
        """Keep the proposals, each once; then note what was read."""
        scope, author = runtime.context.scope, state["author"]
        found = merged([Candidate(**each) for each in state.get("candidates", [])])
        proposed, known, dropped = list[str](), 0, list[dict[str, Any]]()
        for each in found:
            try:
                record = self._proposed(scope, each, author)
            except (CitationError, RecordError) as error:
                dropped.append(_refused(each, str(error)))
                continue
            if record is None:
                known += 1
            else:
                proposed.append(record)
        for part in parts.furthest([parts.Part(**each) for each in state["parts"]]):
            self._knowledge.ledger.note_extracted(scope, author, part.source, part.sha256, part.end)
        return {"proposed": proposed, "known": known, "dropped": dropped}

    # --- helpers --------------------------------------------------------------------------------

    def _extractor(self, request: ExtractionRequest) -> Extractor:
        return Extractor(self._gateway, check_kinds(request.kinds))

    def _text(self, scope: ClientScope, part: parts.Part) -> str | None:
        """The words of a part; None where its source was changed since it was collected."""
        if not parts.is_current(self._knowledge.ledger, scope, part):
            return None
        return self._knowledge.ledger.text(scope, part.source)[part.start : part.end]

    def _proposed(self, scope: ClientScope, each: Candidate, author: str) -> str | None:
        """The id of the proposal; None where it says what is decided on already."""
        record = self._knowledge.brand_os.propose(
            scope,
            each.kind,
            each.data,
            citations=each.citations,
            author=author,
            valid_from=each.valid_from,
            valid_to=each.valid_to,
        )
        return record.id if record.status == "proposed" else None

    def _spent(self, node: str, usage: Usage) -> dict[str, Any]:
        return {"node": node, "mode": self._gateway.mode, **usage.as_dict()}


def _to_extract(state: Extraction) -> list[Send] | str:
    """Each part to its own reader."""
    sends = [
        Send("extract", Reading(request=state["request"], part=part)) for part in state["parts"]
    ]
    return sends or "propose"


def _changed(part: parts.Part) -> dict[str, Any]:
    return Dropped(kind="", reason="changed", words="", source=part.path).model_dump()


def _refused(each: Candidate, why: str) -> dict[str, Any]:
    """A proposal that the ledger does not take: its source was changed while it was read."""
    return Dropped(kind=each.kind, reason="changed", words=why).model_dump()


def _build(office: Office) -> StateGraph[Extraction, RunContext, Any, Any]:
    return extraction(office.gateway, office.recall.knowledge)


def _start(request: BaseModel) -> dict[str, Any]:
    return {"schema_version": SCHEMA, "request": request.model_dump()}


spec = GraphSpec(
    name="extraction",
    title="Records for the Brand OS, proposed from sources with exact quotes, for review",
    request=ExtractionRequest,
    build=_build,
    start=_start,
    roles=(reader,),
)
