"""The sections of a proposal, and which of them answers which requirement of the brief.

A model plans; what it leaves out, and all of it without a model, goes where the words of the
requirement point: no requirement is without a place to be answered.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from pydantic import Field

from savoirfaire.agents.forms import Form, Language

Key = Literal[
    "understanding",
    "objectives",
    "approach",
    "deliverables",
    "timeline",
    "team",
    "past_work",
    "price",
    "assumptions",
    "validity",
    "next_steps",
]
KEYS: tuple[Key, ...] = get_args(Key)
"""The sections of a proposal, in order."""

COMPUTED: frozenset[Key] = frozenset({"price", "validity"})
"""Sections that no model writes."""

HEADINGS: Mapping[Language, Mapping[Key, str]] = {
    "en": {
        "understanding": "Our understanding",
        "objectives": "Objectives",
        "approach": "Approach",
        "deliverables": "Deliverables",
        "timeline": "Timeline",
        "team": "Team",
        "past_work": "Past work",
        "price": "Price",
        "assumptions": "Assumptions and exclusions",
        "validity": "Validity of the offer",
        "next_steps": "Next steps",
    },
    "fr": {
        "understanding": "Notre compréhension",
        "objectives": "Objectifs",
        "approach": "Démarche",
        "deliverables": "Livrables",
        "timeline": "Calendrier",
        "team": "Équipe",
        "past_work": "Références",
        "price": "Prix",
        "assumptions": "Hypothèses et exclusions",
        "validity": "Validité de l'offre",
        "next_steps": "Prochaines étapes",
    },
}
_MARKS: Mapping[Key, str] = {
    "validity": "validity|validité|valable|valid for|validation date",
    "price": r"pric(?:e|ing)|rates?\b|discount|invoic|prix|tarif|devis|budget|factur|remises?\b",
    "past_work": r"similar experience|references?\b|past (?:work|projects)|portfolio|références",
    "team": r"personnel|staff|team|resumes?\b|équipe|profils?\b|intervenant|interlocut|CV\b",
    "timeline": "schedule|calendar|deadline|no later than|calendrier|planning|délai|au plus tard",
    "next_steps": r"questions?\b|oral presentation|contact|soutenance|réunion de lancement",
    "assumptions": "conflicts? of interest|confidenti|intellectual|data rights|clause|licen[cs]e"
    "|propriété|cession|RGPD|assurance|insurance",
    "deliverables": "deliver|submit|provide|format|document|livr|fourni|remettre|rapport",
    "objectives": r"objectives?\b|goal|objectifs?\b|vise\b|ambition",
}
_POINTS = {key: re.compile(rf"\b(?:{words})", re.IGNORECASE) for key, words in _MARKS.items()}


class PlannedBid(Form):
    """A section to write: what it has to make clear, and which requirements it answers, by id."""

    section: Key
    angle: str = ""
    requirements: list[str] = Field(default_factory=list)


class BidPlan(Form):
    """Which section answers what."""

    sections: list[PlannedBid]


def place_of(words: str, heading: str = "") -> Key:
    """The section that the words of a requirement point to; those of its heading second."""
    for text in (words, heading):
        for key, pattern in _POINTS.items():
            if pattern.search(text):
                return key
    return "approach"


def plan_offline(evidence: Mapping[str, Any]) -> BidPlan:
    """Each requirement where its words point."""
    return settle(BidPlan(sections=[]), evidence["requirements"])


def settle(plan: BidPlan, requirements: Sequence[Mapping[str, Any]]) -> BidPlan:
    """Every section once, in order, with every requirement of the bidder in one at least.

    Ids that are no requirement are left out.
    """
    known = {each["id"] for each in requirements}
    angles = {each.section: each.angle for each in reversed(plan.sections)}
    placed: dict[Key, list[str]] = {key: [] for key in KEYS}
    for section in plan.sections:
        placed[section.section] += [each for each in section.requirements if each in known]
    done = {each for ids in placed.values() for each in ids}
    for each in requirements:
        if each["id"] not in done and each["party"] == "bidder":
            placed[place_of(each["words"], each["heading"])].append(each["id"])
    return BidPlan(
        sections=[
            PlannedBid(
                section=key,
                angle=angles.get(key, ""),
                requirements=list(dict.fromkeys(placed[key])),
            )
            for key in KEYS
        ]
    )
