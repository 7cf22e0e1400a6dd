"""Recall: what is known of a client, with its sources, as agents may use it.

A client with nothing to recall gives an empty list. What was recalled is kept on the run's tape, in
a lane of its own: a replay holds it fixed, so that a better index does not invalidate what a model
said about yesterday's passages.

No method takes a client's name: the scope comes from the run, and a model never sees or fills it.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from savoirfaire.errors import NotFoundError
from savoirfaire.knowledge.ledger import StoredPassage
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.tools.tape import CallScope, Tape, tape_key

TapeUse = Literal["none", "record", "record-missing", "replay"]


@dataclass(frozen=True)
class Recalled:
    """A span of a source: `text(source)[start:end] == quote`. Score 0 where it was not searched."""

    source: str
    path: str
    title: str
    kind: str
    start: int
    end: int
    heading: str
    quote: str
    score: float = 0.0


class Recall:
    """Reads of a client's knowledge, on or off a tape."""

    def __init__(
        self, knowledge: Knowledge, *, tape: Tape | None = None, use: TapeUse = "none"
    ) -> None:
        self.knowledge = knowledge
        self._tape = tape
        self._use: TapeUse = use if tape is not None else "none"

    def search(
        self, scope: ClientScope, question: str, *, kinds: Sequence[str], limit: int, node: str
    ) -> list[Recalled]:
        """The passages that answer `question` best, best first, among sources of these kinds."""

        def fetch() -> list[Recalled]:
            found = self.knowledge.search(scope, question, limit=limit, kinds=kinds)
            return [_recalled(each.passage, each.score) for each in found]

        asked = {"search": question, "kinds": list(kinds), "limit": limit}
        return self._remember(scope, asked, node, fetch)

    def whole(self, scope: ClientScope, names: Sequence[str], *, node: str) -> list[Recalled]:
        """Every passage of the sources named by path, or by the folder they are in, in order.

        Raises NotFoundError for a name that matches none of the client's sources.
        """

        def fetch() -> list[Recalled]:
            sources = [source for name in names for source in self._named(scope, name)]
            return [
                _recalled(passage)
                for source in dict.fromkeys(sources)
                for passage in self.knowledge.ledger.passages_of(scope, source)
            ]

        return self._remember(scope, {"whole": list(names)}, node, fetch)

    def latest(self, scope: ClientScope, kind: str, *, count: int, node: str) -> list[Recalled]:
        """Every passage of the newest `count` sources of a kind, newest source first."""

        def fetch() -> list[Recalled]:
            newest = self.knowledge.ledger.sources(scope, kind=kind)[:count]
            return [
                _recalled(passage)
                for source in newest
                for passage in self.knowledge.ledger.passages_of(scope, source.id)
            ]

        return self._remember(scope, {"latest": kind, "count": count}, node, fetch)

    def _named(self, scope: ClientScope, name: str) -> list[str]:
        folder = name.rstrip("/") + "/"
        found = [
            row
            for row in self.knowledge.ledger.sources(scope)
            if row.path == name or row.path.startswith(folder)
        ]
        if not found:
            raise NotFoundError(
                "{client} has no source {source}{near}",
                client=scope.client,
                source=name,
                near=near(name, [row.path for row in self.knowledge.ledger.sources(scope)]),
                hint="Ingest it first: `savoir ingest CLIENT PATH`.",
            )
        return [row.id for row in sorted(found, key=lambda row: str(row.path))]

    def _remember(
        self,
        scope: ClientScope,
        asked: dict[str, Any],
        node: str,
        fetch: Callable[[], list[Recalled]],
    ) -> list[Recalled]:
        if self._tape is None or self._use == "none":
            return fetch()
        request = {"client": scope.client, **asked}
        caller = CallScope(role="recall", node=node)
        if self._use == "replay" or (
            self._use == "record-missing"
            and self._tape.find("recall", tape_key(request, caller)) is not None
        ):
            return [Recalled(**each) for each in self._tape.play("recall", request, caller)]
        found = fetch()
        self._tape.add("recall", request, caller, [asdict(each) for each in found])
        return found


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
