"""Whether the sentences of a proposal stand on what they cite: figures, names, quotations, links.

A figure stands in what its sentence cites, in a requirement that it answers, or was computed, of
the same things; one in words counts like one in digits. A sentence on past work or on the team
cites a passage, and has no name that is not there. What does not stand is taken out, and shown to
the reviewer with why.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from savoirfaire.agents.bids.computed import NOTHING, Computed, placed
from savoirfaire.agents.bids.sections import Key
from savoirfaire.agents.bids.writing import BidBlock, BidSentence, WrittenBid
from savoirfaire.agents.figures import evidence
from savoirfaire.agents.forms import Passage
from savoirfaire.agents.links import address, addresses, links
from savoirfaire.agents.naming import CALENDAR, is_common, parts, said_in, spelled
from savoirfaire.agents.prose import hide, quotations
from savoirfaire.agents.verbatim import plain, quoted_in

PAST: frozenset[Key] = frozenset({"past_work", "team"})
"""Sections that say what was done and who does it: each sentence cites, and names what it cites."""

_OUTSIDE = "B"  # what the label of a passage of the brief begins with
_NUMBERING = re.compile(
    r"\A[\s#>*_\-]*(?:\(?(?:\d{1,4}\.)*\d{1,4}[.)]|[a-z][.)])\s*", re.IGNORECASE
)


@dataclass(frozen=True)
class Grounds:
    """What sentences may stand on: passages by label, requirements by id, what was computed.

    `names` are words that may be named anywhere: the agency's. `titles` are those of the lots.
    """

    passages: Mapping[str, Passage]
    requirements: Mapping[str, str]
    computed: Computed = NOTHING
    names: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()


@dataclass
class Grounded:
    """A section with what stands; `dropped` has what does not, and `unknown` ids and labels."""

    blocks: list[BidBlock] = field(default_factory=list)
    dropped: list[dict[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def ground(section: Key, written: WrittenBid, grounds: Grounds) -> Grounded:
    """The sentences of a section that stand on their grounds, in their blocks."""
    found = Grounded()
    for block in written.blocks:
        kept = []
        for sentence in block.sentences:
            known = _known(sentence, grounds, found)
            why = next(faults(section, known, grounds), None) if known.text.strip() else ""
            if why is None:
                kept.append(known)
            elif why:
                found.dropped.append({"section": section, "text": known.text, "why": why})
        title = "" if _untitled(section, block, grounds) else block.title
        if kept:
            found.blocks.append(BidBlock(title=title, point=block.point, sentences=kept))
    return found


def faults(section: Key, sentence: BidSentence, grounds: Grounds) -> Iterator[str]:
    """Why a sentence does not stand, a reason each; none where it does."""
    cited = [grounds.passages[label] for label in sentence.cites]
    if section in PAST and all(each.label.startswith(_OUTSIDE) for each in cited):
        yield "it cites nothing of ours"
    words = [each.quote for each in cited]
    asked = [] if section == "past_work" else [grounds.requirements[i] for i in sentence.answers]
    yield from _figures(sentence.text, [*words, *asked], grounds.computed)
    for quoted in quotations(hide(sentence.text)):
        quote = sentence.text[quoted.start : quoted.end]
        if not any(quoted_in(quote, plain(each)) for each in words):
            yield f"nothing cited says {quote}"
    known = {address for each in words for address in addresses(each)}
    for link in links(sentence.text):
        if address(link) not in known:
            yield f"no passage has the link {link}"
    if section in PAST:
        for name in _names(sentence.text, words, grounds.names):
            yield f"nothing cited names {name}"


def _figures(text: str, words: Sequence[str], computed: Computed) -> Iterator[str]:
    """What is wrong with figures, in digits or words, that are not cited and were not computed."""
    supported = frozenset().union(*(evidence(_NUMBERING.sub("", each)) for each in words))
    for quote, start, readings in (*_digits(text), *_spelled(text, words)):
        if not readings & supported and not computed.bears(text, quote, start, readings):
            yield f"nothing cited or computed has {quote}"


_Placed = tuple[str, int, frozenset[str]]


def _digits(text: str) -> Iterator[_Placed]:
    return ((each.quote, start, each.readings) for each, start in placed(text))


def _spelled(text: str, words: Sequence[str]) -> Iterator[_Placed]:
    """The numbers in words, but for those words that are said in what is cited."""
    for word, start, value in spelled(text, said_in(words)):
        yield word, start, frozenset({value})


def _names(text: str, cited: Sequence[str], allowed: frozenset[str]) -> Iterator[str]:
    """The names of a sentence that no passage cited has.

    A first word has a capital in any case: it is one where it is no word of any of the passages.
    """
    held = {word.casefold() for each in cited for word in parts(each)} | allowed | CALENDAR
    for place, word in enumerate(parts(text)):
        is_name = word[:1].isupper() and len(word) > 1
        if is_name and word.casefold() not in held and not (place == 0 and is_common(word)):
            yield word


def _known(sentence: BidSentence, grounds: Grounds, found: Grounded) -> BidSentence:
    """A sentence with only those labels and ids that exist."""
    cites = [each for each in dict.fromkeys(sentence.cites) if each in grounds.passages]
    answers = [each for each in dict.fromkeys(sentence.answers) if each in grounds.requirements]
    found.unknown += [
        each for each in (*sentence.cites, *sentence.answers) if each not in {*cites, *answers}
    ]
    return BidSentence(text=" ".join(sentence.text.split(" ")), cites=cites, answers=answers)


def _untitled(section: Key, block: BidBlock, grounds: Grounds) -> bool:
    """Whether the title of a block says what nothing under it bears out."""
    if block.title in grounds.titles:
        return False
    cites = [label for each in block.sentences for label in each.cites if label in grounds.passages]
    titled = BidSentence(text=block.title, cites=cites)
    return bool(block.title) and next(faults(section, titled, grounds), None) is not None
