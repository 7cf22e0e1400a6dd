"""Planning, opening, writing and mending an edition."""

from typing import Any

from savoirfaire.agents.editor import EditorialAssistant
from savoirfaire.agents.forms import (
    Breach,
    Briefing,
    Draft,
    Entry,
    Item,
    Passage,
    PlannedSection,
    Section,
)
from savoirfaire.agents.model import Mode
from savoirfaire.agents.openings import Opening, apart, preview_of
from savoirfaire.errors import RequestError
from savoirfaire.graphs import edition
from savoirfaire.graphs.editions.choosing import OPENING, choice_words, learn_choice, taught
from savoirfaire.graphs.editions.state import (
    Context,
    Mending,
    Newsletter,
    Writing,
    briefing_of,
    items_of,
    language_of,
    planned_sections,
    says,
    spent,
)
from savoirfaire.graphs.gates import granted
from savoirfaire.graphs.rendering import sentences_in
from savoirfaire.graphs.siblings import Siblings
from savoirfaire.graphs.sublines import performance_words
from savoirfaire.tools.recall import Recall

_LEAD_TASK = (
    "Write the lead: one entry, no headline, no url, two to four sentences that tell what this"
    " edition brings, each citing the items it names."
)
_SECTION_TASK = "Write every item of this section as one entry."


class Drafting:
    """The steps that write."""

    def __init__(self, editor: EditorialAssistant, recall: Recall, *, mode: Mode) -> None:
        self._editor = editor
        self._recall = recall
        self._mode = mode
        self._siblings = Siblings()

    async def plan(self, state: Newsletter) -> dict[str, Any]:
        """Place every item in a section, or say why it is left out."""
        items = items_of(state)
        past = [Passage(**each) for each in state["past"]]
        required = state["brand"]["edition"]["required_sections"]
        answer = await self._editor.plan(
            briefing_of(state), state["outline"], items, past, required=required
        )
        plan = edition.settle(answer.reply, items, state["outline"], language_of(state))
        if not plan.sections:
            raise RequestError(
                "the plan leaves out every item: {reasons}",
                reasons="; ".join(dict.fromkeys(each.reason for each in plan.left_out)),
                hint="`savoir resume RUN` plans again; or start a new run with other items.",
            )
        return {"plan": plan.model_dump(), "usage": [spent("plan", self._mode, answer.usage)]}

    async def open(self, state: Newsletter, runtime: Context) -> dict[str, Any]:
        """Several openings, each with its subject lines, for a person to choose one."""
        chosen = taught(self._recall.knowledge.ledger, runtime.context.scope)
        planned, count = planned_sections(state), state["request"]["openings"]
        answer = await self._editor.open(
            briefing_of(state),
            planned,
            items_of(state),
            edition.example_for(state["examples"], "", len(planned) - 1),
            count=count,
            chosen=[each.approach for each in chosen],
            preferences=choice_words(chosen),
            performance=performance_words(state.get("results", []), language_of(state)),
        )
        openings = apart(answer.reply.openings)[:count]
        return {
            "openings": [each.model_dump() for each in openings],
            "usage": [spent("open", self._mode, answer.usage)],
        }

    async def begin(self, state: Newsletter, runtime: Context) -> dict[str, Any]:
        """The opening that a person chose, as they left it; what they passed over teaches too."""
        if OPENING.name not in state.get("decisions", {}):
            opening = Opening(**state["openings"][0])
            first = next(iter(opening.subjects), None)
            line, preview = state["request"]["title"], preview_of(opening.sentences)
            subject = first.model_dump() if first else {"line": line, "preview": preview}
            return _begun(opening.sentences, subject)
        option = granted(state, OPENING.name)
        learn_choice(
            self._recall.knowledge.ledger,
            runtime.context.scope,
            run=runtime.context.run,
            openings=[Opening(**each) for each in state["openings"]],
            decision=state["decisions"][OPENING.name],
        )
        labels = {each["number"]: each["label"] for each in option["citations"]}
        said = sentences_in(option["markdown"], labels)
        shown = {each["markdown"] for each in state["gates"][OPENING.name]["arguments"]["options"]}
        return {
            **_begun(said, {"line": option["subject"], "preview": option["preview"]}),
            "by_hand": [] if option["markdown"] in shown else [0],
        }

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
            "usage": [spent("write", self._mode, answer.usage)],
        }

    async def assemble(self, state: Newsletter) -> dict[str, Any]:
        """The sections in their planned order, as written or as mended."""
        places = range(len(planned_sections(state)))
        written = [Section(**state["written"][str(place)]) for place in places]
        draft = Draft(
            title=state["request"]["title"], sections=[each for each in written if says(each)]
        ).model_dump()
        if "draft" not in state:
            return {"draft": draft, "revisions": 0, "found": []}
        return {"draft": draft, "previous": state["draft"], "revisions": state["revisions"] + 1}

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
        kept = mended if says(mended) else section
        return {
            "written": {str(state["index"]): kept.model_dump()},
            "usage": [spent("revise", self._mode, answer.usage)],
        }


def subject_of(state: Newsletter) -> dict[str, str]:
    """The subject line and the preview: those chosen, else the title and how the draft begins."""
    if "subject" in state:
        return state["subject"]
    draft = Draft(**state["draft"])
    said = [s for section in draft.sections[:1] for e in section.entries for s in e.sentences]
    return {"line": draft.title, "preview": preview_of(said)}


def _begun(sentences: Any, subject: dict[str, str]) -> dict[str, Any]:
    lead = Section(heading="", entries=[Entry(sentences=list(sentences))])
    return {"written": {"0": lead.model_dump()}, "subject": subject}
