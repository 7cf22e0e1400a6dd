"""The files of a folder and their names."""

import os
from pathlib import Path

import pytest

from savoirfaire.knowledge.readers import UnreadableError, find_files


def fill(folder: Path, *names: str) -> Path:
    """Make files with some words each, and the folders they need."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def names(*paths: Path) -> list[str]:
    """Give the names of the files found."""
    return [name for _, name in find_files(paths)]


def test_folder_in_order(tmp_path: Path) -> None:
    """A folder gives its files in order, named from the folder, whatever their types."""
    fill(tmp_path, "b.md", "a/z.md", "a/b/c.pdf", "a.md", "a-b/x", "Z.md")
    found = list(find_files([tmp_path]))
    assert [name for _, name in found] == [
        "Z.md",
        "a/b/c.pdf",
        "a/z.md",
        "a-b/x",
        "a.md",
        "b.md",
    ]
    assert all(path == tmp_path / name for path, name in found)


def test_hidden(tmp_path: Path) -> None:
    """Hidden files and folders and Word's lock files are passed over, unless named outright."""
    fill(tmp_path, ".git/config", ".notes.md", "~$brief.docx", "brief.docx", "a/.DS_Store")
    assert names(tmp_path) == ["brief.docx"]
    assert names(tmp_path / ".notes.md") == [".notes.md"]
    assert names(tmp_path / ".git") == ["config"]


def test_links(tmp_path: Path) -> None:
    """Links that leave the folder and linked folders are passed over; a file is given once."""
    fill(tmp_path, "in/real.md", "out/secret.md")
    inside = tmp_path / "in"
    (inside / "alias.md").symlink_to(inside / "real.md")
    (inside / "leak.md").symlink_to(tmp_path / "out" / "secret.md")
    (inside / "leak").symlink_to(tmp_path / "out")
    (inside / "round").symlink_to(inside)
    (inside / "dangling.md").symlink_to(tmp_path / "out" / "gone.md")
    assert names(inside) == ["alias.md"]


def test_link_to_the_folder(tmp_path: Path) -> None:
    """A folder given through a link is read like the folder."""
    fill(tmp_path, "real/a.md")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert names(tmp_path / "link") == ["a.md"]


def test_single_file(tmp_path: Path) -> None:
    """A file is named by its name; one that is not there is given all the same."""
    fill(tmp_path, "a/b.md")
    assert names(tmp_path / "a" / "b.md", tmp_path / "gone.md") == ["b.md", "gone.md"]


def test_given_twice(tmp_path: Path) -> None:
    """A file reached twice is given once."""
    fill(tmp_path, "a/b.md", "a/c.md")
    assert names(tmp_path / "a" / "c.md", tmp_path / "a", tmp_path) == ["c.md", "b.md"]


def test_same_names(tmp_path: Path) -> None:
    """Files that would share a name are told apart by the folders above them."""
    fill(tmp_path, "x/a/b.md", "y/a/b.md", "z/b.md")
    paths = [tmp_path / "x", tmp_path / "y", tmp_path / "z" / "b.md"]
    assert names(*paths) == ["a/b.md", "y/a/b.md", "b.md"]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes only on POSIX")
def test_strange_names(tmp_path: Path) -> None:
    """A name is storable text, the same on systems that decompose accents."""
    for name in (b"caf\xe9.md", "e\u0301te\u0301.md".encode()):
        (tmp_path / os.fsdecode(name)).touch()
    assert sorted(names(tmp_path)) == ["caf\\xe9.md", "\u00e9t\u00e9.md"]


def test_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the command is run from changes no name."""
    fill(tmp_path, "a/b/c.md")
    monkeypatch.chdir(tmp_path / "a")
    assert names(Path("b")) == ["c.md"]
    assert names(Path("../a")) == ["b/c.md"]
    assert names(Path()) == ["b/c.md"]


# --- what a .savoirignore keeps out ---------------------------------------------------------------

TREE = ("a.md", "b.tmp", "old/a.md", "old/keep.md", "new/old/b.md", "new/c.md", "new/é.md")


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ("", TREE),
        ("# a comment\n\n*.tmp", [name for name in TREE if name != "b.tmp"]),
        ("old/", ["a.md", "b.tmp", "new/c.md", "new/é.md"]),
        ("/old", ["a.md", "b.tmp", "new/c.md", "new/old/b.md", "new/é.md"]),
        ("*\n!*.tmp", ["b.tmp"]),
        ("old/*\n!old/keep.md", [name for name in TREE if name != "old/a.md"]),
        ("**/old/b.md", [name for name in TREE if name != "new/old/b.md"]),
        ("e\u0301.md", [name for name in TREE if name != "new/é.md"]),
        ("A.MD", TREE),
    ],
)
def test_ignore_rules(tmp_path: Path, rules: str, found: list[str]) -> None:
    """Rules are those of a .gitignore."""
    fill(tmp_path, *TREE)
    (tmp_path / ".savoirignore").write_text(rules)
    assert sorted(names(tmp_path)) == sorted(found)


def test_nearest_rules(tmp_path: Path) -> None:
    """The rules of a folder count for what is in it, before those of the folders around it."""
    fill(tmp_path, "a.md", "in/a.md", "in/b.md", "in/deep/b.md")
    (tmp_path / ".savoirignore").write_text("a.md")
    (tmp_path / "in" / ".savoirignore").write_text("!a.md\n/b.md")
    assert names(tmp_path) == ["in/a.md", "in/deep/b.md"]


def test_rules_and_named_files(tmp_path: Path) -> None:
    """What is named outright is read, whatever the rules of the folder it is in."""
    fill(tmp_path, "in/a.md")
    (tmp_path / ".savoirignore").write_text("*")
    assert names(tmp_path / "in", tmp_path / "in" / "a.md") == ["a.md"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"*.tmp\n!\n", r"\.savoirignore has a pattern that cannot be understood \(line 2\)"),
        (b"a\0b", r"\.savoirignore is not text"),
        (b"*\n" * 100_000, r"\.savoirignore is 200 kB; the limit is 0\.1 MB"),
    ],
)
def test_rules_that_cannot_be_obeyed(tmp_path: Path, data: bytes, reason: str) -> None:
    """Rules that cannot be understood are an error: what they keep out is not to be read."""
    fill(tmp_path, "a.md")
    (tmp_path / ".savoirignore").write_bytes(data)
    with pytest.raises(UnreadableError, match=reason):
        names(tmp_path)


def test_rules_out_of_reach(tmp_path: Path) -> None:
    """Rules that are linked to nowhere are an error too."""
    (tmp_path / ".savoirignore").symlink_to(tmp_path / "gone")
    with pytest.raises(UnreadableError, match=r"\.savoirignore does not exist"):
        names(tmp_path)


def test_names_like_members(tmp_path: Path) -> None:
    """A folder's name is never taken for that of an archive."""
    fill(tmp_path, "pack.zip!/a.md", "b!/c.md", "d!.md")
    assert names(tmp_path) == ["b!!/c.md", "d!.md", "pack.zip!!/a.md"]
