"""Recorded decisions, found again by gate, occurrence and the hash of what was shown.

Interrupt ids differ from run to run. A gate that shows another payload than the one that was
decided on gets no answer: the decision is stale, and how the payload differs is said. `assume`
answers all the same, for live runs and for recording again: what people approved or rejected is
answered again; an edit or a choice is made again where all that it rests on is shown as it was, and
becomes an approval, or the first option, where its words were another draft's.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row

from savoirfaire.evals.tasks.form import Decision, Decisions
from savoirfaire.graphs.desk import AlwaysAsk, Item, Plan
from savoirfaire.graphs.gates.wire import CHOSEN
from savoirfaire.tools.differences import differences


class StaleDecisionError(Exception):
    """A gate asked something that nobody decided; `words` say how it differs."""

    def __init__(self, gate: str, words: Sequence[str]) -> None:
        super().__init__(f"{gate}: {'; '.join(words[:3])}")
        self.gate = gate
        self.words = list(words)


@dataclass
class Answers:
    """The decisions of a task, handed out once each."""

    decisions: Decisions
    run: str
    assume: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    used: set[int] = field(default_factory=set)
    assumed: list[str] = field(default_factory=list)
    given: list[dict[str, Any]] = field(default_factory=list)
    _again: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, interrupt: str, question: Mapping[str, Any]) -> dict[str, Any]:
        """What the interrupt of this id is answered with. Raises StaleDecisionError."""
        if interrupt not in self._again:
            self._again[interrupt] = self._answer(question)
            self.given.append(_kept(question, self.asked, self._again[interrupt]))
        return self._again[interrupt]

    def unused(self) -> list[Decision]:
        """Decisions that no gate asked for."""
        people = self.decisions.people
        return [each for place, each in enumerate(people) if place not in self.used]

    def _answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        gate, shown = question["gate"], question["payload_hash"]
        self.asked[gate] += 1
        place = self._find(gate, self.asked[gate], shown)
        if place is not None:
            self.used.add(place)
            return dict(self.decisions.people[place].answer)
        if self.assume:
            return self._assumed(gate, shown, question)
        raise StaleDecisionError(gate, self._words(gate, question))

    def _find(self, gate: str, occurrence: int, shown: str) -> int | None:
        """The decision on this payload: of this occurrence, else of another one at the gate."""
        fits = [
            (each.occurrence != occurrence, place)
            for place, each in enumerate(self.decisions.people)
            if place not in self.used and (each.gate, each.payload_hash) == (gate, shown)
        ]
        return min(fits)[1] if fits else None

    def _assumed(self, gate: str, shown: str, question: Mapping[str, Any]) -> dict[str, Any]:
        near = self._nearest(gate)
        self.assumed.append(gate)
        return {
            "decisions": [_again(near, question)],
            "payload_hash": shown,
            "approval": f"{self.run}-{gate}-{self.asked[gate]}",
            "decided_by": str(near.answer.get("decided_by", "")) if near else "assumed",
        }

    def _nearest(self, gate: str) -> Decision | None:
        """The decision at this gate whose turn is nearest; it counts as used."""
        turn = self.asked[gate]
        found = [
            (abs(each.occurrence - turn), place)
            for place, each in enumerate(self.decisions.people)
            if each.gate == gate
        ]
        if not found:
            return None
        self.used.add(min(found)[1])
        return self.decisions.people[min(found)[1]]

    def _words(self, gate: str, question: Mapping[str, Any]) -> list[str]:
        near = self._nearest(gate)
        if near is None:
            return ["nobody was asked at this gate when the task was recorded"]
        now = question["action_requests"][0]["args"]
        return list(differences(near.shown, json.loads(json.dumps(now)))) or ["its hash differs"]


def _again(near: Decision | None, question: Mapping[str, Any]) -> dict[str, Any]:
    """What was decided on another payload, as far as it can be said of this one."""
    choose = question.get("kind") == "choose"
    if near is not None:
        given = dict(near.answer["decisions"][0])
        if given["type"] in {"reject", "respond"} or _rests_on(
            near, given, question, choose=choose
        ):
            return given
    if choose:
        return {"type": "edit", "edited_action": {"name": "", "args": {CHOSEN: 0}}}
    return {"type": "approve"}


def _rests_on(
    near: Decision, given: Mapping[str, Any], question: Mapping[str, Any], *, choose: bool
) -> bool:
    """Whether an edit finds what it changed as it was, or a choice what it chose from."""
    if given["type"] != "edit":
        return False
    now = json.loads(json.dumps(question["action_requests"][0]["args"]))
    fields = near.shown if choose else given["edited_action"]["args"]
    return all(key in now and _shown_still(near.shown.get(key), now[key]) for key in fields)


def _shown_still(was: Any, now: Any) -> bool:
    """Whether all that was shown still is; a form may have more fields than it had."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        return all(key in now and _shown_still(value, now[key]) for key, value in was.items())
    if isinstance(was, list) and isinstance(now, list):
        return len(was) == len(now) and all(map(_shown_still, was, now))
    return bool(was == now)


def _kept(
    question: Mapping[str, Any], asked: Mapping[str, int], answer: Mapping[str, Any]
) -> dict[str, Any]:
    """A question with its answer, as a task keeps it."""
    return {
        "gate": question["gate"],
        "occurrence": asked[question["gate"]],
        "payload_hash": question["payload_hash"],
        "shown": json.loads(json.dumps(question["action_requests"][0]["args"])),
        "answer": dict(answer),
    }


class RecordedDesk(AlwaysAsk):
    """The policy's part of a task: which items passed, and which were asked about, as recorded."""

    def __init__(self, decisions: Decisions) -> None:
        self._passed = {(each.gate, each.payload_hash): each for each in decisions.policy}

    def plan(self, item: Item) -> Plan:
        """What was planned for this item; a new one is asked about."""
        known = self._passed.get((item.gate, item.payload_hash))
        return super().plan(item) if known is None else Plan(**known.plan)

    def let_pass(self, item: Item, plan: Mapping[str, Any]) -> str:  # noqa: ARG002 - the protocol's
        """The id under which it passed."""
        known = self._passed.get((item.gate, item.payload_hash))
        return known.approval if known else ""

    def decided(self, connection: Connection, rows: Sequence[Row[Any]], at: str) -> None:
        """No account is kept."""
