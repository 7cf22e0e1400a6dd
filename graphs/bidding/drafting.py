"""The steps that plan, write and check a proposal."""

from collections.abc import Mapping, Sequence
from typing import Any

from savoirfaire.agents.bids.computed import Computed
from savoirfaire.agents.bids.grounding import Grounds, ground
from savoirfaire.agents.bids.sections import COMPUTED, HEADINGS, KEYS, BidPlan, Key, settle
from savoirfaire.agents.bids.writing import TASKS, BidBlock, WrittenBid, planner, writer
from savoirfaire.agents.checks import check_markdown
from savoirfaire.agents.editor import NOTHING, passage_words
from savoirfaire.agents.forms import Passage
from savoirfaire.agents.model import Gateway
from savoirfaire.agents.role import fence
from savoirfaire.graphs import edition
from savoirfaire.graphs.bidding.document import (
    Kept,
    compliance,
    price_words,
    to_markdown,
    validity_words,
)
from savoirfaire.graphs.bidding.previous import last_proposal
from savoirfaire.graphs.bidding.state import (
    LANGUAGES,
    Context,
    Proposal,
    Writing,
    language_of,
    passages_of,
    priced,
    spent,
)
from savoirfaire.graphs.editions.state import term_words
from savoirfaire.graphs.siblings import Siblings
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.tools.recall import Recall

_LONGEST = 60_000  # characters of a brief that a plan is made from
_SHOWN = 24_000  # characters of passages that a section is written from


class Drafting:
    """The steps that write, with the collaborators they share."""

    def __init__(self, gateway: Gateway, recall: Recall) -> None:
        self._gateway = gateway
        self._recall = recall
        self._siblings = Siblings()

    async def plan(self, state: Proposal) -> dict[str, Any]:
        """Which section answers what."""
        brand = BrandPack(**state["brand"])
        variables = {
            "language": LANGUAGES[language_of(state)],
            "note": fence(state["request"]["note"] or NOTHING, "note"),
            "voice": brand.brand.voice,
            "requirements": requirement_words(state["requirements"]),
            "brief": fence(state["brief"]["text"][:_LONGEST], "brief"),
        }
        asked = {"requirements": state["requirements"]}
        answer = await planner.ask(self._gateway, variables, evidence=asked, node="plan")
        plan = settle(answer.reply, state["requirements"])
        self._recall.rest()  # others may search while the model writes
        return {
            "plan": plan.model_dump(),
            "usage": [spent("plan", self._gateway.mode, answer.usage)],
        }

    async def write(self, state: Writing, runtime: Context) -> dict[str, Any]:
        """One section."""
        async with self._siblings.together(runtime.context.run):
            answer = await writer.ask(
                self._gateway,
                state["variables"],
                evidence=_evidence(state["evidence"]),
                node="write",
                branch=state["section"],
            )
        return {
            "written": {state["section"]: answer.reply.model_dump()},
            "usage": [spent("write", self._gateway.mode, answer.usage)],
        }

    async def check(self, state: Proposal, runtime: Context) -> dict[str, Any]:
        """Keep what stands, put the document together, and say what of the brief it answers."""
        grounds, dropped, unknown = grounds_of(state), [], []
        kept: dict[Key, list[BidBlock]] = {}
        for key in KEYS:
            if key not in COMPUTED:
                found = ground(key, WrittenBid(**state["written"][key]), grounds)
                kept[key] = found.blocks
                dropped += found.dropped
                unknown += _unknown(key, found.unknown)
        label = edition.label([each["mode"] for each in state["usage"]], language_of(state))
        markdown = to_markdown(state, kept, label)
        brand = BrandPack(**state["brand"])
        return {
            "kept": {key: [each.model_dump() for each in blocks] for key, blocks in kept.items()},
            "dropped": [*dropped, *unknown],
            "markdown": markdown,
            "matrix": compliance(state, kept),
            "breaches": [each.model_dump() for each in check_markdown(markdown, brand)],
            "previous": last_proposal(
                self._recall.knowledge.ledger.engine,
                runtime.context.scope,
                state["request"]["brief"],
                before=runtime.context.run,
            ),
        }


