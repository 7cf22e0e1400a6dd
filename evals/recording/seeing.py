"""What a run saw of all that was known, and what else it could have found.

Seen are the spans that the run's state and its recalled passages name, with the front matter of
their sources, and whole the sources that lay down the brand. Distractors are the passages that come
next for the questions that were asked: with them, searching anew can go wrong, as it can in life.
Of a source that was seen in part, the rest is made unreadable, sign by sign, so that every span
stays where it was.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from savoirfaire.evals.recording.taking import text_name
from savoirfaire.evals.tasks.form import KnownSource, Snapshot
from savoirfaire.evals.tasks.studio import Studio
from savoirfaire.knowledge.ledger import source_id
from savoirfaire.knowledge.readers.frontmatter import head
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.hashing import canonical
from savoirfaire.tools.tape import Tape

DISTRACTORS = 20
"""Passages at most that nobody recalled."""

_NEXT = 16  # passages looked at for each question
_WHOLE = {"brand"}  # kinds of source that graphs read from the ledger itself
_ELIDED = "·"
_MOST_QUESTIONS = 40

Spans = dict[str, list[tuple[int, int]]]


@dataclass
class Seen:
    """Spans of sources by the sources' ids, what was named, and each form of plain data.

    `clients` are those that something was asked of.
    """

    spans: Spans = field(default_factory=lambda: defaultdict(list))
    named: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    clients: set[str] = field(default_factory=set)

    def look(self, value: Any) -> None:
        """Note every span and every id in plain data, and the sources it has the whole text of."""
        if isinstance(value, Mapping):
            self.forms.add(canonical(value))
            source, start, end = (value.get(key) for key in ("source", "start", "end"))
            if isinstance(source, str) and isinstance(start, int) and isinstance(end, int):
                self.spans[source].append((start, end))
            elif isinstance(source, str) and isinstance(value.get("text"), str):
                self.spans[source].append((0, len(value["text"])))
            for each in value.values():
                self.look(each)
        elif isinstance(value, list | tuple):
            for each in value:
                self.look(each)
        elif isinstance(value, str):
            self.named.add(value)


def seen_in(values: Iterable[Any], tape: Tape) -> Seen:
    """What plain data and the recalled passages on a tape name."""
    seen = Seen()
    for value in values:
        seen.look(value)
    for entry in tape.entries("recall"):
        seen.look(entry.reply)
        seen.clients.add(str(entry.request["client"]))
    return seen


def distractors(made: Studio, tape: Tape, seen: Seen) -> Spans:
    """The passages that come after those recalled, for every question about the client.

    None is the house's: what an agency says of itself leaves only as far as it was used.
    """
    found: Spans = defaultdict(list)
    count = 0
    for question in list(_questions(tape, made.scope.client))[:_MOST_QUESTIONS]:
        for each in made.knowledge.search(made.scope, question, limit=_NEXT):
            span = (each.passage.start, each.passage.end)
            known = seen.spans.get(each.passage.source, []) + found[each.passage.source]
            if count < DISTRACTORS and not any(s < span[1] and span[0] < e for s, e in known):
                found[each.passage.source].append(span)
                count += 1
    return found


def reduced(
    snapshot: Snapshot,
    texts: Mapping[str, str],
    seen: Seen,
    others: Spans,
    *,
    whole: bool = False,
) -> tuple[Snapshot, dict[str, str]]:
    """The snapshot with only what was seen, and the distractors; `whole`: with all but the house's.

    A house that was not seen is left without anything: that it is there decides whose prices and
    past work a proposal is made from.
    """
    mine = snapshot.model_copy(update={"house": None})
    left, words = mine, {each.text: texts[each.text] for each in mine.sources}
    if not whole:
        left, words = _reduced(mine, texts, seen, others, {each.path for each in mine.sources})
    if snapshot.house is not None:
        house, its_words = _reduced(_used(snapshot.house, seen), texts, seen, {}, set())
        left, words = left.model_copy(update={"house": house}), words | its_words
    return left, words


def _used(house: Snapshot, seen: Seen) -> Snapshot:
    """The house with the rows that a run has the id or the words of, and what belongs to them.

    Its brand is the voice of a run that asks it anything.
    """
    was_asked = house.client in seen.clients
    said = "\n".join(seen.named) if was_asked else ""
    rows = {name: [r for r in of if _is_used(r, seen, said)] for name, of in house.rows.items()}
    owners = {row["id"] for name in ("records", "facts") for row in rows.get(name, ())}
    rows["citations"] = [r for r in house.rows.get("citations", ()) if r["owner"] in owners]
    told = {row.get(key) for row in rows.get("facts", ()) for key in ("subject", "object")}
    rows["entities"] = [r for r in house.rows.get("entities", ()) if r["id"] in told]
    rows["aliases"] = [r for r in house.rows.get("aliases", ()) if r["entity"] in told]
    sources = [each for each in house.sources if was_asked or each.kind not in _WHOLE]
    return house.model_copy(update={"rows": rows, "sources": sources})


def _is_used(row: Mapping[str, Any], seen: Seen, said: str) -> bool:
    """Whether a run named a row, has its data, or was shown the words of a lesson."""
    if "graph" in row:  # a lesson, which a prompt has in these words
        words = (row["before"], row["after"], " ".join(row["reason"].split()))
        return all(each in said for each in words)
    return row.get("id") in seen.named or canonical(row.get("data")) in seen.forms


def _reduced(
    snapshot: Snapshot, texts: Mapping[str, str], seen: Seen, others: Spans, paths: set[str]
) -> tuple[Snapshot, dict[str, str]]:
    """What was known of one client with only what was seen; `paths` are names that tell sources."""
    for source, span in _rested_on(snapshot, seen):
        seen.spans[source].append(span)
    scope, kept, words = ClientScope(snapshot.client), list[KnownSource](), dict[str, str]()
    for known in snapshot.sources:
        identity, text = source_id(scope, known.path), texts[known.text]
        spans = seen.spans.get(identity, []) + others.get(identity, [])
        if known.kind in _WHOLE:
            spans = [(0, len(text))]
        is_named = identity in seen.named or known.path in seen.named & paths
        if not spans and not is_named:
            continue
        left = elided(text, [(0, head(text)), *(spans or [(0, len(text))])])
        name = text_name(left)
        words[name] = left
        kept.append(known.model_copy(update={"text": name, "spans": _within(known, left, text)}))
    rows = dict(_rows(snapshot, {source_id(scope, each.path) for each in kept}))
    return snapshot.model_copy(update={"sources": kept, "rows": rows}), words


def _rested_on(snapshot: Snapshot, seen: Seen) -> Iterator[tuple[str, tuple[int, int]]]:
    """Where the records stand that a run has the words of, such as an offer, and not the id."""
    rows = snapshot.rows.get("records", ())
    owners = {row["id"] for row in rows if canonical(row["data"]) in seen.forms}
    for row in snapshot.rows.get("citations", ()):
        if row["owner"] in owners:
            yield row["source"], (row["start"], row["end"])


def elided(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """A text of which only the spans can be read; it is as long as it was."""
    kept, at = [], 0
    for start, end in [*sorted(spans), (len(text), len(text))]:
        kept.append("".join(sign if sign.isspace() else _ELIDED for sign in text[at:start]))
        kept.append(text[max(at, start) : end])
        at = max(at, end)
    return "".join(kept)[: len(text)]


def _within(known: KnownSource, left: str, text: str) -> list[Any]:
    """The passages that can still be read whole; their headings only where those can, too."""
    found = []
    for start, end, heading, at in known.spans:
        if left[start:end] == text[start:end]:
            found.append((start, end, heading, at))
    return found


def _questions(tape: Tape, client: str) -> Iterator[str]:
    requests = (entry.request for entry in tape.entries("recall"))
    asked = (each for each in requests if each["client"] == client)
    yield from dict.fromkeys(str(each.get("search") or each.get("known") or "") for each in asked)


def _rows(snapshot: Snapshot, sources: set[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows that rest on the sources that are left; a record that rests on another one goes."""
    cited = defaultdict(set)
    for row in snapshot.rows.get("citations", ()):
        cited[row["owner"]].add(row["source"])
    gone = {owner for owner, of in cited.items() if not of <= sources}
    keys = {"records": "id", "facts": "id", "citations": "owner"}
    for name, rows in snapshot.rows.items():
        kept = [row for row in rows if row.get(keys.get(name, ""), "") not in gone]
        if name == "extractions":
            kept = [row for row in kept if row["source"] in sources]
        if kept:
            yield name, kept
