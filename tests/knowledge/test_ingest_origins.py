"""Files of the same name from different folders, files that moved, and whose brand pack counts."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from savoirfaire.knowledge.ingest import Report, ingest
from savoirfaire.knowledge.ledger import source_id
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.where import Where

BRAND = '[brand]\nname = "{name}"\nlanguage = "fr"\nvoice = "Simple."\n'
JUNE, JULY = "Le budget de juin.", "Le budget de juillet."
Take = Callable[..., Report]


@pytest.fixture
def take(knowledge: Knowledge, acme: ClientScope) -> Take:
    """Ingest some paths."""

    def run(*paths: Path, kind: str = "") -> Report:
        return ingest(knowledge, acme, paths, kind=kind)

    return run


def write(path: Path, text: str) -> Path:
    """Write a file and the folders above it; give its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def june(tmp_path: Path) -> Path:
    """A folder with an item."""
    write(tmp_path / "june/items/01.md", JUNE)
    return tmp_path / "june"


@pytest.fixture
def july(tmp_path: Path) -> Path:
    """A folder with another item of the same name."""
    write(tmp_path / "july/items/01.md", JULY)
    return tmp_path / "july"


def texts(knowledge: Knowledge, scope: ClientScope) -> dict[str, str]:
    """The text of each source, by path."""
    rows = knowledge.ledger.sources(scope)
    return {row.path: knowledge.ledger.text(scope, row.id) for row in rows}


def brand(knowledge: Knowledge, scope: ClientScope) -> str:
    """The name that the brand pack in use gives."""
    pack = knowledge.brand(scope)
    return pack.brand.name if pack else ""


def test_a_second_folder(
    knowledge: Knowledge, acme: ClientScope, take: Take, june: Path, july: Path
) -> None:
    """A file of the same name elsewhere is another source; old citations are still right."""
    take(june)
    [cited] = [each.passage for each in knowledge.search(acme, "budget")]
    assert take(july).read == 1
    assert texts(knowledge, acme) == {"items/01.md": JUNE, "july/items/01.md": JULY}
    assert knowledge.ledger.text(acme, cited.source)[cited.start : cited.end] == cited.quote
    found = {
        each.passage.path for each in knowledge.search(acme, "budget", where=Where(kinds=("item",)))
    }
    assert found == {"items/01.md", "july/items/01.md"}
    assert cited.source == source_id(acme, "items/01.md")


@pytest.mark.parametrize("order", [("june", "july"), ("july", "june"), ("july",), ("",)])
def test_both_folders_again(
    knowledge: Knowledge,
    acme: ClientScope,
    take: Take,
    june: Path,
    july: Path,
    order: tuple[str, ...],
) -> None:
    """Each file keeps its name, whatever it would be called where the folders are given anew."""
    take(june)
    take(july)
    before = (knowledge.ledger.revision(acme), texts(knowledge, acme))
    report = take(*(june.parent / each for each in order))
    assert (report.read, report.failed) == (0, [])
    assert report.unchanged == (1 if order == ("july",) else 2)
    assert (knowledge.ledger.revision(acme), texts(knowledge, acme)) == before


def test_edits_go_to_their_own_source(
    knowledge: Knowledge, acme: ClientScope, take: Take, june: Path, july: Path
) -> None:
    """Only the file itself replaces its text, even where it then has another file's words."""
    take(june)
    take(july)
    write(july / "items/01.md", JUNE)
    assert take(july).read == 1
    write(june / "items/01.md", "Juin, corrigé.")
    assert take(june).read == 1
    assert texts(knowledge, acme) == {"items/01.md": "Juin, corrigé.", "july/items/01.md": JUNE}


def test_a_third_folder_of_the_same_name(
    knowledge: Knowledge, acme: ClientScope, take: Take, june: Path, july: Path
) -> None:
    """Names take on as many folders as it needs, and are the same in one ingest as in several."""
    other = write(june.parent / "2026/july/items/01.md", "2026").parents[1]
    for folder in (june, july, other):
        assert take(folder).read == 1
    names = {"items/01.md", "july/items/01.md", "2026/july/items/01.md"}
    assert texts(knowledge, acme).keys() == names
    rival = knowledge.ledger.add_client("rival", "en")
    ingest(knowledge, rival, [june, july, other])
    assert texts(knowledge, rival).keys() == names


def test_a_link_that_leads_elsewhere(
    knowledge: Knowledge, acme: ClientScope, take: Take, june: Path, july: Path
) -> None:
    """A link to the newest folder hides none of the older ones."""
    current = june.parent / "current"
    for folder in (june, july, write(june.parent / "august/items/01.md", "Août").parents[1]):
        current.unlink(missing_ok=True)
        current.symlink_to(folder)
        assert take(current).read == 1
        assert take(folder).unchanged == 1
    assert texts(knowledge, acme).keys() == {
        *("items/01.md", "july/items/01.md", "august/items/01.md"),
    }


# --- moved and copied -----------------------------------------------------------------------------


def test_a_moved_file_that_changed(
    knowledge: Knowledge, acme: ClientScope, take: Take, june: Path
) -> None:
    """A changed file whose former place is empty is the one that was there."""
    take(june)
    moved = june.rename(june.parent / "moved")
    assert take(moved).unchanged == 1
    write(moved / "items/01.md", "Juin, corrigé.")
    assert take(moved).read == 1
    assert texts(knowledge, acme) == {"items/01.md": "Juin, corrigé."}
    write(moved / "items/01.md", "Juin, encore.")
    assert take(moved).read == 1
    assert texts(knowledge, acme) == {"items/01.md": "Juin, encore."}


