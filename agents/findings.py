"""How serious each built-in check is, and what it says, in the language of the brand."""

from typing import Literal

from savoirfaire.agents.forms import Breach
from savoirfaire.agents.ruled import checked_level
from savoirfaire.knowledge.brand import BrandPack, Level

Check = Literal[
    "sections.required",
    "sections.unknown",
    "sections.lead",
    "length.sentence",
    "length.section",
    "links.unknown",
    "citation.missing",
    "citation.unknown",
    "figure.unsupported",
    "name.unsupported",
    "quote.unsupported",
]

_WARNINGS = {"sections.unknown", "length.sentence", "length.section"}

_WORDING: dict[str, dict[str, str]] = {
    "en": {
        "term": "write “{use}”, not “{quote}”: {reason}",
        "term.never": "do not write “{quote}”: {reason}",
        "sections.required": "the section “{name}” is missing or empty",
        "sections.unknown": "the section “{quote}” is not one of this newsletter's",
        "sections.lead": "the edition does not open with a lead, a first part without a heading",
        "length.sentence": "this sentence has {count} words; the most is {most}",
        "length.section": "this section has {count} words; the most is {most}",
        "links.unknown": "this address is in no source shown and not on an allowed host",
        "citation.missing": "this sentence cites no source",
        "citation.unknown": "the sentence cites {label}, which was not shown: {quote}",
        "figure.unsupported": "“{quote}” is in no passage cited here",
        "name.unsupported": "“{quote}” is in no passage cited here, nor in what it answers",
        "quote.unsupported": "these words are in no passage cited here",
    },
    "fr": {
        "term": "écrire «\u00a0{use}\u00a0» et non «\u00a0{quote}\u00a0»\u00a0: {reason}",
        "term.never": "ne pas écrire «\u00a0{quote}\u00a0»\u00a0: {reason}",
        "sections.required": "la rubrique «\u00a0{name}\u00a0» manque ou est vide",
        "sections.unknown": "la rubrique «\u00a0{quote}\u00a0» n'est pas de cette lettre",
        "sections.lead": "l'édition ne s'ouvre pas sur un chapeau, première partie sans titre",
        "length.sentence": "cette phrase compte {count} mots\u00a0; le maximum est {most}",
        "length.section": "cette rubrique compte {count} mots\u00a0; le maximum est {most}",
        "links.unknown": "cette adresse n'est dans aucune source montrée ni sur un hôte autorisé",
        "citation.missing": "cette phrase ne cite aucune source",
        "citation.unknown": "la phrase cite {label}, qui n'a pas été montré\u00a0: {quote}",
        "figure.unsupported": "«\u00a0{quote}\u00a0» n'est dans aucun passage cité ici",
        "name.unsupported": (
            "«\u00a0{quote}\u00a0» n'est dans aucun passage cité ici, ni dans ce à quoi il répond"
        ),
        "quote.unsupported": "ces mots ne sont dans aucun passage cité ici",
    },
}


def level_of(rule: str, brand: BrandPack) -> Level:
    """How serious a breach of `rule` is: as the brand says of its own, as stated here of ours.

    A rule known to neither (a judge's) is a warning.
    """
    own = next((each for each in brand.rules if each.id == rule), None)
    if own:
        return own.level
    if checked := checked_level(rule, brand):
        return checked
    ours = "." in rule and rule not in _WARNINGS
    return "error" if ours else "warning"


def finding(  # a breach has these parts
    rule: Check, quote: str, where: str, brand: BrandPack, **details: str | int
) -> Breach:
    """A breach of a built-in check, worded."""
    wording = _WORDING[brand.brand.language][rule]
    message = wording.format(quote=quote, **details)
    return Breach(rule=rule, quote=quote, where=where, message=message, by="check")


def term_finding(number: int, quote: str, fix: str, where: str, brand: BrandPack) -> Breach:
    """A breach of the brand's rule `number`, with the fix proposed."""
    rule = brand.rules[number]
    wording = _WORDING[brand.brand.language]["term" if fix else "term.never"]
    message = wording.format(use=fix, quote=quote, reason=rule.reason)
    return Breach(rule=rule.id, quote=quote, where=where, message=message, fix=fix, by="check")
