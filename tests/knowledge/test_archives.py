"""Archives: a client leaves and comes back as it was, and nothing else gets in."""

import hashlib
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from savoirfaire.errors import ArchiveError, ConflictError, SavoirError, ScopeError, WorkspaceError
from savoirfaire.knowledge.archives import export, restore
from savoirfaire.knowledge.archives.form import DERIVED, MANIFEST, STAYING, TABLES
from savoirfaire.knowledge.citations import Citation
from savoirfaire.knowledge.database import writing
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.mentions import MARK
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.schema import (
    approvals,
    effects,
    metadata,
    run_events,
    runs,
    tombstones,
)
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.tombstones import Tombstones

ACME, BOLT = ClientScope("acme"), ClientScope("bolt")
AT = "2026-01-01T00:00:00.000Z"
SAID = {"forgotten_at": AT, "certificate": "c1"}


class Shelf:
    """A data folder with its store, its outbox and its tombstones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outbox = folder / "outbox"
        self.knowledge = Knowledge.open(folder, wait=2)
        self.engine = self.knowledge.ledger.engine
        self.stones = Tombstones(self.engine, bytes(32))

    def export(self, name: str = "a.zip", scope: ClientScope = ACME) -> Path:
        """An archive of a client."""
        export(scope, self.engine, self.outbox, self.folder / name)
        return self.folder / name

    def restore(self, file: Path, **given: Any) -> ClientScope:
        """Read an archive."""
        return restore(self.engine, file, self.outbox, self.stones, **given)

    def bury(self, kind: Any, *values: str) -> None:
        """Write tombstones of acme."""
        with writing(self.engine) as connection:
            connection.execute(insert(tombstones), self.stones.graves("acme", kind, values, SAID))

    def ask(self, scope: ClientScope = ACME) -> list[Any]:
        """What a question finds."""
        return self.knowledge.search(scope, "who bakes rye bread on Monday")


@pytest.fixture(scope="module")
def filled(common: Path, _blank: Path) -> Iterator[Path]:
    """A data folder with a client of which there is everything; only copied."""
    with tempfile.TemporaryDirectory(dir=common) as folder:
        shutil.copy(_blank, folder)
        made = Shelf(Path(folder))
        made.knowledge.ledger.add_client("acme", "fr")
        fill(made)
        made.knowledge.close()
        yield Path(folder)


@pytest.fixture
def shelf(filled: Path, data: Path) -> Iterator[Shelf]:
    """A store with a client of which there is everything."""
    shutil.copytree(filled, data, dirs_exist_ok=True, ignore=shutil.ignore_patterns("index"))
    made = Shelf(data)
    yield made
    made.knowledge.close()


@pytest.fixture
def empty(common: Path, _blank: Path) -> Iterator[Shelf]:
    """Another store, with nothing in it."""
    with tempfile.TemporaryDirectory(dir=common) as folder:
        shutil.copy(_blank, folder)
        made = Shelf(Path(folder))
        yield made
        made.knowledge.close()


def make(path: str, text: str, **said: Any) -> Source:
    """A source of acme."""
    told = {"kind": "document", "title": "", "date": None, "language": None, "sha256": "0" * 64}
    spans = cut(source_id(ACME, path), text)
    return Source(**{**told, "path": path, "text": text, "spans": spans, **said})


def fill(shelf: Shelf) -> None:
    """Give acme sources, a conversation, records, facts, lessons and a run that published."""
    text = "# Rye\n\nZoé Quill bakes rye bread on Monday. 🍞\n"
    rye = make("items/rye.md", text, title="Le pain", origin=b"/desk/rye.md", meta={"k": ["é"]})
    said = {"thread": "t1", "author": "Zoé Quill"}
    mails = [
        make(f"m/{n}.eml", f"Mail {n} on bread.", place=n, sha256=str(n) * 64, **said)
        for n in (2, 1)
    ]
    shelf.knowledge.put(ACME, [rye, *mails])
    cited = [Citation(source=source_id(ACME, "items/rye.md"), quote="bakes rye bread")]
    said = {"topic": "Rye", "statement": "People like rye.", "context": "Zoé Quill"}
    brand = shelf.knowledge.brand_os
    record = brand.propose(ACME, "learning", said, citations=cited, author="x")
    brand.accept(ACME, record.id, by="ann")
    facts = shelf.knowledge.facts
    baker = facts.entity(ACME, "Zoé Quill", "person")
    say = facts.assert_
    say(ACME, baker.id, "bakes", value="rye", citations=cited, author="ann")
    words = dict.fromkeys(("before", "after", "reason", "author"), "é")
    shelf.knowledge.ledger.add_lesson(ACME, "key", graph="newsletter", run="n-1", **words)
    add_run(shelf)


def add_run(shelf: Shelf) -> None:
    """A run of acme that published, with what is recorded of it."""
    common = {"client": "acme", "run": "n-1"}
    run = {
        "id": "n-1",
        "client": "acme",
        "graph": "n",
        "fingerprint": "f",
        "request": {"items": ["items/rye.md"]},
    }
    rest = {
        "model": "offline",
        "status": "completed",
        "submitted_by": "ann",
        "created_at": AT,
        "updated_at": AT,
    }
    asked = {
        "id": "n-1-publish-1",
        "graph": "n",
        "gate": "publish",
        "interrupt": "i",
        "payload_hash": "h",
        "request": {"q": "\ud800"},
        "asked_at": AT,
    }
    made = {
        "key": "acme:n-1:publish:n-1-publish-1",
        "kind": "publish",
        "payload_hash": "h",
        "bound_to": "n-1-publish-1",
        "planned_at": AT,
        "result": ["acme/n-1/e.md"],
    }
    with writing(shelf.engine) as connection:
        connection.execute(insert(runs).values(**run, **rest))
        connection.execute(
            insert(run_events).values(run="n-1", seq=1, at=AT, kind="k", node="", data={})
        )
        connection.execute(insert(approvals).values(**common, **asked))
        connection.execute(insert(effects).values(**common, **made))
    folder = shelf.outbox / "acme" / "n-1"
    folder.mkdir(parents=True)
    (folder / "e.md").write_text("Zoé Quill bakes.", encoding="utf-8")


def entries(file: Path) -> dict[str, bytes]:
    """What an archive holds."""
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_round_trip(shelf: Shelf, empty: Shelf) -> None:
    """A client read elsewhere gives the same archive, byte for byte, and the same answers."""
    first = shelf.export()
    assert empty.restore(first) == ACME
    assert empty.export().read_bytes() == first.read_bytes()
    assert empty.ask() == shelf.ask() != []
    assert empty.knowledge.brand_os.list(ACME) == shelf.knowledge.brand_os.list(ACME) != []
    assert empty.knowledge.facts.as_of(ACME) == shelf.knowledge.facts.as_of(ACME) != []
    assert (empty.outbox / "acme/n-1/e.md").read_text("utf-8") == "Zoé Quill bakes."
    sources = shelf.knowledge.ledger.sources(ACME)
    assert [tuple(row) for row in empty.knowledge.ledger.sources(ACME)] == [*map(tuple, sources)]


def test_two_exports_are_equal(shelf: Shelf) -> None:
    """The same content gives the same bytes."""
    assert shelf.export("a.zip").read_bytes() == shelf.export("b.zip").read_bytes()


def test_every_table_is_exported() -> None:
    """A table of clients is in the archive, or can be made again, or is not for leaving."""
    known = {table.name for table in (*TABLES, *DERIVED, *STAYING)}
    others = {"clients", "tombstones", "decisions", "workers", "paces"}
    assert known | others == set(metadata.tables)


def test_what_is_in_it(shelf: Shelf) -> None:
    """Texts are plain files, rows are lines of JSON; no path of the machine, nothing derived."""
    held = entries(shelf.export())
    rye = source_id(ACME, "items/rye.md")
    text = held[f"texts/{rye}.txt"].decode()
    rows = [json.loads(line) for line in held["passages.jsonl"].splitlines()]
    quotes = [text[row["start"] : row["end"]] for row in rows if row["source"] == rye]
    assert any("bakes rye bread" in quote for quote in quotes)
    assert b"/desk" not in b"".join(held.values())
    assert b"sketch" not in held["passages.jsonl"]
    assert json.loads(held[MANIFEST])["client"] == "acme"


def test_under_another_name(shelf: Shelf) -> None:
    """In the same workspace it becomes a client of its own, with ids of its own."""
    scope = shelf.restore(shelf.export(), name="bolt")
    assert scope == BOLT
    mine, theirs = shelf.ask(), shelf.ask(BOLT)
    assert [each.passage.quote for each in theirs] == [each.passage.quote for each in mine]
    assert [each.score for each in theirs] == [each.score for each in mine]
    rye = source_id(BOLT, "items/rye.md")
    spans = cut(rye, shelf.knowledge.ledger.text(BOLT, rye))
    known = shelf.knowledge.ledger.passages_of(BOLT, rye)
    assert [span.id for span in spans] == [passage.id for passage in known]
    assert (shelf.outbox / "bolt/n-1-2/e.md").is_file()
    with shelf.engine.connect() as connection:
        effect = connection.execute(effects.select().where(effects.c.client == "bolt")).one()
    assert effect.key == "bolt:n-1-2:publish:n-1-2-publish-1"
    assert effect.result == ["bolt/n-1-2/e.md"]
    record = shelf.knowledge.brand_os.list(BOLT)[0]
    assert record.citations[0].source == rye


# --- what is refused ------------------------------------------------------------------------------


def test_an_existing_client(shelf: Shelf) -> None:
    """A client that is there is not replaced."""
    with pytest.raises(ConflictError, match="already a client acme"):
        shelf.restore(shelf.export())


def test_an_existing_file(shelf: Shelf) -> None:
    """A file that is there is not replaced."""
    file = shelf.export()
    before = file.read_bytes()
    with pytest.raises(ConflictError, match="exists already"):
        shelf.export()
    assert file.read_bytes() == before


def test_a_folder_that_is_not_there(shelf: Shelf) -> None:
    """Where the archive cannot be written, the reason is said."""
    with pytest.raises(WorkspaceError, match="cannot be written"):
        shelf.export("no/a.zip")


@pytest.mark.parametrize("scope", [None, "acme", ClientScope("acne")])
def test_no_scope(shelf: Shelf, scope: Any) -> None:
    """Without a client that exists, there is nothing to export."""
    with pytest.raises(ScopeError):
        shelf.export(scope=scope)


def rewrite(file: Path, change: Callable[[dict[str, Any]], None], *, honest: bool = True) -> Path:
    """An archive with other entries, and a manifest that says so unless it is not honest."""
    held: dict[str, Any] = entries(file)
    manifest = json.loads(held.pop(MANIFEST))
    held["manifest"] = manifest
    change(held)
    del held["manifest"]
    if honest:
        manifest["entries"] = {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in held.items()
        }
    other = file.with_name("other.zip")
    with zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in held.items():
            archive.writestr(name, data)
        archive.writestr(MANIFEST, json.dumps(manifest))
    return other


def put(name: str, data: bytes) -> Callable[[dict[str, Any]], None]:
    """Puts an entry."""
    return lambda held: held.update({name: data})


def edit(name: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    """Changes the first row of a table."""

    def change(held: dict[str, Any]) -> None:
        first, *rest = held[name].splitlines(keepends=True)
        row = {**json.loads(first), **values}
        held[name] = b"".join([json.dumps(row).encode() + b"\n", *rest])

    return change


def circle(held: dict[str, Any]) -> None:
    """Two rows that follow each other for ever."""
    rows = [json.loads(line) for line in held["facts.jsonl"].splitlines()]
    one, other, *_rest = rows
    one["supersedes"], other["supersedes"] = other["id"], one["id"]
    held["facts.jsonl"] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)


DEEP = json.loads("{" + '"a":{' * 700 + "}" * 701)

HOSTILE: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "traversal": (put("../../evil.txt", b"x"), "no entry '../../evil.txt'"),
    "absolute": (put("/etc/evil", b"x"), "no entry"),
    "hidden": (put("outbox/n-1/.profile", b"x"), "no entry"),
    "backslash": (put("outbox/n-1/..\\evil", b"x"), "no entry"),
    "deep": (put("outbox/a/b/c", b"x"), "no entry"),
    "bomb": (put("outbox/n-1/zeros.md", bytes(70_000_000)), "too much"),
    "missing": (lambda held: held.pop("facts.jsonl"), r"lacks facts\.jsonl"),
    "no text": (lambda held: held.pop(next(n for n in held if n.startswith("texts/"))), "no text"),
    "newer": (lambda held: held["manifest"].update(version=2), "newest known here"),
    "other format": (lambda held: held["manifest"].update(format="zip"), "no archive of a client"),
    "client": (lambda held: held["manifest"].update(client="../x"), "names no client"),
    "no json": (put("facts.jsonl", b"{\n"), "is no row of it"),
    "wrong type": (edit("sources.jsonl", path=7), "is no row of it"),
    "nul": (edit("sources.jsonl", title="a\0b"), "is no row of it"),
    "surrogate": (edit("sources.jsonl", title="\ud800"), "is no row of it"),
    "column": (edit("sources.jsonl", client="bolt"), "is no row of it"),
    "huge": (edit("passages.jsonl", id=2**70), "is no row of it"),
    "span": (edit("passages.jsonl", end=10**6), "is not in its source"),
    "quote": (edit("citations.jsonl", quote="other"), "is not in its source"),
    "stray": (edit("citations.jsonl", source="s000000000000"), "do not fit together"),
    "record": (edit("records.jsonl", data={"x": 1}), "not the form of its kind: learning"),
    "run id": (edit("runs.jsonl", id="../../../victim"), "is no row of it"),
    "run of an event": (edit("run_events.jsonl", run="n-2"), "do not fit together"),
    "run of an approval": (edit("approvals.jsonl", run="../n-1"), "is no row of it"),
    "approval id": (edit("approvals.jsonl", id="other-publish-1"), "is no row of it"),
    "lesson id": (edit("lessons.jsonl", id="a/b"), "is no row of it"),
    "effect of another": (
        edit("effects.jsonl", key="bolt:n-1:x", result=None),
        "do not fit together",
    ),
    "effect's run": (edit("effects.jsonl", key="acme:n-2:x:n-1-x"), "is no row of it"),
    "effect's result": (edit("effects.jsonl", result=[5]), "is no row of it"),
    "effect's file": (edit("effects.jsonl", result=["acme/n-1/../x"]), "is no row of it"),
    "source id": (edit("sources.jsonl", id="../x"), "is no row of it"),
    "source date": (edit("sources.jsonl", date="2025-1-1"), "is no row of it"),
    "locators": (edit("sources.jsonl", locators=5), "is no row of it"),
    "locator": (edit("sources.jsonl", locators=[{"start": 1}]), "is no row of it"),
    "deep meta": (edit("sources.jsonl", meta=DEEP), "is no row of it"),
    "no number": (edit("sources.jsonl", meta={"a": float("nan")}), "is no row of it"),
    "passage id": (edit("passages.jsonl", id=-5), "is no row of it"),
    "passage moment": (edit("passages.jsonl", recorded_at="zz"), "is no row of it"),
    "record kind": (edit("records.jsonl", kind="zzz"), "is no row of it"),
    "record status": (edit("records.jsonl", status="expired"), "is no row of it"),
    "record undecided": (edit("records.jsonl", decided_by=None), "is no row of it"),
    "record period": (
        edit("records.jsonl", valid_from="2025-05-01", valid_to="2024-01-01"),
        "is no row of it",
    ),
    "empty quote": (edit("citations.jsonl", quote="", start=None, end=None), "is no row of it"),
    "half a span": (edit("citations.jsonl", quote="no such words", end=None), "is no row of it"),
    "fact status": (edit("facts.jsonl", status="zzz"), "is no row of it"),
    "fact of nothing": (edit("facts.jsonl", value=None, object=None), "is no row of it"),
    "circle": (circle, "do not fit together"),
    "client's moment": (edit("client.json", created_at="zz"), "does not describe a client"),
    "tuned": (edit("client.json", retrieval={"settings": 5}), "does not describe a client"),
    "description": (put("client.json", b"[]"), "does not describe a client"),
    "language": (edit("client.json", language="de"), "does not describe a client"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile(shelf: Shelf, empty: Shelf, what: str) -> None:
    """What an archive may not have is refused, and nothing of it is kept."""
    change, message = HOSTILE[what]
    with pytest.raises(ArchiveError, match=message):
        empty.restore(rewrite(shelf.export(), change))
    assert empty.knowledge.ledger.clients() == []
    assert not (empty.outbox / "acme").exists()


def test_changed_after_it_was_written(shelf: Shelf, empty: Shelf) -> None:
    """An entry that does not have its hash is refused."""
    other = rewrite(shelf.export(), put("lessons.jsonl", b""), honest=False)
    with pytest.raises(ArchiveError, match=r"lessons\.jsonl is not what the manifest says"):
        empty.restore(other)


@pytest.mark.parametrize("part", [0, 0.3, 0.9, 0.999])
def test_half_written(shelf: Shelf, empty: Shelf, part: float) -> None:
    """An archive that was cut is refused."""
    file = shelf.export()
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(ArchiveError):
        empty.restore(file)


def test_flipped_bits(shelf: Shelf, empty: Shelf) -> None:
    """Wherever a bit is flipped, the archive is refused, or is read as it was."""
    file = shelf.export()
    data = file.read_bytes()
    for place in range(0, len(data), len(data) // 60):
        broken = bytearray(data)
        broken[place] ^= 1 << place % 8
        file.write_bytes(broken)
        try:
            scope = empty.restore(file, name=f"c{place}")
        except SavoirError:
            continue
        assert len(empty.knowledge.ledger.sources(scope)) == 3


def test_no_archive(empty: Shelf, tmp_path: Path) -> None:
    """A file that is none, or is not there, is refused with the reason."""
    (tmp_path / "a.txt").write_text("words")
    for name in ("a.txt", "none.zip"):
        with pytest.raises(ArchiveError, match=re.escape(name)):
            empty.restore(tmp_path / name)


# --- what was forgotten ---------------------------------------------------------------------------


def test_a_forgotten_client_comes_back_only_when_asked(shelf: Shelf, empty: Shelf) -> None:
    """The tombstone of a client stops an archive of it."""
    empty.bury("client", "acme")
    with pytest.raises(ConflictError, match="was forgotten here"):
        empty.restore(shelf.export())
    assert empty.restore(shelf.export("b.zip"), again=True) == ACME
    with writing(empty.engine) as connection:  # the stone is lifted: nothing is refused any more
        empty.stones.admit(connection, "acme", again=False)


def test_a_forgotten_person_does_not_come_back(shelf: Shelf, empty: Shelf) -> None:
    """An archive of an earlier day is read without the person."""
    empty.bury("person", "Zoé Quill")
    empty.restore(shelf.export())
    held = b"".join(entries(empty.export()).values())
    assert b"Quill" not in held
    assert MARK.encode() in held
    assert MARK in empty.ask()[0].passage.quote


def test_a_forgotten_source_does_not_come_back(shelf: Shelf, empty: Shelf) -> None:
    """An archive of an earlier day is read without the source, and the runs that speak of it."""
    empty.bury("source", "0" * 64)
    empty.restore(shelf.export())
    held = entries(empty.export())
    assert b"rye" not in b"".join(held.values())
    assert held["runs.jsonl"] == b""
    assert not (empty.outbox / "acme" / "n-1").exists()
    assert [row.path for row in empty.knowledge.ledger.sources(ACME)] == ["m/1.eml", "m/2.eml"]


def test_tombstones_stay(shelf: Shelf) -> None:
    """What was forgotten is not told to whoever gets the archive."""
    shelf.bury("person", "Ann Other")
    held = b"".join(entries(shelf.export()).values())
    assert shelf.stones.scope_hash("acme").encode() not in held


def test_a_store_of_an_other_day(shelf: Shelf) -> None:
    """The archive of a client without anything is read too."""
    shelf.knowledge.ledger.add_client("bare", "en")
    file = shelf.export(scope=ClientScope("bare"))
    scope = shelf.restore(file, name="bare-2")
    assert shelf.knowledge.ledger.language(scope) == "en"
    assert shelf.ask(scope) == []
