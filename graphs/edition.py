"""The material of an edition: what recall gave, as items, outline, examples and a settled plan.

Pure functions: nothing here reads, asks or writes.
"""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from savoirfaire.agents.editor import REQUIRED
from savoirfaire.agents.forms import (
    Draft,
    EditionPlan,
    Item,
    Language,
    LeftOut,
    Passage,
    PlannedSection,
)
from savoirfaire.agents.verbatim import plain
from savoirfaire.knowledge.brand import Brand, BrandPack
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.recall import Recalled

_EXAMPLE = 1800  # characters of a past section shown for its manner
_ITEM = re.compile(r"^[-*+] ", re.MULTILINE)
_OPENS = 3  # items that a lead composed without a model opens with
_WORDS = {
    "en": {
        "unplaced": "the plan did not place it",
        "uncited": "no sentence of the draft cites it",
        "offline": "Put together without a language model, from the sources' own sentences.",
        "partly": "Put together in part without a language model, from the sources' own sentences.",
        "ask": "Publish “{title}” ({breaches}).",
        "choose": "Choose how “{title}” opens, of {count}.",
        "none": "no open breach",
        "one": "1 open breach",
        "many": "{count} open breaches",
    },
    "fr": {
        "unplaced": "le plan ne l'a pas placé",
        "uncited": "aucune phrase du projet ne le cite",
        "offline": "Assemblé sans modèle de langue, à partir des phrases mêmes des sources.",
        "partly": (
            "Assemblé en partie sans modèle de langue, à partir des phrases mêmes des sources."
        ),
        "ask": "Publier «\u00a0{title}\u00a0» ({breaches}).",
        "choose": "Choisir comment s'ouvre «\u00a0{title}\u00a0», entre {count}.",
        "none": "aucun écart ouvert",
        "one": "1 écart ouvert",
        "many": "{count} écarts ouverts",
    },
}


def plain_brand(scope: ClientScope, language: Language) -> BrandPack:
    """What a client without a brand pack is written with."""
    return BrandPack(brand=Brand(name=scope.client, language=language, voice="Plain and precise."))


# --- from recall ----------------------------------------------------------------------------------


def by_source(found: Sequence[Recalled]) -> list[list[Recalled]]:
    """Passages source by source, in the order given."""
    grouped: dict[str, list[Recalled]] = defaultdict(list)
    for each in found:
        grouped[each.source].append(each)
    return list(grouped.values())


def item_of(label: str, passages: Sequence[Recalled], hint: str) -> Item:
    """What one source has to report; its passages are labelled `S3.1`, `S3.2` and so on."""
    return Item(
        label=label,
        title=passages[0].title or passages[0].path,
        path=passages[0].path,
        hint=hint,
        passages=[passage_of(f"{label}.{n}", each) for n, each in enumerate(passages, start=1)],
    )


def passage_of(label: str, each: Recalled) -> Passage:
    """A recalled passage under the label it is cited by."""
    return Passage(
        label=label,
        source=each.source,
        path=each.path,
        start=each.start,
        end=each.end,
        quote=each.quote,
        kind=each.kind,
        score=each.score,
    )


def outline_of(brand: BrandPack, latest: Sequence[Recalled]) -> list[str]:
    """The client's sections in the order of its past editions; those its brand pack names, if any.

    A section's place is its mean relative place in the editions that have it.
    """
    places: dict[str, list[float]] = defaultdict(list)
    for past in by_source(latest):
        headings = list(dict.fromkeys(each.heading for each in past if each.heading))
        for place, heading in enumerate(headings):
            places[heading].append(place / len(headings))
    order = sorted(places, key=lambda heading: (fmean(places[heading]), heading))
    named = [*brand.edition.required_sections, *brand.edition.optional_sections]
    kept = [heading for heading in order if not named or heading in named]
    return [*kept, *(heading for heading in named if heading not in places)]


def hint_of(item: Recalled, similar: Sequence[Recalled], outline: Sequence[str]) -> str:
    """The section an item asks for, else the one in which the most similar past entries stood.

    Sections are compared by the mean of their two best entries: by their sum, the section with the
    most entries would win every item.
    """
    if item.section in outline:
        return item.section
    scores: dict[str, list[float]] = defaultdict(list)
    for each in similar:
        if each.heading in outline:
            scores[each.heading].append(each.score)
    best = {heading: fmean(sorted(each)[-2:]) for heading, each in scores.items()}
    return max(best, key=lambda heading: (best[heading], heading), default="")


def examples_of(latest: Sequence[Recalled]) -> dict[str, list[dict[str, Any]]]:
    """Each section, by heading, as the newest editions have it, newest first."""
    texts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for past in by_source(latest):
        own: dict[str, list[str]] = defaultdict(list)
        for each in past:
            own[each.heading].append(each.quote.strip())
        for heading, passages in own.items():
            entries = _entries("\n\n".join(passages))
            texts[heading].append({"entries": entries, "text": _whole(passages)})
    return dict(texts)


