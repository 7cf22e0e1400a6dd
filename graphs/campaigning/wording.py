"""The words that a campaign says to the people who decide, in French and in English."""

from collections.abc import Mapping
from typing import Any

from savoirfaire.agents.forms import Language

WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "choose": "Choose the angle of “{title}”, of {count}.",
        "only": "Take the only angle of “{title}”, or reject it.",
        "post": "Post “{title}” ({places}, {breaches}).",
        "mail": "Send the mail of “{title}” ({breaches}).",
        "no personas": "no personas are known: `savoir panel make`, or a table of personas",
        "asked": "{mean} of 5, spread {spread}, {asked}, {measure}; directional only",
        "persona": "{count} persona|{count} personas",
        "place": "{count} place|{count} places",
        "breach": "{count} open breach|{count} open breaches",
        "declined": "{asked}, {count} declined",
        "longer": "{length} characters where {longest} are allowed",
        "nothing": "nothing was written for it",
    },
    "fr": {
        "choose": "Choisir l'angle de «\u00a0{title}\u00a0», entre {count}.",
        "only": "Prendre le seul angle de «\u00a0{title}\u00a0», ou le rejeter.",
        "post": "Publier «\u00a0{title}\u00a0» ({places}, {breaches}).",
        "mail": "Envoyer le courriel de «\u00a0{title}\u00a0» ({breaches}).",
        "no personas": (
            "aucun persona n'est connu\u00a0: `savoir panel make`, ou un tableau de personas"
        ),
        "asked": "{mean} sur 5, dispersion {spread}, {asked}, {measure}\u00a0; à titre indicatif",
        "persona": "{count} persona|{count} personas",
        "place": "{count} lieu|{count} lieux",
        "breach": "{count} écart ouvert|{count} écarts ouverts",
        "declined": "{asked}, {count} sans réponse",
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
    """What a panel said of one angle, in a line, and how many of it declined to say anything."""
    told, measure = report["panel"], report["measure"]
    return WORDS[language]["asked"].format(
        mean=_number(told["mean"], language),
        spread=_number(told["sd"], language),
        asked=_asked(told["n"], report["refusals"]["refused"], language),
        measure=_MEASURES[language].get(measure, measure),
    )


def counted(noun: str, count: int, language: Language) -> str:
    """So many of what `noun` names; in French nothing is singular, in English it is plural."""
    one, several = WORDS[language][noun].split("|")
    is_one = count in ({0, 1} if language == "fr" else {1})
    return (one if is_one else several).format(count=count)


def _asked(voted: int, declined: int, language: Language) -> str:
    asked = counted("persona", voted, language)
    told = WORDS[language]["declined"].format(asked=asked, count=declined)
    return told if declined else asked


def _number(value: float, language: Language) -> str:
    shown = f"{value:.2f}"
    return shown.replace(".", ",") if language == "fr" else shown
