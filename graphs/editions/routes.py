"""Which step of an edition comes next, and what each writer and reviser is sent."""

from collections.abc import Callable
from dataclasses import asdict

from langgraph.types import Send

from savoirfaire.agents.forms import Section
from savoirfaire.agents.guardian import mendable
from savoirfaire.graphs import edition
from savoirfaire.graphs.editions.state import (
    Mending,
    Newsletter,
    Writing,
    breaches_of,
    briefing_of,
    items_of,
    planned_sections,
)

REVISIONS = 2
"""How often the guardian may send a draft back before a person sees it."""


def after_plan(state: Newsletter) -> list[Send] | str:
    """To the openings where a person is to choose one, else to the writers."""
    has_lead = not planned_sections(state)[0].heading
    return "open" if has_lead and state["request"]["openings"] > 1 else to_write(state)


def after_openings(gate: str) -> Callable[[Newsletter], list[Send] | str]:
    """To the gate where there is a choice; one opening alone is taken, none is written as ever."""

    def route(state: Newsletter) -> list[Send] | str:
        count = len(state["openings"])
        return gate if count > 1 else "begin" if count else to_write(state)

    return route


def to_write(state: Newsletter) -> list[Send]:
    """Each section that is not written yet to its own writer."""
    sections = planned_sections(state)
    items = {item["label"]: item for item in state["items"]}
    return [
        Send(
            "write",
            Writing(
                index=index,
                briefing=asdict(briefing_of(state)),
                section=section.model_dump(),
                items=[item for label, item in items.items() if label in section.items],
                example=edition.example_for(state["examples"], section.heading, len(section.items)),
                opening=edition.opening_of(sections),
            ),
        )
        for index, section in enumerate(sections)
        if str(index) not in state.get("written", {})
    ]


def after_check(gate: str) -> Callable[[Newsletter], list[Send] | str]:
    """Each section with breaches to its own reviser, or the whole to the gate."""

    def route(state: Newsletter) -> list[Send] | str:
        return _to_revise(state) or gate

    return route


def _to_revise(state: Newsletter) -> list[Send]:
    """Each section with breaches to its own reviser; none after two turns, or one in vain."""
    if state["revisions"] >= REVISIONS or state.get("previous") == state["draft"]:
        return []
    found = breaches_of(state)
    passages = {item.label: item.passages for item in items_of(state)}
    sends = []
    for index, planned in enumerate(planned_sections(state)):
        section = Section(**state["written"][str(index)])
        if index in state.get("by_hand", ()):
            continue
        if breaches := mendable(found, section):
            sent = Mending(
                index=index,
                briefing=asdict(briefing_of(state)),
                section=section.model_dump(),
                breaches=[each.model_dump() for each in breaches],
                passages=[p.model_dump() for label in planned.items for p in passages[label]],
                turn=state["revisions"] + 1,
            )
            sends.append(Send("revise", sent))
    return sends
