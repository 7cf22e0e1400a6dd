"""Anonymising a task: tasks leave a client's scope only this way, after a person saw what changes.

Replaced are the client's name and its brand's, the people that the record, the mails, the Brand OS
and the texts name, the names given, mail addresses, phone numbers, and amounts of money wherever
they stand. The client `house` is called so by everybody: of the agency's own, that name stays. What
looks like a name and was left is listed, for the person to give. One that was given and is a word
of a prompt makes the task miss its tape, and recording it says so.

Amounts keep their length, not their sums: work that is checked by adding up keeps them (`amounts`).
A figure is known as money by the currency beside it, not by one in the heading of its table.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from savoirfaire.errors import SavoirError
from savoirfaire.evals.recording.naming import MAIL, houses, people, prompt_words
from savoirfaire.evals.recording.pseudonyms import Pseudonyms, fold
from savoirfaire.evals.recording.taking import text_name
from savoirfaire.evals.recording.telling import Kind, Telling
from savoirfaire.evals.tasks.folder import (
    DECISIONS,
    HEADER,
    INPUT,
    KNOWLEDGE,
    TEXTS,
    Task,
    digest,
    seal,
    write,
)
from savoirfaire.evals.tasks.form import Decision, Decisions, Header, Passed, Snapshot
from savoirfaire.knowledge.ledger import source_id
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.hashing import payload_hash
from savoirfaire.tools.tape import CallScope, Lane, Tape

_PHONE = (
    r"(?<![\w.])(?:\+\d{1,3}(?:[ .\u00a0\u202f-]?\(?\d{1,4}\)?){2,6}"
    r"|0\d(?:[ .\u00a0\u202f-]?\d\d){4}|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})(?!\w)"
)
_GAP = "[ \u00a0\u202f]"
_NUMBER = rf"\d{{1,15}}(?:(?:{_GAP}|[.,'’])\d{{1,3}}){{0,5}}"
_SIGN = r"[€$£]|EUR|USD|GBP|CHF|CAD|k€|M€|euros?|dollars?|francs?"
_MONEY = re.compile(rf"(?:{_SIGN}){_GAP}?({_NUMBER})|({_NUMBER}){_GAP}?(?:{_SIGN})(?!\w)")
_ANY = re.compile(
    rf"(?P<mail>{MAIL})|(?P<phone>{_PHONE})|(?P<number>{_NUMBER})|(?P<word>[^\W\d_]+)"
)
_NAME_LIKE = re.compile(r"(?<=[a-zà-ÿ,;:] )[A-ZÀ-Þ][a-zà-ÿ’'-]{2,}(?: [A-ZÀ-Þ][a-zà-ÿ’'-]{1,})*")
_STRUCTURE = {"kind", "status", "language", "level", "type", "finish_reason", "model"}
_SHORTEST_AMOUNT = 2  # digits
_MOST_SHOWN = 40
_LANES: tuple[Lane, ...] = ("model", "recall")


@dataclass
class Disguise:
    """Replaces what tells who somebody is. `names` are given by a person, beside those found."""

    pseudonyms: Pseudonyms
    names: list[str] = field(default_factory=list)
    amounts: bool = True
    _telling: Telling = field(default_factory=Telling)
    _exact: dict[str, str] = field(default_factory=dict)
    _money: set[str] = field(default_factory=set)
    _done: dict[tuple[str, str], str] = field(default_factory=dict)
    _client: str = ""

    def apply(self, task: Task) -> list[tuple[str, str, str]]:
        """Rewrite a task's files; what was replaced, as kind, words and pseudonym.

        Raises SavoirError where something of it is still there.
        """
        self.learn(task)
        self._rewrite(task)
        self._require_gone(task)
        return sorted((kind, old, new) for (kind, old), new in self._done.items())

    def learn(self, task: Task) -> None:
        """Find out who is named, and which figures are money."""
        self._client = task.header.client
        parts = task.snapshot.parts
        texts = [task.text(each.text) for part in parts for each in part.sources]
        said = [json.dumps(task.request, ensure_ascii=False), *texts]
        self._telling.read(said)
        named: dict[Kind, Iterable[str]] = {
            "given": self.names,
            "person": people(task),
            "house": houses(task),
        }
        for kind, names in named.items():
            for name in names:
                self._telling.add(name, kind)
        if self.amounts:
            for text in said:
                found = ((m[1] or m[2]) for m in _MONEY.finditer(text))
                self._money |= {d for each in found if len(d := _digits(each)) >= _SHORTEST_AMOUNT}
        for part in parts:
            self._move(task, part)

    def _move(self, task: Task, part: Snapshot) -> None:
        """Note what sources are called by when their client and their words are others."""
        old_scope, new_scope = ClientScope(part.client), ClientScope(self.client(part.client))
        for each in part.sources:
            moved = source_id(new_scope, self.text(each.path))
            self._exact[source_id(old_scope, each.path)] = moved
            if each.sha256:
                self._exact[each.sha256] = digest(self.text(task.text(each.text)).encode())

    def client(self, name: str) -> str:
        """The client's pseudonym: a name that a client may have. Another one is the house."""
        if name != self._client:
            return name
        made = self.text(name)
        return made if made != name else self.pseudonyms.words(name)

    def text(self, text: str) -> str:
        """A text with pseudonyms, as long as it was."""
        for old, new in self._exact.items():
            if old in text:
                text = text.replace(old, new)
        marked = self._telling.places(text)
        return _ANY.sub(lambda match: self._replaced(match, match.start() in marked), text)

    def value(self, value: Any) -> Any:
        """Plain data with pseudonyms in its texts, its keys and its amounts."""
        if isinstance(value, str):
            return self._string(value)
        if isinstance(value, dict):
            return {
                self._string(str(key)): each if key in _STRUCTURE else self.value(each)
                for key, each in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(each) for each in value]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and _digits(str(value)) in self._money:
            return type(value)(self._number(str(value)))
        return value

    def left(self, texts: Iterable[str]) -> list[tuple[str, int]]:
        """What looks like a name in what is left, and how often it stands there."""
        found: Counter[str] = Counter()
        for text in texts:
            found.update(m[0] for m in _NAME_LIKE.finditer(text))
        made = {fold(new) for (kind, _), new in self._done.items() if kind == "word"}
        known = self._telling.alone | made
        kept = {n: c for n, c in found.items() if fold(n.split()[0]) not in known}
        return sorted(kept.items(), key=lambda each: (-each[1], each[0]))[:_MOST_SHOWN]

    # --- one match at a time ----------------------------------------------------------------------

    def _string(self, text: str) -> str:
        """A string; JSON within it is opened, since it may spell letters as escapes."""
        if "\\u" in text and text.lstrip()[:1] in "{[":
            with suppress(ValueError):
                text = json.dumps(json.loads(text), ensure_ascii=False)
        return self.text(text)

    def _replaced(self, match: re.Match[str], tells: bool) -> str:  # noqa: FBT001 - of a match
        kind, old = str(match.lastgroup), match[0]
        tells = tells or self._is_client(old)
        new = old if kind == "word" and not tells else self._pseudonym(kind, old)
        if new != old:
            self._done[kind, old] = new
        return new

    def _pseudonym(self, kind: str, old: str) -> str:
        if kind == "mail":
            return self.pseudonyms.mail(old)
        if kind == "phone":
            return self.pseudonyms.words(old)
        if kind == "number":
            return self._number(old) if _digits(old) in self._money else old
        return self.pseudonyms.word(old)

    def _is_client(self, word: str) -> bool:
        """Whether a word is the client's name of one word, in small letters too."""
        return word.casefold() == self._client and self._client not in prompt_words()

    def _number(self, number: str) -> str:
        new = iter(self.pseudonyms.digits(_digits(number)))
        return "".join(next(new) if sign.isdigit() else sign for sign in number)

    # --- the files --------------------------------------------------------------------------------

    def _rewrite(self, task: Task) -> None:
        folder, header = task.folder, task.header
        request, snapshot, decisions = task.request, task.snapshot, task.decisions
        names = {each.text for part in snapshot.parts for each in part.sources}
        texts = {name: self.text(task.text(name)) for name in sorted(names)}
        write(folder, INPUT, self.value(request))
        self._tape(task)
        write(folder, DECISIONS, self._decisions(decisions))
        for name in texts:
            (folder / TEXTS / name).unlink(missing_ok=True)
        for text in texts.values():
            write(folder, f"{TEXTS}/{text_name(text)}", text.encode())
        write(folder, KNOWLEDGE, self._snapshot(snapshot, texts))
        told = {"client": self.client(header.client), "anonymised": True}
        seal(folder, Header(**header.model_dump() | told))
        for name in ("header", "request", "snapshot", "decisions"):
            vars(task).pop(name, None)

    def _tape(self, task: Task) -> None:
        """The exchanges under new keys; of a request only what was said is looked through."""
        old = Tape(task.tape)
        lines = [each for lane in _LANES for each in old.entries(lane)]
        task.tape.unlink()
        new = Tape(task.tape)
        for each in lines:
            request = dict(each.request)
            if each.lane == "model":
                request["messages"] = self.value(request["messages"])
            else:
                request = {**self.value(request), "client": self.client(request["client"])}
            scope = CallScope(**{**vars(each.scope), "branch": self.text(each.scope.branch)})
            new.add(each.lane, request, scope, self.value(each.reply))
        new.prune()

    def _decisions(self, given: Decisions) -> Decisions:
        hashes: dict[str, str] = {}
        people = []
        for each in given.people:
            shown = self.value(each.shown)
            hashes[each.payload_hash] = payload_hash(shown)
            answer = self.value(each.answer) | {"payload_hash": payload_hash(shown)}
            people.append(
                Decision(
                    gate=each.gate,
                    occurrence=each.occurrence,
                    payload_hash=payload_hash(shown),
                    shown=shown,
                    answer=answer,
                )
            )
        policy = [
            Passed(**each.model_dump() | {"payload_hash": hashes.get(each.payload_hash, "")})
            for each in given.policy
        ]
        return Decisions(people=people, policy=policy)

    def _snapshot(self, snapshot: Snapshot, texts: dict[str, str]) -> Snapshot:
        data = self.value(snapshot.model_dump(mode="json", exclude={"sources", "house"}))
        data["client"] = self.client(snapshot.client)
        data["sources"] = []
        for each in snapshot.sources:
            spans = [[s, e, self.text(heading), at] for s, e, heading, at in each.spans]
            said = self.value(each.model_dump(mode="json", exclude={"spans", "text"}))
            said |= {"text": text_name(texts[each.text]), "spans": spans}
            said |= {"ingested_at": each.ingested_at, "date": each.date}
            data["sources"].append(said)
        data["house"] = snapshot.house and self._snapshot(snapshot.house, texts)
        return Snapshot.model_validate(data)

    def _require_gone(self, task: Task) -> None:
        """Nothing that was replaced may be left in any file, by any spelling of JSON."""
        sought = {old for (kind, old) in self._done if kind in {"mail", "phone"}}
        for path in sorted(task.folder.rglob("*")):
            if not path.is_file() or path.name == HEADER:
                continue
            text = path.read_text("utf-8")
            if found := [old for old in sought if old in text]:
                raise SavoirError(
                    "{count} addresses or numbers are still in {file}",
                    count=len(found),
                    file=path.name,
                    hint="Nothing was written. Please report it.",
                )


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)
