"""The newsletter: from source items to an approved, published edition, and a lesson kept.

collect → plan → write (each section on its own) → assemble → check → revise (at most twice, only
on breaches) → plan_publish → gate_publish → publish → learn. A rejected edition is only learned
from.

State is plain JSON: checkpoints outlive the classes that made them.
"""

import operator
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NotRequired, TypedDict, cast

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send
from pydantic import BaseModel, ConfigDict, Field
from savoirfaire.graphs.rendering import citations, to_html, to_markdown

from savoirfaire.agents.editor import (
    Briefing,
    EditionPlan,
    EditorialAssistant,
    Item,
    LeftOut,
    PlannedSection,
)
from savoirfaire.agents.forms import Breach, Draft, Passage, Section
from savoirfaire.agents.guardian import BrandGuardian
from savoirfaire.agents.model import Usage
from savoirfaire.graphs.gates import Gate, add_gate, granted
from savoirfaire.graphs.gates.nodes import merge
from savoirfaire.graphs.lessons import keep_lesson, lesson_words
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.knowledge.brand import Brand, BrandPack
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.outbox import Effect, Outbox
from savoirfaire.tools.recall import Recall, Recalled

SCHEMA = 1
REVISIONS = 2
"""How often the guardian may send a draft back before a person sees it."""

_LANGUAGES = {"en": "English", "fr": "French"}
_EXAMPLE = 1800  # characters of a past section shown for its manner
_PAST = 6
_SIMILAR = 8


class NewsletterRequest(BaseModel):
    """What an account team asks for."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=200)
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    language: Literal["en", "fr"]
    items: list[str] = Field(min_length=1, description="ingested files or folders to report on")
    brief: str = ""


class Newsletter(TypedDict):
    """The state of one edition. `request` comes in; the steps add the rest."""

    schema_version: int
    request: dict[str, Any]
    brand: NotRequired[dict[str, Any]]
    items: NotRequired[list[dict[str, Any]]]
    past: NotRequired[list[dict[str, Any]]]
    outline: NotRequired[list[str]]
    examples: NotRequired[dict[str, str]]
    lessons: NotRequired[str]
    plan: NotRequired[dict[str, Any]]
    written: Annotated[NotRequired[dict[str, Any]], merge]
    draft: NotRequired[dict[str, Any]]
    previous: NotRequired[dict[str, Any]]
    revisions: NotRequired[int]
    breaches: NotRequired[list[dict[str, Any]]]
    breaches_found: NotRequired[int]
    judgement: NotRequired[dict[str, Any]]
    gates: Annotated[NotRequired[dict[str, Any]], merge]
    decisions: Annotated[NotRequired[dict[str, Any]], merge]
    published: NotRequired[list[str]]
    lesson: NotRequired[bool]
    usage: Annotated[NotRequired[list[dict[str, Any]]], operator.add]


class Writing(TypedDict):
    """What one section's writer is sent."""

    index: int
    state: dict[str, Any]


Context = Runtime[RunContext]


def newsletter(
    editor: EditorialAssistant, guardian: BrandGuardian, recall: Recall, outbox: Outbox
) -> StateGraph[Newsletter, RunContext, Any, Any]:
    """Wire the steps; the caller compiles them with the checkpointer of its choice."""
    steps = _Steps(editor, guardian, recall, outbox)
    builder = StateGraph(Newsletter, context_schema=RunContext)
    builder.add_node("collect", steps.collect)
    builder.add_node("plan", steps.plan)
    builder.add_node("write", steps.write)
    builder.add_node("assemble", steps.assemble)
    builder.add_node("check", steps.check)
    builder.add_node("revise", steps.revise)
    builder.add_node("publish", steps.publish)
    builder.add_node("learn", steps.learn)
    builder.add_edge(START, "collect")
    builder.add_edge("collect", "plan")
    builder.add_conditional_edges("plan", _fan_out, ["write"])
    builder.add_edge("write", "assemble")
    builder.add_edge("assemble", "check")
    builder.add_edge("revise", "check")
    asked = add_gate(builder, PUBLISH, approved="publish", rejected="learn")
    builder.add_conditional_edges("check", _after_check, {"revise": "revise", "ask": asked})
    builder.add_edge("publish", "learn")
    builder.add_edge("learn", END)
    return builder


# --- the steps ------------------------------------------------------------------------------------


