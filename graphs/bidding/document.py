"""The proposal as a document: what was written and stands, and what was computed.

Markdown is its canonical form. Citations stand beside it for the reviewer; past work alone names
its source in the text.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from savoirfaire.agents.bids.matrix import Row, Section, matrix
from savoirfaire.agents.bids.sections import HEADINGS, KEYS, Key
from savoirfaire.agents.bids.writing import UNWRITTEN, BidBlock
from savoirfaire.agents.verbatim import plain
from savoirfaire.graphs.bidding.pricetable import effort_table, price_table
from savoirfaire.graphs.bidding.state import Proposal, language_of, priced, requirements_of
from savoirfaire.graphs.bidding.wording import WORDS, day_words, inline, later

COLUMNS = (
    *("id", "clause", "heading", "force", "party", "requirement"),
    *("status", "answered_in", "planned_in"),
)
"""The columns of the compliance matrix."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute

Kept = Mapping[Key, Sequence[BidBlock]]


def to_markdown(state: Proposal, kept: Kept, label: str) -> str:
    """The whole proposal; `label` says at its end how it was written, where that has to be said."""
    language = language_of(state)
    blocks = [f"# {inline(state['title'])}"]
    for key in KEYS:
        said = list(_section(state, key, kept.get(key, ())))
        blocks += [f"## {HEADINGS[language][key]}", *(said or [f"*{UNWRITTEN[language]}*"])]
    blocks += [f"*{inline(label)}*"] if label else []
    return "\n\n".join(blocks) + "\n"


def compliance(state: Proposal, kept: Kept) -> list[dict[str, str]]:
    """A row for each requirement, with what answers it and where it was planned to be answered.

    What only repeats the brief answers nothing, whatever it says.
    """
    language, brief = language_of(state), state["brief"]["text"]
    headings, said_there = HEADINGS[language], plain(brief)
    sections = [
        Section(
            headings[key],
            "\n".join(_own(state, key, kept.get(key, ()), said_there)),
            frozenset(i for b in kept.get(key, ()) for s in b.sentences for i in s.answers),
        )
        for key in KEYS
    ]
    planned = {
        each: headings[section["section"]]
        for section in reversed(state["plan"]["sections"])
        for each in section["requirements"]
    }
    words = {each["id"]: each["words"] for each in state["requirements"]}
    computed = {headings["validity"]}
    computed |= {headings["price"]} if priced(state["offer"], state["pricing"]) else set()
    return [
        _row(row, words[row.requirement.id], planned.get(row.requirement.id, ""), computed)
        for row in matrix(brief, requirements_of(state), sections)
    ]


def _row(row: Row, words: str, planned: str, computed: AbstractSet[str]) -> dict[str, str]:
    """A row of the matrix; what is asked of the price is likely to be met where there is one."""
    is_met = row.status == "not answered" and planned in computed
    return {
        "id": row.requirement.id,
        "clause": row.requirement.label,
        "heading": row.requirement.heading,
        "force": row.requirement.force,
        "party": row.requirement.party,
        "requirement": words,
        "status": "likely" if is_met else row.status,
        "answered_in": planned if is_met else "; ".join(row.sections),
        "planned_in": planned,
    }


