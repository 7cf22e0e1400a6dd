"""What was forgotten does not come back by ingesting it again, in whatever it comes."""

import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.errors import BusyError
from savoirfaire.knowledge.access import changing
from savoirfaire.knowledge.forgetting import bury
from savoirfaire.knowledge.ingest import Report, ingest
from savoirfaire.knowledge.mentions import MARK, Mentions
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.tombstones import Forgotten, Tombstones

Take = Callable[..., Report]
WORDS = "# Brief\n\nJean Dupont veut un budget.\n\n# Suite\n\nZoé aussi."


def sources(*hashes: str) -> Forgotten:
    """Sources that were forgotten."""
    return Forgotten(frozenset(hashes), Mentions(), lambda sha256: sha256)


PERSON = Forgotten(frozenset(), Mentions.of(["Jean Dupont"]), lambda sha256: sha256[::-1])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A client's files."""
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


@pytest.fixture
def take(knowledge: Knowledge, acme: ClientScope, folder: Path) -> Take:
    """Ingest the folder."""

    def run(**options: Any) -> Report:
        return ingest(knowledge, acme, [folder], **options)

    return run


def pack(path: Path, **files: str) -> None:
    """Write an archive of Markdown files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.md", text)


def hashes(knowledge: Knowledge, scope: ClientScope) -> dict[str, str]:
    """The hash of each source, by path."""
    return {each.path: each.sha256 for each in knowledge.ledger.listed(scope)}


def everything(knowledge: Knowledge, scope: ClientScope) -> str:
    """All that is kept of the sources, as text."""
    found = [knowledge.ledger.described(scope, path) for path in hashes(knowledge, scope)]
    texts = [knowledge.ledger.text(scope, each.source.id) for each in found]
    origins = [str(each.origin) for each in knowledge.ledger.known(scope).values()]
    return "\n".join([*map(str, found), *texts, *origins])


@pytest.mark.parametrize("name", ["a.md", "pack.zip"])
def test_a_forgotten_source(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take, name: str
) -> None:
    """The same bytes are refused, in a folder as in an archive, until somebody allows them.

    An archive is whole without them: they are refused once, and not again while it stays as it is.
    """
    if name == "a.md":
        (folder / name).write_text("budget")
        (folder / "b.md").write_text("mot")
    else:
        pack(folder / name, a="budget", b="mot")
    take()
    held = hashes(knowledge, acme)
    [gone] = [path for path in held if path.endswith("a.md")]
    forgotten = sources(held[gone])
    knowledge.remove(acme, [each.id for each in knowledge.ledger.listed(acme)])
    (folder / name).touch()
    knowledge.ledger.hold(acme, dict.fromkeys(knowledge.ledger.containers(acme)))
    report = take(forgotten=forgotten)
    assert report.failed == [
        {"path": gone, "reason": "was forgotten; take it in again with --allow-forgotten"}
    ]
    assert hashes(knowledge, acme).keys() == held.keys() - {gone}
    again = take(forgotten=forgotten)
    assert (again.unchanged, len(again.failed)) == (1, name == "a.md")
    assert take(forgotten=forgotten, allow_forgotten=True).read == 1
    assert hashes(knowledge, acme) == held


def test_a_forgotten_person(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """Whoever was forgotten is left out of texts, names, authors and archives; quotes still fit."""
    text = f"---\nauthor: Jean Dupont\n---\n{WORDS}"
    (folder / "Brief Jean Dupont.md").write_text(text)
    pack(folder / "pack.zip", **{"CV de Jean Dupont": WORDS, "a": "mot"})
    (folder / "m.eml").write_text("From: Jean Dupont <j@x>\nSubject: x\n\nBonjour, Dupont Jean.\n")
    report = take(forgotten=PERSON)
    assert (report.read, report.failed) == (4, [])
    kept = everything(knowledge, acme)
    assert "Dupont" not in kept
    assert f"Brief {MARK}.md" in hashes(knowledge, acme)
    for each in knowledge.ledger.listed(acme):
        text = knowledge.ledger.text(acme, each.id)
        for passage in knowledge.ledger.passages_of(acme, each.id):
            assert text[passage.start : passage.end] == passage.quote
    again = take(forgotten=PERSON)
    assert (again.read, again.unchanged, again.vanished) == (0, 4, [])


def test_two_files_with_one_name_left(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """Files whose names differ only by who was forgotten stay two, also within an archive."""
    forgotten = Forgotten(frozenset(), Mentions.of(["Jean Dupont", "Zoé Martin"]), lambda s: s)
    (folder / "CV Jean Dupont.md").write_text("budget")
    (folder / "CV Zoé Martin.md").write_text("newsletter")
    pack(folder / "pack.zip", **{"CV Jean Dupont": "un", "CV Zoé Martin": "deux"})
    assert take(forgotten=forgotten).read == 4
    assert len(hashes(knowledge, acme)) == 4
    assert (take(forgotten=forgotten).read, take(forgotten=forgotten).unchanged) == (0, 4)


@pytest.mark.parametrize("kind", ["person", "source"])
def test_what_is_forgotten_meanwhile(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take, kind: Any
) -> None:
    """What somebody forgets while files are read is not written by who had read it before."""
    stones = Tombstones(knowledge.ledger.engine, bytes(32))
    (folder / "a.md").write_text(WORDS)
    pack(folder / "pack.zip", **{"CV de Jean Dupont": WORDS})
    gone = {"person": "Jean Dupont", "source": sha256((folder / "a.md").read_bytes()).hexdigest()}

    def forget() -> None:
        said = {"forgotten_at": "2026-01-01T00:00:00.000Z", "certificate": "c"}
        with changing(knowledge.ledger.engine, acme) as connection:
            bury(connection, stones.graves("acme", kind, [gone[kind]], said))

    with pytest.raises(BusyError, match="was forgotten meanwhile"):
        take(forgotten=stones.of(acme), advance=forget)
    assert hashes(knowledge, acme) == {}
    assert knowledge.ledger.containers(acme) == {}
    report = take(forgotten=stones.of(acme))
    assert (report.read, len(report.failed)) == ((2, 0) if kind == "person" else (0, 2))
    assert kind == "source" or "Dupont" not in everything(knowledge, acme)
