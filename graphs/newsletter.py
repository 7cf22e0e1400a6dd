"""The newsletter: from source items to an approved, published edition, and a lesson kept.

collect → plan → write (each section on its own) → assemble → check → revise (each section that has
breaches, then assemble and check again, at most twice) → plan_publish → gate_publish → publish →
learn. A rejected edition is only learned from.

State is plain JSON: checkpoints outlive the classes that made them.
"""

import operator
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send
from pydantic import BaseModel, ConfigDict, Field

from savoirfaire.agents.editor import EditorialAssistant, planner, reviser, writer
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
from savoirfaire.agents.guardian import BrandGuardian, guidance_words, judge, mendable
from savoirfaire.agents.model import Mode, Usage
from savoirfaire.errors import RequestError
from savoirfaire.graphs import edition
from savoirfaire.graphs.account import findings, modes
from savoirfaire.graphs.background import KINDS, NOTHING, background
from savoirfaire.graphs.gates import Gate, Gated, add_gate, effect, granted, merge
from savoirfaire.graphs.lessons import keep_lesson, lesson_words
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.graphs.rendering import citations, to_html, to_markdown
from savoirfaire.graphs.siblings import Siblings
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.store import BRAND_FILE
from savoirfaire.tools.outbox import Outbox
from savoirfaire.tools.recall import Known, Recall, Recalled

SCHEMA = 1
REVISIONS = 2
"""How often the guardian may send a draft back before a person sees it."""

_LANGUAGES = {"en": "English", "fr": "French"}
_EDITIONS = 5  # past editions that show the order and the manner of sections
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


class Newsletter(Gated):
    """The state of one edition. `request` comes in; the steps add the rest.

    `written` has each section by its place in the plan; `draft` is what they make together, and
    `previous` what they made before the last revision. `breaches` are those of the last check,
    `found` those of every check.
    """

    schema_version: int
    request: dict[str, Any]
    brand: NotRequired[dict[str, Any]]
    items: NotRequired[list[dict[str, Any]]]
    past: NotRequired[list[dict[str, Any]]]
    outline: NotRequired[list[str]]
    examples: NotRequired[dict[str, str]]
    lessons: NotRequired[str]
    known: NotRequired[str]
    plan: NotRequired[dict[str, Any]]
    written: Annotated[NotRequired[dict[str, Any]], merge]
    draft: NotRequired[dict[str, Any]]
    previous: NotRequired[dict[str, Any]]
    revisions: NotRequired[int]
    left_out: NotRequired[list[dict[str, Any]]]
    breaches: NotRequired[list[dict[str, Any]]]
    found: NotRequired[list[dict[str, Any]]]
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


Context = Runtime[RunContext]


def newsletter(
    editor: EditorialAssistant,
    guardian: BrandGuardian,
    recall: Recall,
    outbox: Outbox,
    *,
    mode: Mode,
) -> StateGraph[Newsletter, RunContext, Any, Any]:
    """Wire the steps; the caller compiles them with the checkpointer of its choice.

    `mode` is the gateway's, noted with what each step spends: another process may use another.
    """
    steps = _Steps(editor, guardian, recall, outbox, mode=mode)
    builder = StateGraph(Newsletter, context_schema=RunContext)
    builder.add_node("collect", steps.collect)
    builder.add_node("plan", steps.plan)
    builder.add_node("write", steps.write, input_schema=Writing)
    builder.add_node("assemble", steps.assemble)
    builder.add_node("check", steps.check)
    builder.add_node("revise", steps.revise, input_schema=Mending)
    builder.add_node("publish", steps.publish)
    builder.add_node("learn", steps.learn)
    builder.add_edge(START, "collect")
    builder.add_edge("collect", "plan")
    builder.add_conditional_edges("plan", _to_write, ["write"])
    builder.add_edge("write", "assemble")
    builder.add_edge("assemble", "check")
    asked = add_gate(builder, PUBLISH, approved="publish", rejected="learn")

    def after_check(state: Newsletter) -> list[Send] | str:
        return _to_revise(state) or asked

    builder.add_conditional_edges("check", after_check, ["revise", asked])
    builder.add_edge("revise", "assemble")
    builder.add_edge("publish", "learn")
    builder.add_edge("learn", END)
    return builder


