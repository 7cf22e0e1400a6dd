"""Every way to a client's knowledge, listed: a new public method without an entry here fails."""

import inspect
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, is_dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qdrant_client import QdrantClient
from sqlalchemy import insert, select

from savoirfaire.agents.personas.store import PanelStore
from savoirfaire.agents.triage.starts import Starts
from savoirfaire.agents.triage.store import TriageStore
from savoirfaire.agents.voice import shelf
from savoirfaire.errors import ScopeError
from savoirfaire.evals.recording.taking import take
from savoirfaire.graphs import costing, timing
from savoirfaire.graphs.budgets import parked
from savoirfaire.graphs.budgets.limits import Budgets
from savoirfaire.graphs.budgets.tariff import Tariff
from savoirfaire.graphs.campaigning import expecting
from savoirfaire.graphs.leases import Leases
from savoirfaire.graphs.mailing import routing
from savoirfaire.graphs.retention import Retention
from savoirfaire.knowledge import archives
from savoirfaire.knowledge import ingest as ingesting
from savoirfaire.knowledge.bm25 import passage_weights
from savoirfaire.knowledge.brandos.fields import Form
from savoirfaire.knowledge.brandos.forms import Industry
from savoirfaire.knowledge.brandos.records import Citation, Record
from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.engines import Item, SparseVector
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.engines.server import ServerIndex
from savoirfaire.knowledge.facts import Facts
from savoirfaire.knowledge.ledger import Ledger, Snapshot, Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.rows import Held
from savoirfaire.knowledge.schema import metadata, tombstones
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.sketches import analyse
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.tombstones import Tombstones
from savoirfaire.tools.outbox import Effect, Outbox
from savoirfaire.tools.recall import Recall
from tests.conftest import copy_tree
from tests.knowledge.statements import not_kept, one_client_only

pytestmark = [  # qdrant-client's local mode says what it does without
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact"),
]
CANARY = "xylophone-{client}-quokka"
PATH = "notes/plan.md"
SAME = "s000000000000"
THREAD = "launch"


