"""What a draft claims, and what was found about each claim, as plain data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from savoirfaire.agents.forms import Breach, Draft, Form, Language, Passage, Section

Outcome = Literal["supported", "contradicted", "not_found", "not_judged"]

Place = tuple[int, int]
"""Of an entry: the number of its section, and its own in it, from 0."""

OTHERWISE = "claim.contradicted"
NOWHERE = "claim.not-found"

_WORDING: Mapping[Language, Mapping[str, str]] = {
    "en": {
        OTHERWISE: "{path} says otherwise: “{source}”",
        NOWHERE: "nothing that is known says this",
    },
    "fr": {
        OTHERWISE: "{path} dit autre chose\u00a0: «\u00a0{source}\u00a0»",
        NOWHERE: "rien de ce qui est connu ne le dit",
    },
}


@dataclass(frozen=True)
class Claim:
    """A sentence of a draft: the entry and the section it stands in, and the labels it cites."""

    text: str
    where: str
    place: Place
    cites: tuple[str, ...]


class Weighed(Form):
    """What was found about a claim, with the words of a source that it was found by.

    `said` is the part of the claim it is about. `quote` is `text(source)[start:end]`; where nothing
    was found, these are empty. A claim that is `not_judged` has the nearest words that there are.
    `by` says who found it; `fix` what to put in the place of `said`.
    """

    text: str
    where: str
    verdict: Outcome
    by: Literal["check", "judge"]
    said: str = ""
    reason: str = ""
    fix: str = ""
    source: str = ""
    path: str = ""
    start: int = 0
    end: int = 0
    quote: str = ""


def claims_of(draft: Draft) -> Iterator[Claim]:
    """Every sentence of a draft that cites something, in order."""
    for number, section in enumerate(draft.sections):
        for place, entry in enumerate(section.entries):
            for sentence in entry.sentences:
                if sentence.text.strip() and sentence.cites:
                    cites = tuple(dict.fromkeys(sentence.cites))
                    yield Claim(sentence.text, section.heading, (number, place), cites)


def subjects_of(section: Section) -> list[str]:
    """What each entry of a section is about, in the words to look it up by."""
    return [
        " ".join([entry.headline, *(sentence.text for sentence in entry.sentences)]).strip()
        for entry in section.entries
    ]


def at(claim: Claim, verdict: Outcome, passage: Passage | None, **found: object) -> Weighed:
    """What was found about `claim` in `passage`: `start` and `end` count within its quote."""
    made = {"text": claim.text, "where": claim.where, "verdict": verdict, "by": "check", **found}
    if passage is not None:
        start, end = made.pop("start", 0), made.pop("end", len(passage.quote))
        assert isinstance(start, int)
        assert isinstance(end, int)
        made |= {"source": passage.source, "path": passage.path}
        made |= {"start": passage.start + start, "end": passage.start + end}
        made["quote"] = passage.quote[start:end]
    return Weighed.model_validate(made)


def claim_breaches(weighed: Sequence[Weighed], language: Language) -> list[Breach]:
    """What is to be mended: claims that a source contradicts, and those a judge found nowhere.

    A figure or quotation that nothing has is a breach already, of the checks.
    """
    rules = {"contradicted": OTHERWISE, "not_found": NOWHERE}
    return [
        Breach(
            rule=rules[each.verdict],
            quote=each.said or each.text,
            where=each.where,
            message=_WORDING[language][rules[each.verdict]].format(
                path=each.path, source=" ".join(each.quote.split())
            )
            + (f" ({each.reason})" if each.reason else ""),
            fix=each.fix,
            by=each.by,
        )
        for each in weighed
        if each.verdict == "contradicted" or (each.verdict == "not_found" and each.by == "judge")
    ]
