"""Whether the sentences of a proposal stand on what they cite: figures, names, quotations, links.

A figure stands in what its sentence cites, in a requirement that it answers, or was computed, of
the same things; one in words counts like one in digits. A sentence on past work or on the team
cites a passage, and has no name that is not there. What does not stand is taken out, and shown to
the reviewer with why.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from savoirfaire.agents.bids.computed import NOTHING, Computed, placed
from savoirfaire.agents.bids.sections import Key
from savoirfaire.agents.bids.writing import BidBlock, BidSentence, WrittenBid
from savoirfaire.agents.figures import evidence
from savoirfaire.agents.forms import Passage
from savoirfaire.agents.links import address, addresses, links
from savoirfaire.agents.prose import hide, quotations
from savoirfaire.agents.verbatim import plain, quoted_in
from savoirfaire.knowledge.sketches import analyse

PAST: frozenset[Key] = frozenset({"past_work", "team"})
"""Sections that say what was done and who does it: each sentence cites, and names what it cites."""

_OUTSIDE = "B"  # what the label of a passage of the brief begins with
_WORD = re.compile(r"[^\W\d_](?:[\w’'-]*\w)?")
_NUMBERING = re.compile(
    r"\A[\s#>*_\-]*(?:\(?(?:\d{1,4}\.)*\d{1,4}[.)]|[a-z][.)])\s*", re.IGNORECASE
)
_NUMBERS = {
    word: str(value)
    for value, words in {
        2: "two deux",
        3: "three trois",
        4: "four quatre",
        5: "five cinq",
        6: "six",
        7: "seven sept",
        8: "eight huit",
        9: "nine neuf",
        10: "ten dix dizaine",
        11: "eleven onze",
        12: "twelve douze dozen douzaine",
        13: "thirteen treize",
        14: "fourteen quatorze",
        15: "fifteen quinze quinzaine",
        16: "sixteen seize",
        20: "twenty vingt vingtaine",
        30: "thirty trente trentaine",
        40: "forty quarante",
        50: "fifty cinquante cinquantaine",
        60: "sixty soixante",
        100: "hundred cent cents centaine",
        1000: "thousand mille millier milliers",
        1_000_000: "million millions",
    }.items()
    for word in words.split()
}
_AMBIGUOUS = {"neuf", "second"}  # new, and nine
_MONTHS_AND_DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june"
    " july august september october november december"
)
_CALENDAR = frozenset(_MONTHS_AND_DAYS.split())


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
    said = {word.casefold() for each in words for word in _WORD.findall(each)} | _AMBIGUOUS
    for quote, start, readings in (*_digits(text), *_spelled(text, said)):
        if not readings & supported and not computed.bears(text, quote, start, readings):
            yield f"nothing cited or computed has {quote}"


_Placed = tuple[str, int, frozenset[str]]


def _digits(text: str) -> Iterator[_Placed]:
    return ((each.quote, start, each.readings) for each, start in placed(text))


def _spelled(text: str, said: Collection[str]) -> Iterator[_Placed]:
    """The numbers in words, but for those words that are said in what is cited."""
    for found in _WORD.finditer(text):
        value = _NUMBERS.get(found[0].casefold())
        if value is not None and found[0].casefold() not in said:
            yield found[0], found.start(), frozenset({value})


def _names(text: str, cited: Sequence[str], allowed: frozenset[str]) -> Iterator[str]:
    """The names of a sentence that no passage cited has.

    A first word has a capital in any case: it is one where it is no word of any of the passages.
    """
    held = {word.casefold() for each in cited for word in _parts(each)} | allowed | _CALENDAR
    for place, word in enumerate(_parts(text)):
        is_name = word[:1].isupper() and len(word) > 1
        if is_name and word.casefold() not in held and not (place == 0 and _is_common(word)):
            yield word


def _parts(text: str) -> list[str]:
    """The words of a text, without elisions and genitives: `l'Atelier`, `Acme's`."""
    found = []
    for word in _WORD.findall(text):
        head, _sign, tail = word.replace("’", "'").partition("'")
        found.append(head if tail in {"", "s"} else tail if len(head) <= 2 else word)  # noqa: PLR2004
    return found


def _is_common(word: str) -> bool:
    """Whether a word is one of those that every text has."""
    return not analyse(word).stems.size


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