class Everything:
    """A store with two clients whose sources have the same names, and all that reads or writes."""

    def __init__(
        self, folder: Path, clients: Sequence[str] = ("acme", "bolt"), *, filled: bool = False
    ) -> None:
        self.knowledge = Knowledge.open(folder, wait=2)
        self.ledger = self.knowledge.ledger
        self.index = self.knowledge._index
        self.recall = Recall(self.knowledge)
        self.engine = open_database(folder / "ledger.db")
        self.outbox = Outbox(self.engine, folder / "outbox")
        self.stones = Tombstones(self.engine, bytes(32))
        self.folder = folder
        if not filled:
            self._fill(clients)
        self.server = ServerIndex(QdrantClient(":memory:"), "all", "f", locks=folder / "locks")
        for client in clients:
            scope = ClientScope(client)
            self.server.rebuild(scope, list(self.index.items(scope)), 1)

    def _fill(self, clients: Sequence[str]) -> None:
        (self.folder / "in").mkdir()
        (self.folder / "in" / "one.md").write_text("One file.")
        for client in clients:
            scope = self.ledger.add_client(client, "en")
            self.knowledge.put(scope, [source(scope, "same words")])
            self.ledger.add_lesson(scope, "key", **_lesson(client))
            self._bury(client)
            self._state(scope)
        self._overlap(clients)

    def _bury(self, client: str) -> None:
        """Forget a source and a person of each client, not of the other."""
        said = {"forgotten_at": "2025-01-01T00:00:00.000Z", "certificate": "c"}
        with self.engine.begin() as connection:
            for kind, value in (("source", client), ("person", f"Kim of {client}")):
                connection.execute(
                    insert(tombstones), self.stones.graves(client, kind, [value], said)
                )

    def _state(self, scope: ClientScope) -> None:
        """A fact with a value, one that leads elsewhere, and a proposed one."""
        for more in _FACTS:
            said = {**more, "value": more.get("value") and CANARY.format(client=scope.client)}
            _assert(self, scope, source_id(scope, PATH), **said)
        for topic in ("one", "two"):
            _propose(self, scope, topic, source_id(scope, PATH))
        first = self.knowledge.brand_os.list(scope, status="proposed")[0]
        self.knowledge.brand_os.accept(scope, first.id, by="kim")

    def _overlap(self, clients: Sequence[str]) -> None:
        """Give both clients' sources and passages the same ids, which hashes would keep apart."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            connection.exec_driver_sql(f"UPDATE sources SET id = '{SAME}'")
            connection.exec_driver_sql(f"UPDATE passages SET source = '{SAME}', id = start + 1")
            for statement in (*_SAME_RECORDS, *_SAME_FACTS):
                connection.exec_driver_sql(statement)
        for client in clients:
            self.index.drop(ClientScope(client))
            self.ledger.note_extracted(ClientScope(client), "extractor@1", SAME, client, 3)
            self.knowledge.search(ClientScope(client), "same words")  # builds it again

    def snapshot(self, scope: ClientScope, read: Callable[[Snapshot], Any]) -> Any:
        """What is read from a snapshot."""
        with self.ledger.snapshot(scope) as known:
            return read(known)

    def within(self, scope: ClientScope) -> Any:
        """What was forgotten of a client, inside a transaction."""
        with self.engine.connect() as connection:
            return sorted(self.stones.within(scope, connection).hashes)

    def archive(self, scope: ClientScope) -> Any:
        """What an archive of a client holds."""
        file = self.folder / "archive.zip"
        try:
            archives.export(scope, self.engine, self.folder / "outbox", file)
            with zipfile.ZipFile(file) as archive:
                names = [each for each in archive.namelist() if each != "manifest.json"]
                return [archive.read(each).decode() for each in names]
        finally:
            file.unlink(missing_ok=True)

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
    made = Source(path, "edition", words, "2025-01-01", "en", client, text, spans)
    return replace(made, thread=THREAD, place=1)


def _lesson(client: str) -> dict[str, str]:
    words = dict.fromkeys(("before", "after", "reason", "author"), CANARY.format(client=client))
    return {"graph": "newsletter", "run": "r1", **words}


_FACTS: list[dict[str, Any]] = [
    {"attribute": "words", "value": "x"},
    {"attribute": "to", "object": "Other"},
    {"attribute": "perhaps", "value": "x", "status": "proposed"},
]
# The records of both clients get the same ids too.
_SAME_RECORDS = (
    "UPDATE citations SET owner = r.key FROM records r WHERE r.id = owner",
    "UPDATE records SET id = key",
)
# The facts and entities of both clients get the same ids too.
_SAME_FACTS = (
    "UPDATE facts SET subject = (SELECT 'e' || name FROM entities WHERE id = subject)",
    "UPDATE facts SET object = (SELECT 'e' || name FROM entities WHERE id = object)",
    "UPDATE aliases SET entity = (SELECT 'e' || name FROM entities WHERE id = entity)",
    "UPDATE entities SET id = 'e' || name",
    f"UPDATE citations SET source = '{SAME}'",
    "UPDATE citations SET owner = f.attribute || f.subject FROM facts f WHERE f.id = owner",
    "UPDATE facts SET id = attribute || subject",
)


def _assert(everything: Everything, scope: ClientScope, where: str = SAME, **more: Any) -> Any:
    quote = CANARY.format(client=_name(scope))
    said = {"citations": [Citation(source=where, quote=quote)], "author": "kim", **more}
    return everything.knowledge.facts.assert_(scope, "Same", **said)  # noqa: PT009


def _from_record(everything: Everything, scope: ClientScope) -> None:
    form: Form = Industry(name=f"trade of {_name(scope)}")
    record = Record(
        id="r1",
        kind="industry",
        key=form.key,
        status="active",
        data=form,
        author="kim",
        proposed_at="2025-01-01T00:00:00.000Z",
    )
    with everything.engine.begin() as connection:
        everything.knowledge.facts.from_record(connection, scope, record)


def _within(everything: Everything, scope: ClientScope, call: Callable[..., Any]) -> None:
    with everything.engine.begin() as connection:
        call(connection, scope)


def _propose(everything: Everything, scope: ClientScope, topic: str, where: str = SAME) -> Any:
    quote = CANARY.format(client=_name(scope))
    cited = [Citation(source=where, quote=quote)]
    data = {"topic": topic, "statement": quote}
    return everything.knowledge.brand_os.propose(
        scope, "learning", data, citations=cited, author="kim"
    )


def _put(everything: Everything, scope: ClientScope) -> None:
    """A new source, and after something rests on it, that source with other words around."""
    everything.ledger.put(scope, [source(scope, "new words", "new.md")])
    _propose(everything, scope, "three", source_id(scope, "new.md"))
    everything.ledger.put(scope, [source(scope, "other words", "new.md")])


def _merge(everything: Everything, scope: ClientScope, *, back: bool) -> None:
    everything.knowledge.facts.merge(scope, "Same", "Other")
    if back:
        everything.knowledge.facts.separate(scope, "eOther")


def _voice(voice: shelf.VoiceProfile | None) -> Any:
    return voice and [voice.fingerprint, voice.editions, voice.counts, voice.habits, voice.phrases]


_WEIGHTS = dict.fromkeys(analyse("same words xylophone quokka").terms[0].tolist(), 1.0)

# Reads: each is asked for everything there is to find under the other client's names and ids too.
READS: dict[str, Callable[[Everything, ClientScope], Any]] = {
    "Ledger.language": lambda e, s: e.ledger.language(s),
    "Ledger.retrieval": lambda e, s: e.ledger.retrieval(s),
    "Ledger.revision": lambda e, s: e.ledger.revision(s),
    "Ledger.check": lambda e, s: e.ledger.check(s),
    "Ledger.known": lambda e, s: e.ledger.known(s),
    "Ledger.text": lambda e, s: e.ledger.text(s, SAME),
    "Ledger.sources": lambda e, s: [tuple(row) for row in e.ledger.sources(s, kind="edition")],
    "Ledger.snapshot": lambda e, s: e.snapshot(s, lambda known: known.revision),
    "Ledger.passages_of": lambda e, s: e.ledger.passages_of(s, SAME),
    "Ledger.containers": lambda e, s: e.ledger.containers(s),
    "Ledger.mails": lambda e, s: e.ledger.mails(s),
    "Ledger.mail": lambda e, s: e.ledger.mail(s, SAME),
    "Ledger.listed": lambda e, s: e.ledger.listed(s),
    "Ledger.distinct": lambda e, s: sorted(e.ledger.distinct(s)["kind"]),
    "Ledger.described": lambda e, s: e.ledger.described(s, PATH),
    "Ledger.lessons": lambda e, s: e.ledger.lessons(s, "newsletter"),
    "Ledger.document": lambda e, s: tuple(e.ledger.document(s, SAME)),
    "Ledger.extracted": lambda e, s: e.ledger.extracted(s, "extractor@1"),
    "Snapshot.statistics": lambda e, s: e.snapshot(
        s, lambda known: (known.statistics().terms.as_dict(), known.statistics().grams.tolist())
    ),
    "Snapshot.passages": lambda e, s: e.snapshot(s, lambda known: known.passages(range(9))),
    "Snapshot.passages_of": lambda e, s: e.snapshot(s, lambda known: known.passages_of(SAME)),
    "Snapshot.sketches": lambda e, s: e.snapshot(s, lambda known: list(known.sketches())),
    "Snapshot.searched": lambda e, s: e.snapshot(s, lambda known: known.searched(range(9))),
    "Snapshot.ids": lambda e, s: e.snapshot(s, Snapshot.ids),
    "Snapshot.candidates": lambda e, s: e.snapshot(
        s, lambda known: [tuple(row) for row in known.candidates(range(9))]
    ),
    "Snapshot.neighbours": lambda e, s: e.snapshot(
        s, lambda known: [tuple(row) for row in known.neighbours(THREAD, range(9))]
    ),
    "Snapshot.heads": lambda e, s: e.snapshot(s, lambda known: known.heads(known.ids())),
    "Knowledge.search": lambda e, s: e.knowledge.search(s, "same words xylophone", limit=50),
    "Knowledge.verify": lambda e, s: e.knowledge.verify(s),
    "Knowledge.brand": lambda e, s: e.knowledge.brand(s),
    "Knowledge.scale": lambda e, s: e.knowledge.scale(s, "same words xylophone"),
    "Recall.search": lambda e, s: e.recall.search(
        s, "same words xylophone", kinds=["edition"], limit=50, node="n"
    ),
    "Recall.whole": lambda e, s: e.recall.whole(s, [PATH, "notes"], node="n"),
    "Recall.known": lambda e, s: e.recall.known(
        s,
        "same words xylophone",
        clock="2999-01-01T00:00:00.000Z",
        node="n",
        entities=["Other"],
        records=["industry"],
    ),
    "BrandOS.list": lambda e, s: [
        *e.knowledge.brand_os.list(s, source=SAME),
        *e.knowledge.brand_os.list(s, status="proposed"),
    ],
    "BrandOS.get": lambda e, s: e.knowledge.brand_os.get(s, "one"),
    "BrandOS.history": lambda e, s: e.knowledge.brand_os.history(s, "two"),
    "BrandOS.contradictions": lambda e, s: e.knowledge.brand_os.contradictions(s, "one"),
    "BrandOS.gaps": lambda e, s: e.knowledge.brand_os.gaps(s, "2999-01-01"),
    "Facts.find": lambda e, s: e.knowledge.facts.find(s, "eSame"),
    "Facts.names": lambda e, s: e.knowledge.facts.names(s, "Same"),
    "Facts.mentioned": lambda e, s: e.knowledge.facts.mentioned(s, "the same and other"),
    "Facts.counts": lambda e, s: e.knowledge.facts.counts(s),
    "Facts.as_of": lambda e, s: e.knowledge.facts.as_of(s),
    "Facts.get": lambda e, s: e.knowledge.facts.get(s, "wordseSame"),
    "Facts.proposed": lambda e, s: e.knowledge.facts.proposed(s),
    "Facts.history": lambda e, s: e.knowledge.facts.history(s, "Same"),
    "Facts.neighbourhood": lambda e, s: e.knowledge.facts.neighbourhood(s, "Other", hops=3),
    "Tombstones.of": lambda e, s: sorted(e.stones.of(s).hashes),
    "Tombstones.within": lambda e, s: e.within(s),
    "Tombstones.forgotten": lambda e, s: e.stones.forgotten(s, _name(s)),
    "Tombstones.redact": lambda e, s: e.stones.redact(s, f"Kim of {_name(s)} wrote to Kim"),
    "archives.export": lambda e, s: e.archive(s),
    "taking.take": lambda e, s: take(e.ledger, s, "2999-01-01T00:00:00.000Z"),
    "Recall.latest": lambda e, s: e.recall.latest(s, "edition", count=50, node="n"),
    "EdgeIndex.revision": lambda e, s: e.index.revision(s),
    "EdgeIndex.search": lambda e, s: e.index.search(s, _WEIGHTS, limit=50),
    "EdgeIndex.nearest": lambda e, s: e.index.nearest(s, [1.0, 0.5], limit=50),
    "EdgeIndex.bare": lambda e, s: e.index.bare(s),
    "EdgeIndex.ids": lambda e, s: e.index.ids(s),
    "EdgeIndex.items": lambda e, s: list(e.index.items(s)),
    "EdgeIndex.legs": lambda e, s: e.index.legs(s, _WEIGHTS, [1.0, 0.5], limit=50),
    "ServerIndex.revision": lambda e, s: e.server.revision(s),
    "ServerIndex.search": lambda e, s: e.server.search(s, _WEIGHTS, limit=50),
    "ServerIndex.nearest": lambda e, s: e.server.nearest(s, [1.0, 0.5], limit=50),
    "ServerIndex.bare": lambda e, s: e.server.bare(s),
    "ServerIndex.ids": lambda e, s: e.server.ids(s),
    "ServerIndex.items": lambda e, s: list(e.server.items(s)),
    "ServerIndex.legs": lambda e, s: e.server.legs(s, _WEIGHTS, [1.0, 0.5], limit=50),
}
READS |= {
    "shelf.shelf_of": lambda e, s: shelf.shelf_of(e.ledger, s),
    "shelf.learned_voice": lambda e, s: _voice(shelf.learned_voice(e.ledger, s, "en")),
    "shelf.learned_voices": lambda e, s: _voice(shelf.learned_voices(e.ledger, s)["en"]),
}
QUOTING = {
    *(
        "Ledger.document",
        "Ledger.text",
        "Ledger.passages_of",
        "Ledger.lessons",
        "Snapshot.passages",
    ),
    *(
        "Snapshot.searched",
        "Snapshot.passages_of",
        "Knowledge.search",
        "Recall.search",
        "Recall.whole",
        "Recall.latest",
    ),
    *("BrandOS.list", "BrandOS.get", "BrandOS.history", "archives.export", "taking.take"),
    *("Facts.as_of", "Facts.get", "Facts.proposed", "Facts.history", "Facts.neighbourhood"),
    "Recall.known",
}
READS |= {
    "TriageStore.versions": lambda e, s: _triage(e).versions(s),
    "TriageStore.load": lambda e, s: _triage(e).load(s),
    "Starts.of": lambda e, s: _starts(e).of(s),
    "routing.answered": lambda e, s: routing.answered(e.engine, s),
    "routing.begun": lambda e, s: routing.begun(e.engine, s),
    "expecting.awaited": lambda e, s: expecting.awaited(e.knowledge, s, today="2026-01-01"),
    "PanelStore.saved": lambda e, s: _panels(e).saved(s),
    "Budgets.limits": lambda e, s: Budgets(e.engine).limits(s, "r1"),
    "parked.parked": lambda e, s: parked.parked(e.engine, s),
    "parked.admitted": lambda e, s: parked.admitted(e.engine, Budgets(e.engine), s, Tariff()),
    "costing.entries": lambda e, s: costing.entries(e.engine, s, Tariff()),
    "timing.deliveries": lambda e, s: timing.deliveries(e.engine, s),
    "Retention.prunable": lambda e, s: _retention(e).prunable(s, 0),
}
WRITES: dict[str, Callable[[Everything, ClientScope], Any]] = {
    "Ledger.put": _put,
    "Ledger.remove": lambda e, s: e.ledger.remove(s, [SAME]),
    "Ledger.tune": lambda e, s: e.ledger.tune(s, {"settings": {"near": 0.5}, "evidence": {}}),
    "Ledger.bring_up": lambda e, s: e.ledger.bring_up(s),
    "Ledger.analyse_again": lambda e, s: e.ledger.analyse_again(s),
    "Ledger.move": lambda e, s: e.ledger.move(s, {"a.md": b"/elsewhere/a.md"}),
    "Ledger.note_extracted": lambda e, s: e.ledger.note_extracted(
        s, "extractor@1", SAME, _name(s), 9
    ),
    "Ledger.hold": lambda e, s: e.ledger.hold(s, {"a.zip": Held("0" * 64, b"/a.zip")}),
    "Ledger.add_lesson": lambda e, s: e.ledger.add_lesson(s, "k", **_lesson(_name(s))),
    "Knowledge.put": lambda e, s: e.knowledge.put(s, [source(s, "new words", "new.md")]),
    "Knowledge.remove": lambda e, s: e.knowledge.remove(s, [SAME]),
    "BrandOS.unreadable": lambda e, s: e.knowledge.brand_os.unreadable(s),
    "Knowledge.complete": lambda e, s: e.knowledge.complete(s),
    "Knowledge.rebuild": lambda e, s: e.knowledge.rebuild(s),
    "EdgeIndex.rebuild": lambda e, s: e.index.rebuild(s, [_item()], 7),
    "EdgeIndex.update": lambda e, s: e.index.update(s, [_item()], {1, 2}, 8),
    "EdgeIndex.drop": lambda e, s: e.index.drop(s),
    "ServerIndex.rebuild": lambda e, s: e.server.rebuild(s, [_item()], 7),
    "ServerIndex.update": lambda e, s: e.server.update(s, [_item()], {1, 2}, 8),
    "ServerIndex.drop": lambda e, s: e.server.drop(s),
    "BrandOS.propose": lambda e, s: _propose(e, s, "three"),
    "BrandOS.accept": lambda e, s: e.knowledge.brand_os.accept(
        s, "two", by="kim", supersedes=["one"]
    ),
    "BrandOS.edit": lambda e, s: e.knowledge.brand_os.edit(
        s, "one", {"topic": "one", "statement": "no"}, by="kim"
    ),
    "BrandOS.replace": lambda e, s: [
        e.knowledge.brand_os.accept(s, "two", by="kim"),
        e.knowledge.brand_os.replace(s, "one", "two", by="kim"),
    ],
    "BrandOS.reject": lambda e, s: e.knowledge.brand_os.reject(s, "one", by="kim"),
    "BrandOS.fill": lambda e, s: e.knowledge.brand_os.fill(s),
    "BrandOS.reexamine": lambda e, s: e.knowledge.brand_os.reexamine(s),
    "Facts.entity": lambda e, s: e.knowledge.facts.entity(s, "New"),
    "Facts.alias": lambda e, s: e.knowledge.facts.alias(s, "Same", "New"),
    "Facts.merge": lambda e, s: _merge(e, s, back=False),
    "Facts.separate": lambda e, s: _merge(e, s, back=True),
    "Facts.assert_": lambda e, s: _assert(
        e, s, attribute="words", value="new", supersedes=["wordseSame"]
    ),
    "Facts.accept": lambda e, s: e.knowledge.facts.accept(s, "perhapseSame", by="kim"),
    "Facts.reject": lambda e, s: e.knowledge.facts.reject(s, "perhapseSame", by="kim"),
    "Facts.retract": lambda e, s: e.knowledge.facts.retract(s, "wordseSame", by="kim", reason=""),
    "Facts.from_record": _from_record,
    "BrandOS.reexamine_within": lambda e, s: _within(e, s, e.knowledge.brand_os.reexamine_within),
    "Facts.reexamine_within": lambda e, s: _within(e, s, e.knowledge.facts.reexamine_within),
    "Facts.reexamine": lambda e, s: e.knowledge.facts.reexamine(s),
    "Outbox.publish": lambda e, s: e.outbox.publish(
        s, Effect(f"key of {_name(s)}", "r1", "publish", {"a.md": "text"}, "approval")
    ),
    "ingest.remove_files": lambda e, s: ingesting.remove_files(e.knowledge, s, [PATH]),
    "shelf.learn_voices": lambda e, s: shelf.learn_voices(e.ledger, s),
    "ingest.ingest": lambda e, s: ingesting.ingest(e.knowledge, s, [e.folder / "in"]),
}
WRITES |= {
    "TriageStore.learn": lambda e, s: _triage(e).learn(s, _LABELLED),
    "TriageStore.meanings": lambda e, s: _triage(e).meanings(s, list(_LABELLED), _Lengths()),
    "TriageStore.use": lambda e, s: [_triage(e).learn(s, _LABELLED), _triage(e).use(s, 1)],
    "Starts.put": lambda e, s: _starts(e).put(s, "proof", "reply"),
    "PanelStore.save": lambda e, s: _panels(e).save(s, "panel", [], {}, 0),
    "PanelStore.get": lambda e, s: [_panels(e).save(s, "p", [], {}, 0), _panels(e).get(s, "p")],
    "Budgets.change": lambda e, s: Budgets(e.engine).change(
        s, ("month", "calls"), Decimal(1), by="kim"
    ),
    "Retention.prune": lambda e, s: _retention(e).prune(s, 0),
}
NO_SCOPE = {
    "Ledger.close": "closes connections",
    "Ledger.now": "is the time",
    "Ledger.add_client": "makes the client",
    "Ledger.clients": "names and counts, for the person at the command line",
    "Ledger.scope": "is how a scope is got: refuses unknown names, tested below",
    "Knowledge.open": "opens a folder",
    "Knowledge.close": "closes",
    "Knowledge.release": "closes",
    "EdgeIndex.release": "closes",
    "ServerIndex.release": "closes",
    "Recall.rest": "closes",
    "ServerIndex.using": "gives nothing to read; tested with the locks",
    "EdgeIndex.using": "gives nothing to read; tested with the locks",
    "ServerIndex.holds": "tells of a lock alone",
    "EdgeIndex.holds": "tells of a lock alone",
    "Outbox.folder": "is a path",
    "archives.restore": "makes the client",
    "Tombstones.admit": "lets a client be made",
    "Tombstones.hash": "reads nothing",
    "Tombstones.scope_hash": "reads nothing",
    "Tombstones.withheld": "reads nothing",
    "Tombstones.graves": "reads nothing",
}
CLASSES = [
    Ledger,
    Snapshot,
    Knowledge,
    Recall,
    BrandOS,
    Facts,
    EdgeIndex,
    ServerIndex,
    Outbox,
    TriageStore,
    PanelStore,
    Starts,
    Tombstones,
    Budgets,
    Retention,
]


_LABELLED = {"a proof": "proof", "an invoice": "invoice"}


class _Lengths:
    name = "lengths"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, float(len(text))] for text in texts]


def _triage(everything: Everything) -> TriageStore:
    return TriageStore(everything.engine, everything.folder / "triage")


def _starts(everything: Everything) -> Starts:
    return Starts(everything.engine, everything.folder / "triage")


def _panels(everything: Everything) -> PanelStore:
    return PanelStore(everything.engine, everything.folder / "panels")


def _retention(everything: Everything) -> Retention:
    place = everything.folder / "checkpoints.db"
    return Retention(everything.engine, place, Leases(everything.engine, "me", lambda _: False))


def _name(scope: object) -> str:
    return scope.client if isinstance(scope, ClientScope) else "nobody"


def _item() -> Item:
    vector = SparseVector(*passage_weights(analyse("a new word")))
    return Item(1, vector, {"kind": "edition"}, {"date": 20250101, "known": 1}, [1.0, 0.0])


def _flat(value: Any) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        return " ".join(_flat(each) for pair in value.items() for each in pair)
    if isinstance(value, list | tuple | set):
        return " ".join(_flat(each) for each in value)
    return str(value)


@pytest.fixture(scope="module")
def everything(common: Path) -> Iterator[Everything]:
    """The two clients, for what changes nothing."""
    (common / "everything").mkdir()
    made = Everything(common / "everything")
    yield made
    made.close()


@pytest.fixture(scope="module")
def alone(common: Path) -> Iterator[Everything]:
    """The first of the two clients, without the other."""
    (common / "alone").mkdir()
    made = Everything(common / "alone", ["acme"])
    yield made
    made.close()


@pytest.fixture(scope="module")
def filled(common: Path) -> Path:
    """The two clients' folder, to be copied."""
    (common / "filled").mkdir()
    Everything(common / "filled").close()
    return common / "filled"


