"""The sections of a proposal as they are written: by a model, or from what is there word for word.

Without a language model a section has the brief's own sentences and those of records and documents,
each cited; it answers nothing by itself, and says so.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from savoirfaire.agents.bids.sections import BidPlan, Key, place_of, plan_offline
from savoirfaire.agents.composing import sentences_of
from savoirfaire.agents.forms import Form, Language, Passage
from savoirfaire.agents.role import Role

_FEW = 4  # sentences of a section that is put together

TASKS: Mapping[Key, str] = {
    "understanding": "What the client wants, why now, and what it depends on, in our words.",
    "objectives": "What will be true once the work is done, one point each.",
    "approach": "How the work is done, lot by lot, in the order in which it is done.",
    "deliverables": "What is handed over, one point each, with the form it has.",
    "timeline": "The order of the steps between the days that the brief names.",
    "team": "Who does what, as far as the passages say.",
    "past_work": "For each piece of past work, what was asked, what was done, why it matters here."
    " Its name and its result stand there already.",
    "assumptions": "What the offer supposes, what it does not hold, each as a point.",
    "next_steps": "What happens between this proposal and the start, each as a point.",
}
"""What belongs in each section that is written."""

UNWRITTEN: Mapping[Language, str] = {
    "en": "To be written: nothing that is known says it.",
    "fr": "À écrire\u00a0: rien de ce qui est connu ne le dit.",
}
"""What stands in a section for which there is nothing."""


class BidSentence(Form):
    """A sentence, the labels of what it rests on, and the ids of the requirements it answers."""

    text: str
    cites: list[str] = Field(default_factory=list)
    answers: list[str] = Field(default_factory=list)


class BidBlock(Form):
    """A paragraph, or with `point` an item of a list; `title` stands before it."""

    title: str = ""
    point: bool = False
    sentences: list[BidSentence]


class WrittenBid(Form):
    """A section."""

    blocks: list[BidBlock]


def write_offline(evidence: Mapping[str, Any]) -> WrittenBid:
    """What the brief and the records say that belongs in the section, each sentence cited."""
    section: Key = evidence["section"]
    blocks: list[BidBlock] = []
    if section in {"approach", "deliverables", "timeline"}:
        blocks += _asked(evidence["requirements"])
    if section == "approach":
        blocks += _told(evidence["records"], "process_step", ("notes",), title="what")
    if section == "past_work":
        blocks += _told(evidence["records"], "case_study", ("challenge", "approach"))
    if section in {"understanding", "objectives"}:
        blocks += _quoted(section, evidence["passages"], evidence["asked"])
    return WrittenBid(blocks=blocks)


def _asked(requirements: Sequence[Mapping[str, Any]]) -> list[BidBlock]:
    """The requirements planned here, word for word: what is to be answered, not an answer."""
    return [
        BidBlock(point=True, sentences=[BidSentence(text=said[0], cites=[each["cited"]])])
        for each in requirements
        if (said := sentences_of(each["words"])) and each["force"] != "information"
    ]


def _quoted(section: Key, passages: Sequence[Passage], asked: frozenset[str]) -> list[BidBlock]:
    """The brief's own sentences that oblige nobody; for the objectives, those that name one."""
    said = [
        BidSentence(text=sentence, cites=[each.label])
        for each in passages
        if each.kind == "brief" and each.label not in asked
        for sentence in sentences_of(each.quote)
        if (place_of(sentence) == "objectives") == (section == "objectives")
    ]
    return [BidBlock(sentences=said[:_FEW])] if said else []


def _told(
    records: Sequence[Mapping[str, Any]], kind: str, fields: Sequence[str], *, title: str = ""
) -> list[BidBlock]:
    """What records of a kind say in these fields, a block each; with `title`, points."""
    blocks = []
    for each in records:
        data, label = each["data"], each["label"]
        texts = [t for field in fields for t in sentences_of(data.get(field) or "")]
        said = [BidSentence(text=text, cites=[label]) for text in texts]
        name = f"{data[title]}." if title else ""
        if each["kind"] == kind and (said or name):
            said = said or [BidSentence(text=name, cites=[label])]
            blocks.append(BidBlock(title=name if texts else "", point=bool(title), sentences=said))
    return blocks


planner = Role("bid_plan", BidPlan, offline=plan_offline)
writer = Role("bid_section", WrittenBid, offline=write_offline)
