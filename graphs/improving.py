"""Continuous improvement: what reviewers keep changing, proposed as records that a person approves.

What is proposed rests on the decisions themselves: in how many editions, of how many, named by run.
Once approved it shapes the drafts that follow, and what became of the thing in them is measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from savoirfaire.agents.forms import Language
from savoirfaire.agents.habits import Decided, Habit, effect, habits
from savoirfaire.graphs.rendering import unmarked
from savoirfaire.knowledge.access import reading
from savoirfaire.knowledge.brand import BrandPack, Guidance, Rule
from savoirfaire.knowledge.brandos.records import Record
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.schema import approvals, seeds
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

AUTHOR = "edits"
"""The author of what is proposed here: the edits that people made."""

_GRAPH, _GATE = "newsletter", "publish"
_LATEST = 200  # editions
_NAMED = 10  # runs that a proposal names

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "mark": "Write without “{thing}”.",
        "word": "Do not write “{thing}”.",
        "swap": "Write “{instead}”, not “{thing}”.",
        "sentence": "Write shorter sentences.",
        "link": "Put in fewer links.",
        "topic": "Edits: {topic}",
        "evidence": (
            "Changed by reviewers in {times} of the {chances} editions that had it, in {places}"
            " places: {runs}"
        ),
    },
    "fr": {
        "mark": "Écrire sans «\u00a0{thing}\u00a0».",
        "word": "Ne pas écrire «\u00a0{thing}\u00a0».",
        "swap": "Écrire «\u00a0{instead}\u00a0», et non «\u00a0{thing}\u00a0».",
        "sentence": "Écrire des phrases plus courtes.",
        "link": "Mettre moins de liens.",
        "topic": "Relectures\u00a0: {topic}",
        "evidence": (
            "Changé par les relecteurs dans {times} des {chances} éditions qui l'avaient, en"
            " {places} endroits\u00a0: {runs}"
        ),
    },
}


@dataclass(frozen=True)
class Effect:
    """What became of a habit since a person approved of it."""

    record: Record
    key: str
    measured: Mapping[str, float | int | None]


def decided_editions(ledger: Ledger, scope: ClientScope) -> list[Decided]:
    """The newest editions that a person approved or edited, oldest first, without footnotes."""
    query = (
        select(approvals)
        .where(approvals.c.client == scope.client)
        .where(approvals.c.graph == _GRAPH, approvals.c.gate == _GATE)
        .where(approvals.c.decided_by.is_not(None))
        .where(approvals.c.id.not_in(select(seeds.c.approval)))  # planted, and no edition
        .order_by(approvals.c.decided_at.desc(), approvals.c.id)
        .limit(_LATEST)
    )
    with reading(ledger.engine, scope) as connection:
        rows = list(connection.execute(query))
    return [found for row in reversed(rows) if (found := _decided(row)) is not None]


def propose_habits(
    knowledge: Knowledge, scope: ClientScope, language: Language
) -> list[tuple[Habit, Record]]:
    """Propose a record for each firm habit; one that was proposed before is the same record.

    A habit whose record was rejected is not asked about again.
    """
    known = {each.title: each for each in _ours(knowledge, scope)}
    made = []
    for habit in habits(decided_editions(knowledge.ledger, scope)):
        data = learning_of(habit, language)
        record = known.get(str(data["topic"])) or knowledge.brand_os.propose(
            scope, "learning", data, citations=[], author=AUTHOR
        )
        made.append((habit, record))
    return made


def effects(knowledge: Knowledge, scope: ClientScope) -> list[Effect]:
    """What became, in the drafts since, of each habit that a person approved."""
    editions = decided_editions(knowledge.ledger, scope)
    found = []
    for record in _active(knowledge, scope):
        trait, _, thing = str(record.data.plain().get("context", "")).partition(": ")
        if record.decided_at and thing:
            gone = thing.partition(" > ")[0]
            measured = effect(trait, gone, record.decided_at, editions)
            found.append(Effect(record, f"{trait}: {thing}", measured))
    return found


def learning_of(habit: Habit, language: Language) -> dict[str, Any]:
    """A habit as a record says it: what to do, and in which editions it was seen."""
    words = _WORDS[language]
    runs = ", ".join(habit.runs[-_NAMED:])
    said = words[habit.trait].format(thing=habit.thing, instead=habit.instead)
    return {
        "topic": words["topic"].format(topic=said.rstrip(".")),
        "statement": said,
        "context": habit.key,
        "evidence": words["evidence"].format(
            times=habit.times, chances=habit.chances, places=habit.places, runs=runs
        ),
    }


def with_habits(knowledge: Knowledge, scope: ClientScope, brand: BrandPack) -> BrandPack:
    """The brand pack, with what people approved of their own habits as rules and guidance.

    A word or a word for another is a rule that is checked; the rest is guidance, and so is what the
    person who approved it said in other words.
    """
    rules, guidance = list(brand.rules), list(brand.guidance)
    for number, each in enumerate(_active(knowledge, scope), start=1):
        data = each.data.plain()
        identity, said = f"{AUTHOR}-{number}", str(data["statement"])
        rule = _rule(identity, data, brand)
        if rule is None:
            guidance.append(Guidance(id=identity, text=said))
        else:
            rules.append(rule)
    return brand.model_copy(update={"rules": rules, "guidance": guidance})


def _rule(identity: str, data: Mapping[str, Any], brand: BrandPack) -> Rule | None:
    """A habit as a term to avoid; None where it is of no term, or another rule forbids its fix."""
    trait, _, thing = str(data.get("context", "")).partition(": ")
    gone, _, instead = thing.partition(" > ")
    wording = {w[trait].format(thing=gone, instead=instead) for w in _WORDS.values() if trait in w}
    if trait not in {"word", "swap"} or data["statement"] not in wording:
        return None
    if instead and brand.finder().find(instead):
        return None
    return Rule(id=identity, use=instead, avoid=[gone], reason=str(data.get("evidence") or gone))


def _active(knowledge: Knowledge, scope: ClientScope) -> list[Record]:
    return [each for each in _ours(knowledge, scope) if each.status == "active"]


def _ours(knowledge: Knowledge, scope: ClientScope) -> list[Record]:
    """The records proposed from edits, whatever became of them."""
    found = [
        each
        for status in ("proposed", "active", "rejected")
        for each in knowledge.brand_os.list(scope, kind="learning", status=status)
    ]
    return [each for each in found if each.author == AUTHOR]


def _decided(row: Any) -> Decided | None:
    """An edition as shown and as decided; None where it was rejected, or the text is gone."""
    shown = row.request["action_requests"][0]["args"].get("markdown")
    decision = row.decision["decisions"][0]
    if decision["type"] not in {"approve", "edit"} or not isinstance(shown, str):
        return None
    after = decision.get("edited_action", {}).get("args", {}).get("markdown", shown)
    return Decided(row.run, row.decided_at, unmarked(shown), unmarked(str(after)))
