"""What the editorial assistant answers without a language model.

A plan by where similar past entries stood; sections of the passages' own sentences, word for word
(line breaks apart), each citing its passage; repairs that are only what a rule's own fix says.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from savoirfaire.agents.forms import (
    Briefing,
    EditionPlan,
    Entry,
    Item,
    PlannedSection,
    Section,
    Sentence,
    WrittenSection,
)
from savoirfaire.agents.prose import hide, hide_quotations, starts_sentence
from savoirfaire.agents.verbatim import plain
from savoirfaire.knowledge.analysis import fold
from savoirfaire.knowledge.passages import MAIL_HEADER

SENTENCES = 3  # of an item, in its entry
NEWS = {"English": "News", "French": "Actualités"}
"""The section of a client that has none yet."""

_BLANKS = re.compile(r"[ \t\r\n\v\f]+")  # no-break spaces are French typography, and stay
_NO_PROSE = re.compile(r"\s*(?:#{1,6}\s|\||<|[-*_=]{3,}\s*$|!\[[^\]]*\]\([^)]*\)\s*$|\[[^\]]+\]:)")
_MARKER = re.compile(r"\s*(?:[-*+•>]|\d{1,3}[.)])\s+")
_FENCE = re.compile(r"\s*(?:`{3}|~{3})")
_END = re.compile(r"(?<=[.!?…])[\"”»’)\]]*(?:\*\*)? +(?=(?:\*\*|[*_`\"“«(\[])*\s?[A-ZÀ-ÖØ-ÞŒ\d])")
_SHORTENED = re.compile(
    r"(?:\b(?:[A-ZÀ-Þ]|e\.g|i\.e|p\.ex|vs|cf|etc|approx|no|nos|n°|art|fig|vol|pp?|ch|dr|mr|mrs|ms|mme|mlle"
    r"|mm|st|ste|prof|inc|ltd|av|boul|env|max|min)\.)$",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w")
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\((https?://[^\s)]+)\)")
_TITLE_END = re.compile(r"[:.]?\*\*:?|\):?|:(?!\*)|[?!.](?!\*)")


def plan_offline(evidence: Mapping[str, Any]) -> EditionPlan:
    """Each item where similar past entries stood; one that is like none of them goes first."""
    briefing: Briefing = evidence["briefing"]
    outline: Sequence[str] = evidence["outline"]
    elsewhere = next(iter(outline), NEWS[briefing.language])
    by_section: dict[str, list[str]] = {}
    for item in evidence["items"]:
        by_section.setdefault(item.hint or elsewhere, []).append(item.label)
    return EditionPlan(
        title=briefing.title,
        lead="",
        sections=[PlannedSection(heading=h, angle="", items=i) for h, i in by_section.items()],
        left_out=[],
    )


def write_offline(evidence: Mapping[str, Any]) -> WrittenSection:
    """The first sentences of each item; a sentence that the lead has is not said again below."""
    items: Sequence[Item] = evidence["items"]
    opening = evidence["opening"]
    if evidence["lead"]:
        said = [opening_sentences(item)[:1] for item in items if item.label in opening]
        lead = [sentence for first in said for sentence in first]
        return WrittenSection(entries=[Entry(sentences=lead)] if lead else [])
    entries = [_entry(item, told=item.label in opening) for item in items]
    return WrittenSection(entries=[entry for entry in entries if entry.sentences])


def mend_offline(evidence: Mapping[str, Any]) -> WrittenSection:
    """Put each fix that only spells its quote otherwise in its place; the rest is for a person.

    Another word may want another article, number or verb: without a model, nobody would see it.
    """
    section: Section = evidence["section"]
    fixes = [
        (each.quote, each.fix)
        for each in evidence["breaches"]
        if each.quote and _letters(each.quote) == _letters(each.fix)
    ]
    return WrittenSection(
        entries=[
            Entry(
                headline=_fixed(entry.headline, fixes),
                url=entry.url,
                sentences=[
                    Sentence(text=_fixed(each.text, fixes), cites=each.cites)
                    for each in entry.sentences
                ],
            )
            for entry in section.entries
        ]
    )


def opening_sentences(item: Item) -> list[Sentence]:
    """The sentences of an item as an opening says them: without the title that they begin with."""
    cited = _cited(item)
    rest = _after(item.title, cited[0].text) if cited else ""
    return [Sentence(text=rest, cites=cited[0].cites), *cited[1:]] if rest else cited


def sentences_of(text: str) -> list[str]:
    """The sentences of a passage in order; headings, tables, code and mail headers left out."""
    header = MAIL_HEADER.match(f"{text}\n\n")
    prose = text[header.end() :] if header else text
    said = (sentence for block in _blocks(prose) for sentence in _split(block))
    return [sentence for sentence in said if _WORD.search(sentence)]


def _blocks(text: str) -> Iterator[str]:
    """The paragraphs and list items of a text, each on one line."""
    block: list[str] = []
    code = False
    for line in text.splitlines():
        fence = _FENCE.match(line)
        marked = _MARKER.match(line)
        if fence or code or not line.strip() or marked or _NO_PROSE.match(line):
            yield " ".join(block)
            block = []
        code ^= bool(fence)
        if not (fence or code or _NO_PROSE.match(line)):
            block.append(line[marked.end() :] if marked else line)
    yield " ".join(block)


def _split(block: str) -> Iterator[str]:
    flat = _BLANKS.sub(" ", block).strip(" ")
    start = 0
    for end in _END.finditer(flat):
        if not _SHORTENED.search(flat[start : end.start()]):
            yield flat[start : end.end()].strip(" ")
            start = end.end()
    if flat[start:]:
        yield flat[start:]


def _entry(item: Item, *, told: bool) -> Entry:
    cited = _cited(item)
    link = next((m[1] for p in item.passages for m in _LINK.finditer(p.quote)), "")
    if told and len(cited) > 2:  # noqa: PLR2004 - one alone would often begin with "it"
        return Entry(headline=item.title, url=link, sentences=cited[1 : SENTENCES + 1])
    said = cited[:SENTENCES]
    rest = _after(item.title, said[0].text) if said else ""
    if rest:
        said[0] = Sentence(text=rest, cites=said[0].cites)
    elif said and _LINK.match(said[0].text):  # the sentence is about what it links at its start
        return Entry(sentences=said)
    return Entry(headline=item.title, url=link, sentences=said)


def _cited(item: Item) -> list[Sentence]:
    """The sentences of an item, without a first one that only repeats its title."""
    cited = [
        Sentence(text=sentence, cites=[passage.label])
        for passage in item.passages
        for sentence in sentences_of(passage.quote)
    ]
    return cited[1:] if cited and _bare(cited[0].text) == _bare(item.title) else cited


def _after(title: str, text: str) -> str:
    """What `text` says after it has repeated the title; empty where the title is part of it."""
    for end in _TITLE_END.finditer(text, 0, 3 * len(title) + 300):
        if _bare(text[: end.end()]) == _bare(title):
            rest = text[end.end() :].strip(" ")
            return "" if rest[:1].islower() else rest
    return ""


def _bare(text: str) -> str:
    return plain(text).strip(" :.?!").casefold()


def _letters(text: str) -> str:
    """The letters and digits alone: the same for `off-chain`, `Off chain` and `offchain`."""
    return "".join(char for char in fold(text) if char.isalnum())


def _fixed(text: str, fixes: Sequence[tuple[str, str]]) -> str:
    """`text` with each fix in place of its quote, outside code, addresses and others' words."""
    prose = hide_quotations(hide(text))
    spots: dict[int, tuple[int, str]] = {}
    for quote, fix in fixes:
        for found in re.finditer(rf"(?<!\w){re.escape(quote)}(?!\w)", prose):
            capital = starts_sentence(prose, found.start())
            if found.start() not in spots or fix[:1].isupper() == capital:
                spots[found.start()] = (found.end(), fix)
    pieces, reached = [], 0
    for start, (end, fix) in sorted(spots.items()):
        if start >= reached:
            pieces += [text[reached:start], fix]
            reached = end
    return "".join([*pieces, text[reached:]])
