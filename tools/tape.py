"""A tape: recorded exchanges, one JSON line each, found again by what was asked and by whom.

A request that is not on the tape is a miss: it is written in the tape's ledger and raises, and
the ledger counts even where something above swallows the error. An entry that was never played
stays in `unplayed()`. Both together say whether a replay was the recorded run. A tape that cannot
be trusted (a broken line, a request that does not match its key) is refused, naming the line.
"""

import hashlib
import json
import os
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from savoirfaire.errors import SavoirError, TapeMissError
from savoirfaire.tools.differences import common_ends, differences
from savoirfaire.tools.hashing import canonical

Lane = Literal["model", "recall"]
_LANES = ("model", "recall")
_HEADER = {"format": "savoirfaire-tape", "version": 1}
_SHOWN = 3


@dataclass(frozen=True)
class CallScope:
    """Who asks: part of every key, so that two roles asking the same thing stay apart."""

    role: str
    node: str
    branch: str = ""
    trial: int = 0
    task: str = ""


@dataclass(frozen=True)
class Entry:
    """One exchange: the request in canonical form, the scope it came from, and the reply."""

    lane: Lane
    key: str
    scope: CallScope
    request: dict[str, Any]
    reply: Any


@dataclass(frozen=True)
class Miss:
    """A request that was not on the tape, and how it differs from the nearest one that is."""

    lane: Lane
    key: str
    scope: CallScope
    words: tuple[str, ...]


def tape_key(request: Mapping[str, Any], scope: CallScope) -> str:
    """The key of a request: SHA-256 over its canonical JSON and its scope."""
    return hashlib.sha256(_bytes({"request": request, "scope": asdict(scope)})).hexdigest()


