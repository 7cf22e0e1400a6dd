"""Every way to a client's knowledge, listed: a new public method without an entry here fails."""

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.errors import ScopeError
from savoirfaire.knowledge import ingest as ingesting
from savoirfaire.knowledge.analysis import analyse
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.index import EdgeIndex, Item
from savoirfaire.knowledge.ledger import Ledger, Snapshot, Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.tools.outbox import Effect, Outbox
from savoirfaire.tools.recall import Recall

CANARY = "xylophone-{client}-quokka"
PATH = "notes/plan.md"
SAME = "s000000000000"


class Everything:
    """A store with two clients whose sources have the same names, and all that reads or writes."""

    def __init__(self, folder: Path, clients: Sequence[str] = ("acme", "bolt")) -> None:
        self.knowledge = Knowledge.open(folder, wait=2)
        self.ledger = self.knowledge.ledger
        self.index = self.knowledge._index
        self.recall = Recall(self.knowledge)
        self.engine = open_database(folder / "ledger.db")
        self.outbox = Outbox(self.engine, folder / "outbox")
        self.folder = folder
        (folder / "in").mkdir()
        (folder / "in" / "one.md").write_text("One file.")
        for client in clients:
            scope = self.ledger.add_client(client, "en")
            self.knowledge.put(scope, [source(scope, "same words")])
            self.ledger.add_lesson(scope, "key", **_lesson(client))
        self._overlap(clients)

    def _overlap(self, clients: Sequence[str]) -> None:
        """Give both clients' sources and passages the same ids, which hashes would keep apart."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            connection.exec_driver_sql(f"UPDATE sources SET id = '{SAME}'")
            connection.exec_driver_sql(f"UPDATE passages SET source = '{SAME}', id = start + 1")
        for client in clients:
            self.index.drop(ClientScope(client))
            self.knowledge.search(ClientScope(client), "same words")  # builds it again

    def snapshot(self, scope: ClientScope, read: Callable[[Snapshot], Any]) -> Any:
        """What is read from a snapshot."""
        with self.ledger.snapshot(scope) as known:
            return read(known)

    def close(self) -> None:
        """Close both connections."""
        self.knowledge.close()
        self.engine.dispose()


def source(scope: ClientScope, words: str, path: str = PATH) -> Source:
    """A source with the canary of its client."""
    client = scope.client if isinstance(scope, ClientScope) else "nobody"
    text = f"# {words}\n\n{CANARY.format(client=client)} and {words}.\n"
    if client == "bolt":  # more of the same words, elsewhere
        text = f"{text}\n# {words}\n\n{words} of bolt\n\n# {words}\n\n{words} and words"
    spans = cut(source_id(ClientScope(client), path), text)
    return Source(path, "edition", words, "2025-01-01", "en", client, text, spans)


def _lesson(client: str) -> dict[str, str]:
    words = dict.fromkeys(("before", "after", "reason", "author"), CANARY.format(client=client))
    return {"graph": "newsletter", "run": "r1", **words}


_WEIGHTS = dict.fromkeys(analyse("same words xylophone quokka").counts, 1.0)

# Reads: each is asked for everything there is to find under the other client's names and ids too.
READS: dict[str, Callable[[Everything, ClientScope], Any]] = {
    "Ledger.language": lambda e, s: e.ledger.language(s),
    "Ledger.revision": lambda e, s: e.ledger.revision(s),
    "Ledger.check": lambda e, s: e.ledger.check(s),
    "Ledger.known": lambda e, s: e.ledger.known(s),
    "Ledger.text": lambda e, s: e.ledger.text(s, SAME),
    "Ledger.sources": lambda e, s: [tuple(row) for row in e.ledger.sources(s, kind="edition")],
    "Ledger.snapshot": lambda e, s: e.snapshot(s, lambda known: known.revision),
    "Ledger.passages_of": lambda e, s: e.ledger.passages_of(s, SAME),
    "Ledger.lessons": lambda e, s: e.ledger.lessons(s, "newsletter"),
    "Snapshot.statistics": lambda e, s: e.snapshot(s, lambda known: known.statistics(_WEIGHTS)),
    "Snapshot.term_counts": lambda e, s: e.snapshot(s, Snapshot.term_counts),
    "Snapshot.passages": lambda e, s: e.snapshot(s, lambda known: known.passages(range(9))),
    "Snapshot.passages_of": lambda e, s: e.snapshot(s, lambda known: known.passages_of(SAME)),
    "Snapshot.analysed": lambda e, s: e.snapshot(s, lambda known: list(known.analysed())),
    "Knowledge.search": lambda e, s: e.knowledge.search(s, "same words xylophone", limit=50),
    "Knowledge.brand": lambda e, s: e.knowledge.brand(s),
    "Recall.search": lambda e, s: e.recall.search(
        s, "same words xylophone", kinds=["edition"], limit=50, node="n"
    ),
    "Recall.whole": lambda e, s: e.recall.whole(s, [PATH, "notes"], node="n"),
    "Recall.latest": lambda e, s: e.recall.latest(s, "edition", count=50, node="n"),
    "EdgeIndex.revision": lambda e, s: e.index.revision(s),
    "EdgeIndex.search": lambda e, s: e.index.search(s, _WEIGHTS, limit=50),
}
QUOTING = {
    *("Ledger.text", "Ledger.passages_of", "Ledger.lessons", "Snapshot.passages"),
    *("Snapshot.passages_of", "Knowledge.search", "Recall.search", "Recall.whole", "Recall.latest"),
}
WRITES: dict[str, Callable[[Everything, ClientScope], Any]] = {
    "Ledger.put": lambda e, s: e.ledger.put(s, [source(s, "new words", "new.md")]),
    "Ledger.recount": lambda e, s: e.ledger.recount(s, e.ledger.revision(s), {}),
    "Ledger.move": lambda e, s: e.ledger.move(s, {"a.md": b"/elsewhere/a.md"}),
    "Ledger.add_lesson": lambda e, s: e.ledger.add_lesson(s, "k", **_lesson(_name(s))),
    "Knowledge.put": lambda e, s: e.knowledge.put(s, [source(s, "new words", "new.md")]),
    "EdgeIndex.rebuild": lambda e, s: e.index.rebuild(s, [_item()], 7),
    "EdgeIndex.update": lambda e, s: e.index.update(s, [_item()], {1, 2}, 8),
    "EdgeIndex.drop": lambda e, s: e.index.drop(s),
    "Outbox.publish": lambda e, s: e.outbox.publish(
        s, Effect(f"key of {_name(s)}", "r1", "publish", {"a.md": "text"}, "approval")
    ),
    "ingest.ingest": lambda e, s: ingesting.ingest(e.knowledge, s, [e.folder / "in"]),
}
NO_SCOPE = {
    "Ledger.close": "closes connections",
    "Ledger.add_client": "makes the client",
    "Ledger.clients": "names and counts, for the person at the command line",
    "Ledger.scope": "is how a scope is got: refuses unknown names, tested below",
    "Knowledge.open": "opens a folder",
    "Knowledge.close": "closes",
    "Knowledge.release": "closes",
    "EdgeIndex.release": "closes",
    "EdgeIndex.using": "gives nothing to read; tested with the locks",
    "Outbox.folder": "is a path",
}
CLASSES = [Ledger, Snapshot, Knowledge, Recall, EdgeIndex, Outbox]


def _name(scope: object) -> str:
    return scope.client if isinstance(scope, ClientScope) else "nobody"


def _item() -> Item:
    return Item(1, analyse("a new word"), {"source": "s1", "kind": "edition"})


def _flat(value: Any) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        return " ".join(_flat(each) for pair in value.items() for each in pair)
    if isinstance(value, list | tuple | set):
        return " ".join(_flat(each) for each in value)
    return str(value)


@pytest.fixture(scope="module")
def everything(in_memory: Path) -> Iterator[Everything]:
    """The two clients, for what changes nothing."""
    (in_memory / "everything").mkdir()
    made = Everything(in_memory / "everything")
    yield made
    made.close()


@pytest.fixture(scope="module")
def alone(in_memory: Path) -> Iterator[Everything]:
    """The first of the two clients, without the other."""
    (in_memory / "alone").mkdir()
    made = Everything(in_memory / "alone", ["acme"])
    yield made
    made.close()


@pytest.fixture
def changing(data: Path) -> Iterator[Everything]:
    """The two clients, for one write."""
    made = Everything(data)
    yield made
    made.close()


def test_every_path_is_listed() -> None:
    """A public method that is on no list here has not been proven to keep clients apart."""
    public = {
        f"{each.__name__}.{name}"
        for each in CLASSES
        for name, _ in inspect.getmembers(each, inspect.isroutine)
        if not name.startswith("_")
    }
    functions = {
        f"ingest.{name}"
        for name, value in vars(ingesting).items()
        if inspect.isfunction(value) and value.__module__ == ingesting.__name__
        if not name.startswith("_")
    }
    assert public | functions == {*READS, *WRITES, *NO_SCOPE}


@pytest.mark.parametrize("path", [*READS, *WRITES])
@pytest.mark.parametrize("scope", [None, "", "acme"], ids=repr)
def test_no_scope(everything: Everything, path: str, scope: Any) -> None:
    """No path is open without a scope, nor to a bare name."""
    with pytest.raises(ScopeError):
        {**READS, **WRITES}[path](everything, scope)


@pytest.mark.parametrize(
    "path", [path for path in {**READS, **WRITES} if not path.startswith("EdgeIndex")]
)
def test_unknown_client(everything: Everything, path: str) -> None:
    """No path is open to a client that does not exist; the message has the nearest name."""
    with pytest.raises(ScopeError, match=r"there is no client acne → acme\?"):
        {**READS, **WRITES}[path](everything, ClientScope("acne"))
    assert not (everything.folder / "index" / "acne.lock").exists()


def test_scope_of_an_unknown_client(everything: Everything) -> None:
    """A scope is only given for a client that exists."""
    assert everything.ledger.scope("acme") == ClientScope("acme")
    with pytest.raises(ScopeError, match=r"no client bolts → bolt\?"):
        everything.ledger.scope("bolts")


@pytest.mark.parametrize("path", READS)
def test_no_read_crosses(everything: Everything, alone: Everything, path: str) -> None:
    """With the same ids and words on both sides, a client reads what it would read if alone."""
    mine = _flat(READS[path](everything, ClientScope("acme")))
    assert _kept(mine) == _kept(_flat(READS[path](alone, ClientScope("acme"))))
    assert (CANARY.format(client="acme") in mine) == (path in QUOTING)
    assert "bolt" not in mine


def _kept(said: str) -> str:
    """An answer without times and revisions, which are never the same."""
    return re.sub(r"\b\d{6,}\b|\d\d:\d\d:[\d.]+", "N", said)


@pytest.mark.parametrize("path", WRITES)
def test_no_write_crosses(changing: Everything, path: str) -> None:
    """Whatever is written for one client, all that the other reads stays as it was."""
    bolt = ClientScope("bolt")
    before = {name: read(changing, bolt) for name, read in READS.items()}
    WRITES[path](changing, ClientScope("acme"))
    assert {name: read(changing, bolt) for name, read in READS.items()} == before
