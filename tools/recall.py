"""Recall: what is known of a client, with its sources, as agents may use it.

A client with nothing to recall gives an empty list. What was recalled is kept on the run's tape, in
a lane of its own: a replay holds it fixed, so that a better index does not invalidate what a model
said about yesterday's passages.

No method takes a client's name: the scope comes from the run, and a model never sees or fills it.
"""

import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, TypeVar

from sqlalchemy import Row

from savoirfaire.errors import NotFoundError, SavoirError
from savoirfaire.knowledge.ledger import StoredPassage
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.readers.frontmatter import scalars
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.times import AsOf, check_instant
from savoirfaire.knowledge.where import Where
from savoirfaire.tools.statements import (
    RecalledFact,
    RecalledRecord,
    Span,
    facts_about,
    records_at,
)
from savoirfaire.tools.tape import CallScope, Tape, tape_key

T = TypeVar("T")
TapeUse = Literal["none", "record", "record-missing", "replay"]
_SHORTLY = 0.2  # seconds


@dataclass(frozen=True)
class Recalled:
    """A span of a source: `text(source)[start:end] == quote`. Score 0 where it was not searched.

    `section` is where the source's own front matter asks to be put, if it says so.
    """

    source: str
    path: str
    title: str
    kind: str
    start: int
    end: int
    heading: str
    quote: str
    score: float = 0.0
    section: str = ""


@dataclass(frozen=True)
class Known:
    """What is known of a question at a run's clock: passages, facts, and records of the Brand OS.

    Each statement has its spans, which are exact quotes of sources. `clock` is the instant up to
    which it was known; from a tape, that of the run that was recorded.
    """

    clock: str
    passages: list[Recalled]
    facts: list[RecalledFact]
    records: list[RecalledRecord]


class Recall:
    """Reads of a client's knowledge, on or off a tape."""

    def __init__(
        self, knowledge: Knowledge, *, tape: Tape | None = None, use: TapeUse = "none"
    ) -> None:
        self.knowledge = knowledge
        self._tape = tape
        self._use: TapeUse = use if tape is not None else "none"
        self._guard = threading.Lock()
        self._resting = False

    def rest(self) -> None:
        """Let other processes search, shortly: runs beside this one may search before them.

        To take the index and give it back costs more than to search it.
        """
        with self._guard:
            if self._resting:
                return
            self._resting = True
        timer = threading.Timer(_SHORTLY, self._rest)
        timer.daemon = True
        timer.start()

    def _rest(self) -> None:
        with self._guard:
            self._resting = False
        self.knowledge.release()

    def search(
        self,
        scope: ClientScope,
        question: str,
        *,
        kinds: Sequence[str],
        limit: int,
        node: str,
        clock: str = "",
    ) -> list[Recalled]:
        """The passages that answer `question` best, best first, among sources of these kinds.

        With no kind named, all of the client's own sources are searched; with a `clock`, as far as
        they were known and dated by that instant.
        """

        def fetch() -> list[Recalled]:
            where = Where(kinds=tuple(kinds), as_of=_point(clock) if clock else None)
            found = self.knowledge.search(scope, question, limit=limit, where=where)
            return [_recalled(each.passage, each.score) for each in found]

        asked = {"search": question, "kinds": list(kinds), "limit": limit}
        return self._remember(scope, asked, node, fetch, _plain, _played)

    def known(
        self,
        scope: ClientScope,
        question: str,
        *,
        clock: str,
        node: str,
        entities: Sequence[str] = (),
        records: Sequence[str] = (),
        kinds: Sequence[str] = (),
        limit: int = 8,
        facts: int = 50,
    ) -> Known:
        """What answers `question` as far as was known and held at `clock`, the run's own instant.

        The `limit` best passages, of sources of these `kinds`, none for 0; at most as many `facts`
        as asked for about what the question or `entities` names, and about what those facts lead
        to; and the active `records` of the kinds named. Nothing dated or recorded after `clock` is
        among them,
        nor anything superseded or retracted by then. What is not known is empty, never an error.

        The clock is no part of what is asked: a replay, whose clock is later, finds what was
        recalled when the tape was made. Raises SavoirError for a clock that is no instant.
        """
        point = _point(clock)

        def fetch() -> Known:
            where = Where(kinds=tuple(kinds), as_of=point)
            found = (
                self.knowledge.search(scope, question, limit=limit, where=where) if limit else []
            )
            return Known(
                clock,
                [_recalled(each.passage, each.score) for each in found],
                facts_about(self.knowledge, scope, question, entities, point, facts),
                records_at(self.knowledge, scope, records, point),
            )

        asked = {
            "known": question,
            "entities": list(entities),
            "records": list(records),
            "kinds": list(kinds),
            "limit": limit,
            "facts": facts,
        }
        return self._remember(scope, asked, node, fetch, asdict, _played_known)

    def whole(self, scope: ClientScope, names: Sequence[str], *, node: str) -> list[Recalled]:
        """Every passage of the sources named by path, or by the folder they are in, in order.

        Raises NotFoundError for a name that matches none of the client's sources.
        """

        def fetch() -> list[Recalled]:
            rows = self.knowledge.ledger.sources(scope)
            found = [each for name in names for each in named(scope, rows, name)]
            sections = {source: self._section(scope, source) for source in found}
            return [
                replace(each, section=sections[each.source])
                for each in self._passages(scope, found)
            ]

        return self._remember(scope, {"whole": list(names)}, node, fetch, _plain, _played)

    def latest(self, scope: ClientScope, kind: str, *, count: int, node: str) -> list[Recalled]:
        """Every passage of the newest `count` sources of a kind, newest source first."""
        if count < 1:
            raise ValueError(f"count must be at least 1, not {count}")

        def fetch() -> list[Recalled]:
            newest = self.knowledge.ledger.sources(scope, kind=kind)[:count]
            return self._passages(scope, [source.id for source in newest])

        asked = {"latest": kind, "count": count}
        return self._remember(scope, asked, node, fetch, _plain, _played)

    def _section(self, scope: ClientScope, source: str) -> str:
        """The section that a source's front matter asks for."""
        return scalars(self.knowledge.ledger.text(scope, source)).get("section", "")

    def _passages(self, scope: ClientScope, sources: Sequence[str]) -> list[Recalled]:
        """Every passage of these sources, each source once."""
        with self.knowledge.ledger.snapshot(scope) as known:
            return [
                _recalled(passage)
                for source in dict.fromkeys(sources)
                for passage in known.passages_of(source)
            ]

    def _remember(
        self,
        scope: ClientScope,
        asked: dict[str, Any],
        node: str,
        fetch: Callable[[], T],
        plain: Callable[[T], Any],
        played: Callable[[Any], T],
    ) -> T:
        """What `fetch` gives, or the tape holds; `plain` and `played` are its form on the tape."""
        self.knowledge.ledger.check(scope)
        if self._tape is None or self._use == "none":
            return fetch()
        request = {"client": scope.client, **asked}
        caller = CallScope(role="recall", node=node)
        if self._use == "replay" or (
            self._use == "record-missing"
            and self._tape.find("recall", tape_key(request, caller)) is not None
        ):
            return _read_back(self._tape.play("recall", request, caller), played)
        found = fetch()
        self._tape.add("recall", request, caller, plain(found))
        return found


