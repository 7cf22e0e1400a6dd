import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.errors import SavoirError
from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.engines import Item
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.ingest import Report, ingest
from savoirfaire.knowledge.ledger import Ledger, source_id
from savoirfaire.knowledge.readers import Limits
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.where import Where

BRAND = '[brand]\nname = "Acme"\nlanguage = "fr"\nvoice = "Simple."\n'
EDITION = Path(__file__).parents[2] / "examples/optech/past/2025-04-04-newsletter.md"
Take = Callable[..., Report]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A client's files."""
    made = tmp_path / "files"
    made.mkdir()
    return made


@pytest.fixture
def take(knowledge: Knowledge, acme: ClientScope, folder: Path) -> Take:
    """Ingest the folder, or some paths."""

    def run(*paths: Path, **options: Any) -> Report:
        return ingest(knowledge, acme, paths or [folder], **options)

    return run


@pytest.fixture
def heard() -> list[tuple[str, str, str]]:
    """What a listener is told."""
    return []


def fill(folder: Path, **files: str) -> None:
    """Write Markdown files."""
    for name, body in files.items():
        (folder / f"{name}.md").write_text(body, encoding="utf-8")


def sources(knowledge: Knowledge, scope: ClientScope) -> dict[str, str]:
    """The kind of each source, by path."""
    return {row.path: row.kind for row in knowledge.ledger.sources(scope)}


def passages(knowledge: Knowledge, scope: ClientScope, path: str) -> dict[int, str]:
    """The quote of each passage of a source, by id, each checked against the text."""
    identity = source_id(scope, path)
    text = knowledge.ledger.text(scope, identity)
    found = knowledge.ledger.passages_of(scope, identity)
    assert all(text[each.start : each.end] == each.quote for each in found)
    return {each.id: each.quote for each in found}


def test_report(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take, heard: list[Any]
) -> None:
    """Every file is reported once, and the listener is told the same."""
    fill(folder, a="# One\n\nbudget\n\n# Two\n\nton", b="newsletter")
    (folder / "c.md").write_bytes(b"")
    report = take(listen=lambda name, what, why: heard.append((name, what, str(why or ""))))
    assert (report.read, report.unchanged, report.passages) == (2, 0, 3)
    assert report.failed == [{"path": "c.md", "reason": "is empty"}]
    assert sorted(heard) == [
        ("a.md", "read", ""),
        ("b.md", "read", ""),
        ("c.md", "failed", "is empty"),
    ]
    assert report.kinds == {"document": 2}
    assert len(knowledge.search(acme, "newsletter")) == 1


def test_again(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take, heard: list[Any]
) -> None:
    """The second time nothing is read and nothing written; a copy of the folder is the same too."""
    fill(folder, a="budget", b="newsletter")
    take()
    before = (knowledge.ledger.revision(acme), passages(knowledge, acme, "a.md"))
    report = take(listen=lambda *said: heard.append(said))
    assert (report.read, report.unchanged, report.passages) == (0, 2, 0)
    assert {outcome for _, outcome, _ in heard} == {"unchanged"}
    folder.rename(folder.parent / "moved")
    assert take(folder.parent / "moved").unchanged == 2
    assert (knowledge.ledger.revision(acme), passages(knowledge, acme, "a.md")) == before


