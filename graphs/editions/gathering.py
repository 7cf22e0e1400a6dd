"""The first step of an edition: what there is to report, and all that shapes how it is told."""

from collections.abc import Sequence
from typing import Any

from savoirfaire.agents.forms import Item
from savoirfaire.errors import RequestError
from savoirfaire.graphs import edition
from savoirfaire.graphs.background import KINDS, background
from savoirfaire.graphs.editions.hearing import manner
from savoirfaire.graphs.editions.state import Context, Newsletter, NewsletterRequest
from savoirfaire.graphs.improving import with_habits
from savoirfaire.graphs.lessons import lesson_words, telling
from savoirfaire.graphs.registry import RunContext
from savoirfaire.graphs.sublines import results_of
from savoirfaire.knowledge.store import BRAND_FILE
from savoirfaire.tools.recall import Known, Recall, Recalled

_EDITIONS = 5  # past editions that show the order and the manner of sections
_PAST = 6
_SIMILAR = 8
_LESSONS = 40  # of which those that tell most are shown
_MORE = ("competitor", "channel_performance")


class Gathering:
    """Reads what is known; nothing is written and no model is asked."""

    def __init__(self, recall: Recall) -> None:
        self._recall = recall

    async def collect(self, state: Newsletter, runtime: Context) -> dict[str, Any]:
        """The items to report, what past editions said of the like, and what the brand asks."""
        scope = runtime.context.scope
        request = NewsletterRequest(**state["request"])
        brand = self._recall.knowledge.brand(scope)
        brand = brand or edition.plain_brand(scope, request.language)
        brand = with_habits(self._recall.knowledge, scope, brand)
        found = self._recall.whole(scope, request.items, node="collect")
        if not found:
            raise RequestError("there are no words in {items}", items=", ".join(request.items))
        latest = self._recall.latest(scope, "edition", count=_EDITIONS, node="collect")
        outline = edition.outline_of(brand, latest)
        items, past = self._items(runtime.context, found, outline)
        titles = [item.title for item in items]
        ledger = self._recall.knowledge.ledger
        lessons = ledger.lessons(scope, "newsletter", limit=_LESSONS)
        known = self._known(runtime.context, [request.brief, *titles])
        heard = manner(ledger, scope, request.language)
        self._recall.rest()  # others may search while the model writes
        return {
            "brand": brand.model_dump(mode="json"),
            "items": [item.model_dump() for item in items],
            "past": past,
            "outline": outline,
            "examples": edition.examples_of(latest),
            "lessons": lesson_words(telling(lessons, "\n".join(titles))),
            "manner": heard,
            "known": background(known, pack=BRAND_FILE),
            "competitors": [r.title for r in known.records if r.kind == "competitor"],
            "results": results_of(known.records),
        }

    def _items(
        self, context: RunContext, found: Sequence[Recalled], outline: Sequence[str]
    ) -> tuple[list[Item], list[dict[str, Any]]]:
        """The items, each with the section it seems to belong in, and earlier coverage of them."""
        items, past = [], {}
        for number, passages in enumerate(edition.by_source(found), start=1):
            similar = self._similar(context, passages)
            hint = edition.hint_of(passages[0], similar, outline)
            items.append(edition.item_of(f"S{number}", passages, hint))
            past.update({(each.source, each.start): each for each in similar[:1]})
        earlier = enumerate(list(past.values())[:_PAST], start=1)
        return items, [edition.passage_of(f"P{n}", each).model_dump() for n, each in earlier]

    def _known(self, context: RunContext, words: Sequence[str]) -> Known:
        """The facts about what this edition names, and what the client's Brand OS teaches."""
        return self._recall.known(
            context.scope,
            "\n".join(words),
            clock=context.clock or self._recall.knowledge.ledger.now(),
            node="collect",
            records=(*KINDS, *_MORE),
            limit=0,
        )

    def _similar(self, context: RunContext, passages: Sequence[Recalled]) -> list[Recalled]:
        question = " ".join([passages[0].title, *(each.quote for each in passages)])
        return self._recall.search(
            context.scope,
            question,
            kinds=["edition"],
            limit=_SIMILAR,
            node="collect",
            clock=context.clock,
        )