class _Steps:
    """The nodes, with the collaborators they share."""

    def __init__(
        self, editor: EditorialAssistant, guardian: BrandGuardian, recall: Recall, outbox: Outbox
    ) -> None:
        self._editor = editor
        self._guardian = guardian
        self._recall = recall
        self._outbox = outbox

    def _scope(self, runtime: Context) -> ClientScope:
        return self._recall.knowledge.ledger.scope(runtime.context.client)

    async def collect(self, state: Newsletter, runtime: Context) -> dict[str, Any]:
        """The items to report, what past editions said of the like, and what the brand asks."""
        scope = self._scope(runtime)
        ledger = self._recall.knowledge.ledger
        request = NewsletterRequest(**state["request"])
        brand = self._recall.knowledge.brand(scope) or _plain_brand(scope, request.language)
        found = self._recall.whole(scope, request.items, node="collect")
        latest = self._recall.latest(scope, "edition", count=1, node="collect")
        outline = _outline(brand, latest)
        items, past = [], {}
        for number, passages in enumerate(_by_source(found), start=1):
            similar = self._similar(scope, passages)
            items.append(_item(f"S{number}", passages, _hint(similar, outline)))
            past.update({(each.source, each.start): each for each in similar[:1]})
        earlier = list(past.values())[:_PAST]
        return {
            "brand": brand.model_dump(),
            "items": [item.model_dump() for item in items],
            "past": [_passage(f"P{n}", each).model_dump() for n, each in enumerate(earlier, 1)],
            "outline": outline,
            "examples": _examples(latest),
            "lessons": lesson_words(ledger.lessons(scope, "newsletter")),
        }

    def _similar(self, scope: ClientScope, passages: Sequence[Recalled]) -> list[Recalled]:
        question = " ".join([passages[0].title, *(each.quote for each in passages)])
        return self._recall.search(
            scope, question, kinds=["edition"], limit=_SIMILAR, node="collect"
        )

    async def plan(self, state: Newsletter) -> dict[str, Any]:
        """Place every item in a section, or say why it is left out."""
        items = _items(state)
        outline = [
            f"{heading} (required)"
            if heading in state["brand"]["edition"]["required_sections"]
            else heading
            for heading in state["outline"]
        ]
        past = [Passage(**each) for each in state["past"]]
        answer = await self._editor.plan(_briefing(state), outline, items, past)
        plan = _complete(answer.reply, items, state["outline"])
        return {"plan": plan.model_dump(), "usage": [_spent("plan", answer.usage)]}

    async def write(self, sent: Writing) -> dict[str, Any]:
        """One section, from the passages of its items."""
        state = cast("Newsletter", sent["state"])
        section = _sections(state)[sent["index"]]
        lead = not section.heading
        answer = await self._editor.write(
            _briefing(state),
            section,
            [item for item in _items(state) if item.label in section.items],
            state["examples"].get(section.heading, ""),
            task=_LEAD_TASK if lead else _SECTION_TASK,
        )
        written = Section(heading=section.heading, entries=answer.reply.entries)
        return {
            "written": {str(sent["index"]): written.model_dump()},
            "usage": [_spent("write", answer.usage)],
        }

    async def assemble(self, state: Newsletter) -> dict[str, Any]:
        """The sections in their planned order."""
        sections = [
            Section(**state["written"][str(index)]) for index in range(len(_sections(state)))
        ]
        draft = Draft(
            title=state["request"]["title"],
            sections=[section for section in sections if section.entries],
        )
        return {"draft": draft.model_dump(), "revisions": 0, "breaches_found": 0}

    async def check(self, state: Newsletter) -> dict[str, Any]:
        """What goes against the brand or against the sources."""
        verdict = await self._guardian.review(
            Draft(**state["draft"]),
            BrandPack(**state["brand"]),
            _evidence(state),
            language=_LANGUAGES[state["request"]["language"]],
            turn=state["revisions"],
        )
        breaches = [breach.model_dump() for breach in verdict.breaches]
        new = [breach for breach in breaches if breach not in state.get("breaches", [])]
        return {
            "breaches": breaches,
            "breaches_found": state["breaches_found"] + len(new),
            "judgement": {"abstained": verdict.abstained, "dropped": verdict.dropped},
            "usage": [_spent("check", verdict.usage)],
        }

    async def revise(self, state: Newsletter) -> dict[str, Any]:
        """Mend each section that has breaches; the others stay as they are."""
        draft, turn = Draft(**state["draft"]), state["revisions"] + 1
        sections, usage = [], []
        for section in draft.sections:
            breaches = _breaches_of(state, section)
            if breaches:
                answer = await self._editor.mend(
                    _briefing(state), section, breaches, _evidence_for(state, section), turn=turn
                )
                section = Section(heading=section.heading, entries=answer.reply.entries)  # noqa: PLW2901
                usage.append(_spent("revise", answer.usage))
            sections.append(section)
        mended = Draft(title=draft.title, sections=[each for each in sections if each.entries])
        return {
            "draft": mended.model_dump(),
            "previous": state["draft"],
            "revisions": turn,
            "usage": usage,
        }

    async def publish(self, state: Newsletter, runtime: Context) -> dict[str, Any]:
        """The effect: Markdown and HTML into the outbox, once."""
        arguments = granted(state, PUBLISH.name)
        request = state["request"]
        name = _slug(f"{request['date']} {arguments['title']}")
        html = to_html(
            arguments["markdown"], title=arguments["title"], language=request["language"]
        )
        info = runtime.execution_info
        assert info is not None  # LangGraph sets it before a node runs
        effect = Effect(
            key=f"{info.thread_id}:{info.task_id}",
            run=runtime.context.run,
            kind="publish",
            files={f"{name}.md": arguments["markdown"], f"{name}.html": html},
            bound_to=state["decisions"][PUBLISH.name]["approval"],
        )
        return {"published": self._outbox.publish(self._scope(runtime), effect)}

    async def learn(self, state: Newsletter, runtime: Context) -> dict[str, Any]:
        """Keep what the reviewer changed, or why the edition was rejected."""
        kept = keep_lesson(
            self._recall.knowledge.ledger,
            self._scope(runtime),
            graph="newsletter",
            run=runtime.context.run,
            shown=state["gates"][PUBLISH.name]["arguments"]["markdown"],
            decision=state["decisions"][PUBLISH.name],
        )
        return {"lesson": kept}