def _point(clock: str) -> AsOf:
    """The moment of a run's clock, on both axes. Raises SavoirError for what is no instant."""
    return AsOf(check_instant(clock)[: len("2025-03-01")], clock)


def named(scope: ClientScope, rows: Sequence[Row[Any]], name: str) -> list[str]:
    """The ids of the sources with this path, or in the folder of this name, by path."""
    wanted = unicodedata.normalize("NFC", name)  # as paths are kept
    folder = wanted.rstrip("/") + "/"
    found = {row.path: row.id for row in rows if row.path == wanted or row.path.startswith(folder)}
    if not found:
        raise NotFoundError(
            "{client} has no source {source}{near}",
            client=scope.client,
            source=name,
            near=near(name, [row.path for row in rows]),
            hint="Ingest it first: `savoir ingest CLIENT PATH`.",
        )
    return [found[path] for path in sorted(found)]


def _read_back(reply: Any, played: Callable[[Any], T]) -> T:
    """A reply of the tape in its own form. Raises SavoirError where it has another."""
    try:
        return played(reply)
    except (TypeError, LookupError) as error:
        raise SavoirError(
            "what the tape recalls is not in a form that is known here",
            hint="Record the tape again.",
        ) from error


def _plain(found: list[Recalled]) -> list[dict[str, Any]]:
    return [asdict(each) for each in found]


def _played(reply: Any) -> list[Recalled]:
    return [Recalled(**each) for each in reply]


def _played_known(reply: Any) -> Known:
    return Known(
        reply["clock"],
        _played(reply["passages"]),
        [RecalledFact(**each | _spans(each)) for each in reply["facts"]],
        [RecalledRecord(**each | _spans(each)) for each in reply["records"]],
    )


def _spans(statement: Any) -> dict[str, tuple[Span, ...]]:
    return {"spans": tuple(Span(**each) for each in statement["spans"])}


def _recalled(passage: StoredPassage, score: float = 0.0) -> Recalled:
    return Recalled(
        source=passage.source,
        path=passage.path,
        title=passage.title,
        kind=passage.kind,
        start=passage.start,
        end=passage.end,
        heading=passage.heading,
        quote=passage.quote,
        score=score,
    )