def example_for(
    examples: Mapping[str, Sequence[Mapping[str, Any]]], heading: str, entries: int
) -> str:
    """The past section built most like one of so many entries; of two alike, the newest.

    Another topic teaches as much; another build teaches the wrong length. A lead, one paragraph
    whatever it announces, is as long as what stands below: the newest shows it.
    """
    past = examples.get(heading, ())
    if not past:
        return ""
    built = [abs(math.log(max(each["entries"], 1) / max(entries, 1))) for each in past]
    return str(past[built.index(min(built)) if heading else 0]["text"])


def _whole(passages: Sequence[str]) -> str:
    """As many whole paragraphs as an example may have, one at least."""
    kept: list[str] = []
    length = 0
    for paragraph in (each for passage in passages for each in passage.split("\n\n")):
        length += len(paragraph)
        if kept and length > _EXAMPLE:
            break
        kept.append(paragraph[:_EXAMPLE])
    return "\n\n".join(kept)


def _entries(text: str) -> int:
    """How many entries a section has: the items of its list, else its paragraphs."""
    return len(_ITEM.findall(text)) or len([each for each in text.split("\n\n") if each.strip()])


# --- the plan -------------------------------------------------------------------------------------


def settle(
    plan: EditionPlan, items: Sequence[Item], outline: Sequence[str], language: Language
) -> EditionPlan:
    """The plan in the client's order, each item once, and no item lost without a word."""
    known = {_folded(heading): heading for heading in outline}
    free = {item.label for item in items}
    sections: dict[str, PlannedSection] = {}
    for section in plan.sections:
        heading = known.get(_folded(section.heading), section.heading.strip())
        mine = [label for label in _labels(section.items) if label in free and heading]
        free -= set(mine)
        if heading in sections:
            sections[heading].items.extend(mine)
        elif mine:
            sections[heading] = PlannedSection(heading=heading, angle=section.angle, items=mine)
    order = {heading: place for place, heading in enumerate(outline)}
    return plan.model_copy(
        update={
            "sections": sorted(sections.values(), key=lambda s: order.get(s.heading, len(order))),
            "left_out": _left_out(plan, [i.label for i in items if i.label in free], language),
        }
    )


def sections_of(plan: EditionPlan, *, lead: bool) -> list[PlannedSection]:
    """What is to be written: the lead over all that is placed, where wanted, then the sections."""
    placed = [label for section in plan.sections for label in section.items]
    first = PlannedSection(heading="", angle=plan.lead, items=placed)
    return [first, *plan.sections] if lead else plan.sections


def opening_of(sections: Sequence[PlannedSection]) -> list[str]:
    """The first item of each of the first sections, for a lead to open with; none without one."""
    if not sections or sections[0].heading:
        return []
    return [section.items[0] for section in sections[1 : _OPENS + 1]]


def unused(
    draft: Draft, plan: EditionPlan, items: Sequence[Item], language: Language
) -> list[dict[str, str]]:
    """The items that the draft does not report, by title, and why."""
    why = {each.item: each.reason for each in plan.left_out}
    cited = {
        label
        for section in draft.sections
        for entry in section.entries
        for sentence in entry.sentences
        for label in sentence.cites
    }
    return [
        {"item": item.title, "path": item.path, "reason": why.get(item.label) or uncited}
        for uncited in [_WORDS[language]["uncited"]]
        for item in items
        if item.label in why or not any(passage.label in cited for passage in item.passages)
    ]


def _left_out(plan: EditionPlan, labels: Iterable[str], language: Language) -> list[LeftOut]:
    said = {label: each.reason for each in plan.left_out for label in _labels([each.item])}
    silent = _WORDS[language]["unplaced"]
    return [LeftOut(item=label, reason=said.get(label) or silent) for label in labels]


def _labels(named: Iterable[str]) -> list[str]:
    """Item labels, each once; of a passage's label such as `S3.1`, its item's."""
    return list(dict.fromkeys(label.strip().partition(".")[0] for label in named))


def _folded(heading: str) -> str:
    return plain(heading.strip().removesuffix(REQUIRED)).casefold()


# --- words ----------------------------------------------------------------------------------------


def question(title: str, breaches: int, language: Language) -> str:
    """What the person at the gate is asked, in one sentence."""
    words = _WORDS[language]
    counted = words["none" if not breaches else "one" if breaches == 1 else "many"]
    return words["ask"].format(title=title, breaches=counted.format(count=breaches))


def choice(title: str, count: int, language: Language) -> str:
    """What the person who chooses an opening is asked, in one sentence."""
    return _WORDS[language]["choose"].format(title=title, count=count)


def label(modes: Collection[str], language: Language) -> str:
    """What an edition says of itself where not all of it was written by a model; else nothing."""
    if "offline" not in modes:
        return ""
    return _WORDS[language]["offline" if len(set(modes)) == 1 else "partly"]


def slug(text: str) -> str:
    """`text` as a file name: lower-case letters, digits and hyphens, 80 at most."""
    plainly = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plainly).strip("-")[:80].rstrip("-") or "edition"
