"""Taking mail in: from files, mailboxes or an IMAP server, each message once by its Message-ID.

A message without an id is known by its bytes. Where a message says that it has the id of another,
the first stays. Nothing is marked as read on the server, and nothing there is changed.
"""

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from pathlib import Path
from typing import Any

from savoirfaire.errors import MailError
from savoirfaire.knowledge.ingest import NOTHING, Report, ingest
from savoirfaire.knowledge.readers import Limits
from savoirfaire.knowledge.readers.mailbox import entries
from savoirfaire.knowledge.readers.refusal import UnreadableError
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.tombstones import Forgotten

FOLDER = "mail"
"""The folder, in the names of sources, of the mails taken in."""

_ID = re.compile(
    rb"^Message-ID:\s{0,5}(?:\r?\n\s)?\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE
)
_HEAD = re.compile(rb"\r?\n\r?\n")
_HEAD_WITHIN = 200_000


@dataclass
class Taken:
    """What became of the messages: new ones, those known before, and the ingest's own report."""

    found: int = 0
    known: int = 0
    new: list[str] = field(default_factory=list)
    report: Report | None = None


def take(
    knowledge: Knowledge,
    scope: ClientScope,
    messages: Iterable[bytes],
    *,
    attachments: bool = False,
    limits: Limits | None = None,
    forgotten: Forgotten = NOTHING,
) -> Taken:
    """Take messages into a client's knowledge, each once. Attachments only where asked for."""
    known = known_ids(knowledge, scope)
    taken = Taken()
    with tempfile.TemporaryDirectory() as beside:
        folder = Path(beside) / FOLDER
        folder.mkdir()
        for data in messages:
            taken.found += 1
            key = message_key(data)
            if key in known:
                taken.known += 1
                continue
            known.add(key)
            name = f"{key}.eml"
            (folder / name).write_bytes(data if attachments else without_attachments(data))
            taken.new.append(f"{FOLDER}/{name}")
        if taken.new:
            taken.report = ingest(knowledge, scope, [folder], limits=limits, forgotten=forgotten)
    if taken.report:
        taken.report.vanished = []  # the folder was only on the way
        kept = [each for each in taken.report.failed if attachments or "!/" not in each["path"]]
        taken.report.failed = kept
    return taken


def known_ids(knowledge: Knowledge, scope: ClientScope) -> set[str]:
    """The keys of the messages that a client's knowledge has already."""
    return {key for path, meta in knowledge.ledger.mails(scope) for key in keys_of(path, meta)}


def keys_of(path: str, meta: Mapping[str, Any]) -> set[str]:
    """What an ingested message is known by: its Message-ID, and its file where it was fetched."""
    found = set()
    if written := meta.get("message-id"):
        found.add(_hashed(str(written).encode()))
    if path.startswith(f"{FOLDER}/"):
        found.add(Path(path.partition("!/")[0]).stem)
    return found


def message_key(data: bytes) -> str:
    """What a message is known by: a hash of its Message-ID, else of its bytes."""
    head = _HEAD.split(data[:_HEAD_WITHIN], maxsplit=1)[0]
    found = _ID.search(head)
    return _hashed(found[1] if found else data)


def from_path(path: Path, limits: Limits | None = None) -> Iterator[bytes]:
    """The messages of a folder of EML files and mailboxes, or of one. Raises MailError."""
    if not path.exists():
        raise MailError("there is no file or folder {file}", file=path)
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    for file in files:
        if file.suffix.lower() in {".eml", ".mbox", ".mbx", ""} or file == path:
            yield from _in_file(file, limits or Limits())


def without_attachments(data: bytes) -> bytes:
    """A message whose attachments are still named, and empty."""
    message = message_from_bytes(data, policy=policy.compat32)
    if not message.is_multipart():
        return data
    for part in message.walk():
        if _is_file(part):
            part.set_payload("")
    try:
        return message.as_bytes()
    except (UnicodeError, ValueError, TypeError, LookupError, AttributeError):
        return data  # too damaged to be written again: the reader judges it as it is


def _is_file(part: Message) -> bool:
    named = part.get_filename() is not None
    attached = "attachment" in str(part.get("Content-Disposition", "")).lower()
    return (named or attached) and not part.is_multipart()


def _in_file(path: Path, limits: Limits) -> Iterator[bytes]:
    try:
        if path.stat().st_size > limits.file_mb * 1_000_000:
            raise MailError("{file} is larger than limits.file_mb allows", file=path.name)
        data = path.read_bytes()
    except OSError as error:
        raise MailError(
            "{file} cannot be read: {reason}", file=path.name, reason=error.strerror
        ) from error
    if not data.lstrip().startswith(b"From "):
        yield data
        return
    try:
        found: list[Callable[[], bytes]] = [each.load for each in entries(data, limits)]
    except UnreadableError as error:
        raise MailError("{file} {reason}", file=path.name, reason=error) from error
    for load in found:
        yield load()


def _hashed(key: bytes) -> str:
    return hashlib.blake2b(key, digest_size=12).hexdigest()