# --- the steps ------------------------------------------------------------------------------------


class _Steps:
    """The nodes, with the collaborators they share."""

    def __init__(
        self,
        editor: EditorialAssistant,
        guardian: BrandGuardian,
        recall: Recall,
        outbox: Outbox,
        *,
        mode: Mode,
    ) -> None:
        self._editor = editor
        self._guardian = guardian
        self._recall = recall
        self._outbox = outbox
        self._mode = mode
        self._siblings = Siblings()

    async def collect(self, state: Newsletter, runtime: Context) -> dict[str, Any]:
        """The items to report, what past editions said of the like, and what the brand asks."""
        scope = runtime.context.scope
        request = NewsletterRequest(**state["request"])
        brand = self._recall.knowledge.brand(scope)
        brand = brand or edition.plain_brand(scope, request.language)
        found = self._recall.whole(scope, request.items, node="collect")
        if not found:
            raise RequestError("there are no words in {items}", items=", ".join(request.items))
        latest = self._recall.latest(scope, "edition", count=_EDITIONS, node="collect")
        outline = edition.outline_of(brand, latest)
        items, past = [], {}
        for number, passages in enumerate(edition.by_source(found), start=1):
            similar = self._similar(runtime.context, passages)
            hint = edition.hint_of(passages[0], similar, outline)
            items.append(edition.item_of(f"S{number}", passages, hint))
            past.update({(each.source, each.start): each for each in similar[:1]})
        earlier = enumerate(list(past.values())[:_PAST], start=1)
        lessons = self._recall.knowledge.ledger.lessons(scope, "newsletter")
        known = self._known(runtime.context, [request.brief, *(item.title for item in items)])
        self._recall.knowledge.release()  # others may search while the model writes
        return {
            "brand": brand.model_dump(),
            "items": [item.model_dump() for item in items],
            "past": [edition.passage_of(f"P{n}", each).model_dump() for n, each in earlier],
            "outline": outline,
            "examples": edition.examples_of(latest),
            "lessons": lesson_words(lessons),
            "known": background(known, pack=BRAND_FILE),
        }

    def _known(self, context: RunContext, words: Sequence[str]) -> Known:
        """The facts about what this edition names, and what the client's Brand OS teaches."""
        return self._recall.known(
            context.scope,
            "\n".join(words),
            clock=context.clock or self._recall.knowledge.ledger.now(),
            node="collect",
            records=KINDS,
            limit=0,
        )

    def _similar(self, context: RunContext, passages: Sequence[Recalled]) -> list[Recalled]:
        question = " ".join([passages[0].title, *(each.quote for each in passages)])
        return self._recall.search(
            context.scope,
            question,
            kinds=["edition"],
            limit=_SIMILAR,
            node="collect",
            clock=context.clock,
        )

    async def plan(self, state: Newsletter) -> dict[str, Any]:
        """Place every item in a section, or say why it is left out."""
        items = _items(state)
        past = [Passage(**each) for each in state["past"]]
        required = state["brand"]["edition"]["required_sections"]
        answer = await self._editor.plan(
            _briefing(state), state["outline"], items, past, required=required
        )
        plan = edition.settle(answer.reply, items, state["outline"], _language(state))
        if not plan.sections:
            raise RequestError(
                "the plan leaves out every item: {reasons}",
                reasons="; ".join(dict.fromkeys(each.reason for each in plan.left_out)),
                hint="`savoir resume RUN` plans again; or start a new run with other items.",
            )
        return {"plan": plan.model_dump(), "usage": [self._spent("plan", answer.usage)]}

    async def write(self, state: Writing, runtime: Context) -> dict[str, Any]:
        """One section, from the passages of its items."""
        section = PlannedSection(**state["section"])
        async with self._siblings.together(runtime.context.run):
            answer = await self._editor.write(
                Briefing(**state["briefing"]),
                section,
                [Item(**item) for item in state["items"]],
                state["example"],
                task=_SECTION_TASK if section.heading else _LEAD_TASK,
                opening=state["opening"],
            )
        written = Section(heading=section.heading, entries=answer.reply.entries)
        return {
            "written": {str(state["index"]): written.model_dump()},
            "usage": [self._spent("write", answer.usage)],
        }

    async def assemble(self, state: Newsletter) -> dict[str, Any]:
        """The sections in their planned order, as written or as mended."""
        written = [Section(**state["written"][str(i)]) for i in range(len(_sections(state)))]
        draft = Draft(
            title=state["request"]["title"], sections=[each for each in written if _says(each)]
        ).model_dump()
        if "draft" not in state:
            return {"draft": draft, "revisions": 0, "found": []}
        return {"draft": draft, "previous": state["draft"], "revisions": state["revisions"] + 1}

    async def check(self, state: Newsletter) -> dict[str, Any]:
        """What goes against the brand or against the sources."""
        draft, items, language = Draft(**state["draft"]), _items(state), _language(state)
        verdict = await self._guardian.review(
            draft,
            BrandPack(**state["brand"]),
            _evidence(items),
            language=_LANGUAGES[language],
            turn=state["revisions"],
        )
        breaches = [breach.model_dump() for breach in verdict.breaches]
        new = [breach for breach in breaches if breach not in state["found"]]
        dropped = state.get("judgement", {}).get("dropped", 0) + verdict.dropped
        return {
            "breaches": breaches,
            "found": [*state["found"], *new],
            "judgement": {"abstained": verdict.abstained, "dropped": dropped},
            "left_out": edition.unused(draft, EditionPlan(**state["plan"]), items, language),
            "usage": [self._spent("check", verdict.usage)],
        }

    async def revise(self, state: Mending, runtime: Context) -> dict[str, Any]:
        """Mend one section; one that comes back empty stays as it was, with its breaches."""
        section = Section(**state["section"])
        async with self._siblings.together(runtime.context.run):
            answer = await self._editor.mend(
                Briefing(**state["briefing"]),
                section,
                [Breach(**each) for each in state["breaches"]],
                [Passage(**each) for each in state["passages"]],
                turn=state["turn"],
            )
        mended = Section(heading=section.heading, entries=answer.reply.entries)
        kept = mended if _says(mended) else section
        return {
            "written": {str(state["index"]): kept.model_dump()},
            "usage": [self._spent("revise", answer.usage)],
        }

    async def publish(self, state: Newsletter, runtime: Context) -> dict[str, Any]:
        """The effect: Markdown and HTML into the outbox, once."""
        arguments = granted(state, PUBLISH.name)
        title, markdown = arguments["title"], arguments["markdown"]
        name = edition.slug(f"{state['request']['date']} {title}")
        html = to_html(markdown, title=title, language=_language(state))
        files = {f"{name}.md": markdown, f"{name}.html": html}
        made = effect(PUBLISH, state, runtime, files)
        return {"published": self._outbox.publish(runtime.context.scope, made)}

    async def learn(self, state: Newsletter, runtime: Context) -> dict[str, Any]:
        """Keep what the reviewer changed, or why the edition was rejected."""
        kept = keep_lesson(
            self._recall.knowledge.ledger,
            runtime.context.scope,
            graph="newsletter",
            run=runtime.context.run,
            shown=state["gates"][PUBLISH.name]["arguments"]["markdown"],
            decision=state["decisions"][PUBLISH.name],
        )
        return {"lesson": kept}

    def _spent(self, node: str, usage: Usage) -> dict[str, Any]:
        return {"node": node, "mode": self._mode, **usage.as_dict()}


