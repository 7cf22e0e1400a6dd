"""The proposals of a client, for whoever reviews them: filtered, shown, decided on.

What is decided is the person's: nothing here accepts, rejects or replaces by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from savoirfaire.cli.proposals import Shown, View
from savoirfaire.errors import NotFoundError

if TYPE_CHECKING:
    from savoirfaire.knowledge.brandos.records import Record
    from savoirfaire.knowledge.scope import ClientScope
    from savoirfaire.knowledge.store import Knowledge

Contradictions = Sequence[tuple["Record", Sequence[str]]]
Choose = Callable[[Contradictions], Sequence[str] | None]
"""Which of the active records that something contradicts it replaces; None: it is left undone."""


@dataclass(frozen=True)
class Filter:
    """Which proposals are looked at: of a kind, citing a source or folder, by an author.

    An author is named whole or by how the name begins, such as `extractor`.
    """

    kind: str = ""
    source: str = ""
    author: str = ""

    def fits(self, record: "Record", paths: Mapping[str, str]) -> bool:
        """Whether a proposal is among those; `paths` has the path of each source by id."""
        if self.kind and record.kind != self.kind:
            return False
        if self.author and not record.author.casefold().startswith(self.author.casefold()):
            return False
        cited = [paths.get(each.source, "") for each in record.citations]
        folder = f"{self.source.rstrip('/')}/"
        return not self.source or any(
            path == self.source or path.startswith(folder) for path in cited
        )


@dataclass
class Board:
    """The proposals of one client, decided on by one person."""

    knowledge: "Knowledge"
    scope: "ClientScope"
    by: str
    _sources: dict[str, Shown] = field(default_factory=dict)

    def waiting(self, chosen: Filter) -> list["Record"]:
        """The proposals that fit a filter. Raises NotFoundError where its source is not there."""
        paths = {row.id: row.path for row in self.knowledge.ledger.sources(self.scope)}
        if chosen.source:
            self._require_source(chosen.source, list(paths.values()))
        found = self.knowledge.brand_os.list(
            self.scope, kind=chosen.kind or None, status="proposed"
        )
        return [record for record in found if chosen.fits(record, paths)]

    def record(self, record: str) -> "Record":
        """A record as it is now. Raises NotFoundError."""
        return self.knowledge.brand_os.get(self.scope, record)

    def view(self, record: "Record", *, place: int = 1, of: int = 1) -> View:
        """All that is shown of a proposal."""
        shown = {each.source: self._shown(each.source) for each in record.citations}
        return View(record, shown, self.contradicts(record.id), place, of)

    def contradicts(self, record: str) -> Contradictions:
        """The active records that say otherwise, each with the fields that differ."""
        return self.knowledge.brand_os.contradictions(self.scope, record)

    def accept(
        self,
        record: str,
        supersedes: Sequence[str] = (),
        reason: str = "",
        *,
        again: bool = False,
    ) -> "Record":
        """Make a proposal active, or `again` what was rejected.

        Raises ConflictError where somebody decided first.
        """
        return self.knowledge.brand_os.accept(
            self.scope, record, by=self.by, supersedes=supersedes, reason=reason, again=again
        )

    def replace(self, old: str, new: str, reason: str = "") -> "Record":
        """Have one active record take the place of another of the same kind and time."""
        return self.knowledge.brand_os.replace(self.scope, old, new, by=self.by, reason=reason)

    def disputes(self, chosen: Filter) -> list[tuple["Record", Contradictions]]:
        """The active records that contradict each other, each with those after it that it does."""
        paths = {row.id: row.path for row in self.knowledge.ledger.sources(self.scope)}
        found = self.knowledge.brand_os.list(self.scope, kind=chosen.kind or None)
        met: set[str] = set()
        told: list[tuple[Record, Contradictions]] = []
        for record in found:
            met.add(record.id)
            if chosen.fits(record, paths):
                rivals = [each for each in self.contradicts(record.id) if each[0].id not in met]
                told += [(record, rivals)] if rivals else []
        return told

    def reject(self, record: str, reason: str) -> "Record":
        """Refuse a proposal, or take back an active record. Raises ConflictError."""
        return self.knowledge.brand_os.reject(self.scope, record, by=self.by, reason=reason)

    def edit(
        self, record: str, data: Mapping[str, Any], *, choose: Choose, reason: str = ""
    ) -> "Record | None":
        """Make active what the person wrote in a record's place. Raises RecordError.

        Where that contradicts active records, `choose` is asked which of them it replaces; None
        leaves everything as it was.
        """
        before = self.record(record)
        if before.status != "proposed" or not self._rivals(before, data):
            return self.knowledge.brand_os.edit(self.scope, record, data, by=self.by, reason=reason)
        written = self._rewritten(before, data)
        chosen = choose(self.contradicts(written.id))
        if chosen is None:
            if written.id != record:
                self.reject(written.id, "")
            return None
        made = self.accept(written.id, chosen, reason)
        if written.id != record:
            self.reject(record, f"→ {made.id}")
        return made

    def accept_all(self, records: Sequence[str]) -> tuple[list[str], list[str]]:
        """Accept what contradicts nothing; the ids accepted, and those left.

        Looked at one by one: of two proposals that contradict each other, only the first fits.
        """
        accepted, left = [], []
        for each in records:
            if self.contradicts(each):
                left.append(each)
            else:
                self.accept(each)
                accepted.append(each)
        return accepted, left

    def _rivals(self, before: "Record", data: Mapping[str, Any]) -> list["Record"]:
        """The active records that what was written in a proposal's place may contradict."""
        from savoirfaire.knowledge.brandos.rows import form_of

        form = form_of(before.kind, data)
        known = self.knowledge.brand_os.list(self.scope, kind=before.kind)
        return [each for each in known if each.key == form.key and each.data != form]

    def _rewritten(self, before: "Record", data: Mapping[str, Any]) -> "Record":
        """The edited words as the person's proposal, with the quotes of what was not changed."""
        from savoirfaire.knowledge.brandos.keeping import kept
        from savoirfaire.knowledge.brandos.rows import form_of

        plain = form_of(before.kind, data).plain()
        return self.knowledge.brand_os.propose(
            self.scope,
            before.kind,
            plain,
            citations=kept(before.citations, before.data.plain(), plain),
            author=self.by,
            valid_from=before.valid_from,
            valid_to=before.valid_to,
        )

    def require_waiting(self, record: str) -> None:
        """Raise ConflictError where somebody decided on a proposal while it was looked at."""
        from savoirfaire.errors import ConflictError

        found = self.record(record)
        if found.status != "proposed":
            raise ConflictError(
                "record {record} is {status} already, by {who}",
                record=record,
                status=found.status,
                who=found.decided_by or found.author,
                hint="Nothing was changed. `savoir brand CLIENT` shows what holds now.",
            )

    def _shown(self, source: str) -> Shown:
        if source not in self._sources:
            try:
                row = self.knowledge.ledger.document(self.scope, source)
            except NotFoundError:
                return Shown(source, "", ())
            self._sources[source] = Shown(row.path, row.text, row.locators)
        return self._sources[source]

    def _require_source(self, name: str, paths: Sequence[str]) -> None:
        from savoirfaire.knowledge.nearest import near

        if not any(path == name or path.startswith(f"{name.rstrip('/')}/") for path in paths):
            raise NotFoundError(
                "{client} has no source {source}{near}",
                client=self.scope.client,
                source=name,
                near=near(name, paths),
                hint="`savoir sources CLIENT` lists them.",
            )
