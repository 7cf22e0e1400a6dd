"""The editorial assistant: plans an edition, writes it section by section, mends what comes back.

Every sentence cites the passages it rests on. Without a language model it composes sections from
the passages' own sentences (see `composing`); it adds no word.
"""

from collections.abc import Collection, Sequence

from savoirfaire.agents.composing import mend_offline, plan_offline, write_offline
from savoirfaire.agents.forms import (
    Breach,
    Briefing,
    EditionPlan,
    Item,
    Passage,
    PlannedSection,
    Section,
    WrittenSection,
)
from savoirfaire.agents.model import Gateway
from savoirfaire.agents.openings import APPROACHES, Openings, approaches, ask_openings
from savoirfaire.agents.role import Answer, Role, fence

NOTHING = "(none)"
REQUIRED = " (required)"
"""Stands behind a section in the outline that an edition must have."""

_HEADING = 120  # characters
_LEAD = "(the lead, without a heading)"


class EditorialAssistant:
    """The roles that write an edition, over one model gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def plan(
        self,
        briefing: Briefing,
        outline: Sequence[str],
        items: Sequence[Item],
        past: Sequence[Passage],
        *,
        required: Collection[str] = (),
    ) -> Answer[EditionPlan]:
        """Place the items in the client's own sections."""
        headings = [f"- {_flat(each)}{REQUIRED if each in required else ''}" for each in outline]
        variables = {
            "language": briefing.language,
            "voice": briefing.voice,
            "audience": briefing.audience,
            "title": briefing.title,
            "date": briefing.date,
            "brief": fence(briefing.brief, "brief"),
            "lessons": briefing.lessons,
            "known": briefing.known,
            "outline": "\n".join(headings) or NOTHING,
            "items": "\n\n".join(_item_words(item) for item in items) or NOTHING,
            "past": passage_words(past),
        }
        evidence = {"briefing": briefing, "items": items, "outline": outline}
        return await planner.ask(self._gateway, variables, evidence=evidence, node="plan")

    async def open(
        self,
        briefing: Briefing,
        planned: Sequence[PlannedSection],
        items: Sequence[Item],
        example: str,
        *,
        count: int,
        chosen: Sequence[str],
        preferences: str,
        performance: str,
    ) -> Answer[Openings]:
        """Openings to choose from, of as many approaches as asked for.

        `chosen` are the approaches that people chose so far; `preferences` and `performance` say
        what their choices, and past subject lines, teach.
        """
        asked = approaches(count, chosen)
        variables = {
            **briefing.common(),
            "audience": briefing.audience,
            "title": briefing.title,
            "date": briefing.date,
            "brief": fence(briefing.brief, "brief"),
            "approaches": "\n".join(f"- {each}: {APPROACHES[each]}" for each in asked),
            "plan": _plan_words(planned, items),
            "lessons": briefing.lessons,
            "preferences": preferences,
            "performance": performance,
            "known": briefing.known,
            "passages": passage_words([each for item in items for each in item.passages]),
            "example": fence(example, "example") if example else NOTHING,
        }
        evidence = {
            "items": {item.label: item for item in items},
            "sections": [section for section in planned if section.heading],
            "title": briefing.title,
            "language": briefing.language,
            "count": count,
        }
        return await ask_openings(self._gateway, variables, evidence)

    async def write(
        self,
        briefing: Briefing,
        section: PlannedSection,
        items: Sequence[Item],
        example: str,
        *,
        task: str,
        opening: Collection[str] = (),
    ) -> Answer[WrittenSection]:
        """Write one section from its items; `example` shows the manner of a past edition.

        `opening`: the items that a lead composed without a model opens with, by label.
        """
        passages = [passage for item in items for passage in item.passages]
        variables = {
            **briefing.common(),
            "audience": briefing.audience,
            "heading": section.heading or _LEAD,
            "angle": section.angle,
            "task": task,
            "lessons": briefing.lessons,
            "known": briefing.known,
            "passages": passage_words(passages),
            "example": fence(example, "example") if example else NOTHING,
        }
        evidence = {"items": items, "lead": not section.heading, "opening": opening}
        return await writer.ask(
            self._gateway, variables, evidence=evidence, node="draft", branch=section.heading
        )

    async def mend(
        self,
        briefing: Briefing,
        section: Section,
        breaches: Sequence[Breach],
        passages: Sequence[Passage],
        *,
        turn: int,
    ) -> Answer[WrittenSection]:
        """Mend the breaches of one section."""
        variables = {
            **briefing.common(),
            "heading": section.heading or _LEAD,
            "breaches": "\n".join(_breach_words(breach) for breach in breaches),
            "section": fence(section.model_dump_json(indent=1), "section"),
            "passages": passage_words(passages),
        }
        evidence = {"section": section, "breaches": breaches}
        return await reviser.ask(
            self._gateway,
            variables,
            evidence=evidence,
            node="revise",
            branch=f"{section.heading}#{turn}",
        )


def passage_words(passages: Sequence[Passage]) -> str:
    """Passages as a prompt shows them: fenced, each under the label it is cited by."""
    return "\n\n".join(fence(each.quote, each.label) for each in passages) or NOTHING


def _plan_words(planned: Sequence[PlannedSection], items: Sequence[Item]) -> str:
    """The plan in words: each section with its angle, and its items by label and title."""
    titles = {item.label: _flat(item.title) for item in items}
    lines = []
    for section in planned:
        named = "; ".join(f"{label} {titles[label]}" for label in section.items)
        heading = _flat(section.heading) or _LEAD
        lines.append(f"- {heading}: {section.angle}" + (f" [{named}]" if section.heading else ""))
    return "\n".join(lines)


def _item_words(item: Item) -> str:
    """An item under its label; all that comes from a file stands inside the fence."""
    hint = f" (belongs in: {_flat(item.hint)})" if item.hint else ""
    text = "\n".join([item.title, "", *(passage.quote for passage in item.passages)])
    return f"{item.label}{hint}\n{fence(text, item.label)}"


def _flat(heading: str) -> str:
    """A heading on one line: it comes from past editions, and is no place for instructions."""
    return " ".join(heading.split())[:_HEADING]


def _breach_words(breach: Breach) -> str:
    """A breach on one line: what is quoted may hold line breaks, and is no instruction."""
    fix = f' Proposed: "{breach.fix}".' if breach.fix else ""
    quote = f' at "{breach.quote}"' if breach.quote else ""
    return "- " + " ".join(f"{breach.rule}{quote}: {breach.message}{fix}".split())


planner = Role("editor_plan", EditionPlan, offline=plan_offline)
writer = Role("editor_section", WrittenSection, offline=write_offline)
reviser = Role("editor_revise", WrittenSection, offline=mend_offline)