# --- the gate -------------------------------------------------------------------------------------


def _arguments(state: Newsletter) -> dict[str, Any]:
    draft, passages = Draft(**state["draft"]), _evidence(_items(state))
    return {
        "title": draft.title,
        "markdown": _edition(state, draft, passages),
        "citations": [
            {"number": each.number, **each.passage.model_dump()}
            for each in citations(draft, passages)
        ],
    }


def _description(state: Newsletter) -> str:
    return edition.question(state["request"]["title"], len(state["breaches"]), _language(state))


def _before(state: Newsletter) -> str:
    """The draft as it was before its last revision."""
    if "previous" not in state:
        return ""
    previous, passages = Draft(**state["previous"]), _evidence(_items(state))
    return _edition(state, previous, passages)


def _edition(state: Newsletter, draft: Draft, passages: Sequence[Passage]) -> str:
    """A draft as it would be published; at its end, that it was made without a model."""
    language, usage = _language(state), state["usage"]
    wrote = [each.get("mode", "") for each in usage if each["node"] in {"write", "revise"}]
    label = edition.label(wrote, language)
    markdown = to_markdown(draft, passages, language=language)
    return f"{markdown}\n{label}\n" if label else markdown


def _notes(state: Newsletter) -> dict[str, Any]:
    """Where the words come from, and what was found against them."""
    return {"model": modes(state["usage"]), **findings(state)}


