"""What the verifier says of a text: does it fit, how sure is that, and what is off where."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Rule = Literal[
    "voice.cliche",
    "voice.sentence",
    "voice.length",
    "voice.address",
    "voice.mark",
    "voice.section",
    "voice.opening",
    "voice.rhythm",
]


@dataclass(frozen=True)
class Finding:
    """What is off at a place: `text[start:end] == quote`; both 0 where the whole text is meant.

    `weight` orders findings: how far off, in spreads of the voice's own; the message is in the
    voice's language.
    """

    rule: Rule
    start: int
    end: int
    quote: str
    message: str
    weight: float


@dataclass(frozen=True)
class VoiceReport:
    """A verdict on a text.

    `score` is the share of the voice's own texts of this length that are expected to read less
    like it; `fits` says whether that is at least `limit`. Both are None where it cannot be told:
    the text is too short, or there are too few editions; `why` says which.
    """

    fits: bool | None
    score: float | None
    limit: float
    trust: Literal["good", "low", "none"]
    why: str
    words: int
    figures: Mapping[str, float]
    findings: tuple[Finding, ...]
    fingerprint: str

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        return asdict(self)


_WORDING: dict[str, dict[str, str]] = {
    "en": {
        "sentence": "this sentence does not read like your editions: {words}",
        "length": "{count} words in a sentence; yours hardly ever pass {most}",
        "address": "“{quote}”: your editions hardly ever say “{name}”",
        "mark": "“{quote}”: your editions hardly ever have {name}",
        "section": "the section “{quote}” is in none of your editions",
        "section.missing": "the section “{name}” is missing; {share} % of your editions have it",
        "opening": "{share} % of your editions open with “{name}…”",
        "rhythm.more": "more {name} than in your editions",
        "rhythm.less": "fewer {name} than in your editions",
        "rhythm.longer": "longer {name} than in your editions",
        "rhythm.shorter": "shorter {name} than in your editions",
        "few": "there are {count} editions; nothing can be said with fewer than {least}",
        "short": "the text is too short to be judged",
    },
    "fr": {
        "sentence": "cette phrase ne se lit pas comme vos éditions\u00a0: {words}",
        "length": "{count} mots dans une phrase\u00a0; les vôtres ne dépassent guère {most}",
        "address": "«\u00a0{quote}\u00a0»\u00a0: vos éditions ne disent presque jamais"
        " «\u00a0{name}\u00a0»",
        "mark": "«\u00a0{quote}\u00a0»\u00a0: vos éditions n'ont presque jamais {name}",
        "section": "la rubrique «\u00a0{quote}\u00a0» n'est dans aucune de vos éditions",
        "section.missing": "la rubrique «\u00a0{name}\u00a0» manque\u00a0; {share}\u00a0% de vos"
        " éditions l'ont",
        "opening": "{share}\u00a0% de vos éditions s'ouvrent sur «\u00a0{name}…\u00a0»",
        "rhythm.more": "plus de {name} que dans vos éditions",
        "rhythm.less": "moins de {name} que dans vos éditions",
        "rhythm.longer": "{name} plus longs que dans vos éditions",
        "rhythm.shorter": "{name} plus courts que dans vos éditions",
        "few": "il y a {count} éditions\u00a0; on ne peut rien dire à moins de {least}",
        "short": "le texte est trop court pour être jugé",
    },
}

_NAMES: dict[str, str] = {
    "commas": "virgules",
    "colons": "deux-points",
    "semicolons": "points-virgules",
    "parentheses": "parenthèses",
    "exclamations": "points d'exclamation",
    "questions": "questions",
    "dashes": "tirets",
    "hyphens": "traits d'union",
    "quotations": "citations",
    "apostrophes": "apostrophes",
    "links and code": "liens et de code",
    "names": "noms propres",
    "abbreviations": "sigles",
    "figures": "chiffres",
    "items": "entrées de liste",
    "headings": "titres",
    "blocks": "paragraphes",
    "sentences": "phrases",
    "block words": "paragraphes",
    "long block words": "longs paragraphes",
    "emoji": "d'émoji",
}
_ENGLISH = {"block words": "paragraphs", "long block words": "long paragraphs"}


def words_of(language: str, what: str, **values: object) -> str:
    """A sentence of the verifier, in the voice's language."""
    return _WORDING[language][what].format(**values)


def name_of(language: str, measure: str) -> str:
    """What a measure is called."""
    return (_NAMES if language == "fr" else _ENGLISH).get(measure, measure)