@pytest.mark.parametrize("order", [("june", "july"), ("july", "june"), ("july",), ("",)])
def test_two_moved_folders(
    knowledge: Knowledge,
    acme: ClientScope,
    take: Take,
    tmp_path: Path,
    order: tuple[str, ...],
) -> None:
    """Where both moved, the one that changed is told from the other by the folders above it."""
    old, new = tmp_path / "old", tmp_path / "new"
    for name, text in (("june", JUNE), ("july", JULY)):
        write(old / name / "items/01.md", text)
        take(old / name)
    old.rename(new)
    write(new / "july/items/01.md", "Juillet, corrigé.")
    for name in order:
        assert take(new / name).failed == []
    known = texts(knowledge, acme)
    assert known["items/01.md"] == JUNE
    assert known["july/items/01.md"] == "Juillet, corrigé."


def test_a_copy(knowledge: Knowledge, acme: ClientScope, take: Take, june: Path) -> None:
    """A copy is no news; once it is edited, it is a source of its own beside the first one."""
    take(june)
    before = knowledge.ledger.revision(acme)
    copy = Path(shutil.copytree(june, june.parent / "copy"))
    assert take(copy).unchanged == 1
    assert knowledge.ledger.revision(acme) == before
    assert take(copy, kind="brief").read == 1
    write(june / "items/01.md", "Juin, corrigé.")
    write(copy / "items/01.md", JULY)
    assert (take(june).read, take(copy).read) == (1, 1)
    assert texts(knowledge, acme) == {"items/01.md": "Juin, corrigé.", "copy/items/01.md": JULY}


# --- brand packs ----------------------------------------------------------------------------------


@pytest.fixture
def packs(june: Path, july: Path) -> tuple[Path, Path]:
    """Two folders, each with a brand pack of its own; their paths."""
    return (
        write(june / "brand.toml", BRAND.format(name="Acme")),
        write(july / "brand.toml", BRAND.format(name="Rival")),
    )


def test_a_brand_pack_from_elsewhere(
    knowledge: Knowledge, acme: ClientScope, take: Take, packs: tuple[Path, Path]
) -> None:
    """It does not replace the rules by lying in a folder; the report says how it would."""
    first, second = packs
    take(first.parent)
    for _ in range(2):
        [failed] = take(second.parent).failed
        assert failed["path"] == "brand.toml"
        assert str(first) in failed["reason"]
        assert "--kind brand" in failed["reason"]
        assert brand(knowledge, acme) == "Acme"
    write(first, BRAND.format(name="Acme & Co"))
    assert take(first.parent).failed == []
    assert brand(knowledge, acme) == "Acme & Co"


def test_a_brand_pack_is_replaced_by_a_person(
    knowledge: Knowledge, acme: ClientScope, take: Take, packs: tuple[Path, Path]
) -> None:
    """With `--kind brand` another file becomes the brand pack, and the first is not any more."""
    first, second = packs
    take(first)
    assert take(second, kind="brand").read == 1
    assert brand(knowledge, acme) == "Rival"
    assert take(second).unchanged == take(second, kind="edition").unchanged == 1
    assert [each["path"] for each in take(first).failed] == ["brand.toml"]
    assert [row.path for row in knowledge.ledger.sources(acme, kind="brand")] == ["brand.toml"]


def test_nothing_else_is_a_brand_pack(
    knowledge: Knowledge, acme: ClientScope, take: Take, june: Path
) -> None:
    """`--kind brand` makes no other file a brand pack."""
    report = take(june, kind="brand")
    assert (report.read, [each["path"] for each in report.failed]) == (0, ["items/01.md"])
    assert "brand.toml" in report.failed[0]["reason"]
    assert brand(knowledge, acme) == ""


def test_a_moved_brand_pack(
    knowledge: Knowledge, acme: ClientScope, take: Take, packs: tuple[Path, Path]
) -> None:
    """Where the file of the brand pack is gone, the one that is given now takes its place."""
    first, _ = packs
    take(first)
    moved = first.rename(first.parent / "items/brand.toml")
    assert take(moved).unchanged == 1
    write(moved, BRAND.format(name="Acme & Co"))
    assert take(moved.parent).failed == []
    assert brand(knowledge, acme) == "Acme & Co"


def test_a_copied_brand_pack(take: Take, packs: tuple[Path, Path]) -> None:
    """The same brand pack in another folder is no news; with other words it is refused."""
    first, second = packs
    take(first)
    shutil.copy(first, second)
    assert take(second).unchanged == 1
    write(second, BRAND.format(name="Rival"))
    assert len(take(second).failed) == 1


def test_the_brand_pack_at_the_top(
    knowledge: Knowledge, acme: ClientScope, take: Take, packs: tuple[Path, Path]
) -> None:
    """Of several in one folder, the one nearest to the top is it, and the others are reported."""
    write(packs[0].parent.parent / "brand.toml", BRAND.format(name="House"))
    report = take(packs[0].parent.parent)
    assert [each["path"] for each in report.failed] == ["july/brand.toml", "june/brand.toml"]
    assert brand(knowledge, acme) == "House"
    assert take(packs[0].parent.parent).unchanged == 3


def test_a_moved_folder_is_remembered(
    knowledge: Knowledge, acme: ClientScope, take: Take, june: Path, july: Path
) -> None:
    """A folder that moved unchanged is known where it is: another cannot take its place later."""
    take(june)
    moved = june.rename(june.parent / "moved")
    assert take(moved).unchanged == 1
    assert take(july).read == 1
    assert texts(knowledge, acme) == {"items/01.md": JUNE, "july/items/01.md": JULY}
    assert take(moved).unchanged == 1