def test_an_edited_paragraph(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """Of a real edition, one edited paragraph changes the passage it is in and no other."""
    text = EDITION.read_text(encoding="utf-8")
    (folder / "e.md").write_text(text, encoding="utf-8")
    take()
    before = passages(knowledge, acme, "e.md")
    edited = next(quote for quote in list(before.values())[3:] if len(quote) > 500)
    (folder / "e.md").write_text(
        text.replace(edited, edited + " A quokka was added."), encoding="utf-8"
    )
    report = take()
    after = passages(knowledge, acme, "e.md")
    assert report.read == 1
    assert [before[each] for each in before.keys() - after.keys()] == [edited]
    assert [after[each] for each in after.keys() - before.keys()] == [
        f"{edited} A quokka was added."
    ]
    assert [found.passage.path for found in knowledge.search(acme, "quokka")] == ["e.md"]


def test_same_content_twice(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """Two files with the same words are two sources, found together under the first by id."""
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "same.md").write_text("budget du client")
    assert take().read == 2
    (found,) = knowledge.search(acme, "budget")
    (copy,) = found.also
    assert {found.passage.path, copy.path} == {"one/same.md", "two/same.md"}
    assert found.passage.id < copy.id


# --- kinds ----------------------------------------------------------------------------------------


def test_kinds(knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take) -> None:
    """A file's own word comes before its folder's, and its folder's before its type's."""
    for name in ("past", "items", "past/deep", "notes"):
        (folder / name).mkdir()
        (folder / name / "a.md").write_text("text")
        (folder / name / "own.md").write_text("---\nkind: Brief\n---\ntext")
    (folder / "t.csv").write_text("a;b\n1;2\n")
    take()
    assert sources(knowledge, acme) == {
        "past/a.md": "edition",
        "past/deep/a.md": "edition",
        "items/a.md": "item",
        "notes/a.md": "document",
        "t.csv": "table",
        **{f"{name}/own.md": "brief" for name in ("past", "items", "past/deep", "notes")},
    }


def test_a_kind_that_is_told(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """What a person says the files are comes first, for files that are known already too."""
    fill(folder, a="---\nkind: brief\n---\nbudget", b="a budget of ours")
    take()
    report = take(kind="edition")
    assert (report.read, report.unchanged) == (2, 0)
    assert set(sources(knowledge, acme).values()) == {"edition"}
    assert len(knowledge.search(acme, "budget", where=Where(kinds=("edition",)))) == 2
    assert take(kind="edition").unchanged == 2
    assert take().unchanged == 2


@pytest.mark.parametrize("kind", ["Edition", "two words", "-", "é", "a" * 33, "a\n"])
def test_a_kind_that_cannot_be(take: Take, kind: str) -> None:
    """A kind is one lower-case word."""
    with pytest.raises(SavoirError, match="cannot be of the kind"):
        take(kind=kind)


@pytest.mark.parametrize("kind", ["brand", "Brand", "../x", "a b", "x" * 99, '"\\ud800"', ""])
def test_a_file_cannot_take_a_kind(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take, kind: str
) -> None:
    """A file that says it is the brand, or something that is no kind, is a document."""
    fill(folder, a=f"---\nkind: {kind}\n---\n{BRAND}")
    assert take().read == 1
    assert sources(knowledge, acme) == {"a.md": "document"}
    assert knowledge.brand(acme) is None


def test_brand_pack(knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take) -> None:
    """brand.toml is ingested like the rest; a broken one is reported, and the good one stays."""
    (folder / "brand.toml").write_text(BRAND)
    assert take(kind="edition").read == 1
    assert sources(knowledge, acme) == {"brand.toml": "brand"}
    (folder / "brand.toml").write_text(BRAND + "unknown = 1\n")
    report = take()
    assert [each["path"] for each in report.failed] == ["brand.toml"]
    found = knowledge.brand(acme)
    assert found
    assert found.brand.name == "Acme"


# --- bad files ------------------------------------------------------------------------------------


def _file(name: str, content: bytes) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        (folder / name).write_bytes(content)
        return name

    return make


def _dangling(folder: Path) -> str:
    (folder / "gone.md").symlink_to(folder / "nowhere.md")
    return "gone.md"


def _self_link(folder: Path) -> str:
    (folder / "self.md").symlink_to(folder / "self.md")
    return "self.md"


def _fifo(folder: Path) -> str:
    os.mkfifo(folder / "pipe.md")
    return "pipe.md"


def _huge(folder: Path) -> str:
    with (folder / "huge.md").open("wb") as file:
        os.truncate(file.fileno(), 200_000_000)
    return "huge.md"


BAD: dict[str, tuple[Callable[[Path], str], str]] = {
    "empty": (_file("bad.md", b""), "is empty"),
    "only white space": (_file("bad.md", b" \n\t\n"), "no text"),
    "binary": (_file("bad.md", bytes(range(256)) * 9), "not text"),
    "wrong encoding": (_file("bad.md", "Привет мир".encode("koi8-r")), "neither UTF-8"),
    "broken UTF-16": (_file("bad.txt", b"\xff\xfea"), "marked as UTF-16"),
    "unknown type": (_file("bad.xyz", b"text"), "not read yet"),
    "no suffix": (_file("README", b"text"), "no suffix"),
    "broken brand": (_file("brand.toml", b"[brand"), "brand"),
    "200 MB": (_huge, "the limit is"),
    "link to nowhere": (_dangling, ""),
    "link to itself": (_self_link, ""),
    "pipe": (_fifo, "not a regular file"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take, case: str
) -> None:
    """A file that cannot be read is named with the reason; those around it are read."""
    make, reason = BAD[case]
    fill(folder, a="budget", z="newsletter")
    name = make(folder)
    report = take(limits=Limits(seconds=5))
    assert report.read == 2
    assert [each["path"] for each in report.failed] == [name]
    assert reason in report.failed[0]["reason"]
    assert report.failed[0]["reason"]
    assert sources(knowledge, acme).keys() == {"a.md", "z.md"}
    assert take(limits=Limits(seconds=5)).unchanged == 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [("bad.docx", "Word"), ("bad.pdf", "PDF"), ("bad.eml", ""), ("bad.html", "")],
)
def test_a_bad_file_for_the_worker(folder: Path, take: Take, name: str, reason: str) -> None:
    """The same for files that are read in a process of their own."""
    (folder / name).write_bytes(b"\x00\x01not what it says" if name != "bad.eml" else b"\0")
    fill(folder, a="budget")
    report = take()
    assert (report.read, [each["path"] for each in report.failed]) == (1, [name])
    assert reason in report.failed[0]["reason"]


def test_a_file_that_was_good(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """What was read of a file stays known when the file cannot be read any more."""
    fill(folder, a="budget")
    take()
    (folder / "a.md").write_bytes(b"\0\0")
    assert len(take().failed) == 1
    assert len(knowledge.search(acme, "budget")) == 1
    fill(folder, a="campagne")
    assert take().read == 1
    assert [len(knowledge.search(acme, each)) for each in ("budget", "campagne")] == [0, 1]


def test_a_file_that_vanishes(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """A file that is gone when its turn comes is reported; a folder that is not there too."""
    fill(folder, a="budget", b="ton", c="newsletter")
    take(folder / "a.md")

    def listen(name: str, _outcome: str, _reason: object) -> None:
        if name == "a.md":
            (folder / "b.md").unlink()

    report = take(listen=listen)
    assert (report.read, report.unchanged) == (1, 1)
    assert [each["path"] for each in report.failed] == ["b.md"]
    missing = take(folder / "none")
    assert [each["path"] for each in missing.failed] == ["none"]
    assert sources(knowledge, acme).keys() == {"a.md", "c.md"}


# --- odd files ------------------------------------------------------------------------------------

ODD = {
    "astral": "𐐷𐐴 budget 😀👩‍👩‍👧 e\u0301té 日本語\n\n𐐷 😀 marque",
    "one long line": "budget " * 30_000,
    "one long word": "budget " + "x" * 60_000,
    "no newline at the end": "budget",
    "carriage returns": "budget\r\n\r\nton\rmarque",
    "byte order mark": "\ufeffbudget",
    "controls": "budget\v\f ton\x85\u2028fin",
    "front matter and text": "---\ntitle: Le plan\n---\n\nbudget",
}


@pytest.mark.parametrize("case", ODD)
def test_odd_text(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take, case: str
) -> None:
    """Whatever characters a text has, what is found is quoted exactly."""
    (folder / "odd.md").write_text(ODD[case], encoding="utf-8", newline="")
    report = take()
    assert report.read == 1
    quotes = passages(knowledge, acme, "odd.md")
    assert len(quotes) == report.passages > 0
    found = knowledge.search(acme, "budget")
    assert found[0].passage.quote in quotes.values()
    assert "budget" in found[0].passage.quote


def test_only_front_matter(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """A file of front matter alone is a source with a title and no passage."""
    fill(folder, a="---\ntitle: Le budget\ndate: 2025-01-02\n---\n")
    report = take()
    assert (report.read, report.passages) == (1, 0)
    assert knowledge.search(acme, "budget") == []
    assert [(row.title, row.date) for row in knowledge.ledger.sources(acme)] == [
        ("Le budget", "2025-01-02")
    ]
    assert take().unchanged == 1


NAMES = [
    *("été.md", "50%.md", "a b.md", "-rf.md", "'; DROP TABLE sources; --.md", "a\nb.md", "a\tb.md"),
    *("𐐷😀.md", "x" * 250 + ".md", "\u202ereversed.md", "*.md", "~.md", "..md.md", "{name}.md"),
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_hostile_names(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take, name: str
) -> None:
    """A file's name is a name, whatever is in it; it is found, known again, and hurts nothing."""
    (folder / name).write_text("budget")
    fill(folder, plain="ton")
    report = take()
    if name.startswith("."):  # hidden
        assert report.read == 1
        return
    assert (report.read, report.failed) == (2, [])
    assert knowledge.search(acme, "budget")[0].passage.path == name
    assert take().unchanged == 2


@pytest.mark.skipif(sys.platform == "darwin", reason="names are always Unicode there")
def test_a_name_that_is_no_text(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """A name in bytes that are not UTF-8 is kept with the bytes written out."""
    with open(os.fsencode(folder) + b"/caf\xe9.md", "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(b"budget")
    assert take().read == 1
    assert sources(knowledge, acme).keys() == {"caf\\xe9.md"}
    assert take().unchanged == 1


def test_links_in_circles(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """Links to folders above, and to files elsewhere, lead nowhere."""
    fill(folder, a="budget")
    (folder / "deep").mkdir()
    (folder / "deep" / "loop").symlink_to(folder)
    (folder / "deep" / "again.md").symlink_to(folder / "a.md")
    secret = folder.parent / "secret.md"
    secret.write_text("secret")
    (folder / "leak.md").symlink_to(secret)
    report = take()
    assert report.failed == []
    assert sources(knowledge, acme).keys() == {"a.md"}


# --- many, and interrupted ------------------------------------------------------------------------


def test_many_tiny_files(knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take) -> None:
    """Two thousand files of a word each are read, found and known again in seconds."""
    for number in range(2000):
        (folder / f"{number}.txt").write_text(f"word{number}")
    started = time.process_time()
    report = take()
    assert (report.read, report.passages) == (2000, 2000)
    assert take().unchanged == 2000
    assert time.process_time() - started < 15
    assert knowledge.search(acme, "word1234")[0].passage.path == "1234.txt"


@pytest.mark.parametrize("stop_after", [1, 256, 300])
def test_interrupted(
    knowledge: Knowledge,
    acme: ClientScope,
    folder: Path,
    take: Take,
    heard: list[Any],
    stop_after: int,
) -> None:
    """After Ctrl-C, all that was reported as read is kept and found; later the rest is read."""
    for number in range(400):
        (folder / f"{number}.txt").write_text(f"word{number}")

    def listen(name: str, outcome: str, _reason: object) -> None:
        heard.append((name, outcome))
        if len(heard) == stop_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(listen=listen)
    read = [name for name, outcome in heard if outcome == "read"]
    assert len(read) == stop_after
    for name in read[:: max(1, len(read) // 20)]:
        assert knowledge.search(acme, f"word{Path(name).stem}")[0].passage.path == name
    report = take()
    assert report.read + report.unchanged == 400
    assert report.unchanged >= stop_after
    assert len(sources(knowledge, acme)) == 400


class _Interrupting(EdgeIndex):
    """An index at which Ctrl-C arrives in the middle of an update."""

    def update(
        self, scope: ClientScope, added: Iterable[Item], removed: set[int], revision: int
    ) -> None:
        def some() -> Iterator[Item]:
            yield from islice(added, 1)
            raise KeyboardInterrupt

        super().update(scope, some(), removed, revision)


def test_interrupted_in_the_index(data: Path, folder: Path) -> None:
    """Ctrl-C while the index is written: the ledger has the files, and the index is made again."""
    index = _Interrupting(data / "index", FORM)
    with Knowledge(Ledger(open_database(data / "ledger.db")), index) as knowledge:
        acme = knowledge.ledger.add_client("acme", "en")
        fill(folder, a="budget", b="newsletter")
        ingest(knowledge, acme, [folder / "a.md"])
        with pytest.raises(KeyboardInterrupt):
            ingest(knowledge, acme, [folder])
        assert [len(knowledge.search(acme, word)) for word in ("newsletter", "budget")] == [1, 1]
        assert ingest(knowledge, acme, [folder]).unchanged == 2
