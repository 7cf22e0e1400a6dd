"""Ingestion: files and folders into a client's knowledge.

Doing it again changes nothing. Only a file's own new words take the place of its old ones: one of
the same name in another folder is another source (`origins`). A file that cannot be read is named
in the report with the reason, and the others go on. What the report counts as read is kept,
whatever happens afterwards.
"""

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from savoirfaire.errors import BrandPackError, ReadError, SavoirError
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.origins import Origins, is_brand, packs_last
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.readers import Document, Limits, Readers, find_files
from savoirfaire.knowledge.readers.opening import load, look
from savoirfaire.knowledge.rows import Known
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import BRAND_KIND, Knowledge

Outcome = Literal["read", "unchanged", "failed"]
Listener = Callable[[str, Outcome, str], None]
"""Told each file's name, what became of it, and the reason where it failed."""

KIND_FOLDERS = {
    "past": "edition",
    "editions": "edition",
    "items": "item",
}
"""What the files of a folder with this name are, unless their front matter says `kind`."""

_KIND = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_BATCH_CHARACTERS = 1_000_000
_BATCH_FILES = 256


@dataclass
class Report:
    """What became of the files of one ingest."""

    read: int = 0
    unchanged: int = 0
    failed: list[dict[str, str]] = field(default_factory=list)
    passages: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """The report as plain data."""
        return asdict(self)


def ingest(
    knowledge: Knowledge,
    scope: ClientScope,
    paths: Sequence[Path],
    *,
    limits: Limits | None = None,
    kind: str = "",
    listen: Listener | None = None,
) -> Report:
    """Read `paths` into the client's knowledge and report on every file.

    `kind` says what all these files are (`edition`, `item`, `document`, …); by default each file's
    front matter or folder says it. `brand` lets a brand.toml replace one that was read from
    elsewhere.
    """
    started = time.monotonic()
    intake = _Intake(knowledge, scope, limits or Limits(), _checked(kind), listen)
    with Readers(intake.limits) as readers:
        for path, name in packs_last(find_files(list(paths))):
            intake.take(readers, path, name)
        intake.keep()
    intake.report.seconds = round(time.monotonic() - started, 3)
    return intake.report


class _Intake:
    """One ingest under way: what was read is kept in batches, and reported once it is kept."""

    def __init__(
        self,
        knowledge: Knowledge,
        scope: ClientScope,
        limits: Limits,
        kind: str,
        listen: Listener | None,
    ) -> None:
        self.limits = limits
        self.report = Report()
        self._knowledge = knowledge
        self._scope = scope
        self._kind = kind
        self._listen = listen
        self._origins = Origins(knowledge.ledger.known(scope))
        self._batch: list[Source] = []
        self._moved: dict[str, bytes] = {}

    def take(self, readers: Readers, path: Path, name: str) -> None:
        """Read one file, or say why not."""
        digest = _digest(path, self.limits)
        origin = self._origins.find(path)
        try:
            name = self._origins.name(name, origin, digest, self._kind)
            if self._is_known(name, digest):
                if self._origins.follow(name, origin):
                    self._moved[name] = origin
                self.report.unchanged += 1
                self._tell(name, "unchanged")
                return
            document = readers.read(path)
            source = _source(self._scope, name, digest, document, self._kind)
        except (ReadError, BrandPackError) as error:
            self.report.failed.append({"path": name, "reason": str(error)})
            self._tell(name, "failed", str(error))
            return
        origin = self._origins.add(name, Known(digest, source.kind, origin))
        self._batch.append(replace(source, origin=origin))
        size = sum(len(each.text) for each in self._batch)
        if size >= _BATCH_CHARACTERS or len(self._batch) >= _BATCH_FILES:
            self.keep()

    def keep(self) -> None:
        """Write what was read since the last time, then report it."""
        if self._moved:
            self._knowledge.ledger.move(self._scope, self._moved)
        self._moved = {}
        if self._batch:
            self._knowledge.put(self._scope, self._batch)
        for source in self._batch:
            self.report.read += 1
            self.report.passages += len(source.spans)
            self._tell(source.path, "read")
        self._batch = []

    def _is_known(self, name: str, digest: str) -> bool:
        """Whether the bytes are known, under the kind asked for now."""
        known = self._origins.known(name)
        if known is None or not digest or known.sha256 != digest:
            return False
        return is_brand(name) or self._kind in {"", known.kind}

    def _tell(self, name: str, outcome: Outcome, reason: str = "") -> None:
        if self._listen is not None:
            self._listen(name, outcome, reason)


def _source(scope: ClientScope, name: str, digest: str, document: Document, kind: str) -> Source:
    if is_brand(name):
        BrandPack.parse(document.text)
        kind = BRAND_KIND
    return Source(
        path=name,
        kind=kind or _own_kind(document) or _folder_kind(name) or document.kind,
        title=document.title,
        date=document.date,
        language=_language(document.language),
        sha256=digest,
        text=document.text,
        spans=cut(source_id(scope, name), document.text),
        locators=[asdict(locator) for locator in document.locators],
    )


def _checked(kind: str) -> str:
    if kind and not _KIND.fullmatch(kind):
        raise SavoirError(
            "files cannot be of the kind {kind}",
            kind=repr(kind),
            hint="Use a lower-case word such as edition or item; a brand pack is named brand.toml.",
        )
    return kind


def _own_kind(document: Document) -> str:
    """The kind that a file says it is; no file can say of itself that it rules the brand."""
    kind = document.meta.get("kind", "").strip().lower()
    return kind if _KIND.fullmatch(kind) and kind != BRAND_KIND else ""


def _folder_kind(name: str) -> str:
    """The kind that the nearest folder with a telling name gives."""
    folders = reversed(PurePosixPath(name).parts[:-1])
    return next((KIND_FOLDERS[folder] for folder in folders if folder in KIND_FOLDERS), "")


def _language(code: str | None) -> str | None:
    return code[:2] if code else None


def _digest(path: Path, limits: Limits) -> str:
    """The SHA-256 of a file's bytes; empty for what the reader will refuse."""
    try:
        look(path)
        return hashlib.sha256(load(path, limits)).hexdigest()
    except ReadError:
        return ""