PUBLISH = Gate(
    name="publish",
    action="publish",
    arguments=_arguments,
    description=_description,
    before=_before,
    notes=_notes,
)


# --- routes ---------------------------------------------------------------------------------------


def _to_write(state: Newsletter) -> list[Send]:
    """Each section to its own writer."""
    sections = _sections(state)
    items = {item["label"]: item for item in state["items"]}
    return [
        Send(
            "write",
            Writing(
                index=index,
                briefing=asdict(_briefing(state)),
                section=section.model_dump(),
                items=[item for label, item in items.items() if label in section.items],
                example=state["examples"].get(section.heading, ""),
                opening=edition.opening_of(sections),
            ),
        )
        for index, section in enumerate(sections)
    ]


def _to_revise(state: Newsletter) -> list[Send]:
    """Each section with breaches to its own reviser; none after two turns, or one in vain."""
    if state["revisions"] >= REVISIONS or state.get("previous") == state["draft"]:
        return []
    found = [Breach(**each) for each in state["breaches"]]
    passages = {item.label: item.passages for item in _items(state)}
    sends = []
    for index, planned in enumerate(_sections(state)):
        section = Section(**state["written"][str(index)])
        if breaches := mendable(found, section):
            sent = Mending(
                index=index,
                briefing=asdict(_briefing(state)),
                section=section.model_dump(),
                breaches=[each.model_dump() for each in breaches],
                passages=[p.model_dump() for label in planned.items for p in passages[label]],
                turn=state["revisions"] + 1,
            )
            sends.append(Send("revise", sent))
    return sends


# --- helpers --------------------------------------------------------------------------------------

_LEAD_TASK = (
    "Write the lead: one entry, no headline, no url, two to four sentences that tell what this"
    " edition brings, each citing the items it names."
)
_SECTION_TASK = "Write every item of this section as one entry."


def _language(state: Newsletter) -> Language:
    language: Language = state["request"]["language"]
    return language


def _sections(state: Newsletter) -> list[PlannedSection]:
    lead = state["brand"]["edition"]["lead"]
    return edition.sections_of(EditionPlan(**state["plan"]), lead=lead)


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
        guidance=guidance_words(brand),
        lessons=state["lessons"],
        known=state.get("known", NOTHING),
    )


def _items(state: Newsletter) -> list[Item]:
    return [Item(**item) for item in state["items"]]


def _evidence(items: Sequence[Item]) -> list[Passage]:
    return [passage for item in items for passage in item.passages]


def _says(section: Section) -> bool:
    """Whether a section has a sentence."""
    return any(s.text.strip() for entry in section.entries for s in entry.sentences)


def _build(office: Office) -> StateGraph[Newsletter, RunContext, Any, Any]:
    return newsletter(
        EditorialAssistant(office.gateway),
        BrandGuardian(office.gateway),
        office.recall,
        office.outbox,
        mode=office.gateway.mode,
    )


def _start(request: BaseModel) -> dict[str, Any]:
    return {"schema_version": SCHEMA, "request": request.model_dump()}


spec = GraphSpec(
    name="newsletter",
    title="An edition from source items: planned, drafted, checked, approved, published",
    request=NewsletterRequest,
    build=_build,
    start=_start,
    roles=(planner, writer, reviser, judge),
)