class Tape:
    """The exchanges in a JSONL file, and the ledger of this replay or recording.

    `played` counts the uses of each key, `misses` lists what was asked in vain.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.played: Counter[tuple[Lane, str]] = Counter()
        self.misses: list[Miss] = []
        self._new: set[tuple[Lane, str]] = set()
        self._lock = threading.Lock()
        self._entries: dict[tuple[Lane, str], Entry] = {}
        self._size = self._whole = 0
        self._mend = b""
        if path.exists():
            self._load(path.read_bytes())

    @classmethod
    def load(cls, path: Path) -> "Tape":
        """Open a tape that must be there."""
        if not path.is_file():
            raise SavoirError(
                "there is no tape at {path}", path=path, hint="Record one, or mend model.tape."
            )
        return cls(path)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, lane: Lane, key: str) -> Entry | None:
        """The entry of a key; nothing is counted as played."""
        return self._entries.get((lane, key))

    def is_new(self, lane: Lane, key: str) -> bool:
        """Whether the entry was added since the tape was opened."""
        return (lane, key) in self._new

    def play(self, lane: Lane, request: Mapping[str, Any], scope: CallScope) -> Any:
        """The recorded reply; a request that is not on the tape raises TapeMissError."""
        key = tape_key(request, scope)
        entry = self.find(lane, key)
        if entry is None:
            raise self._missed(lane, key, request, scope)
        self.played[lane, key] += 1
        return entry.reply

    def add(self, lane: Lane, request: Mapping[str, Any], scope: CallScope, reply: Any) -> Entry:
        """Keep an exchange, in place of one with the same key, and write it at once."""
        plain = json.loads(canonical([request, reply]))
        key = tape_key(plain[0], scope)
        entry = Entry(lane, key, scope, plain[0], plain[1])
        with self._lock:
            self._append(entry)
            self._entries[lane, key] = entry
            self._new.add((lane, key))
        return entry

    def nearest(self, lane: Lane, request: Mapping[str, Any], scope: CallScope) -> Entry | None:
        """The entry a missed request most resembles: same role, then node, then the words."""
        asked = canonical(request)
        mine = [e for e in self.entries(lane) if e.scope.role == scope.role]
        at_node = [e for e in mine if e.scope.node == scope.node]

        def likeness(entry: Entry) -> tuple[bool, bool, int]:
            unplayed = not self.played[lane, entry.key]
            return entry.scope == scope, unplayed, sum(common_ends(asked, canonical(entry.request)))

        return max(at_node or mine, key=likeness, default=None)

    def unplayed(self) -> list[Entry]:
        """Entries that were on the tape when it was opened and that nobody asked for."""
        used = self._new | set(self.played)
        return [entry for key, entry in self._entries.items() if key not in used]

    def prune(self) -> int:
        """Rewrite the file with only what was played or added; returns how many entries went."""
        with self._lock:
            stale = self.unplayed()
            for entry in stale:
                del self._entries[entry.lane, entry.key]
            lines = [_HEADER, *map(asdict, self._entries.values())]
            data = b"".join(_bytes(line) + b"\n" for line in lines)
            beside = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
            beside.write_bytes(data)
            beside.replace(self.path)
            self._size = self._whole = len(data)
            self._mend = b""
        return len(stale)

    def entries(self, lane: Lane) -> list[Entry]:
        """The entries of a lane, in the order they were recorded."""
        return [entry for entry in self._entries.values() if entry.lane == lane]

    def _missed(
        self, lane: Lane, key: str, request: Mapping[str, Any], scope: CallScope
    ) -> TapeMissError:
        """Write the miss in the ledger and say what differs."""
        near = self.nearest(lane, request, scope)
        if near is None:
            known = sorted({f"{e.scope.role}/{e.scope.node}" for e in self.entries(lane)})
            held = ", ".join(known) or "nothing"
            words = [f"nothing of this role is on the tape, which holds {held}"]
        else:
            old = {"scope": asdict(near.scope), **near.request}
            new = json.loads(canonical({"scope": asdict(scope), **request}))
            words = list(differences(old, new))
        self.misses.append(Miss(lane, key, scope, tuple(words)))
        more = f"; and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
        what = "" if lane == "model" else f"{lane}: "
        return TapeMissError(
            "role {role}, node {node}: {differences}",
            role=scope.role,
            node=scope.node,
            differences=f"{what}{'; '.join(islice(words, _SHOWN))}{more}",
        )

    def _append(self, entry: Entry) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = self._mend + _bytes(asdict(entry)) + b"\n"
        with self.path.open("ab") as file:
            if file.tell() == self._size != self._whole:
                file.truncate(self._whole)  # the half line an interrupted recording left
                file.seek(0, os.SEEK_END)
            if file.tell() == 0:
                line = _bytes(_HEADER) + b"\n" + line
            file.write(line)
            self._size = self._whole = file.tell()
        self._mend = b""

    def _load(self, data: bytes) -> None:
        self._size = self._whole = len(data)
        *lines, tail = data.split(b"\n")
        if tail and _parsed(tail) is None:
            self._whole -= len(tail)
        elif tail:
            lines.append(tail)
            self._mend = b"\n"
        if lines and _parsed(lines[0]) != _HEADER:
            raise self._bad(1, "this is not a savoirfaire tape of version 1")
        for number, line in enumerate(lines[1:], start=2):
            entry = self._entry(number, line)
            self._entries[entry.lane, entry.key] = entry

    def _entry(self, number: int, line: bytes) -> Entry:
        try:
            data = json.loads(line)
            entry = Entry(**{**data, "scope": CallScope(**data["scope"])})
            matches = entry.key == tape_key(entry.request, entry.scope)
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise self._bad(number, "it is not an exchange in JSON") from error
        if entry.lane not in _LANES:
            raise self._bad(number, f"there is no lane {entry.lane!r}")
        if not matches:
            raise self._bad(number, "its request was changed after it was recorded")
        return entry

    def _bad(self, number: int, reason: str) -> SavoirError:
        return SavoirError(
            "{file}, line {number}: {reason}",
            file=self.path.name,
            number=number,
            reason=reason,
            hint="Record the tape again.",
        )


def _bytes(value: Any) -> bytes:
    """Canonical JSON in UTF-8; half of a surrogate pair has no UTF-8 form, its escape does."""
    try:
        return canonical(value).encode()
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