Before = Callable[[Callable[[Everything], dict[str, Any]]], dict[str, Any]]


@pytest.fixture(scope="module")
def before(filled: Path, common: Path) -> Iterator[Before]:
    """What is told of the two clients before anything is written."""
    copy_tree(filled, common / "before")
    made = Everything(common / "before", filled=True)
    yield cache(lambda told: told(made))
    made.close()


@pytest.fixture
def changing(data: Path, filled: Path) -> Iterator[Everything]:
    """The two clients, for one write."""
    copy_tree(filled, data)
    made = Everything(data, filled=True)
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
    functions |= {
        f"shelf.{name}"
        for name, value in vars(shelf).items()
        if inspect.isfunction(value) and value.__module__ == shelf.__name__
        if not name.startswith("_")
    }
    functions |= {f"archives.{name}" for name in archives.__all__}
    functions |= {f"taking.{take.__name__}"}
    functions |= {f"routing.{each.__name__}" for each in (routing.answered, routing.begun)}
    functions |= {f"expecting.{expecting.awaited.__name__}"}
    functions |= {f"parked.{each.__name__}" for each in (parked.parked, parked.admitted)}
    functions |= {f"costing.{costing.entries.__name__}", f"timing.{timing.deliveries.__name__}"}
    assert public | functions == {*READS, *WRITES, *NO_SCOPE}