# --- the gate -------------------------------------------------------------------------------------


def _arguments(state: Newsletter) -> dict[str, Any]:
    draft, passages = Draft(**state["draft"]), _evidence(state)
    return {
        "title": draft.title,
        "markdown": to_markdown(draft, passages, language=state["request"]["language"]),
        "citations": [
            {"number": each.number, **each.passage.model_dump()}
            for each in citations(draft, passages)
        ],
    }


def _description(state: Newsletter) -> str:
    return f"Publish “{state['request']['title']}” ({len(state['breaches'])} open breaches)."


def _before(state: Newsletter) -> str:
    """The draft as it was before its last revision."""
    if "previous" not in state:
        return ""
    language = state["request"]["language"]
    return to_markdown(Draft(**state["previous"]), _evidence(state), language=language)


PUBLISH = Gate(
    name="publish",
    action="publish",
    arguments=_arguments,
    description=_description,
    before=_before,
)


# --- routes ---------------------------------------------------------------------------------------

_NEEDED = ("request", "brand", "items", "examples", "lessons", "plan")


def _fan_out(state: Newsletter) -> list[Send]:
    needed = {key: state[key] for key in _NEEDED}  # type: ignore[literal-required]
    count = len(_sections(state))
    return [Send("write", Writing(index=index, state=needed)) for index in range(count)]


def _after_check(state: Newsletter) -> str:
    draft = Draft(**state["draft"])
    mendable = any(_breaches_of(state, section) for section in draft.sections)
    return "revise" if mendable and state["revisions"] < REVISIONS else "ask"


# --- helpers --------------------------------------------------------------------------------------

_LEAD_TASK = (
    "Write the lead: one entry, no headline, no url, two to four sentences that tell what this"
    " edition brings, each citing the items it names."
)
_SECTION_TASK = "Write every item of this section as one entry."


def _plain_brand(scope: ClientScope, language: Literal["en", "fr"]) -> BrandPack:
    """What a client without a brand pack is written with."""
    return BrandPack(brand=Brand(name=scope.client, language=language, voice="Plain and precise."))


def _by_source(found: Sequence[Recalled]) -> list[list[Recalled]]:
    grouped: dict[str, list[Recalled]] = defaultdict(list)
    for each in found:
        grouped[each.source].append(each)
    return list(grouped.values())


def _item(label: str, passages: Sequence[Recalled], hint: str) -> Item:
    return Item(
        label=label,
        title=passages[0].title or passages[0].path,
        path=passages[0].path,
        hint=hint,
        passages=[_passage(f"{label}.{n}", each) for n, each in enumerate(passages, start=1)],
    )


def _passage(label: str, each: Recalled) -> Passage:
    return Passage(
        label=label,
        source=each.source,
        path=each.path,
        start=each.start,
        end=each.end,
        quote=each.quote,
        kind=each.kind,
        score=each.score,
    )


