"""Sensitive ground, by rule and without a model: embargoes, legal words, competitors.

What may not be said may not be quoted either: quotations are read like everything else. Only the
draft's own words are looked at, never what a model says of them.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from savoirfaire.agents.forms import Breach, Draft
from savoirfaire.agents.verbatim import plain
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.terms import TermFinder

GROUND = "sensitive."
"""What the rules here begin with: a breach of one is never a matter of taste."""

_WORDING = {
    "en": {
        "sensitive.embargo": "“{quote}” may not be spoken of before {until}{reason}",
        "sensitive.forbidden": "“{quote}” may not be said{reason}",
        "sensitive.mention": "this has to be said, word for word: “{text}”{reason}",
        "sensitive.competitor": "“{quote}” is a competitor's name",
    },
    "fr": {
        "sensitive.embargo": (
            "il ne doit pas être question de «\u00a0{quote}\u00a0» avant le {until}{reason}"
        ),
        "sensitive.forbidden": "«\u00a0{quote}\u00a0» ne peut pas être dit{reason}",
        "sensitive.mention": "à dire mot pour mot\u00a0: «\u00a0{text}\u00a0»{reason}",
        "sensitive.competitor": "«\u00a0{quote}\u00a0» est le nom d'un concurrent",
    },
}


def sensitive(
    draft: Draft, brand: BrandPack, *, dated: str, competitors: Sequence[str] = ()
) -> list[Breach]:
    """What `draft`, an edition of the date `dated`, says that it may not, or fails to say.

    `competitors` are the names that the client's records hold.
    """
    texts = list(_texts(draft))
    found = [*_terms(texts, brand, dated, competitors), *_mentions(texts, brand)]
    return list({each.model_dump_json(): each for each in found}.values())


def _terms(
    texts: Sequence[tuple[str, str]], brand: BrandPack, dated: str, competitors: Sequence[str]
) -> Iterator[Breach]:
    """Each word that may not stand, with the rule that bars it."""
    rules = list(_barred(brand, dated, competitors))
    finder = TermFinder((terms, False) for _, terms, _ in rules)
    for where, words in texts:
        for hit in finder.find(words):
            rule, _, said = rules[hit.owner]
            yield _breach(rule, words[hit.start : hit.end], where, brand, **said)


def _barred(
    brand: BrandPack, dated: str, competitors: Sequence[str]
) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    ground = brand.sensitive
    for embargo in ground.embargoes:
        if date.fromisoformat(dated) < embargo.until:
            said = {"until": embargo.until.isoformat(), "reason": _why(embargo.reason, brand)}
            yield "sensitive.embargo", embargo.terms, said
    for barred in ground.forbidden:
        yield "sensitive.forbidden", barred.terms, {"reason": _why(barred.reason, brand)}
    known = () if ground.name_competitors else competitors
    if names := [name for name in (*ground.competitors, *known) if name.strip()]:
        yield "sensitive.competitor", names, {}


def _mentions(texts: Sequence[tuple[str, str]], brand: BrandPack) -> Iterator[Breach]:
    """Words of law that are due and not there; typography apart, word for word."""
    whole = "\n".join(plain(words) for _, words in texts)
    for mention in brand.sensitive.mentions:
        finder = TermFinder([(mention.when, False)]) if mention.when else None
        due = next((where for where, words in texts if finder and any(finder.find(words))), None)
        if (due is not None or not mention.when) and plain(mention.text) not in whole:
            said = {"text": mention.text, "reason": _why(mention.reason, brand)}
            yield _breach("sensitive.mention", "", due or "", brand, **said)


def _why(reason: str, brand: BrandPack) -> str:
    colon = "\u00a0: " if brand.brand.language == "fr" else ": "
    return f"{colon}{reason}" if reason else ""


def _breach(rule: str, quote: str, where: str, brand: BrandPack, **said: str) -> Breach:
    wording = _WORDING[brand.brand.language][rule]
    message = wording.format(quote=quote, **said)
    return Breach(rule=rule, quote=quote, where=where, message=message, by="check")


def _texts(draft: Draft) -> Iterator[tuple[str, str]]:
    """The section and the words of every text of a draft."""
    yield "", draft.title
    for section in draft.sections:
        yield section.heading, section.heading
        for entry in section.entries:
            yield section.heading, entry.headline
            yield from ((section.heading, sentence.text) for sentence in entry.sentences)
