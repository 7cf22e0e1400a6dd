"""Deterministic checks: what can be said of a draft without a model, exactly and in linear time.

Each check is a small function that gives breaches under its own rule id, each with the exact
words. Nothing here changes a draft, calls a model or raises on what a model wrote.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from savoirfaire.agents.claims import citations, unsupported_figures, unsupported_quotations
from savoirfaire.agents.findings import finding, level_of, term_finding
from savoirfaire.agents.forms import Breach, Draft, Passage
from savoirfaire.agents.links import links, may_link
from savoirfaire.agents.prose import (
    blocks,
    count_words,
    hide,
    hide_blocks,
    hide_quotations,
    sentences,
    starts_sentence,
)
from savoirfaire.agents.ruled import ruled
from savoirfaire.agents.support import Support
from savoirfaire.agents.verbatim import holds, plain, spaced
from savoirfaire.knowledge.brand import BrandPack

__all__ = ["check_draft", "check_markdown", "keep_exact", "level_of"]


class Text(NamedTuple):
    """Words, the heading they stand under, and the same with all that is not prose hidden."""

    where: str
    words: str
    hidden: str


def check_draft(draft: Draft, brand: BrandPack, passages: Sequence[Passage]) -> list[Breach]:
    """Every breach that `draft` makes of `brand` and of the `passages` it was written from.

    The same words against the same rule in the same section are one breach.
    """
    support = Support(draft, passages)
    texts = list(_texts(draft))
    return _once(
        [
            *_sections(draft, brand),
            *_terms(texts, brand),
            *ruled(
                ((text.where, text.words, hide_quotations(text.hidden)) for text in texts), brand
            ),
            *_lengths(texts, brand),
            *_links(draft, texts, brand, support.known),
            *citations(draft, brand, support),
            *unsupported_figures(draft, brand, support),
            *unsupported_quotations(draft, brand, support),
        ]
    )


def check_markdown(markdown: str, brand: BrandPack) -> list[Breach]:
    """Terms and lengths of free Markdown, such as a reviewer's edit. Quotes are exact slices.

    Front matter, code, link addresses, footnote definitions and template tags are left alone.
    """
    prose = hide_blocks(markdown)
    texts = [
        Text(where, markdown[start:end], hide(prose[start:end]))
        for where, start, end in blocks(prose)
    ]
    hidden = hide_quotations(hide(prose))
    found = ruled([("", markdown, hidden)], brand)
    return _once([*_terms(texts, brand), *found, *_lengths(texts, brand)])


def keep_exact(breaches: Iterable[Breach], draft_text: str) -> tuple[list[Breach], int]:
    """Drop a judge's breaches that quote nothing or what the draft does not say, and count them.

    Only Unicode composition and kinds of space may differ, and no number may be cut in two.
    """
    breaches, text = list(breaches), spaced(draft_text)
    kept = [
        breach
        for breach in breaches
        if breach.by == "check" or ((quote := spaced(breach.quote)) and holds(text, quote))
    ]
    return kept, len(breaches) - len(kept)


# --- form -----------------------------------------------------------------------------------------


def _sections(draft: Draft, brand: BrandPack) -> Iterator[Breach]:
    edition = brand.edition
    written = {
        _name(section.heading): section.heading
        for section in draft.sections
        if any(entry.sentences for entry in section.entries)
    }
    for name in edition.required_sections:
        if _name(name) not in written:
            yield finding("sections.required", "", name, brand, name=name)
    known = {_name(name) for name in (*edition.required_sections, *edition.optional_sections)}
    for name, heading in written.items():
        if name and edition.optional_sections and name not in known:
            yield finding("sections.unknown", heading, heading, brand)
    first = draft.sections[0].heading if draft.sections else "?"
    if edition.lead and (_name(first) or "" not in written):
        yield finding("sections.lead", "", "", brand)


def _name(heading: str) -> str:
    return plain(heading).casefold()


def _lengths(texts: Iterable[Text], brand: BrandPack) -> Iterator[Breach]:
    """Sentences, then sections, that are longer than the brand allows."""
    total: Counter[str] = Counter()
    most = brand.edition.max_sentence_words
    for text in texts:
        for part in sentences(text.hidden):
            words = text.words[part.start : part.end]
            count = count_words(plain(words))
            total[text.where] += count
            if count > most:
                yield finding("length.sentence", words, text.where, brand, count=count, most=most)
    most = brand.edition.max_section_words or max(total.values(), default=0)
    for where, count in total.items():
        if count > most:
            yield finding("length.section", where, where, brand, count=count, most=most)


# --- words and links ------------------------------------------------------------------------------


def _terms(texts: Iterable[Text], brand: BrandPack) -> Iterator[Breach]:
    """The brand's terms to avoid, outside code, addresses and the words of others."""
    finder = brand.finder()
    for text in texts:
        prose = hide_quotations(text.hidden)
        for hit in finder.find(prose):
            quote = text.words[hit.start : hit.end]
            fix = brand.rules[hit.owner].use
            if quote[0].isupper() and starts_sentence(prose, hit.start):
                fix = _capital(fix)
            if fix != quote:
                yield term_finding(hit.owner, quote, fix, text.where, brand)


def _capital(words: str) -> str:
    """`words` with a capital, unless their first word has an inner one, as `iPhone` has."""
    first = words.split(" ", maxsplit=1)[0]
    return words[:1].upper() + words[1:] if first == first.lower() else words


def _links(
    draft: Draft, texts: Iterable[Text], brand: BrandPack, known: frozenset[str]
) -> Iterator[Breach]:
    """Addresses that are neither in a passage nor on an allowed host."""
    found = [(text.where, url) for text in texts for url in links(text.words)]
    found += [
        (section.heading, entry.url)
        for section in draft.sections
        for entry in section.entries
        if entry.url.strip()
    ]
    for where, url in found:
        if not may_link(url, known, brand.links.allow):
            yield finding("links.unknown", url, where, brand)


# --- shared ---------------------------------------------------------------------------------------


def _texts(draft: Draft) -> Iterator[Text]:
    """Every text of a draft."""

    def text(where: str, words: str) -> Text:
        return Text(where, words, hide(words))

    yield text("", draft.title)
    for section in draft.sections:
        yield text(section.heading, section.heading)
        for entry in section.entries:
            yield text(section.heading, entry.headline)
            yield from (text(section.heading, sentence.text) for sentence in entry.sentences)


def _once(breaches: Iterable[Breach]) -> list[Breach]:
    """The breaches without repetitions, in order."""
    return list({breach.model_dump_json(): breach for breach in breaches}.values())