def to_csv(rows: Sequence[Mapping[str, str]]) -> str:
    """The matrix for a spreadsheet; no cell of it is read as a formula."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in COLUMNS])
    return made.getvalue()


def citations(state: Proposal, kept: Kept) -> Iterator[dict[str, Any]]:
    """What the sentences that stand cite, numbered in order of first use; records at each span."""
    material = {each["label"]: each for each in state["material"]}
    cases = {each["label"]: each for each in state["cases"]}
    records = cases | {each["label"]: each for each in state["steps"]}
    used = dict.fromkeys(
        label
        for key in KEYS
        for block in kept.get(key, ())
        for sentence in block.sentences
        for label in sentence.cites
    )
    number = 0
    for label in (*used, *(each for each in cases if each not in used)):
        spans = records[label]["spans"] if label in records else [material[label]]
        for span in spans:
            number += 1
            yield {
                "number": number,
                "label": label,
                **{name: span[name] for name in ("source", "path", "start", "end", "quote")},
            }


def price_words(state: Proposal) -> str:
    """The price, computed; without a rate card or effort, that there is none and why."""
    language = language_of(state)
    words, price = WORDS[language], priced(state["offer"], state["pricing"])
    if price is None:
        why = words["no_effort" if state["offer"] else "no_offer"]
        return f"*{words['no_price'].format(why=why)}*"
    return price_table(price, language, (state["offer"] or {})["tax"])


def validity_words(state: Proposal) -> str:
    """Until when the offer holds."""
    language, request = language_of(state), state["request"]
    until = day_words(later(request["date"], request["valid_days"]), language)
    return WORDS[language]["validity"].format(days=request["valid_days"], day=until)


def _section(state: Proposal, key: Key, blocks: Sequence[BidBlock]) -> Iterator[str]:
    """The paragraphs, lists and tables of a section."""
    if key == "price":
        yield price_words(state)
    elif key == "validity":
        yield validity_words(state)
    elif key == "past_work":
        yield from _past_work(state, blocks)
    else:
        yield from _blocks(blocks)
    yield from _computed(state, key)


def _computed(state: Proposal, key: Key) -> Iterator[str]:
    """What stands in a section whoever writes it."""
    language = language_of(state)
    price = priced(state["offer"], state["pricing"])
    if key == "team" and price is not None:
        yield effort_table(price, language)
    if key == "assumptions" and state["offer"]:
        yield from _points(state["offer"].get("conditions", ()))
    if key == "next_steps" and (asks := state["findings"]["asks"]):
        yield WORDS[language]["open"]
        yield from _points(each["words"] for each in asks)


def _past_work(state: Proposal, blocks: Sequence[BidBlock]) -> Iterator[str]:
    """Each piece of past work with what is said of it, its result word for word, and its source."""
    language, rest = language_of(state), list(blocks)
    for case in state["cases"]:
        own = [each for each in rest if _cites(each, case["label"])]
        rest = [each for each in rest if each not in own]
        data = case["data"]
        customer = data.get("customer", "")
        yield f"### {inline(data['name'] + (f' – {customer}' if customer else ''))}"
        yield from _blocks([each.model_copy(update={"title": ""}) for each in own])
        colon = "\u00a0:" if language == "fr" else ":"
        yield f"**{WORDS[language]['result']}{colon}** {inline(data['result'])}"
        dated = "source_dated" if data.get("date") else "source"
        day = day_words(data["date"], language) if data.get("date") else ""
        yield f"*{WORDS[language][dated].format(day=day)}*"
    yield from _blocks(rest)


def _cites(block: BidBlock, label: str) -> bool:
    return any(label in each.cites for each in block.sentences)


def _blocks(blocks: Sequence[BidBlock]) -> Iterator[str]:
    """Paragraphs, and points that follow one another as one list."""
    points: list[str] = []
    for block in blocks:
        words = " ".join(inline(each.text) for each in block.sentences)
        if block.point:
            points.append(f"- {f'**{inline(block.title)}** ' if block.title else ''}{words}")
            continue
        if points:
            yield "\n".join(points)
            points = []
        if block.title:
            yield f"### {inline(block.title)}"
        yield words
    if points:
        yield "\n".join(points)


def _points(texts: Any) -> Iterator[str]:
    if points := [f"- {inline(each)}" for each in texts]:
        yield "\n".join(points)


def _own(state: Proposal, key: Key, blocks: Sequence[BidBlock], brief: str) -> Iterator[str]:
    """The sentences of a section that are not the brief's own."""
    for block in blocks:
        for sentence in block.sentences:
            if plain(sentence.text) not in brief:
                yield sentence.text
    if key == "validity":
        yield validity_words(state)


def _cell(text: str) -> str:
    flat = " ".join(text.split())
    return f"'{flat}" if flat.startswith(_FORMULA) else flat