def _unknown(section: Key, names: Sequence[str]) -> list[dict[str, str]]:
    """Labels and ids that a section names and that are none."""
    return [{"section": section, "text": n, "why": "is not known"} for n in dict.fromkeys(names)]


def kept_of(state: Proposal) -> Kept:
    """The sections as they stand."""
    return {key: [BidBlock(**each) for each in state["kept"].get(key, [])] for key in KEYS}


def grounds_of(state: Proposal) -> Grounds:
    """What the sentences of a proposal may stand on."""
    brand = BrandPack(**state["brand"]).brand.name
    price = priced(state["offer"], state["pricing"])
    words = [validity_words(state), price_words(state)] if price else [validity_words(state)]
    return Grounds(
        passages={each.label: each for each in passages_of(state)},
        requirements={each["id"]: each["words"] for each in state["requirements"]},
        computed=Computed.of(words),
        names=frozenset(brand.casefold().split()),
        titles=frozenset(price.lots if price else ()),
    )


def writings(state: Proposal) -> list[Writing]:
    """What the writer of each section is sent."""
    planned = {each.section: each for each in BidPlan(**state["plan"]).sections}
    return [_writing(state, key, planned[key]) for key in KEYS if key not in COMPUTED]


def _writing(state: Proposal, key: Key, planned: Any) -> Writing:
    known = {each["id"]: each for each in state["requirements"]}
    requirements = [known[each] for each in planned.requirements]
    passages = _passages(state, key, {each["cited"] for each in requirements})
    brand, shown = BrandPack(**state["brand"]), {each["label"] for each in passages}
    price = priced(state["offer"], state["pricing"])
    return Writing(
        section=key,
        variables={
            "voice": brand.brand.voice,
            "rules": term_words(brand) or NOTHING,
            "language": LANGUAGES[language_of(state)],
            "heading": HEADINGS[language_of(state)][key],
            "angle": planned.angle or NOTHING,
            "task": TASKS[key],
            "note": fence(state["request"]["note"] or NOTHING, "note"),
            "lots": "; ".join(price.lots) if price else NOTHING,
            "lessons": state["lessons"],
            "requirements": requirement_words(requirements) or NOTHING,
            "passages": passage_words([Passage(**each) for each in passages]),
        },
        evidence={
            "section": key,
            "requirements": requirements,
            "passages": passages,
            "asked": sorted({each["cited"] for each in state["requirements"]}),
            "records": [
                each for each in (*state["cases"], *state["steps"]) if each["label"] in shown
            ],
        },
    )


_OF_SECTION: Mapping[Key, tuple[str, ...]] = {
    "past_work": ("case_study",),
    "approach": ("process_step", "document"),
    "team": ("document", "process_step"),
    "timeline": ("process_step",),
}


def _passages(state: Proposal, key: Key, cited: set[str]) -> list[dict[str, Any]]:
    """The agency's passages that belong in a section, then the brief's: those asked about first."""
    kinds = _OF_SECTION.get(key, ())
    ours = [
        each
        for each in state["material"]
        if each["kind"] in kinds or (each["label"].startswith("S") and "document" in kinds)
    ]
    brief = [each for each in state["material"] if each["kind"] == "brief"]
    shown = {each["label"]: each for each in ours}
    room = _SHOWN - sum(len(each["quote"]) for each in ours)
    for each in (*(b for b in brief if b["label"] in cited), *brief):
        if each["label"] not in shown and len(each["quote"]) <= room:
            shown[each["label"]] = each
            room -= len(each["quote"])
    order = {each["label"]: place for place, each in enumerate(state["material"])}
    return sorted(shown.values(), key=lambda each: order[each["label"]])


def requirement_words(requirements: Any) -> str:
    """Requirements as a prompt shows them: fenced, for they are the client's words."""
    return "\n".join(
        fence(each["words"], f"{each['id']} ({each['force']}, {each['party']})")
        for each in requirements
    )


def _evidence(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **data,
        "passages": [Passage(**each) for each in data["passages"]],
        "asked": frozenset(data["asked"]),
    }
