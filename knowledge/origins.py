"""Which source a file is: by where it was read from, then by its bytes, then by its name.

A file keeps the name that it has. One from elsewhere never takes the place of another: it takes a
longer name, or, being a brand pack, it is refused unless a person says so.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from savoirfaire.errors import BrandPackError
from savoirfaire.knowledge.readers.folder import RealPaths, portable
from savoirfaire.knowledge.rows import Known
from savoirfaire.knowledge.store import BRAND_FILE, BRAND_KIND, nearest_top

WITHHELD = b"?"
"""Begins an origin that is a hash, and no path of a file: it cannot be looked for."""


class Origins:
    """The sources of a client that are known, by name and by origin."""

    def __init__(self, known: dict[str, Known]) -> None:
        """`known` is kept up to date with what is read."""
        self._known = known
        self._names = {each.origin: name for name, each in known.items() if each.origin}
        self._real_paths = RealPaths()

    def find(self, path: Path) -> bytes:
        """The real path of a file."""
        return os.fsencode(self._real_paths.of(path))

    def known(self, name: str) -> Known | None:
        """What is known of the source with this name."""
        return self._known.get(name)

    def add(self, name: str, known: Known) -> bytes:
        """Remember a source that is read now, and give its origin: a copy does not change it."""
        before = self._known.get(name)
        if before and before.sha256 == known.sha256 and not is_gone(before.origin):
            known = known._replace(origin=before.origin)
        self._known[name] = known
        self._names[known.origin] = name
        return known.origin

    def follow(self, name: str, origin: bytes) -> bool:
        """Remember where an unchanged file is now; whether it has moved there.

        No other file may be taken for one that was found to have moved.
        """
        known = self._known[name]
        if known.origin == origin or not is_gone(known.origin):
            return False
        self._known[name] = known._replace(origin=origin)
        self._names[origin] = name
        return True

    def name(self, name: str, origin: bytes, digest: str, kind: str) -> str:
        """The name of the source that the file at `origin` is; `name` is what it would be first.

        `kind` is what a person says the file is. Raises BrandPackError for a brand.toml that would
        replace the one in use, and for any other file that is to be a brand pack.
        """
        if is_brand(name):
            return self._brand_name(name, origin, digest, replace=kind == BRAND_KIND)
        if kind == BRAND_KIND:
            raise BrandPackError("is no brand pack: that is a file named {name}", name=BRAND_FILE)
        return self._file_name(name, origin, digest)

    def _file_name(self, name: str, origin: bytes, digest: str) -> str:
        if origin in self._names:
            return self._names[origin]
        if name not in self._known:
            return name
        names = list(_longer(name, origin))
        held = {each: self._known[each] for each in names if each in self._known}
        for each, known in held.items():
            if known.sha256 == digest or _is_same_file(known.origin, origin):
                return each
        # Of files that are gone, the moved one is that with the most folders in common.
        gone = [each for each, known in held.items() if is_gone(known.origin)]
        if gone:
            return max(gone, key=lambda each: _in_common(held[each].origin, origin))
        return next(each for each in names if each not in held)

    def _brand_name(self, name: str, origin: bytes, digest: str, *, replace: bool) -> str:
        """The name of the one brand pack there is, where this file is it or may replace it."""
        packs = (each for each, known in self._known.items() if known.kind == BRAND_KIND)
        active = nearest_top(packs)
        if active is None:
            return name
        known = self._known[active]
        if known.sha256 == digest or _is_same_file(known.origin, origin):
            return active
        if replace or is_gone(known.origin):
            return active
        raise BrandPackError(
            "is not the brand pack in use, which was read from {origin}; edit that one, or ingest"
            " this one with `--kind brand` to replace it",
            origin=os.fsencode(known.origin).decode("utf-8", "backslashreplace"),
        )


def packs_last(files: Iterable[tuple[Path, str]]) -> Iterator[tuple[Path, str]]:
    """Give files with their names, the brand packs last, with the one nearest to the top first."""
    packs = []
    for path, name in files:
        if is_brand(name):
            packs.append((path, name))
        else:
            yield path, name
    while packs:
        first = nearest_top(name for _, name in packs)
        yield from (pack for pack in packs if pack[1] == first)
        packs = [pack for pack in packs if pack[1] != first]


def is_brand(name: str) -> bool:
    """Whether a file with this name is a brand pack."""
    return name.rpartition("/")[2] == BRAND_FILE


def _longer(name: str, origin: bytes) -> Iterator[str]:
    """A name, then with ever more of the folders above, and at last one that nobody else has."""
    yield name
    parts = Path(os.fsdecode(origin)).parts[1:]
    for count in range(name.count("/") + 2, len(parts) + 1):
        yield portable("/".join(parts[-count:]))
    yield f"{hashlib.blake2b(origin, digest_size=8).hexdigest()}/{name}"


def _is_same_file(known: bytes, origin: bytes) -> bool:
    """Whether two paths lead to one file: where case does not matter, they may differ."""
    try:
        return known == origin or os.path.samefile(known, origin)  # noqa: PTH121 - bytes
    except OSError:
        return False


def is_gone(origin: bytes) -> bool:
    """Whether there certainly is no such file any more."""
    if origin.startswith(WITHHELD):
        return False
    try:
        os.stat(origin)  # noqa: PTH116 - a path in bytes
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _in_common(one: bytes, other: bytes) -> int:
    """How many parts at their end two paths share."""
    pairs = zip(
        reversed(Path(os.fsdecode(one)).parts),
        reversed(Path(os.fsdecode(other)).parts),
        strict=False,
    )
    return next((n for n, (a, b) in enumerate(pairs) if a != b), 0)
