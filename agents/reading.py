"""A model's reading of claims: what it is shown, and what of its answer can be kept.

A reading is kept where its words are in the claim, and its quote in the source that it names, to
the letter. What is left out is not judged: nobody guesses.
"""

from collections.abc import Sequence
from typing import Literal

from savoirfaire.agents.claiming import Claim, Weighed, at
from savoirfaire.agents.forms import Form
from savoirfaire.agents.prose import count_words
from savoirfaire.agents.role import fence
from savoirfaire.agents.spans import Spotter
from savoirfaire.agents.weighing import Known, Scales

NOTHING = "(none)"
_FEWEST = 3  # words of a quote that can settle a claim


class Reading(Form):
    """What a reader found about one claim."""

    claim: str
    verdict: Literal["supported", "contradicted", "not_found"]
    said: str
    source: str
    quote: str
    fix: str
    reason: str


def claim_words(claims: Sequence[Claim], scales: Scales) -> str:
    """The claims as a prompt shows them, fenced, each with the labels of its sources."""
    told = []
    for number, claim in enumerate(claims, start=1):
        labels = ", ".join(dict.fromkeys(each.passage.label for each in scales.known(claim)))
        told.append(f"C{number} (sources: {labels})\n{fence(claim.text, f'C{number}')}")
    return "\n\n".join(told) or NOTHING


def source_words(claims: Sequence[Claim], scales: Scales) -> str:
    """The sources of the claims, each once, fenced under its label."""
    shown = {each.passage.label: each.quote for claim in claims for each in scales.known(claim)}
    return "\n\n".join(fence(quote, label) for label, quote in shown.items()) or NOTHING


def settle(
    readings: Sequence[Reading],
    claims: Sequence[Claim],
    weighed: Sequence[tuple[Claim, Weighed]],
    scales: Scales,
) -> tuple[list[Weighed], int]:
    """What is found about every claim, a reader's word included, and how many were dropped.

    `claims` are those that the reader was shown, in order; of two readings of one claim the first
    stands.
    """
    found: dict[tuple[str, str], Weighed] = {}
    dropped = 0
    for each in readings:
        claim = _claim(each.claim, claims)
        kept = _kept(each, claim, scales) if claim else None
        if claim is None or kept is None:
            dropped += 1
        else:
            found.setdefault((claim.text, claim.where), kept)
    shown = {(claim.text, claim.where) for claim in claims}
    return [
        found.get((each.text, each.where))
        or (each.model_copy(update={"by": "judge"}) if (each.text, each.where) in shown else each)
        for _, each in weighed
    ], dropped


def _kept(reading: Reading, claim: Claim, scales: Scales) -> Weighed | None:
    """A reading with its span; None where one of its quotes is not there to the letter."""
    span = Spotter(claim.text).find(reading.said) if reading.said.strip() else None
    if span is None:
        return None
    said = {"by": "judge", "said": claim.text[slice(*span)], "reason": _flat(reading.reason)}
    if reading.verdict == "not_found":
        return at(claim, "not_found", None, **said)
    source = _source(reading, scales.known(claim))
    if source is None:
        return None
    each, (start, end) = source
    fix = _flat(reading.fix) if reading.verdict == "contradicted" else ""
    return at(claim, reading.verdict, each.passage, fix=fix, start=start, end=end, **said)


def _source(reading: Reading, known: Sequence[Known]) -> tuple[Known, tuple[int, int]] | None:
    """The source that has the quote, at its span; a word or two would be in any."""
    if count_words(reading.quote) < _FEWEST:
        return None
    named = [each for each in known if each.passage.label == reading.source.strip()]
    spans = [(each, each.spotter.find(reading.quote)) for each in named]
    return next(((each, span) for each, span in spans if span is not None), None)


def _claim(label: str, claims: Sequence[Claim]) -> Claim | None:
    number = label.strip().removeprefix("C")
    place = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 0  # noqa: PLR2004 - digits
    return claims[place - 1] if 0 < place <= len(claims) else None


def _flat(text: str) -> str:
    return " ".join(text.split())
