"""The brand guardian: exact checks, then judgement, each finding where its words stand."""

from typing import Any

import pytest

from savoirfaire.agents.forms import Breach, Draft, Entry, Passage, Section, Sentence
from savoirfaire.agents.guardian import (
    BrandGuardian,
    Finding,
    Judgement,
    Verdict,
    draft_words,
    mendable,
)
from savoirfaire.agents.model import Endpoint, open_gateway
from savoirfaire.errors import RefusedError
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.testing import ENDPOINT, ScriptedTransport, hostile, no_wait

BRAND = BrandPack.parse(
    """
[brand]
name = "Acme"
language = "en"
voice = "Plain."
[[rules]]
id = "workshop"
use = "workshop"
avoid = ["training session"]
reason = "their word"
[[guidance]]
id = "no-urgency"
text = "Never presses the reader."
"""
)
PASSAGE = Passage(
    label="S1.1", source="s", path="p", start=0, end=1, quote="x", kind="item", score=0
)


def section(heading: str, *texts: str, headline: str = "", url: str = "") -> Section:
    """A section with one entry."""
    said = [Sentence(text=text, cites=["S1.1"]) for text in texts]
    return Section(heading=heading, entries=[Entry(headline=headline, url=url, sentences=said)])


DRAFT = Draft(
    title="Letter of May",
    sections=[
        section("", "A training session opens. Hurry up!"),
        section("News", "The oven is lit.", "Hurry up!", headline="An oven"),
        section("Dates now", "Monday it is."),
    ],
)


def finding(quote: str, where: str) -> Finding:
    """What a judge objects to."""
    return Finding(rule="no-urgency", quote=quote, where=where, message="presses", fix="")


async def review(*findings: Finding, draft: Draft = DRAFT) -> tuple[Verdict, ScriptedTransport]:
    """The verdict of a guardian whose judge finds this."""
    wire = ScriptedTransport([Judgement(fits=not findings, breaches=list(findings))])
    async with open_gateway("live", ENDPOINT, wire=wire, wait=no_wait) as gateway:
        guardian = BrandGuardian(gateway)
        verdict = await guardian.review(draft, BRAND, [PASSAGE], language="English", turn=0)
    return verdict, wire


async def test_checks_come_first() -> None:
    """Exact checks need no judge; both stand in the verdict, each saying by whom."""
    verdict, wire = await review(finding("Hurry up!", "News"))
    assert [(each.rule, each.by, each.where) for each in verdict.breaches] == [
        ("workshop", "check", ""),
        ("no-urgency", "judge", "News"),
    ]
    assert verdict.usage.calls == 1
    assert "- no-urgency: Never presses the reader." in wire.prompts[0]
    assert "training session" in wire.prompts[0]


@pytest.mark.parametrize(
    ("quote", "where", "placed"),
    [
        ("Hurry up!", "News", "News"),
        ("Hurry up!", "", ""),
        ("Hurry up!", "Dates now", ""),
        ("Hurry up!", "The lead", ""),
        ("The oven is lit. Hurry", "somewhere", "News"),
        ("An oven: The oven", "News", "News"),
        ("Monday\u00a0it  is.", "News", "Dates now"),
        ("Dates now", "Dates", "Dates now"),
        ("Letter of May", "Title", ""),
    ],
)
async def test_findings_stand_where_their_words_do(quote: str, where: str, placed: str) -> None:
    """A judge who names another section than the one that has the quote is put right."""
    verdict, _ = await review(finding(quote, where))
    judged = [each for each in verdict.breaches if each.by == "judge"]
    assert [each.where for each in judged] == [placed]


@pytest.mark.parametrize("quote", ["", " ", "Hurry down!", "hurry up!", "lit. Monday"])
async def test_words_nobody_wrote(quote: str) -> None:
    """A finding whose quote is not in the draft, letter by letter, is dropped and counted."""
    verdict, _ = await review(finding(quote, "News"), finding("Hurry up!", "News"))
    assert verdict.dropped == 1
    assert len([each for each in verdict.breaches if each.by == "judge"]) == 1


async def test_offline_abstains() -> None:
    """Without a model nothing is judged, the verdict says why, and the checks stand."""
    async with open_gateway("offline", Endpoint()) as gateway:
        guardian = BrandGuardian(gateway)
        verdict = await guardian.review(DRAFT, BRAND, [PASSAGE], language="English", turn=0)
    assert "role brand_guardian needs a language model" in verdict.abstained
    assert [each.rule for each in verdict.breaches] == ["workshop"]
    assert verdict.usage.calls == 0


async def test_a_judge_who_fails_is_no_judge_who_is_content() -> None:
    """A fault of the model is not an abstention: it stops the review."""
    wire = hostile("refusal")
    async with open_gateway("live", ENDPOINT, wire=wire, wait=no_wait) as gateway:
        guardian = BrandGuardian(gateway)
        with pytest.raises(RefusedError):
            await guardian.review(DRAFT, BRAND, [PASSAGE], language="English", turn=0)


def breach(rule: str, quote: str, where: str) -> Breach:
    """A breach."""
    return Breach(rule=rule, quote=quote, where=where, message="", by="check")


@pytest.mark.parametrize(
    ("found", "can"),
    [
        (breach("workshop", "training session", ""), True),
        (breach("workshop", "Letter", ""), False),
        (breach("sections.lead", "", ""), False),
        (breach("sections.required", "", "News"), False),
        (breach("sections.unknown", "News", "News"), False),
        (breach("length.section", "News", "News"), True),
        (breach("links.unknown", "https://x.test", "News"), True),
        (breach("term", "News", "News"), False),
        (breach("term", "oven", "Dates now"), False),
    ],
)
def test_mendable(found: Breach, can: bool) -> None:  # noqa: FBT001
    """What stands in a section's entries can be mended there; titles and headings cannot."""
    linked = section("News", "The oven is lit.", headline="An oven", url="https://x.test")
    sections = [DRAFT.sections[0], linked, DRAFT.sections[2]]
    having: list[Any] = [each.heading for each in sections if mendable([found], each)]
    assert having == ([found.where] if can else [])


def test_draft_words() -> None:
    """The judge reads the draft as its readers will, without citations."""
    assert draft_words(DRAFT, "en") == (
        "# Letter of May\n\nA training session opens. Hurry up!\n\n## News\n\n"
        "An oven: The oven is lit. Hurry up!\n\n## Dates now\n\nMonday it is."
    )
