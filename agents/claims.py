"""Claims: each sentence must cite, and its figures and quotations stand in what it cites.

Beside the passages a sentence cites, its figures and quotations may stand in a passage that has
the address or the headline of its entry.
"""

from collections.abc import Iterator

from savoirfaire.agents.figures import figures
from savoirfaire.agents.findings import finding
from savoirfaire.agents.forms import Breach, Draft, Entry, Sentence
from savoirfaire.agents.prose import hide, quotations
from savoirfaire.agents.support import Support, says_figure, says_words
from savoirfaire.knowledge.brand import BrandPack


def citations(draft: Draft, brand: BrandPack, support: Support) -> Iterator[Breach]:
    """Sentences that cite nothing, or a passage nobody showed."""
    for section in draft.sections:
        for sentence in (s for entry in section.entries for s in entry.sentences if s.text.strip()):
            if not sentence.cites:
                yield finding("citation.missing", sentence.text, section.heading, brand)
            for label in sentence.cites:
                if label not in support:
                    yield finding(
                        "citation.unknown", sentence.text, section.heading, brand, label=label
                    )


def unsupported_figures(draft: Draft, brand: BrandPack, support: Support) -> Iterator[Breach]:
    """Figures that no passage under their sentence has, digit for digit."""
    for section in draft.sections:
        for entry in section.entries:
            for claim in _claims(entry):
                shown = support.under(entry, claim.cites)
                for figure in figures(claim.text):
                    if not says_figure(shown, figure.readings):
                        yield finding("figure.unsupported", figure.quote, section.heading, brand)


def unsupported_quotations(draft: Draft, brand: BrandPack, support: Support) -> Iterator[Breach]:
    """Quotations that no passage under their sentences has, word for word."""
    for section in draft.sections:
        for entry in section.entries:
            for quotation, cites in _quoted(entry):
                if not says_words(support.under(entry, cites), quotation):
                    yield finding("quote.unsupported", quotation, section.heading, brand)


def _claims(entry: Entry) -> list[Sentence]:
    """The sentences of an entry, and its headline, which rests on what they all cite."""
    headline = Sentence(text=entry.headline, cites=[c for s in entry.sentences for c in s.cites])
    return [headline, *entry.sentences]


def _quoted(entry: Entry) -> Iterator[tuple[str, list[str]]]:
    """The quotations of an entry, which may run over several sentences, and what those cite."""
    headline, *rest = _claims(entry)
    for quotation in quotations(hide(headline.text)):
        yield headline.text[quotation.start : quotation.end], headline.cites
    text = " ".join(sentence.text for sentence in rest)
    for quotation in quotations(hide(text)):
        cites, end = [], 0
        for sentence in rest:
            start, end = end, end + len(sentence.text) + 1
            if start < quotation.end and quotation.start < end:
                cites += sentence.cites
        yield text[quotation.start : quotation.end], cites
