"""One ingest under way: each file with what it holds, kept in batches, reported once it is kept.

A file that holds others is a source for each of them, named `pack.zip!/folder/brief.docx`. Once it
was read wholly, its hash is recorded and it is passed over while it stays as it is; one with a part
that could not be read is gone through again each time, and only its other parts are left alone.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path

from savoirfaire.errors import BrandPackError, ReadError, SavoirError
from savoirfaire.knowledge.arrivals import File, Options, Outcome, Report, digest_of, holds_others
from savoirfaire.knowledge.describing import describe
from savoirfaire.knowledge.holdings import Holdings
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.origins import WITHHELD, Origins, is_brand
from savoirfaire.knowledge.readers import INSIDE, Code, Member, Readers, UnreadableError
from savoirfaire.knowledge.readers.opening import look
from savoirfaire.knowledge.rows import Held, Known
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.threads import Letter, Threads, letter

FORGOTTEN: Code = "forgotten"

_BATCH_CHARACTERS = 1_000_000
_BATCH_FILES = 1024


class Intake:
    """Takes files in one by one; `keep` at the end."""

    def __init__(self, knowledge: Knowledge, scope: ClientScope, options: Options) -> None:
        self.report = Report()
        self.found: set[str] = set()
        self.origins_found: set[bytes] = set()
        self.holdings = Holdings.of(
            knowledge.ledger.known(scope), knowledge.ledger.containers(scope)
        )
        self._knowledge = knowledge
        self._scope = scope
        self._options = options
        self._spoken = knowledge.ledger.language(scope)
        self._origins = Origins(self.holdings.files)
        self._threads = Threads()
        self._knows_mails = False
        self._batch: list[tuple[Source, Letter | None]] = []
        self._characters = 0
        self._moved: dict[str, bytes] = {}
        self._gone: list[str] = []
        self._held: dict[str, Held | None] = {}

    def take(self, readers: Readers, path: Path, name: str) -> None:
        """Read one file with all it holds, or say why not."""
        origin = self._origin(path)
        self.origins_found.add(origin)
        name = self._options.forgotten.mentions.redact(name)
        try:
            file = self._file(path, name, origin)
            self.found.add(file.name)
            if self._is_known(file):
                self._pass_over(file)
                return
            self._refuse_forgotten(file.digest)
            if not file.digest:
                look(path)
        except (ReadError, BrandPackError) as error:
            self._refuse(name, error)
            return
        self._read(file, readers.read_all(path, file.name))

    def keep(self) -> None:
        """Write what was read since the last time, then report it.

        Raises BusyError, with nothing written, where something was forgotten since it was read.
        """
        ledger, scope = self._knowledge.ledger, self._scope
        first = [self._options.forgotten.require]
        begun = {name: held for name, held in self._held.items() if held and not held.sha256}
        if self._moved:
            ledger.move(scope, self._moved, first=first)
        if begun:
            ledger.hold(scope, begun, first=first)
        self._learn_known_mails()
        batch = [self._threaded(*each) for each in self._batch]
        if batch:
            self._knowledge.put(scope, batch, first=first)
        if self._gone:
            self._knowledge.remove(scope, [source_id(scope, name) for name in self._gone])
        if self._held.keys() - begun.keys():
            rest = {name: held for name, held in self._held.items() if name not in begun}
            ledger.hold(scope, rest, first=first)
        self.report.removed += len(self._gone)
        self._batch, self._characters = [], 0
        self._moved, self._gone, self._held = {}, [], {}
        for source in batch:
            self.report.read += 1
            self.report.passages += len(source.spans)
            self.report.kinds[source.kind] = self.report.kinds.get(source.kind, 0) + 1
            self._tell(source.path, "read")

    # --- one file ---------------------------------------------------------------------------------

    def _origin(self, path: Path) -> bytes:
        """The real path of a file; a hash of it where it names somebody who was forgotten."""
        origin = self._origins.find(path)
        forgotten = self._options.forgotten
        if forgotten.mentions and forgotten.mentions.spans(origin.decode("utf-8", "replace")):
            digest = str(forgotten.digest(hashlib.sha256(origin).hexdigest()))
            return WITHHELD + digest.encode()
        return origin

    def _file(self, path: Path, name: str, origin: bytes) -> File:
        digest = digest_of(path, self._options.limits)
        name = self._origins.name(name, origin, digest, self._options.kind)
        return File(path, name, origin, digest, holds_others(path))

    def _is_known(self, file: File) -> bool:
        """Whether the bytes are known, under the kind asked for now."""
        known = self._origins.known(file.name)
        if known is None or not file.digest:
            return False
        if not file.holds:
            return known.sha256 == file.digest and (is_brand(file.name) or self._is_kind(known))
        if self._options.allow_forgotten:
            return False
        parts = [*([known] if known.kind else []), *self.holdings.within(file.name).values()]
        return self.holdings.held.get(file.name) == file.digest and all(map(self._is_kind, parts))

    def _is_kind(self, known: Known) -> bool:
        return self._options.kind in {"", known.kind}

    def _pass_over(self, file: File) -> None:
        names = self.holdings.sources(file.name)
        if self._origins.follow(file.name, file.origin):
            self._moved |= dict.fromkeys([file.name, *names], file.origin)
        for name in names:
            self._leave(name)

    def _refuse_forgotten(self, digest: str) -> None:
        if not self._options.allow_forgotten and self._options.forgotten.source(digest):
            raise UnreadableError(
                FORGOTTEN, "was forgotten; take it in again with --allow-forgotten"
            )

    # --- what is in it ----------------------------------------------------------------------------

    def _read(self, file: File, members: Iterable[Member]) -> None:
        """Take in a file and what it holds; what it held and does not any more, goes."""
        before = self.holdings.held.get(file.name, "")
        if file.holds and before not in {"", file.digest}:
            # Until all of it is read, what is known of it is neither the old file nor the new.
            self._held[file.name] = Held("", file.origin)
        seen: set[str] = set()
        failed: set[str] = set()
        for member in members:
            name = self._name_of(member, seen)
            seen.add(name)
            try:
                self._take_in(file, member._replace(name=name))
            except (ReadError, BrandPackError) as error:
                # What was forgotten is not tried again: it stands for itself, as it does apart.
                if getattr(error, "code", "") != FORGOTTEN:
                    failed.add(name)
                self._refuse(name, error)
        if file.holds:
            self._close(file, seen, failed)

    def _name_of(self, member: Member, taken: set[str]) -> str:
        """The name of a part without the people forgotten: without them, two may be the same."""
        plain = name = self._options.forgotten.mentions.redact(member.name)
        numbers = count(2)
        while name in taken:
            name = f"{plain} ({next(numbers)})"
        return name

    def _take_in(self, file: File, member: Member) -> None:
        """Add a file, or one that it holds, to the batch. Raises what is wrong with it."""
        if isinstance(member.content, UnreadableError):
            raise member.content
        self._refuse_forgotten(member.sha256)
        container = file.name if member.name != file.name else None
        held = self.holdings.within(file.name) if container else self.holdings.files
        known = held.get(member.name)
        if known and known.sha256 == member.sha256 and known.kind and self._is_kind(known):
            self._leave(member.name)
            return
        source = describe(
            self._scope,
            member.name,
            member.content,
            sha256=member.sha256,
            kind=self._options.kind,
            container=container,
            spoken=self._spoken,
        )
        origin = self._settle(file, source.kind if container is None else "")
        known = Known(member.sha256, source.kind, origin, container)
        self.holdings.add(member.name, known)
        mail = letter(source.meta, member.name) if member.content.kind == "mail" else None
        self._add(replace(source, origin=origin), mail)

    def _settle(self, file: File, kind: str) -> bytes:
        """Remember where a file was read from, and give what is recorded of it."""
        known = self._origins.known(file.name)
        kind = kind or (known.kind if known else "")
        return self._origins.add(file.name, Known(file.digest, kind, file.origin))

    def _close(self, file: File, seen: set[str], failed: set[str]) -> None:
        """Record what became of a file that holds others, if that is not recorded already."""
        refused = tuple(f"{name.removesuffix(INSIDE)}{INSIDE}" for name in failed)
        within = self.holdings.within(file.name)
        for name in within.keys() - seen:
            if not name.startswith(refused):
                self._gone.append(name)
                del within[name]
        sha256 = "" if failed else file.digest
        if self.holdings.held.get(file.name) != sha256 and (within or seen - failed or sha256):
            self._held[file.name] = Held(sha256, self._settle(file, ""))
            self.holdings.held[file.name] = sha256

    def _add(self, source: Source, mail: Letter | None) -> None:
        if mail:
            self._threads.learn(mail)
        self._batch.append((source, mail))
        self._characters += len(source.text)
        if self._characters >= _BATCH_CHARACTERS or len(self._batch) >= _BATCH_FILES:
            self.keep()

    def _learn_known_mails(self) -> None:
        """Let new mails find those read before, where they have to; once is enough."""
        if self._knows_mails or not any(mail and mail.is_alone for _, mail in self._batch):
            return
        self._knows_mails = True
        for path, meta in self._knowledge.ledger.mails(self._scope):
            self._threads.learn(letter(meta, path))

    def _threaded(self, source: Source, mail: Letter | None) -> Source:
        """The source as it is kept: with its conversation, without the people forgotten."""
        if mail:
            source = replace(source, thread=source.thread or self._threads.of(mail))
        mentions = self._options.forgotten.mentions
        return mentions.source(self._scope, source, source.path) if mentions else source

    # --- what is said -----------------------------------------------------------------------------

    def _leave(self, name: str) -> None:
        self.report.unchanged += 1
        self._tell(name, "unchanged")

    def _refuse(self, name: str, error: SavoirError) -> None:
        self.report.failed.append({"path": name, "reason": str(error)})
        self._tell(name, "failed", error)

    def _tell(self, name: str, outcome: Outcome, error: SavoirError | None = None) -> None:
        if self._options.listen is not None:
            self._options.listen(name, outcome, error)
