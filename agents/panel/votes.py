"""Votes as people write them: `4`, `4/5`, `4 - likely`, `My propensity is 4`, `Très probable`.

What cannot be read as one vote is none: nothing is guessed.
"""

import re
from dataclasses import dataclass

from savoirfaire.knowledge.analysis import fold

_NUMBER = re.compile(r"(?<![\w.,/$€£-])-?\d{1,3}(?:[.,]\d{1,2})?(?!\w|\s?%|[.,/:–—-]\d)")
_LEADING = re.compile(r"(\d{1,2})\s*[-–—:.),;]\s*[^\d\s]")
_CUED = re.compile(
    r"\b(?:propensity|rating|score|vote|note|answer|reponse|likelihood|stars?|etoiles?)"
    r"\s*(?:is|of|est|de|a|:|=)?\s*:?\s*(\d{1,2})(?!\w|\s?%|[.,/:–—-]\d)"
)
_STARS = re.compile(r"\s*([★⭐])(?:\1|\ufe0f|\s){0,10}☆{0,10}\s*")
_OUT_OF = re.compile(r"\s*(\d{1,3}(?:[.,]\d{1,2})?)\s*(?:/|out of|of|sur)\s*(\d{1,3})\b.{0,80}")
_WORDS = {
    1: (
        "very unlikely|definitely not|definitely would not|strongly disagree|very dissatisfied"
        "|very poor|not at all|pas du tout|certainement pas|tres improbable|pas du tout d'accord"
        "|tres insatisfait|tres insatisfaite|tres mauvais"
    ),
    2: (
        "unlikely|probably not|probably would not|disagree|dissatisfied|poor|slightly|peu probable"
        "|probablement pas|improbable|plutot pas|pas d'accord|plutot pas d'accord|insatisfait"
        "|insatisfaite|mauvais|un peu"
    ),
    3: (
        "neutral|neither|not sure|unsure|maybe|might or might not|undecided|average|moderately"
        "|neither agree nor disagree|neutre|peut-etre|incertain|indecis|ni d'accord ni pas d'accord"
        "|moyen|moyennement"
    ),
    4: (
        "likely|probably|probably would|agree|satisfied|good|somewhat likely|quite|probable"
        "|probablement|plutot d'accord|d'accord|satisfait|satisfaite|bon|plutot oui|assez"
    ),
    5: (
        "very likely|definitely|definitely would|strongly agree|very satisfied|excellent|extremely"
        "|very good|certainement|tres probable|tout a fait|tout a fait d'accord|tres satisfait"
        "|tres satisfaite|tres bon"
    ),
}
_SAID = {phrase: vote for vote, phrases in _WORDS.items() for phrase in phrases.split("|")}
_LONGEST = 2000

REFUSAL = re.compile(
    r"(?:\bas an? (?:ai|language model)\b|\b(?:i(?:'m| am)) (?:not able|unable) to\b"
    r"|\bi (?:can(?:not|'t)|won't) (?:answer|rate|respond|provide|take part)"
    r"|\b(?:prefer|rather) not (?:to )?(?:say|answer)|\bdecline[sd]? to (?:say|answer)"
    r"|^\s*(?:no comment|sans commentaire)\b|\bsans opinion\b"
    r"|\bprefere ne (?:pas|rien) (?:dire|repondre|me prononcer)"
    r"|en tant qu(?:e modele|'ia|'intelligence artificielle)"
    r"|\bje ne (?:peux|souhaite|veux) pas (?:repondre|noter|participer|me prononcer)"
    r"|^\s*(?:n/?a|nsp|refus(?:al|ed)?)\s*$)"
)
"""What people and models say instead of a vote; folded text."""


@dataclass(frozen=True)
class Scale:
    """The least and the greatest vote; the votes between are whole numbers."""

    low: int
    high: int

    @property
    def points(self) -> tuple[int, ...]:
        """Every vote there is, in order."""
        return tuple(range(self.low, self.high + 1))


def vote_of(said: object) -> float | None:
    """The one vote in a cell or a reply; None where there is none, or more than one."""
    if isinstance(said, bool) or said is None:
        return None
    if isinstance(said, int | float):
        return float(said) if abs(said) < 1000 else None  # noqa: PLR2004 - also refuses NaN
    return _vote_in(" ".join(fold(str(said)[:_LONGEST]).replace("’", "'").split()))


def _vote_in(text: str) -> float | None:
    if stars := _STARS.fullmatch(text):
        return float(text.count(stars[1]))
    if text.strip(" .!") in _SAID:
        return float(_SAID[text.strip(" .!")])
    if named := _OUT_OF.fullmatch(text) or _LEADING.match(text) or _CUED.search(text):
        return _number(named[1])
    numbers = {_number(found[0]) for found in _NUMBER.finditer(text)}
    return numbers.pop() if len(numbers) == 1 else None


def is_refusal(text: str) -> bool:
    """Whether somebody says that they do not answer."""
    return bool(REFUSAL.search(" ".join(fold(text[:_LONGEST]).replace("’", "'").split())))


def scale_of(votes: list[float]) -> Scale:
    """The usual scale that holds all votes: 1 to 5, 1 to 7, 0 to 10, 0 to 100, else their own."""
    low, high = min(votes, default=1), max(votes, default=5)
    for least, most in ((1, 5), (1, 7), (1, 10), (0, 10), (0, 100)):
        if least <= low and high <= most:
            return Scale(least, most)
    return Scale(int(low // 1), int(-(-high // 1)))


def _number(text: str) -> float:
    return float(text.replace(",", "."))
