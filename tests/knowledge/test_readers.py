"""What every reader promises, and what is refused before a reader is asked."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from savoirfaire.errors import ReadError
from savoirfaire.knowledge.readers import SUFFIXES, Limits, Readers, UnreadableError, read


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """One set of readers for the file, so that one process serves it."""
    with Readers() as readers:
        yield readers


def refusal(readers: Readers, path: Path) -> tuple[str, str]:
    """Read a file that must be refused; give the code and the reason."""
    with pytest.raises(ReadError) as caught:
        readers.read(path)
    assert isinstance(caught.value, UnreadableError)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("film.xyz", "unknown_type", "has a type that is not read yet (.xyz)"),
        ("FILM.XYZ", "unknown_type", "has a type that is not read yet (.xyz)"),
        ("README", "unknown_type", "has no suffix that says its type"),
        (".md", "unknown_type", "has no suffix that says its type"),
    ],
)
def test_unknown_type(readers: Readers, tmp_path: Path, name: str, code: str, reason: str) -> None:
    """A file whose suffix names no reader is refused, whatever is in it."""
    (tmp_path / name).write_bytes(b"")
    assert refusal(readers, tmp_path / name) == (code, reason)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_empty(readers: Readers, tmp_path: Path, suffix: str) -> None:
    """An empty file is refused as empty, whatever its type."""
    path = tmp_path / f"nothing{suffix}"
    path.touch()
    assert refusal(readers, path) == ("empty", "is empty")


@pytest.mark.parametrize("suffix", [".md", ".txt", ".csv", ".html", ".toml"])
def test_blank(readers: Readers, tmp_path: Path, suffix: str) -> None:
    """A file of white space has nothing to know."""
    path = tmp_path / f"blank{suffix}"
    path.write_bytes(b" \r\n\t \n")
    assert refusal(readers, path) == ("empty", "has no text in it")


@pytest.mark.parametrize("suffix", [".md", ".pdf"])
def test_missing(readers: Readers, tmp_path: Path, suffix: str) -> None:
    """A file that vanished is refused, here and by the process that would parse it."""
    path = tmp_path / f"gone{suffix}"
    assert refusal(readers, path) == ("missing", "does not exist, or not any more")
    with pytest.raises(UnreadableError, match="does not exist"):
        readers._worker.read("pdf", path)


@pytest.mark.parametrize("suffix", ["", ".md", ".pdf"])
def test_folder(readers: Readers, tmp_path: Path, suffix: str) -> None:
    """A folder is no file, even one with a file's suffix."""
    path = tmp_path / f"folder{suffix}"
    path.mkdir()
    assert refusal(readers, path) == ("not_a_file", "is a folder, not a file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
@pytest.mark.parametrize("suffix", [".md", ".pdf"])
def test_fifo(readers: Readers, tmp_path: Path, suffix: str) -> None:
    """A FIFO is refused without waiting for a writer."""
    path = tmp_path / f"pipe{suffix}"
    os.mkfifo(path)
    assert refusal(readers, path) == ("not_a_file", "is not a regular file")
    with pytest.raises(UnreadableError, match="is not a regular file"):
        readers._worker.read("pdf", path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices here")
def test_device(readers: Readers, tmp_path: Path) -> None:
    """A link to a device is refused, not read for ever."""
    path = tmp_path / "endless.txt"
    path.symlink_to("/dev/zero")
    assert refusal(readers, path) == ("not_a_file", "is not a regular file")


@pytest.mark.parametrize("name", ["x\0y.md", "n" * 300 + ".md"])
def test_impossible_name(readers: Readers, tmp_path: Path, name: str) -> None:
    """A name that no file can have is refused like any other."""
    assert refusal(readers, tmp_path / name)[0] == "unreachable"


def test_link_loop(readers: Readers, tmp_path: Path) -> None:
    """A link to itself is refused."""
    path = tmp_path / "loop.md"
    path.symlink_to(path)
    assert refusal(readers, path)[0] == "unreachable"


@pytest.mark.parametrize("suffix", [".md", ".csv", ".pdf", ".docx", ".xyz"])
def test_too_large(readers: Readers, tmp_path: Path, suffix: str) -> None:
    """A file of 212 MB is refused by its size alone: this one has no blocks to read."""
    path = tmp_path / f"large{suffix}"
    with path.open("wb") as file:
        file.truncate(212_000_000)
    code, reason = refusal(readers, path)
    if suffix == ".xyz":
        assert code == "unknown_type"
    else:
        assert (code, reason) == ("too_large", "is 212 MB; the limit is 50 MB (limits.file_mb)")


@pytest.mark.parametrize(
    ("size", "words"),
    [(1_000_001, "1.1 MB"), (1_940_000, "2 MB"), (3_000_000_000, "3 GB")],
)
def test_size_in_words(tmp_path: Path, size: int, words: str) -> None:
    """A size is never told as less than it is, so that it stays above the limit it broke."""
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(size)
    with pytest.raises(UnreadableError, match=f"is {words}; the limit is 1 MB"):
        read(path, limits=Limits(file_mb=1))


@pytest.mark.parametrize("suffix", [".txt", ".md", ".csv", ".html", ".eml"])
def test_too_much_text(tmp_path: Path, suffix: str) -> None:
    """More text than the limit is refused, wherever it comes from."""
    path = tmp_path / f"long{suffix}"
    path.write_bytes(b"Subject: x\n\n" + b"word, " * 2000)
    with pytest.raises(UnreadableError) as caught:
        read(path, limits=Limits(text_mb=0.01))
    assert caught.value.code == "too_much_text"
    assert str(caught.value) == "holds more than 0.01 MB of text (limits.text_mb)"


@pytest.mark.parametrize("suffix", [".md", ".txt", ".csv", ".toml", ".yaml", ".html"])
@pytest.mark.parametrize("junk", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"word\0word", b"\x01\x02" * 9])
def test_not_text(readers: Readers, tmp_path: Path, suffix: str, junk: bytes) -> None:
    """Bytes with a NUL or many control characters are not text."""
    path = tmp_path / f"junk{suffix}"
    path.write_bytes(junk)
    assert refusal(readers, path) == ("not_text", "is not text")


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("2025-06-27-newsletter.md", "2025-06-27"),
        ("2025-06-27.md", "2025-06-27"),
        ("2025-02-30-never.md", None),
        ("2025-06-271.md", None),
        ("of-2025-06-27.md", None),
    ],
)
def test_date_from_name(readers: Readers, tmp_path: Path, name: str, date: str | None) -> None:
    """Where the text has no date, the one that the name begins with serves."""
    (tmp_path / name).write_text("Hello")
    document = readers.read(tmp_path / name)
    assert (document.date, document.title) == (date, name.removesuffix(".md"))


def test_import_is_cheap() -> None:
    """Importing the readers imports no parser."""
    code = (
        "import sys, savoirfaire.knowledge.readers\n"
        "parsers = {'docx', 'openpyxl', 'pptx', 'pypdf', 'trafilatura', 'lxml', 'email', 'csv'}\n"
        "print((parsers | {'zipfile', 'pathspec', 'yaml'}) & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
