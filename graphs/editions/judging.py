"""Judging an edition: against the brand, against what is known, and by ear."""

from collections.abc import Sequence
from typing import Any

from savoirfaire.agents.claiming import Place, Weighed, subjects_of
from savoirfaire.agents.forms import Breach, Draft, EditionPlan, Passage
from savoirfaire.agents.guardian import BrandGuardian, Knowledge, Verdict
from savoirfaire.agents.model import Mode
from savoirfaire.graphs import edition
from savoirfaire.graphs.editions.hearing import heard, voice_breaches
from savoirfaire.graphs.editions.state import (
    LANGUAGES,
    Context,
    Newsletter,
    brand_of,
    draft_of,
    evidence_of,
    items_of,
    language_of,
    spent,
)
from savoirfaire.graphs.registry import RunContext
from savoirfaire.graphs.rendering import to_markdown
from savoirfaire.knowledge.store import BRAND_KIND
from savoirfaire.tools.recall import Recall
from savoirfaire.tools.statements import RecalledFact

_AROUND = 3  # passages known of an entry, beside those it cites
_FACTS = 6


class Judging:
    """The step that looks for what is wrong with a draft."""

    def __init__(self, guardian: BrandGuardian, recall: Recall, *, mode: Mode) -> None:
        self._guardian = guardian
        self._recall = recall
        self._mode = mode

    async def check(self, state: Newsletter, runtime: Context) -> dict[str, Any]:
        """What goes against the brand, the sources or the client's own voice."""
        draft, items, language = draft_of(state), items_of(state), language_of(state)
        passages = evidence_of(items)
        known = Knowledge(
            dated=state["request"]["date"],
            around=self._around(runtime.context, draft, passages),
            settled=[Weighed(**each) for each in state.get("claims", [])],
            competitors=state.get("competitors", []),
        )
        ledger, scope = self._recall.knowledge.ledger, runtime.context.scope
        markdown = to_markdown(draft, passages, language=language)
        voice = heard(ledger, scope, language, markdown)
        self._recall.rest()  # others may search while the model reads
        verdict = await self._guardian.review(
            draft,
            brand_of(state),
            passages,
            language=LANGUAGES[language],
            turn=state["revisions"],
            known=known,
        )
        breaches = [*verdict.breaches, *voice_breaches(voice, draft)]
        return {
            **_noted(state, breaches, verdict),
            "claims": [each.model_dump() for each in verdict.claims],
            "voice": voice,
            "left_out": edition.unused(draft, EditionPlan(**state["plan"]), items, language),
            "usage": [spent("check", self._mode, verdict.usage)],
        }

    def _around(
        self, context: RunContext, draft: Draft, passages: Sequence[Passage]
    ) -> dict[Place, list[Passage]]:
        """What the client's knowledge says about each entry, as far as the run may know it."""
        labels = {(each.source, each.start): each.label for each in passages}
        found: dict[Place, list[Passage]] = {}
        for number, section in enumerate(draft.sections):
            for place, words in enumerate(subjects_of(section)):
                known = self._recall.known(
                    context.scope,
                    words,
                    clock=context.clock or self._recall.knowledge.ledger.now(),
                    node="check",
                    limit=_AROUND,
                    facts=_FACTS,
                )
                told = [each for each in known.passages if each.kind != BRAND_KIND]
                here = [edition.passage_of("", each) for each in told]
                here += [each for fact in known.facts for each in _stated(fact)]
                found[number, place] = [_labelled(each, labels) for each in here]
        return found


def _noted(state: Newsletter, breaches: Sequence[Breach], verdict: Verdict) -> dict[str, Any]:
    """The breaches of this check, those of all checks, and how far it was judged."""
    now = [breach.model_dump() for breach in breaches]
    dropped = state.get("judgement", {}).get("dropped", 0) + verdict.dropped
    return {
        "breaches": now,
        "found": [*state["found"], *(each for each in now if each not in state["found"])],
        "judgement": {"abstained": verdict.abstained, "dropped": dropped},
    }


def _stated(fact: RecalledFact) -> list[Passage]:
    """The words of the sources that a fact rests on."""
    return [
        Passage(
            label="",
            source=span.source,
            path=span.path,
            start=span.start,
            end=span.end,
            quote=span.quote,
            kind="fact",
            score=0.0,
        )
        for span in fact.spans
    ]


def _labelled(passage: Passage, labels: dict[tuple[str, int], str]) -> Passage:
    """The passage under a label of its own: an item's, else the next `E1`."""
    span = (passage.source, passage.start)
    label = labels.setdefault(span, f"E{sum(each[0] == 'E' for each in labels.values()) + 1}")
    return passage.model_copy(update={"label": label})