@pytest.mark.parametrize("path", [*READS, *WRITES])
@pytest.mark.parametrize("scope", [None, "", "acme"], ids=repr)
def test_no_scope(everything: Everything, path: str, scope: Any) -> None:
    """No path is open without a scope, nor to a bare name."""
    with pytest.raises(ScopeError):
        {**READS, **WRITES}[path](everything, scope)


@pytest.mark.parametrize(
    "path",
    [path for path in {**READS, **WRITES} if not path.startswith(("EdgeIndex", "ServerIndex"))],
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
    """With the same ids and words on both sides, a client reads what it would read if alone.

    Whatever the database is asked has the client's name, of each table with clients.
    """
    with one_client_only("acme") as strays:
        mine = _flat(READS[path](everything, ClientScope("acme")))
    assert strays == []
    assert _kept(mine) == _kept(_flat(READS[path](alone, ClientScope("acme"))))
    assert (CANARY.format(client="acme") in mine) == (path in QUOTING)
    assert "bolt" not in mine


@pytest.mark.parametrize(
    ("statement", "values", "expected"),
    [
        ("SELECT a FROM sources WHERE client = ?", ["acme"], []),
        ("SELECT a FROM sources WHERE client = ?", ["bolt"], ["sources"]),
        ("SELECT a FROM sources WHERE id = ?", ["acme"], ["sources"]),
        ("SELECT sources.client FROM sources WHERE sources.id = ?", ["acme"], ["sources"]),
        ("SELECT a FROM sources AS s WHERE s.id = ? AND s.client = ?", [1, "acme"], []),
        ("SELECT a FROM sources AS s WHERE s.id = '?' AND s.client = ?", ["acme"], []),
        (
            (
                "SELECT a FROM passages JOIN sources ON passages.client = sources.client"
                " WHERE passages.client = ?"
            ),
            ["acme"],
            [],
        ),
        (
            (
                "SELECT a FROM passages JOIN sources ON passages.source = sources.id"
                " WHERE passages.client = ?"
            ),
            ["acme"],
            ["sources"],
        ),
        (
            (
                "SELECT a FROM records WHERE records.client = ? AND records.id IN"
                " (SELECT owner FROM citations WHERE citations.start IS NULL)"
            ),
            ["acme"],
            ["citations"],
        ),
        (
            "SELECT a FROM facts WHERE facts.client = ? AND facts.id IN (SELECT id FROM facts)",
            ["acme"],
            ["facts"],
        ),
        ("UPDATE facts SET value = ? WHERE facts.client = ?", ["x", "acme"], []),
        ("UPDATE facts SET value = ? WHERE facts.id = ?", ["x", "acme"], ["facts"]),
        ("DELETE FROM facts WHERE facts.client = ?", ["bolt"], ["facts"]),
        ("INSERT INTO facts (id, client) VALUES (?, ?)", ["acme", "bolt"], ["facts"]),
        ("INSERT INTO facts (id, client) VALUES (?, ?)", ["bolt", "acme"], []),
        ("SELECT a FROM clients WHERE clients.name = ?", ["bolt"], []),
    ],
)
def test_a_stray_statement_is_seen(statement: str, values: list[Any], expected: list[str]) -> None:
    """The listener knows a statement that could reach another client."""
    assert not_kept(statement, values, "acme") == expected


def _kept(said: str) -> str:
    """An answer without times and revisions, which are never the same."""
    return re.sub(r"\b\d{6,}\b|\d\d:\d\d:[\d.]+", "N", said)


def _stored(everything: Everything) -> dict[str, Any]:
    """All that is stored for the other client: the rows of each table, and what is indexed."""
    bolt = ClientScope("bolt")
    tables = [table for table in metadata.sorted_tables if "client" in table.c]
    with everything.engine.connect() as connection:
        rows = {
            table.name: connection.execute(select(table).where(table.c.client == "bolt")).all()
            for table in tables
        }
    told: dict[str, Any] = {name: sorted(map(repr, found)) for name, found in rows.items()}
    indexes = (everything.index, everything.server)
    return told | {type(each).__name__: list(each.items(bolt)) for each in indexes}


def _read(everything: Everything) -> dict[str, Any]:
    """All that the other client reads."""
    bolt = ClientScope("bolt")
    return {name: read(everything, bolt) for name, read in READS.items()}


@pytest.mark.parametrize("told", [_stored, pytest.param(_read, marks=pytest.mark.sweep)])
@pytest.mark.parametrize("path", WRITES)
def test_no_write_crosses(
    changing: Everything, before: Before, path: str, told: Callable[[Everything], dict[str, Any]]
) -> None:
    """Whatever is written for one client, all that the other has and reads stays as it was.

    Whatever the database is told has the client's name, of each table with clients.
    """
    with one_client_only("acme") as strays:
        WRITES[path](changing, ClientScope("acme"))
    assert strays == []
    was, after = before(told), told(changing)
    assert [name for name in was if not _same(after[name], was[name])] == []


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    try:
        return bool(one == other)
    except ValueError:  # there are arrays in it
        parts, others = (
            list(vars(each).values()) if is_dataclass(each) else list(each) for each in (one, other)
        )
        return all(_same(*both) for both in zip(parts, others, strict=True))
