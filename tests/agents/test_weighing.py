"""Claims against what is known, by figures, dates, names and quotations alone."""

import pytest

from savoirfaire.agents.claiming import Claim, claim_breaches, claims_of
from savoirfaire.agents.forms import Draft, Entry, Passage, Section, Sentence
from savoirfaire.agents.weighing import Scales

EN = (
    "The bakery lights a new oven on Monday 11 May 2026. It bakes 80 loaves of rye.\n"
    "It was built in Lyon by Anna Roy. “We never saw a fire like it”, she said."
)
FR = "La boulangerie allume un four neuf le 11 mai 2026. Il cuit 80 pains par heure, à 250\u202f°C."


def passage(label: str, quote: str, start: int = 100) -> Passage:
    """A passage that begins at 100 in its source."""
    return Passage(
        label=label, source=f"s{label}", path=f"{label}.md", start=start, end=start + len(quote),
        quote=quote, kind="item", score=0,
    )  # fmt: skip


SCALES = Scales(
    [passage("S1", EN), passage("S2", FR)], {(0, 0): [passage("E1", "Rye is 3 € now.")]}
)


def claim(text: str, cites: str = "S1") -> Claim:
    """A claim that cites one passage."""
    return Claim(text, "News", (0, 0), (cites,))


@pytest.mark.parametrize(
    ("text", "cites", "verdict", "said", "fix"),
    [
        ("It bakes 80 loaves of rye.", "S1", "supported", "", ""),
        ("It bakes 80\u00a0loaves of *rye*", "S1", "supported", "", ""),
        ("The new oven bakes 90 loaves of rye.", "S1", "contradicted", "90", "80"),
        ("It bakes 8 loaves of rye.", "S1", "contradicted", "8", "80"),
        (
            "The bakery's new oven, lit on 12 May 2026.",
            "S1",
            "contradicted",
            "12 May 2026",
            "11 May 2026",
        ),
        ("Le four cuit 90 pains par heure.", "S2", "contradicted", "90", "80"),
        ("Le four de la boulangerie, neuf, s'allume le 12 mai.", "S2", "contradicted", "12 mai",
         "11 mai 2026"),
        ("The oven weighs 90 tonnes.", "S1", "not_found", "90", ""),
        ("It was built in Paris by Anna Roy.", "S1", "not_found", "Paris", ""),
        ("She said “we never saw a thing like it”.", "S1", "not_found",
         "we never saw a thing like it", ""),
        ("A loaf of rye costs 3 €.", "S1", "not_judged", "", ""),
        ("The bakery has a better oven.", "S1", "not_judged", "", ""),
        ("Paris is far.", "S9", "not_judged", "", ""),
    ],
)  # fmt: skip
def test_weighed(text: str, cites: str, verdict: str, said: str, fix: str) -> None:
    """Word for word is supported; another figure of the same thing contradicts; the rest stays."""
    found = SCALES.weigh(claim(text, cites))
    assert (found.verdict, found.said, found.fix) == (verdict, said, fix)


@pytest.mark.parametrize(
    "text", ["It bakes 80 loaves of rye.", "The new oven bakes 90 loaves of rye."]
)
def test_spans(text: str) -> None:
    """What a claim was weighed by is shown at its place in the source, to the letter."""
    found = SCALES.weigh(claim(text))
    assert EN[found.start - 100 : found.end - 100] == found.quote == "It bakes 80 loaves of rye."
    assert (found.source, found.path) == ("sS1", "S1.md")


def test_two_rivals_are_none() -> None:
    """Where a source has two figures of the thing, it is not said which of them is meant."""
    scales = Scales([passage("S1", "The oven bakes 80 loaves of rye or 60 loaves of spelt.")])
    found = scales.weigh(claim("The oven bakes 90 loaves of rye."))
    assert (found.verdict, found.fix) == ("not_found", "")


def test_claims_of() -> None:
    """Claims are the sentences that cite; what can be mended becomes a breach."""
    said = [
        Sentence(text="The new oven bakes 90 loaves of rye.", cites=["S1", "S1"]),
        Sentence(text="Paris it is, says Otto.", cites=["S1"]),
        Sentence(text="Uncited.", cites=[]),
        Sentence(text=" ", cites=["S1"]),
    ]
    draft = Draft(title="T", sections=[Section(heading="News", entries=[Entry(sentences=said)])])
    claims = list(claims_of(draft))
    assert [(each.where, each.cites) for each in claims] == [("News", ("S1",))] * 2
    (breach,) = claim_breaches([SCALES.weigh(each) for each in claims], "fr")
    assert (breach.rule, breach.quote, breach.fix) == ("claim.contradicted", "90", "80")
    assert "S1.md dit autre chose\u00a0: «\u00a0It bakes 80 loaves of rye." in breach.message
