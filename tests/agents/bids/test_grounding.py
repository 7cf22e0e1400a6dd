"""Whether sentences stand on what they cite, and where requirements are planned to be answered."""

import pytest

from savoirfaire.agents.bids.computed import Computed
from savoirfaire.agents.bids.grounding import Grounds, ground
from savoirfaire.agents.bids.sections import KEYS, BidPlan, Key, PlannedBid, place_of, settle
from savoirfaire.agents.bids.writing import BidBlock, BidSentence, WrittenBid
from savoirfaire.agents.forms import Passage


def passage(label: str, quote: str) -> Passage:
    """A passage to cite."""
    return Passage(
        label=label, source="s", path="p.md", start=0, end=1, quote=quote, kind="x", score=0.0
    )


TABLE = """| Lot | Prestation | Quantité | Unité | Tarif | Montant |
| --- | --- | ---: | --- | ---: | ---: |
| Signalétique | Ateliers avec l'équipe | 3 | jours | 850,00\u00a0€ | 2\u202f550,00\u00a0€ |
| **TVA, 20\u00a0%** |  |  |  |  | **510,00\u00a0€** |
"""
GROUNDS = Grounds(
    passages={
        each.label: each
        for each in (
            passage("B1", "3. Fournir vingt pages avant le 4 mai 2026, voir https://theatre.fr/a."),
            passage(
                "C1", "Le Musée des Canuts : 210 à 640 réservations, « un vrai bon site clair »."
            ),
        )
    },
    requirements={"3-1": "Animer 2 ateliers."},
    computed=Computed.of([TABLE, "Cette offre est valable 30 jours, jusqu'au 3 juin 2026."]),
    names=frozenset({"vauban"}),
    titles=frozenset({"Lot 9"}),
)


def kept(section: Key, text: str, *cites: str, answers: tuple[str, ...] = ()) -> bool:
    """Whether a sentence stands."""
    sentence = BidSentence(text=text, cites=list(cites), answers=list(answers))
    found = ground(section, WrittenBid(blocks=[BidBlock(sentences=[sentence])]), GROUNDS)
    assert len(found.blocks) + len(found.dropped) == 1
    return bool(found.blocks)


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("Nous écrivons vingt pages avant le 4 mai 2026.", True),
        ("Nous écrivons 20 pages.", False),
        ("Nous écrivons trente pages.", False),
        ("Nous livrons le 5 mai 2026.", False),
        ("Tout cela pour 2\u202f550,00\u00a0€.", True),
        ("Tout cela pour 2\u202f500,00\u00a0€.", False),
        ("Il y a 3 étapes.", False),
        ("Tout cela pour 2550 euros hors taxes.", True),
        ("La journée est à 850 €.", True),
        ("Nous tenons 850 réunions.", False),
        ("Nous y passons 3 jours.", True),
        ("Nous y passons trois journées pleines de travail.", True),
        ("Nous menons trois ateliers.", True),
        ("Le travail prend trois semaines.", False),
        ("Le travail prend 3 semaines, soit 2\u202f550 €.", False),
        ("La taxe est de 20 %.", True),
        ("Nous gagnons 20 points.", False),
        ("Nous gagnons 3 %.", False),
        ("L'offre tient 30 jours.", True),
        ("L'offre tient jusqu'au 3 juin 2026, et non au-delà de juin 2026.", True),
        ("Nous tirons 30 affiches.", False),
        ("Voir https://theatre.fr/a.", True),
        ("Voir https://example.org/b.", False),
        ("Le brief dit « un vrai bon site clair ».", False),
        ("Nous commençons par un atelier neuf.", True),
    ],
)
def test_figures_links_quotations(text: str, stands: bool) -> None:  # noqa: FBT001
    """A figure, link or quotation stands in what is cited; the number of a clause is none."""
    assert kept("approach", text, "B1") is stands


@pytest.mark.parametrize(
    ("text", "cites", "stands"),
    [
        ("Le Musée des Canuts est passé de 210 à 640 réservations.", ["C1"], True),
        ("Pour le musée, l'Atelier Vauban a fait mieux.", ["C1"], False),
        ("Pour le musée, Vauban a fait mieux.", ["C1"], True),
        ("Lafarge a doublé ses ventes.", ["C1"], False),
        ("Nous avons travaillé pour Lafarge.", ["C1"], False),
        ("Nous sommes les meilleurs.", [], False),
        ("Nous sommes les meilleurs.", ["B1"], False),
        ("Nous avons écrit vingt pages.", ["C1"], False),
    ],
)
def test_past_work(text: str, cites: list[str], stands: bool) -> None:  # noqa: FBT001
    """Past work cites what is ours, and names nothing and nobody that is not there."""
    assert kept("past_work", text, *cites) is stands


def test_a_requirement_answered_supports_its_figures() -> None:
    """A sentence may repeat the figures of what it answers, but not where it tells of the past."""
    said = "Nous animons 2 ateliers."
    assert kept("approach", said, answers=("3-1",))
    assert not kept("approach", said)
    assert not kept("past_work", said, "C1", answers=("3-1",))


def test_titles_and_unknown_labels() -> None:
    """A title that nothing bears out goes, a lot's stays; labels and ids that are none are told."""
    blocks = [
        BidBlock(
            title=title, sentences=[BidSentence(text="Oui.", cites=["B1", "Z9"], answers=["?"])]
        )
        for title in ("Lot 9", "Phase 7")
    ]
    found = ground("approach", WrittenBid(blocks=blocks), GROUNDS)
    assert [each.title for each in found.blocks] == ["Lot 9", ""]
    assert set(found.unknown) == {"Z9", "?"}


@pytest.mark.parametrize(
    ("words", "section"),
    [
        ("Le candidat remettra un prix par lot.", "price"),
        ("Quotation must be valid for at least 45 days.", "validity"),
        ("Offerors provide resumes of key personnel.", "team"),
        ("Le site est en ligne au plus tard en mai.", "timeline"),
        ("Concevoir le site.", "approach"),
    ],
)
def test_places(words: str, section: str) -> None:
    """A requirement that nobody planned goes where its words point."""
    assert place_of(words) == section


def test_plans_are_settled() -> None:
    """Every section once, in order; every requirement somewhere; ids made up are left out."""
    asked = [
        {"id": n, "words": words, "heading": "", "party": party}
        for n, words, party in (
            ("1-1", "A price.", "bidder"),
            ("1-2", "A site.", "bidder"),
            ("1-3", "Photographs.", "client"),
        )
    ]
    planned = [
        PlannedBid(section="team", angle="Who", requirements=["1-2", "9-9"]),
        PlannedBid(section="team", angle="", requirements=["1-2"]),
    ]
    found = {each.section: each for each in settle(BidPlan(sections=planned), asked).sections}
    assert tuple(found) == KEYS
    assert (found["team"].angle, found["team"].requirements) == ("Who", ["1-2"])
    assert found["price"].requirements == ["1-1"]
    assert [each for section in found.values() for each in section.requirements] == ["1-2", "1-1"]
