"""Openings of an edition: several that differ, for a person to choose one.

How an edition opens, and what its subject line says, is craft: it stays with people. A model writes
one opening for each approach asked for; those that come out alike are left out. Without a model
each one opens with other items, in the passages' own sentences.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from savoirfaire.agents.composing import opening_sentences
from savoirfaire.agents.forms import Form, Item, PlannedSection, Sentence
from savoirfaire.agents.model import Gateway
from savoirfaire.agents.role import Answer, Role
from savoirfaire.agents.verbatim import plain
from savoirfaire.agents.weighing import stems

Approach = Literal["news", "reader", "thread", "question", "items"]
"""How an opening goes about it; `items` where it was put together without a model."""

APPROACHES: Mapping[Approach, str] = {
    "news": "the one item with the most consequence first, told as news; the others after it",
    "reader": "what these readers have to do, decide or know because of the items",
    "thread": "what several of the items have in common, which no item says alone",
    "question": "the question that the items answer, put in the first sentence",
}
"""The approaches that a model is asked for, in words."""

PREVIEW = 90
"""Characters of a preview that inboxes show."""

_OPENS = {
    "English": "Without a language model, opens with: {items}",
    "French": "Sans modèle de langue, s'ouvre sur\u00a0: {items}",
}
_ALIKE = 0.75  # of the words of the shorter of two openings
_SPAN = 3  # items that an opening without a model names, where there are enough to differ


class Subject(Form):
    """A subject line and the preview that stands beside it in an inbox."""

    line: str
    preview: str


class Opening(Form):
    """One way to open an edition, with the subject lines that go with it."""

    approach: Approach
    angle: str
    sentences: list[Sentence]
    subjects: list[Subject]


class Openings(Form):
    """Openings to choose from."""

    openings: list[Opening]


async def ask_openings(
    gateway: Gateway, variables: Mapping[str, str], evidence: Mapping[str, Any]
) -> Answer[Openings]:
    """The openings of an edition; `evidence` has its items by label, its sections, the count."""
    return await opener.ask(gateway, variables, evidence=evidence, node="open")


def approaches(count: int, preferred: Sequence[str]) -> list[Approach]:
    """The approaches to ask for: those that people chose most first, and none left out for ever.

    The last place goes round by how many choices there were, so that taste can change.
    """
    known = sorted(APPROACHES, key=lambda each: -preferred.count(each))
    first, rest = known[: count - 1], known[count - 1 :]
    return [*first, rest[len(preferred) % len(rest)]] if rest else known


def apart(openings: Sequence[Opening]) -> list[Opening]:
    """The openings that say something, without those that only say one before them again."""
    kept: list[Opening] = []
    for each in openings:
        words = _words(each)
        if words and not any(_alike(words, _words(other)) for other in kept):
            kept.append(each)
    return kept


def open_offline(evidence: Mapping[str, Any]) -> Openings:
    """Openings that begin with other items each, sentence by cited sentence."""
    items: Mapping[str, Item] = evidence["items"]
    sections: Sequence[PlannedSection] = evidence["sections"]
    firsts = [section.items[0] for section in sections if section.items]
    order = [*firsts, *(each for section in sections for each in section.items[1:])]
    span = max(min(_SPAN, len(order) // evidence["count"]), 1)
    made = []
    for place in range(min(evidence["count"], len(order))):
        turned = order[place:] + order[:place]
        chosen = [items[label] for label in turned[:span]]
        said = [sentence for item in chosen for sentence in opening_sentences(item)[:1]]
        made.append(
            Opening(
                approach="items",
                angle=_OPENS[evidence["language"]].format(
                    items=" · ".join(plain(item.title) for item in chosen)
                ),
                sentences=said,
                subjects=[Subject(line=evidence["title"], preview=preview_of(said))],
            )
        )
    return Openings(openings=made)


def preview_of(sentences: Sequence[Sentence]) -> str:
    """The beginning of an opening, as an inbox shows it beside the subject."""
    words = plain(" ".join(sentence.text for sentence in sentences))
    if len(words) <= PREVIEW:
        return words
    cut = words.rfind(" ", 0, PREVIEW)
    return words[: cut if cut > 0 else PREVIEW].rstrip(" ,;:") + "…"


def _words(opening: Opening) -> frozenset[str]:
    return stems(" ".join(sentence.text for sentence in opening.sentences))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) > _ALIKE * min(len(one), len(other))


opener = Role("editor_opening", Openings, offline=open_offline)
