"""Whether a reply says only what its sources, or the mail it answers, bear out."""

import pytest

from savoirfaire.agents.checks import check_draft
from savoirfaire.agents.forms import Draft, Entry, Passage, Section, Sentence
from savoirfaire.agents.triage.backing import backed
from savoirfaire.agents.triage.courtesy import states
from savoirfaire.knowledge.brand import Brand, BrandPack

MAIL = """Marie Dupont <marie@example.com>
Order 4471
2026-03-02T10:00:00+00:00
Hello, I ordered the green pot from Leeds and got the blue one. May I bring my dog on Friday?
Ma commande est arrivée ouverte. Livrez-vous en Suisse ?"""
PASSAGES = [
    Passage(label=label, source="s", path="p.md", start=0, end=1, quote=quote, kind="x", score=0.0)
    for label, quote in (
        ("S1", "A parcel to Norway takes five days and costs £12. Mondays are quiet."),
        ("S2", "Nous livrons en Suisse deux fois par semaine, le mardi. Un colis met 7 jours."),
    )
]


def found(text: str, *cites: str, language: str = "en") -> list[tuple[str, str]]:
    """What is found in a reply of one sentence."""
    said = [Sentence(text=text, cites=list(cites))]
    brand = BrandPack(
        brand=Brand.model_validate(
            {"name": "Maison Vauban", "language": language, "voice": "Plain"}
        )
    )
    draft = Draft(title="Re:", sections=[Section(heading="", entries=[Entry(sentences=said)])])
    checked = [b for b in check_draft(draft, brand, PASSAGES) if not b.rule.startswith("sections")]
    return [(b.rule, b.quote) for b in backed(checked, said, PASSAGES, MAIL, brand)]


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ms Dupont,",
        "Thank you for choosing Maison Vauban.",
        "We are sorry about your order 4471 of 2 March.",
        "You ordered the green pot and got the blue one.",
        "You ask whether you may bring your dog.",
        "Please send us a photo of the label.",
        "Is the parcel from Leeds?",
        "Please do not hesitate to write to us.",
        "Kind regards from the whole team",
        "Bonjour Marie,",
        "Votre commande est arrivée ouverte.",
        "Nous vous remercions de votre message.",
        "Nous restons à votre disposition.",
        "Merci de nous envoyer une photo.",
        "Bien à vous, l'équipe",
    ],
)
def test_courtesy(text: str) -> None:
    """Greetings, thanks, questions, closings and what the mail itself says need no source."""
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "We deliver to Switzerland.",
        "You may bring your dog.",
        "Free of charge.",
        "Sorry, we do not deliver there.",
        "Thank you for your mail, the shop is open.",
        "Thank you, we will call you back.",
        "Please note that the shop is closed.",
        "Your request is granted.",
        "Vous pouvez venir avec votre chien.",
        "La livraison est gratuite.",
        "Nous regrettons de ne pas livrer en Suisse.",
        "Merci et nous sommes ouverts le dimanche.",
        "Nous vous enverrons le colis demain.",
        "Votre demande est acceptée.",
    ],
)
def test_statement_without_a_source(text: str) -> None:
    """What states or promises something, however politely, cites a source or is marked."""
    assert ("citation.missing", text) in found(text)


@pytest.mark.parametrize(
    ("text", "label", "quotes"),
    [
        ("A parcel to Norway takes 5 days.", "S1", []),
        ("Monday is quiet.", "S1", []),
        ("It takes six days to Norway.", "S1", ["six"]),
        ("It costs £13.", "S1", ["13"]),
        ("Friday will do, Thursday will not.", "S1", ["Thursday"]),
        ("We hand it over tomorrow.", "S1", ["tomorrow"]),
        ("It goes to Sweden with Zarpost.", "S1", ["Sweden", "Zarpost"]),
        ("We deliver to Switzerland twice a week, on the Tuesday.", "S2", []),
        ("We deliver to Switzerland on the Wednesday.", "S2", ["Wednesday"]),
        ("Un colis met sept jours.", "S2", []),
        ("Le colis part mercredi avec Zarposte.", "S2", ["mercredi", "Zarposte"]),
    ],
)
def test_what_a_source_has(text: str, label: str, quotes: list[str]) -> None:
    """Figures, days and names of a sentence stand in what it cites, in words as in digits."""
    assert [quote for _, quote in found(text, label)] == quotes


def test_long_words_are_quick() -> None:
    """A reply of any length is read in linear time."""
    assert states("we will " * 5_000, "mail")
    assert not states("thank you, " * 5_000, "mail")
