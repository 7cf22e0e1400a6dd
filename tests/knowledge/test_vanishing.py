"""Files that are not there any more: named, kept until somebody says otherwise, then gone."""

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from savoirfaire.knowledge.ingest import Report, ingest, remove_files
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

Take = Callable[..., Report]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A client's files: two notes, one of them in a folder, an archive, and a mail."""
    made = tmp_path / "files"
    (made / "notes").mkdir(parents=True)
    (made / "a.md").write_text("budget")
    (made / "notes" / "b.md").write_text("quokka")
    with zipfile.ZipFile(made / "pack.zip", "w") as archive:
        archive.writestr("x.md", "newsletter")
    (made / "m.eml").write_text("Subject: x\nMessage-ID: <1@x>\n\nBonjour.\n")
    return made


@pytest.fixture
def take(knowledge: Knowledge, acme: ClientScope, folder: Path) -> Take:
    """Ingest the folder, or some paths."""

    def run(*paths: Path) -> Report:
        return ingest(knowledge, acme, paths or [folder])

    return run


def paths(knowledge: Knowledge, scope: ClientScope) -> set[str]:
    """The paths of all sources."""
    return {each.path for each in knowledge.ledger.listed(scope)}


@pytest.mark.parametrize(
    ("file", "held"),
    [
        ("a.md", "a.md"),
        ("notes/b.md", "notes/b.md"),
        ("pack.zip", "pack.zip!/x.md"),
        ("m.eml", "m.eml"),
    ],
)
def test_a_vanished_file(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take, file: str, held: str
) -> None:
    """A file that was deleted is named and kept; removed, it is gone with all it held."""
    assert take().vanished == []
    (folder / file).unlink()
    assert take().vanished == [file]
    assert held in paths(knowledge, acme)
    assert remove_files(knowledge, acme, [file]) == 1
    assert paths(knowledge, acme) == {"a.md", "notes/b.md", "pack.zip!/x.md", "m.eml"} - {held}
    report = take()
    assert (report.vanished, report.read, report.unchanged) == ([], 0, 3)


def test_it_comes_back(knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take) -> None:
    """An archive that was removed and comes back is read again."""
    take()
    shutil.move(folder / "pack.zip", folder.parent)
    remove_files(knowledge, acme, take().vanished)
    shutil.move(folder.parent / "pack.zip", folder)
    assert take().read == 1
    assert knowledge.search(acme, "newsletter")[0].passage.path == "pack.zip!/x.md"


def test_only_the_folders_given(folder: Path, take: Take, tmp_path: Path) -> None:
    """What was read from elsewhere, or is named alone, is not looked for."""
    other = tmp_path / "files2"
    shutil.copytree(folder, other)
    (other / "a.md").write_text("other")
    take(folder, other)
    (folder / "a.md").unlink()
    assert take(other).vanished == []
    assert take(folder / "notes").vanished == []
    assert take(folder / "a.md").vanished == []
    assert take(other, folder).vanished == ["a.md"]


def test_a_moved_file(folder: Path, take: Take) -> None:
    """A folder that was renamed within the one given has not vanished; nor has it, elsewhere."""
    take()
    (folder / "notes").rename(folder / "deeper")
    report = take()
    assert (report.vanished, report.read) == (["notes/b.md"], 1)
    folder.rename(folder.parent / "elsewhere")
    assert take(folder.parent / "elsewhere").vanished == []


def test_no_disk(folder: Path, take: Take) -> None:
    """A folder that is gone or empty may be a disk that is not attached: nothing has vanished."""
    take()
    folder.rename(folder.parent / "unmounted")
    assert take().vanished == []
    folder.mkdir()
    assert take().vanished == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_folder_out_of_reach(folder: Path, take: Take) -> None:
    """What lies in a folder that cannot be listed has not vanished."""
    take()
    (folder / "a.md").unlink()
    (folder / "notes").chmod(0)
    try:
        assert take().vanished == ["a.md"]
    finally:
        (folder / "notes").chmod(0o755)


def test_a_file_instead_of_a_folder(folder: Path, take: Take) -> None:
    """Where a folder became something that cannot be read, nothing in it is said to be gone."""
    take()
    shutil.rmtree(folder / "notes")
    (folder / "notes").symlink_to(folder / "notes")
    assert take().vanished == []


@pytest.mark.parametrize("rule", ["a.md", "notes/", "*.zip"])
def test_what_is_ignored(folder: Path, take: Take, rule: str) -> None:
    """A file that is only kept out by now is still there."""
    take()
    (folder / ".savoirignore").write_text(rule)
    assert take().vanished == []


def test_a_broken_file(folder: Path, take: Take) -> None:
    """A file that cannot be read today has not vanished."""
    take()
    (folder / "a.md").write_bytes(b"")
    (folder / "pack.zip").write_bytes(b"no archive")
    report = take()
    assert ([each["path"] for each in report.failed], report.vanished) == (["a.md", "pack.zip"], [])


def test_nothing_of_another_client(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """The same folder of another client stays as it is."""
    bolt = knowledge.ledger.add_client("bolt", "fr")
    take()
    ingest(knowledge, bolt, [folder])
    before = knowledge.ledger.listed(bolt)
    (folder / "pack.zip").unlink()
    remove_files(knowledge, acme, take().vanished)
    assert knowledge.ledger.listed(bolt) == before
    assert remove_files(knowledge, acme, ["no such file"]) == 0
