"""Continuous improvement: what reviewers keep changing, proposed as records that a person approves.

What is proposed rests on the decisions themselves: in how many editions, of how many, named by run.
Once approved it shapes the drafts that follow, and what became of the thing in them is measured.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from savoirfaire.agents.forms import Language
from savoirfaire.agents.habits import Decided, Habit, effect, habits
from savoirfaire.graphs.rendering import unmarked
from savoirfaire.knowledge.access import reading
from savoirfaire.knowledge.brand import BrandPack, Guidance, Rule
from savoirfaire.knowledge.brandos.records import Record, Status
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.schema import approvals, seeds
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

AUTHOR = "edits"
"""The author of what is proposed here: the edits that people made."""

_GRAPH, _GATE = "newsletter", "publish"
_LATEST = 200  # editions
_NAMED = 10  # runs that a proposal names
_CHECKED = ("mark", "word", "swap")
_MARKUP = ("*", "(")  # marks that a rule cannot tell from the form of a text
_KEYED = re.compile(r"\[(\w+: [^\]]+)\]$")
_STATUSES: tuple[Status, ...] = ("proposed", "active", "rejected")

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
        kind, data = record_of(habit, language)
        record = known.get(str(data["name" if kind == "rule" else "topic"]))
        record = record or knowledge.brand_os.propose(
            scope, kind, data, citations=[], author=AUTHOR
        )
        made.append((habit, record))
    return made


def effects(knowledge: Knowledge, scope: ClientScope) -> list[Effect]:
    """What became, in the drafts since, of each habit that a person approved."""
    editions = decided_editions(knowledge.ledger, scope)
    found = []
    for record in _active(knowledge, scope):
        trait, _, thing = _key(record).partition(": ")
        if record.decided_at and thing:
            gone = thing.partition(" > ")[0]
            measured = effect(trait, gone, record.decided_at, editions)
            found.append(Effect(record, f"{trait}: {thing}", measured))
    return found


def record_of(habit: Habit, language: Language) -> tuple[str, dict[str, Any]]:
    """A habit as a record, and its kind: a rule that is checked where it is of a word or a mark.

    A rule comes with a text in which it finds something and one that it leaves alone.
    """
    words = _WORDS[language]
    said = words[habit.trait].format(thing=habit.thing, instead=habit.instead)
    evidence = words["evidence"].format(
        times=habit.times,
        chances=habit.chances,
        places=habit.places,
        runs=", ".join(habit.runs[-_NAMED:]),
    )
    name = words["topic"].format(topic=said.rstrip("."))
    if habit.trait not in _CHECKED or habit.thing in _MARKUP:
        learned = {"topic": name, "statement": said, "context": habit.key, "evidence": evidence}
        return "learning", learned
    return "rule", {
        "name": name,
        "body": _body(habit, said),
        "reason": f"{evidence} [{habit.key}]",
        "bad": [f"Une phrase, one phrase, {habit.thing} ici, here."],
        "good": [f"Une phrase, one phrase, {habit.instead or 'rien'} ici, here."],
    }


def _body(habit: Habit, said: str) -> str:
    """The rule in Vale's format, which is YAML, of which JSON is a part."""
    term = re.escape(habit.thing)
    rule: dict[str, Any] = {"message": said, "ignorecase": True}
    if habit.trait == "swap":
        rule |= {"extends": "substitution", "swap": {term: habit.instead}}
    else:
        rule |= {"extends": "existence", "tokens": [term], "nonword": habit.trait == "mark"}
    return json.dumps(rule, ensure_ascii=False, indent=1)


def with_habits(knowledge: Knowledge, scope: ClientScope, brand: BrandPack) -> BrandPack:
    """The brand pack, with what people approved of their own habits as terms and as guidance.

    Whoever writes is told of both; terms are checked as well.
    """
    rules, guidance = list(brand.rules), list(brand.guidance)
    for number, each in enumerate(_active(knowledge, scope), start=1):
        identity = f"{AUTHOR}-{number}"
        rule = _rule(identity, each, brand)
        if rule is None:
            guidance.append(Guidance(id=identity, text=_said(each)))
        else:
            rules.append(rule)
    return brand.model_copy(update={"rules": rules, "guidance": guidance})


def _rule(identity: str, record: Record, brand: BrandPack) -> Rule | None:
    """A habit as a term to avoid; None where it is of no term, or another rule forbids its fix."""
    trait, _, thing = _key(record).partition(": ")
    gone, _, instead = thing.partition(" > ")
    if record.kind != "rule" or trait not in {"word", "swap"}:
        return None
    if instead and brand.finder().find(instead):
        return None
    return Rule(id=identity, use=instead, avoid=[gone], reason=_said(record))


def _said(record: Record) -> str:
    """What a record asks of whoever writes."""
    data = record.data.plain()
    return str(data.get("statement") or data["name"])


def _key(record: Record) -> str:
    """The habit that a record was made from; empty where a person has written it anew."""
    data = record.data.plain()
    if record.kind != "rule":
        return str(data.get("context", ""))
    found = _KEYED.search(str(data.get("reason", "")))
    return found[1] if found else ""


def _active(knowledge: Knowledge, scope: ClientScope) -> list[Record]:
    return [each for each in _ours(knowledge, scope) if each.status == "active"]


def _ours(knowledge: Knowledge, scope: ClientScope) -> list[Record]:
    """The records proposed from edits, whatever became of them."""
    found = [
        each
        for kind in ("rule", "learning")
        for status in _STATUSES
        for each in knowledge.brand_os.list(scope, kind=kind, status=status)
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
