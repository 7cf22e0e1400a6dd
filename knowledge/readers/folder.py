"""The files to read in folders, each with a name that stays the same wherever the folder lies."""

import os
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from savoirfaire.knowledge.readers.entry import unmarked
from savoirfaire.knowledge.readers.ignoring import Ignored

PASSED_OVER = (".", "~$")
"""What the names of hidden files, and of those with which Office locks others, begin with."""


def find_files(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Give each file once, with its name: relative to its folder, with `/`.

    Folders are walked in sorted order. Hidden files and folders, Word's lock files, linked
    folders, links that leave the folder, and what a `.savoirignore` names are passed over. A path
    that is no folder is given as it is, whatever it is: reading it says what is wrong. Where two
    files would have one name, the later one's name takes on the folders above it.

    A `.savoirignore` that cannot be obeyed raises UnreadableError: what it is to keep out may
    matter more than what there is to read.
    """
    names: set[str] = set()
    given: set[str] = set()
    real_paths = RealPaths()
    for root in paths:
        for path in sorted(_walk(root), key=lambda path: path.parts) if root.is_dir() else [root]:
            real = real_paths.of(path)
            if real not in given:
                given.add(real)
                name = _name(path, root, names)
                names.add(name)
                yield path, name


class RealPaths:
    """The real paths of files: that of a folder is asked for once."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def of(self, path: Path) -> str:
        """Where a file really is, as the system has it."""
        folder, name = os.path.split(path)
        # pathlib's raises for some names.
        if name in {"", os.curdir, os.pardir} or os.path.islink(path):  # noqa: PTH114
            return os.path.realpath(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)  # noqa: PTH118 - for each file


def _walk(root: Path) -> Iterator[Path]:
    unlisted: list[OSError] = []
    ignored = Ignored()
    for folder, subfolders, files in os.walk(root, onerror=unlisted.append):
        ignored.learn(Path(folder))
        subfolders[:] = [
            name
            for name in subfolders
            if not name.startswith(PASSED_OVER) and not ignored.folder(Path(folder, name))
        ]
        for name in files:
            path = Path(folder, name)
            hidden = name.startswith(PASSED_OVER) or ignored.file(path)
            if not hidden and _stays_in(path, root):
                yield path
    yield from (Path(error.filename) for error in unlisted)


def _stays_in(path: Path, root: Path) -> bool:
    return not path.is_symlink() or Path(os.path.realpath(path)).is_relative_to(
        os.path.realpath(root)
    )


def _name(path: Path, root: Path, taken: set[str]) -> str:
    """Give the shortest name not yet taken: the path below the root, or with folders above."""
    shortest = 1 if path == root else len(path.parts) - len(root.parts)
    parts = path.parts or path.absolute().parts
    name = portable("/".join(parts[-shortest:]))
    if name not in taken:
        return name
    parts = path.absolute().parts
    for count in range(shortest + 1, len(parts) + 1):
        name = portable("/".join(parts[-count:]))
        if name not in taken:
            return name
    return portable(path.absolute().as_posix())


def portable(name: str) -> str:
    """Give a name that any store and terminal can hold, the same on systems that decompose it."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return unmarked(unicodedata.normalize("NFC", text))
