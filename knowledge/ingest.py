"""Ingestion: files and folders into a client's knowledge.

Doing it again changes nothing. A file that cannot be read is named in the report with the reason,
and the others go on. What the report counts as read is kept, whatever happens afterwards.
"""

import hashlib
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from savoirfaire.errors import BrandPackError, ReadError
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.readers import Document, Limits, Readers, find_files
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import BRAND_FILE, Knowledge

Outcome = Literal["read", "unchanged", "failed"]
Listener = Callable[[str, Outcome, str], None]
"""Told each file's name, what became of it, and the reason where it failed."""

KIND_FOLDERS = {
    "past": "edition",
    "editions": "edition",
    "items": "item",
}
"""What the files of a folder with this name are, unless their front matter says `kind`."""

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


@dataclass(frozen=True)
class _Read:
    name: str
    source: Source


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
    front matter or folder says it.
    """
    started = time.monotonic()
    limits = limits or Limits()
    report = Report()
    known = knowledge.ledger.hashes(scope)
    tell = listen or (lambda _name, _outcome, _reason: None)

    def keep(batch: list[_Read]) -> None:
        if batch:
            knowledge.put(scope, [each.source for each in batch])
        for each in batch:
            report.read += 1
            report.passages += len(each.source.spans)
            tell(each.name, "read", "")

    with Readers(limits) as readers:
        batch: list[_Read] = []
        for path, name in find_files(list(paths)):
            digest = _digest(path, limits)
            if digest is not None and known.get(name) == digest:
                report.unchanged += 1
                tell(name, "unchanged", "")
                continue
            try:
                document = readers.read(path)
                source = _source(scope, name, digest or "", document, kind)
            except (ReadError, BrandPackError) as error:
                report.failed.append({"path": name, "reason": str(error)})
                tell(name, "failed", str(error))
                continue
            batch.append(_Read(name, source))
            if _full(batch):
                keep(batch)
                batch = []
        keep(batch)
    report.seconds = round(time.monotonic() - started, 3)
    return report


def _source(scope: ClientScope, name: str, digest: str, document: Document, kind: str) -> Source:
    if PurePosixPath(name).name == BRAND_FILE:
        BrandPack.parse(document.text)
        kind = "brand"
    return Source(
        path=name,
        kind=kind or document.meta.get("kind") or _kind_of(name) or document.kind,
        title=document.title,
        date=document.date,
        language=_language(document.language),
        sha256=digest,
        text=document.text,
        spans=cut(source_id(scope, name), document.text),
        locators=[asdict(locator) for locator in document.locators],
    )


def _kind_of(name: str) -> str:
    """The kind that the nearest folder with a telling name gives."""
    folders = reversed(PurePosixPath(name).parts[:-1])
    return next((KIND_FOLDERS[folder] for folder in folders if folder in KIND_FOLDERS), "")


def _language(code: str | None) -> str | None:
    return code[:2] if code else None


def _digest(path: Path, limits: Limits) -> str | None:
    """The SHA-256 of a file's bytes; None for what the reader will refuse without reading it."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > limits.file_mb * 1_000_000:
            return None
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _full(batch: Sequence[_Read]) -> bool:
    size = sum(len(each.source.text) for each in batch)
    return size >= _BATCH_CHARACTERS or len(batch) >= _BATCH_FILES
