"""A model's reading of claims: kept only where it quotes both sides to the letter."""

from typing import Any

import pytest

from savoirfaire.agents.forms import Draft, Entry, Passage, Section, Sentence
from savoirfaire.agents.guardian import BrandGuardian, Judgement, Knowledge, Verdict
from savoirfaire.agents.model import Endpoint, open_gateway
from savoirfaire.agents.reading import Reading
from savoirfaire.knowledge.brand import Brand, BrandPack, Edition
from savoirfaire.testing import ENDPOINT, ScriptedTransport, no_wait

BRAND = BrandPack(
    brand=Brand(name="Acme", language="en", voice="Plain."), edition=Edition(lead=False)
)
SOURCE = "The oven of the bakery was lit by Anna Roy in May, and not by the mayor."
KNOWN = "A second oven is planned for 2027, and nothing is decided."
CLAIM = "The mayor lit the oven of the bakery."
OTHER = "The mayor came to see the second oven."


def passage(label: str, quote: str) -> Passage:
    """A passage that begins at 50 in its source."""
    return Passage(
        label=label, source=label.lower(), path=f"{label}.md", start=50, end=50 + len(quote),
        quote=quote, kind="item", score=0,
    )  # fmt: skip


DRAFT = Draft(
    title="Letter",
    sections=[
        Section(
            heading="News",
            entries=[
                Entry(
                    sentences=[
                        Sentence(text=CLAIM, cites=["S1"]),
                        Sentence(text=OTHER, cites=["S1"]),
                    ]
                )
            ],
        )
    ],
)


def reading(**changes: str) -> Reading:
    """A reading of the first claim that can be kept."""
    made = {
        "claim": "C1",
        "verdict": "contradicted",
        "said": "The mayor lit the oven",
        "source": "S1",
        "quote": "lit by Anna Roy in May",
        "fix": "Anna Roy lit the oven",
        "reason": "the source names another person",
    }
    return Reading.model_validate(made | changes)


async def judged(
    *readings: Reading, known: Knowledge | None = None
) -> tuple[Verdict, dict[str, Any]]:
    """What the guardian makes of readings, and what the model was asked."""
    wire = ScriptedTransport([Judgement(fits=True, breaches=[], claims=list(readings))])
    known = known or Knowledge(around={(0, 0): [passage("E1", KNOWN)]})
    async with open_gateway("live", ENDPOINT, wire=wire, wait=no_wait) as gateway:
        verdict = await BrandGuardian(gateway).review(
            DRAFT, BRAND, [passage("S1", SOURCE)], language="English", turn=0, known=known
        )
    return verdict, wire.requests[0]


async def test_contradicted() -> None:
    """A contradiction is a breach with its fix, and shows the source's words at their place."""
    verdict, asked = await judged(reading())
    first, second = verdict.claims
    assert (first.verdict, first.by, first.quote) == (
        "contradicted", "judge", "lit by Anna Roy in May",
    )  # fmt: skip
    assert SOURCE[first.start - 50 : first.end - 50] == first.quote
    (breach,) = verdict.breaches
    assert (breach.rule, breach.where) == ("claim.contradicted", "News")
    assert (breach.quote, breach.fix) == ("The mayor lit the oven", "Anna Roy lit the oven")
    assert breach.message.endswith("(the source names another person)")
    assert second.verdict == "not_judged"
    prompt = asked["messages"][-1]["content"]
    assert "C2 (sources: S1, E1)" in prompt
    assert prompt.count(KNOWN) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"said": "The mayor lights the oven"},
        {"said": ""},
        {"quote": "lit by Anna Ray in May"},
        {"quote": "in May"},
        {"quote": ""},
        {"source": "S2"},
        {"source": "E1"},
        {"claim": "C9"},
        {"claim": "C0"},
        {"claim": "²"},
        {"verdict": "supported", "quote": "the oven was lit by the mayor"},
        {"verdict": "not_found", "said": "The king"},
    ],
)
async def test_dropped(changes: dict[str, str]) -> None:
    """A quote that is not there to the letter is dropped and counted; the claim stays open."""
    verdict, _ = await judged(reading(**changes))
    assert verdict.dropped == 1
    assert {each.verdict for each in verdict.claims} == {"not_judged"}
    assert verdict.breaches == []


async def test_not_found_and_supported() -> None:
    """What no source speaks of is a breach without a fix; what one says is none."""
    lost = reading(
        verdict="not_found", claim="C2", said="came to see", source="", quote="", fix="x"
    )
    held = reading(verdict="supported", source="S1", quote="The oven of the bakery was lit")
    verdict, _ = await judged(held, lost, reading())
    assert [each.verdict for each in verdict.claims] == ["supported", "not_found"]
    (breach,) = verdict.breaches
    assert (breach.rule, breach.quote, breach.fix) == ("claim.not-found", "came to see", "")


async def test_what_was_settled_is_not_asked_again() -> None:
    """A claim that a reader was shown keeps its verdict while its words stay."""
    before, _ = await judged(reading())
    again, asked = await judged(known=Knowledge(settled=before.claims))
    assert again.claims == before.claims
    assert "(none)" in asked["messages"][-1]["content"].partition("Claims to judge")[2]


async def test_offline() -> None:
    """Without a model the exact part speaks, and the rest is said not to be judged."""
    async with open_gateway("offline", Endpoint()) as gateway:
        verdict = await BrandGuardian(gateway).review(
            DRAFT, BRAND, [passage("S1", "The oven was lit in May.")], language="English", turn=0
        )
    assert verdict.abstained
    assert [each.verdict for each in verdict.claims] == ["not_judged", "not_judged"]
