"""The editorial assistant: plans an edition, writes it section by section, mends what comes back.

Every sentence cites the passages it rests on. Without a language model it composes sections from
the passages' own sentences, each cited, and mends only what a rule's own fix says; it adds no word.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from savoirfaire.agents.forms import Breach, Entry, Form, Passage, Section, Sentence
from savoirfaire.agents.model import Gateway
from savoirfaire.agents.role import Answer, Role, fence

NOTHING = "(none)"

_SENTENCES = re.compile(r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)\s+(?=[A-ZÀ-Ý`\"“«*_\[(])")
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\((https?://[^\s)]+)\)")
_HEADING = re.compile(r"#{1,6}\s")
_OFFLINE_SENTENCES = 3


class PlannedSection(Form):
    """A section to write: its heading, what it has to make clear, and its items by label."""

    heading: str
    angle: str
    items: list[str]


class LeftOut(Form):
    """An item that the plan does not use, and why."""

    item: str
    reason: str


class EditionPlan(Form):
    """What goes where in the edition."""

    title: str
    lead: str
    sections: list[PlannedSection]
    left_out: list[LeftOut]


class WrittenSection(Form):
    """The entries of one section."""

    entries: list[Entry]


class Item(Form):
    """Something to report: its passages, and the section that similar past entries stood in."""

    label: str
    title: str
    path: str
    hint: str
    passages: list[Passage]


@dataclass(frozen=True)
class Briefing:
    """What the assistant knows of the edition and of the client, in words."""

    title: str
    date: str
    brief: str
    language: str
    voice: str
    audience: str
    rules: str
    lessons: str

    def common(self) -> dict[str, str]:
        """The variables that every prompt of the assistant has."""
        return {
            "language": self.language,
            "voice": self.voice,
            "rules": self.rules,
        }


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
    ) -> Answer[EditionPlan]:
        """Place the items in the client's own sections."""
        variables = {
            "language": briefing.language,
            "voice": briefing.voice,
            "audience": briefing.audience,
            "title": briefing.title,
            "date": briefing.date,
            "brief": fence(briefing.brief, "brief"),
            "lessons": briefing.lessons,
            "outline": "\n".join(f"- {heading}" for heading in outline) or NOTHING,
            "items": "\n\n".join(_item_words(item) for item in items) or NOTHING,
            "past": passage_words(past),
        }
        evidence = {"briefing": briefing, "items": items}
        return await planner.ask(self._gateway, variables, evidence=evidence, node="plan")

    async def write(
        self,
        briefing: Briefing,
        section: PlannedSection,
        items: Sequence[Item],
        example: str,
        *,
        task: str,
    ) -> Answer[WrittenSection]:
        """Write one section from its items; `example` shows the manner of a past edition."""
        passages = [passage for item in items for passage in item.passages]
        variables = {
            **briefing.common(),
            "audience": briefing.audience,
            "heading": section.heading or "(the lead, without a heading)",
            "angle": section.angle,
            "task": task,
            "lessons": briefing.lessons,
            "passages": passage_words(passages),
            "example": fence(example, "example") if example else NOTHING,
        }
        evidence = {"items": items, "lead": not section.heading}
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
            "heading": section.heading or "(the lead, without a heading)",
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


def _item_words(item: Item) -> str:
    hint = f" (similar entries stood in: {item.hint})" if item.hint else ""
    text = "\n".join(passage.quote for passage in item.passages)
    return f"{item.label}: {item.title}{hint}\n{fence(text, item.label)}"


def _breach_words(breach: Breach) -> str:
    fix = f' Proposed: "{breach.fix}".' if breach.fix else ""
    quote = f' at "{breach.quote}"' if breach.quote else ""
    return f"- {breach.rule}{quote}: {breach.message}{fix}"


# --- without a language model ---------------------------------------------------------------------


def sentences_of(text: str) -> list[str]:
    """The sentences of a passage in reading order, headings and list marks left out."""
    lines = [line for line in text.splitlines() if not _HEADING.match(line)]
    flat = re.sub(r"\s+", " ", "\n".join(lines)).strip().removeprefix("- ")
    return [each.strip() for each in _SENTENCES.split(flat) if each.strip()]


def _plan_offline(evidence: Mapping[str, Any]) -> EditionPlan:
    """Each item goes where similar past entries stood."""
    briefing: Briefing = evidence["briefing"]
    items: Sequence[Item] = evidence["items"]
    by_section: dict[str, list[str]] = {}
    for item in items:
        if item.hint:
            by_section.setdefault(item.hint, []).append(item.label)
    return EditionPlan(
        title=briefing.title,
        lead="",
        sections=[PlannedSection(heading=h, angle="", items=i) for h, i in by_section.items()],
        left_out=[
            LeftOut(item=item.label, reason="no past edition has a similar entry")
            for item in items
            if not item.hint
        ],
    )


def _write_offline(evidence: Mapping[str, Any]) -> WrittenSection:
    """The first sentences of each item, word for word, each citing the passage it is taken from."""
    items: Sequence[Item] = evidence["items"]
    if evidence["lead"]:
        firsts = [next(_cited(item), None) for item in items]
        return WrittenSection(entries=[Entry(sentences=[s for s in firsts if s])])
    return WrittenSection(entries=[_entry_offline(item) for item in items])


def _entry_offline(item: Item) -> Entry:
    link = next((m for p in item.passages for m in _LINK.finditer(p.quote)), None)
    return Entry(
        headline=item.title,
        url=link.group(1) if link else "",
        sentences=list(_cited(item))[:_OFFLINE_SENTENCES],
    )


def _cited(item: Item) -> Iterator[Sentence]:
    for passage in item.passages:
        for sentence in sentences_of(passage.quote):
            yield Sentence(text=sentence, cites=[passage.label])


def _mend_offline(evidence: Mapping[str, Any]) -> WrittenSection:
    """Put each proposed fix in place of its quote; what has none stays for the person."""
    section: Section = evidence["section"]
    fixes = [(b.quote, b.fix) for b in evidence["breaches"] if b.quote and b.fix]

    def mended(text: str) -> str:
        for quote, fix in fixes:
            text = text.replace(quote, fix)
        return text

    return WrittenSection(
        entries=[
            Entry(
                headline=mended(entry.headline),
                url=entry.url,
                sentences=[
                    Sentence(text=mended(sentence.text), cites=sentence.cites)
                    for sentence in entry.sentences
                ],
            )
            for entry in section.entries
        ]
    )


planner = Role("editor_plan", EditionPlan, offline=_plan_offline)
writer = Role("editor_section", WrittenSection, offline=_write_offline)
reviser = Role("editor_revise", WrittenSection, offline=_mend_offline)
