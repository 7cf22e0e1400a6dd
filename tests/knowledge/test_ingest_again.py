"""Ingesting again: unchanged files cost no write, one edited paragraph changes its own passages."""

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest
import xlsxwriter
from sqlalchemy import event

from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.engines import Item
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.ingest import Report, ingest
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

WORDS = ("marque", "client", "budget", "lettre", "édition", "plan", "équipe", "public", "ton")
PARAGRAPHS = [
    " ".join(f"{WORDS[(n * k) % len(WORDS)]}{n}" for k in range(1, 60)) + "." for n in range(30)
]
EDITED = 14


def _markdown(parts: Sequence[str]) -> bytes:
    return "\n\n".join(parts).encode()


def _page(parts: Sequence[str]) -> bytes:
    paragraphs = "".join(f"<p>{part}</p>" for part in parts)
    return f"<html><body><article>{paragraphs}</article></body></html>".encode()


def _word(parts: Sequence[str]) -> bytes:
    word, out = docx.Document(), io.BytesIO()
    for part in parts:
        word.add_paragraph(part)
    word.save(out)
    return out.getvalue()


def _sheet(parts: Sequence[str]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Plan")
        sheet.write_row("A1", ["Mot", "Prix"])
        for row, part in enumerate(parts, 1):
            sheet.write_row(row, 0, [part, row])
    return out.getvalue()


def _mail(parts: Sequence[str]) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Brief"
    message["Message-ID"] = "<1@x>"
    message.set_content("\n\n".join(parts))
    message.add_attachment(_word(parts), "application", "octet-stream", filename="brief.docx")
    message.set_boundary("==1==")
    return bytes(message)


def _mailbox(parts: Sequence[str]) -> bytes:
    head = b"From a@x Fri Jun 27 23:30:00 2025\n"
    return b"".join(head + _mail(each) + b"\n\n" for each in (parts, ["Autre chose."]))


def _archive(parts: Sequence[str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.md", _markdown(parts))
        archive.writestr("sub/b.xlsx", _sheet(parts))
        archive.writestr("same.md", "# Toujours\n\nLe même.")
    return out.getvalue()


FORMATS: dict[str, Callable[[Sequence[str]], bytes]] = {
    "a.md": _markdown,
    "a.txt": _markdown,
    "a.html": _page,
    "a.docx": _word,
    "a.xlsx": _sheet,
    "a.eml": _mail,
    "a.mbox": _mailbox,
    "a.zip": _archive,
}


class Counting(EdgeIndex):
    """An index that counts what is written to it."""

    writes = 0

    def update(
        self, scope: ClientScope, added: Iterable[Item], removed: set[int], revision: int
    ) -> None:
        """Count, then write."""
        self.writes += 1
        super().update(scope, added, removed, revision)

    def rebuild(self, scope: ClientScope, items: Iterable[Item], revision: int) -> None:
        """Count, then write."""
        self.writes += 1
        super().rebuild(scope, items, revision)


class Store:
    """A client's knowledge with a count of what is written."""

    def __init__(self, data: Path, folder: Path) -> None:
        engine = open_database(data / "ledger.db")
        self.index = Counting(data / "index", FORM)
        self.knowledge = Knowledge(Ledger(engine), self.index)
        self.acme = self.knowledge.ledger.add_client("acme", "fr")
        self.folder = folder
        self.writes = 0
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _c: object, _k: object, statement: str, *_rest: object) -> None:
        self.writes += bool(re.match(r"\s*(INSERT|UPDATE|DELETE)", statement, re.IGNORECASE))

    def take(self) -> Report:
        """Ingest the folder, counting from zero."""
        self.writes = self.index.writes = 0
        return ingest(self.knowledge, self.acme, [self.folder])

    def passages(self) -> dict[int, str]:
        """The quote of each passage, by id; each is checked against the text."""
        found = {}
        for source in self.knowledge.ledger.listed(self.acme):
            text = self.knowledge.ledger.text(self.acme, source.id)
            for each in self.knowledge.ledger.passages_of(self.acme, source.id):
                assert text[each.start : each.end] == each.quote
                found[each.id] = each.quote
        return found


@pytest.fixture
def store(data: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store and an empty folder."""
    (tmp_path / "files").mkdir()
    made = Store(data, tmp_path / "files")
    yield made
    made.knowledge.close()


def test_unchanged(store: Store) -> None:
    """A folder of every format, taken in a second time, writes nothing at all."""
    for name, make in FORMATS.items():
        (store.folder / name).write_bytes(make(PARAGRAPHS))
    first = store.take()
    assert first.failed == []
    assert store.writes
    assert store.index.writes
    again = store.take()
    assert (again.read, again.unchanged, again.failed) == (0, first.read, [])
    assert (store.writes, store.index.writes) == (0, 0)


def test_unchanged_with_a_part_that_fails(store: Store) -> None:
    """An archive with a part that cannot be read is gone through again without any write."""
    with zipfile.ZipFile(store.folder / "a.zip", "w") as archive:
        archive.writestr("a.md", "mot")
        archive.writestr("b.docx", "no Word file")
    assert len(store.take().failed) == 1
    assert (store.take().unchanged, store.writes, store.index.writes) == (1, 0, 0)


@pytest.mark.parametrize("name", FORMATS)
def test_one_edited_paragraph(store: Store, name: str) -> None:
    """One edited paragraph changes the passages that have it, and no other, in every format."""
    file = store.folder / name
    file.write_bytes(FORMATS[name](PARAGRAPHS))
    store.take()
    before = store.passages()
    edited = [*PARAGRAPHS]
    edited[EDITED] = edited[EDITED].replace(".", " quokka.")
    file.write_bytes(FORMATS[name](edited))
    store.take()
    after = store.passages()
    gone = [before[each] for each in before.keys() - after.keys()]
    new = [after[each] for each in after.keys() - before.keys()]
    place = PARAGRAPHS[EDITED].split()[0]
    assert gone
    assert all(place in quote for quote in gone)
    assert len(gone) == len(new) == sum("quokka" in quote for quote in new)
    assert len(before) > 3 * len(gone)
    found = store.knowledge.search(store.acme, "quokka", limit=9)
    ids = {passage.id for each in found for passage in (each.passage, *each.also)}
    assert ids == after.keys() - before.keys()


CHILD = """
import sys
from pathlib import Path
from savoirfaire.knowledge.ingest import ingest
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

with Knowledge.open(Path(sys.argv[1])) as knowledge:
    print("ready", flush=True)
    sys.stdin.readline()
    report = ingest(knowledge, ClientScope("acme"), [Path(sys.argv[2])])
    print(report.read + report.unchanged, len(report.failed), flush=True)
"""


@pytest.mark.sweep
def test_two_at_once(store: Store, data: Path) -> None:
    """Two processes take the same folder in at the same time: it is there once, and whole."""
    for name, make in FORMATS.items():
        (store.folder / name).write_bytes(make(PARAGRAPHS[:8]))
    store.knowledge.release()
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(data), str(store.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for child in children:
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    said = [child.communicate(timeout=60)[0] for child in children]
    after = store.take()
    assert said == [f"{after.unchanged} 0\n"] * 2
    assert (after.read, after.failed, store.writes) == (0, [], 0)
    found = store.knowledge.search(store.acme, "marque0", limit=50)
    paths = [passage.path for each in found for passage in (each.passage, *each.also)]
    assert len({path.split("!/")[0] for path in paths}) == len(FORMATS)