def _outline(brand: BrandPack, latest: Sequence[Recalled]) -> list[str]:
    """The client's sections: those its brand pack names, else those of its latest edition."""
    named = [*brand.edition.required_sections, *brand.edition.optional_sections]
    seen = [each.heading for each in latest if each.heading]
    order = [heading for heading in dict.fromkeys(seen) if not named or heading in named]
    return [*order, *(heading for heading in named if heading not in order)]


def _hint(similar: Sequence[Recalled], outline: Sequence[str]) -> str:
    """The section in which similar past entries stood, weighed by likeness."""
    votes: dict[str, float] = defaultdict(float)
    for each in similar:
        if each.heading in outline:
            votes[each.heading] += each.score
    return max(votes, key=lambda heading: (votes[heading], heading), default="")


def _examples(latest: Sequence[Recalled]) -> dict[str, str]:
    texts: dict[str, str] = defaultdict(str)
    for each in latest:
        if len(texts[each.heading]) < _EXAMPLE:
            texts[each.heading] += f"{each.quote}\n\n"
    return {heading: text[:_EXAMPLE].strip() for heading, text in texts.items()}


def _complete(plan: EditionPlan, items: Sequence[Item], outline: Sequence[str]) -> EditionPlan:
    """The plan in the client's order, each item once, and no item lost without a word."""
    known = {item.label for item in items}
    sections: dict[str, PlannedSection] = {}
    for section in plan.sections:
        mine = [label for label in dict.fromkeys(section.items) if label in known]
        known -= set(mine)
        if section.heading in sections:
            sections[section.heading].items.extend(mine)
        elif mine:
            sections[section.heading] = section.model_copy(update={"items": mine})
    order = {heading: place for place, heading in enumerate(outline)}
    left = [each for each in plan.left_out if each.item in known]
    silent = sorted(known - {each.item for each in left})
    return plan.model_copy(
        update={
            "sections": sorted(sections.values(), key=lambda s: order.get(s.heading, len(order))),
            "left_out": [
                *left,
                *(LeftOut(item=label, reason="the plan did not place it") for label in silent),
            ],
        }
    )


def _sections(state: Newsletter) -> list[PlannedSection]:
    """What is to be written: the lead over all that is placed, then the sections."""
    plan = EditionPlan(**state["plan"])
    placed = [label for section in plan.sections for label in section.items]
    lead = PlannedSection(heading="", angle=plan.lead, items=placed)
    wanted = state["brand"]["edition"]["lead"] and placed
    return [lead, *plan.sections] if wanted else plan.sections


def _briefing(state: Newsletter) -> Briefing:
    request, brand = NewsletterRequest(**state["request"]), BrandPack(**state["brand"])
    return Briefing(
        title=request.title,
        date=request.date,
        brief=request.brief,
        language=_LANGUAGES[request.language],
        voice=brand.brand.voice,
        audience=brand.brand.audience,
        rules="\n".join(
            f'  - write "{rule.use}", not {", ".join(rule.avoid)}'
            if rule.use
            else f"  - never write {', '.join(rule.avoid)}"
            for rule in brand.rules
        ),
        lessons=state["lessons"],
    )


def _items(state: Newsletter) -> list[Item]:
    return [Item(**item) for item in state["items"]]


def _evidence(state: Newsletter) -> list[Passage]:
    return [passage for item in _items(state) for passage in item.passages]


def _evidence_for(state: Newsletter, section: Section) -> list[Passage]:
    """The passages of the items a section was planned from."""
    planned = {each.heading: each.items for each in _sections(state)}
    labels = planned.get(section.heading, [])
    return [p for item in _items(state) if item.label in labels for p in item.passages]


def _breaches_of(state: Newsletter, section: Section) -> list[Breach]:
    return [Breach(**each) for each in state["breaches"] if each["where"] == section.heading]


def _spent(node: str, usage: Usage) -> dict[str, Any]:
    return {"node": node, **usage.as_dict()}


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].rstrip("-") or "edition"


def _build(office: Office) -> StateGraph[Newsletter, RunContext, Any, Any]:
    return newsletter(
        EditorialAssistant(office.gateway),
        BrandGuardian(office.gateway),
        office.recall,
        office.outbox,
    )


def _start(request: BaseModel) -> dict[str, Any]:
    return {"schema_version": SCHEMA, "request": request.model_dump()}


spec = GraphSpec(
    name="newsletter",
    title="An edition from source items: planned, drafted, checked, approved, published",
    request=NewsletterRequest,
    build=_build,
    start=_start,
)
