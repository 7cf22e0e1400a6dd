"""Files within files, in the process that parses: containers opened once, kept for one file only.

A file in a container is found by steps from the outermost: the container's reader, the place in
it, and the name expected there, so that a file that changed meanwhile is not taken for another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from savoirfaire.knowledge.readers.catalogue import reader_named, refusals
from savoirfaire.knowledge.readers.document import Limits
from savoirfaire.knowledge.readers.entry import Entry
from savoirfaire.knowledge.readers.opening import load, look
from savoirfaire.knowledge.readers.refusal import UnreadableError


@dataclass(frozen=True, slots=True)
class Step:
    """One step into a container."""

    reader: str
    place: int
    name: str


Steps = tuple[Step, ...]


class Shelf:
    """The containers of the file that was asked for last."""

    def __init__(self) -> None:
        self._file: tuple[Path, int, int, int] | None = None
        self._opened: dict[Steps, list[Entry]] = {}

    def data(self, path: Path, steps: Sequence[Step], limits: Limits) -> bytes:
        """Give the bytes of a file, or of what is found in it by steps."""
        self._turn_to(path)
        if not steps:
            return load(path, limits)
        *before, last = steps
        entries = self.entries(last.reader, path, before, limits)
        if last.place >= len(entries) or entries[last.place].name != last.name:
            raise UnreadableError("missing", "is not where it was: the file changed meanwhile")
        with refusals(limits):
            return entries[last.place].open(limits)

    def entries(
        self, reader: str, path: Path, steps: Sequence[Step], limits: Limits
    ) -> list[Entry]:
        """Give what the container found by steps holds."""
        self._turn_to(path)
        key = tuple(steps)
        if key not in self._opened:
            data = self.data(path, steps, limits)
            with refusals(limits):
                self._opened[key] = reader_named(reader).entries(data, limits)
        return self._opened[key]

    def _turn_to(self, path: Path) -> None:
        status = look(path)
        file = (path, status.st_ino, status.st_size, status.st_mtime_ns)
        if file != self._file:
            self._file = file
            self._opened.clear()
