"""The words that a campaign says to the people who decide, in French and in English."""

from collections.abc import Mapping
from typing import Any

from savoirfaire.agents.forms import Language

WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "choose": "Choose the angle of “{title}”, of {count}.",
        "post": "Post “{title}” ({count} places, {breaches} open breaches).",
        "mail": "Send the mail of “{title}” ({breaches} open breaches).",
        "no personas": "no personas are known: `savoir panel make`, or a table of personas",
        "asked": "{mean} of 5, spread {spread}, {count} personas, {measure}; directional only",
        "longer": "{length} characters where {longest} are allowed",
        "nothing": "nothing was written for it",
    },
    "fr": {
        "choose": "Choisir l'angle de «\u00a0{title}\u00a0», entre {count}.",
        "post": "Publier «\u00a0{title}\u00a0» ({count} lieux, {breaches} écarts ouverts).",
        "mail": "Envoyer le courriel de «\u00a0{title}\u00a0» ({breaches} écarts ouverts).",
        "no personas": (
            "aucun persona n'est connu\u00a0: `savoir panel make`, ou un tableau de personas"
        ),
        "asked": (
            "{mean} sur 5, dispersion {spread}, {count} personas, {measure}\u00a0;"
            " à titre indicatif"
        ),
        "longer": "{length} signes là où {longest} sont permis",
        "nothing": "rien n'a été écrit pour ce lieu",
    },
}

_MEASURES: Mapping[Language, Mapping[str, str]] = {
    "en": {"purchase_intent": "purchase intent"},
    "fr": {
        "purchase_intent": "intention d'achat",
        "liking": "agrément",
        "clarity": "clarté",
        "credibility": "crédibilité",
        "relevance": "pertinence",
        "novelty": "nouveauté",
    },
}


def panel_words(report: Mapping[str, Any], language: Language) -> str:
    """What a panel said of one angle, in a line; never more than it shows."""
    told, measure = report["panel"], report["measure"]
    return WORDS[language]["asked"].format(
        mean=_number(told["mean"], language),
        spread=_number(told["sd"], language),
        count=told["n"],
        measure=_MEASURES[language].get(measure, measure),
    )


def _number(value: float, language: Language) -> str:
    shown = f"{value:.2f}"
    return shown.replace(".", ",") if language == "fr" else shown
