"""Finding what an erasure takes away; nothing is changed."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, select

from savoirfaire.errors import NotFoundError
from savoirfaire.graphs.forgetting import files
from savoirfaire.graphs.forgetting.target import Plan, Target
from savoirfaire.graphs.forgetting.threads import Threads
from savoirfaire.graphs.forgetting.traces import (
    Traces,
    lines_of,
    own_lines,
    own_rows,
    unmentioned,
)
from savoirfaire.knowledge import forgetting
from savoirfaire.knowledge.forgetting_names import Others, others
from savoirfaire.knowledge.forgetting_people import mentioning
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import (
    approvals,
    effects,
    lessons,
    records,
    run_events,
    runs,
    sources,
)
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.snapshot import in_parts
from savoirfaire.workspace import Workspace

_ENDED = "completed"


class Finder:
    """What there is of a target in a workspace, at one moment of its ledger."""

    def __init__(self, workspace: Workspace, connection: Connection, target: Target) -> None:
        self._workspace = workspace
        self._connection = connection
        self._target, self._others = _called(connection, target)
        self._scope = ClientScope(target.client)
        self._threads = Threads(workspace.states)
        self.traces = Traces()

    def plan(self, *, is_begun: bool = False) -> Plan:
        """What would go. Raises NotFoundError for a source that is not there.

        `is_begun`: an erasure of the same was interrupted, and may have nothing left to find.
        """
        plan = Plan()
        match self._target.kind:
            case "source":
                self._plan_sources(plan, is_begun=is_begun)
            case "person":
                self._plan_person(plan)
            case "client":
                self._plan_client(plan)
        for run in plan.runs:
            found = files.published(self._workspace, self._target.client, run)
            plan.published += [path.name for path in found]
        self._plan_files(plan)
        return plan

    @property
    def target(self) -> Target:
        """What is looked for: a person also by the addresses that stand beside the name."""
        return self._target

    def at_work(self) -> list[str]:
        """The client's runs that have not ended: some process may be working on them."""
        return [row.id for row in self._runs() if row.status != _ENDED]

    # --- sources --------------------------------------------------------------------------------

    def _plan_sources(self, plan: Plan, *, is_begun: bool) -> None:
        found = {
            row.id: row
            for name in self._target.names
            for row in self._named(name, is_begun=is_begun)
        }
        gone = sorted(found.values(), key=lambda row: row.path)
        plan.sources, plan.source_ids = [row.path for row in gone], [row.id for row in gone]
        plan.hashes = sorted({row.sha256 for row in gone} - {""})
        rest = forgetting.resting(self._connection, self._scope, plan.source_ids)
        plan.records = self._records(rest.gone)
        plan.facts = len(rest.gone) - len(plan.records)
        self.traces = self._traces(plan)
        plan.quoting = self._quoting(plan)
        touched = (run for run in self._runs() if self.traces.are_in(list(self._stored(run))))
        plan.runs = sorted(row.id for row in touched)

    def _named(self, name: str, *, is_begun: bool) -> list[Any]:
        found = forgetting.matching(self._connection, self._scope, name)
        if not found and not is_begun:
            mine = select(sources.c.path).where(sources.c.client == self._target.client)
            raise NotFoundError(
                "{client} has no source {source}{near}",
                client=self._target.client,
                source=name,
                near=near(name, self._connection.scalars(mine).all()),
                hint="Nothing was changed. `savoir sources CLIENT` lists them.",
            )
        return found

    def _records(self, owners: Iterable[str]) -> list[str]:
        """Which owners of citations are records, as a person knows them: kind and key."""
        return sorted(
            f"{row.kind}: {row.key}"
            for part in in_parts(owners)
            for row in self._connection.execute(
                select(records.c.kind, records.c.key).where(
                    records.c.client == self._target.client, records.c.id.in_(part)
                )
            )
        )

    def _traces(self, plan: Plan) -> Traces:
        gone = frozenset(plan.source_ids)
        return self._left_by(gone, frozenset(plan.sources))

    def _left_by(self, gone: frozenset[str], paths: frozenset[str]) -> Traces:
        lines = own_lines(self._texts(gone), self._other_texts(gone))
        rows = own_rows(self._texts(gone), self._other_texts(gone))
        return Traces(gone, paths, lines, rows)

    def _texts(self, wanted: Iterable[str]) -> Iterator[str]:
        for part in in_parts(wanted, 32):
            yield from self._connection.scalars(
                select(sources.c.text).where(
                    sources.c.client == self._target.client, sources.c.id.in_(part)
                )
            )

    def _other_texts(self, gone: frozenset[str]) -> Iterator[str]:
        """The texts of the client's sources that stay, one at a time."""
        known = select(sources.c.id).where(sources.c.client == self._target.client)
        kept = sorted(set(self._connection.scalars(known)) - gone)
        for identity in kept:
            yield from self._texts([identity])

    def _quoting(self, plan: Plan) -> list[str]:
        """The client's other sources that share lines with those that go."""
        mine = {line for text in self._texts(plan.source_ids) for line in lines_of(text)}
        shared = mine - self.traces.lines
        if not shared:
            return []
        columns = select(sources.c.id, sources.c.path, sources.c.text)
        rows = self._connection.execute(columns.where(sources.c.client == self._target.client))
        return sorted(
            row.path
            for row in rows
            if row.id not in self.traces.ids and not shared.isdisjoint(lines_of(row.text))
        )

    # --- a person, a client ---------------------------------------------------------------------

    def _plan_person(self, plan: Plan) -> None:
        """A run that has ended loses the mentions; one that has not goes: it would go on."""
        people = self._target.people
        plan.sources, plan.rows = mentioning(self._connection, self._scope, people)
        plan.addresses, plan.remaining = self._others
        for row in self._runs():
            stored = list(self._stored(row))
            folder = files.published(self._workspace, self._target.client, row.id)
            in_files = any(files.mentions_in(path, people) for path in folder)
            if in_files or unmentioned(stored, people) != stored:
                (plan.redacted_runs if row.status == _ENDED else plan.runs).append(row.id)

    def _plan_client(self, plan: Plan) -> None:
        mine = select(sources.c.path).where(sources.c.client == self._target.client)
        plan.sources = sorted(self._connection.scalars(mine))
        plan.rows = forgetting.counted(self._connection, self._target.client)
        kept = set(self._threads.names(self._target.client))
        plan.runs = sorted(kept | {row.id for row in self._runs()})
        if files.tapes(self._workspace)[0]:
            ids = select(sources.c.id).where(sources.c.client == self._target.client)
            gone = frozenset(self._connection.scalars(ids))
            self.traces = self._left_by(gone, frozenset())

    # --- runs and files -------------------------------------------------------------------------

    def _runs(self) -> list[Any]:
        mine = select(runs).where(runs.c.client == self._target.client)
        return list(self._connection.execute(mine.order_by(runs.c.id)))

    def _stored(self, run: Any) -> Iterator[Any]:
        """All that is kept of a run, in the ledger and in the checkpoints, as plain data."""
        yield [run.request, run.reason, run.submitted_by]
        events = select(run_events.c.data).where(run_events.c.run == run.id)
        yield list(self._connection.scalars(events))
        for table in (approvals, lessons, effects):
            rows = self._connection.execute(select(table).where(table.c.run == run.id))
            yield [value for row in rows for value in row if isinstance(value, str | dict | list)]
        yield from self._threads.read(self._target.client, run.id)

    def _plan_files(self, plan: Plan) -> None:
        for tape in files.tapes(self._workspace)[0]:
            for _line, entry in files.entries(tape):
                plan.tape_entries += bool(entry) and self.changes(entry) != entry
        for log in files.logs(self._workspace):
            lines = log.read_text("utf-8", "replace").splitlines()
            plan.log_lines += sum(map(self.is_told_of, lines))

    def changes(self, entry: dict[str, Any]) -> dict[str, Any] | None:
        """What becomes of an exchange on a tape; None where it goes."""
        if self._target.kind == "person":
            return files.without_people(entry, self._target.people)
        client = entry["request"].get("client")
        if client == self._target.client and self._target.kind == "client":
            return None
        if client not in {None, self._target.client}:
            return entry
        said = [entry["request"], entry["reply"], entry["scope"]]
        return None if self.traces.are_in(said) else entry

    def is_told_of(self, line: str) -> bool:
        """Whether a line of a log is about the target."""
        match self._target.kind:
            case "person":
                return bool(self._target.people.spans(line))
            case "source":
                return self.traces.are_in(line) or _names_one(line, self.traces.paths)
            case _:
                return self.traces.are_in(line) or _names_one(line, [self._target.client])


def _names_one(line: str, names: Iterable[str]) -> bool:
    """Whether one of some names stands in a line by itself, not as a part of another name."""
    return any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", line) for name in names)


def _called(connection: Connection, target: Target) -> tuple[Target, Others]:
    """A target with the other names that it has, and what may be its name too."""
    if target.kind != "person":
        return target, Others([], {})
    found = others(connection, ClientScope(target.client), target.names)
    return target.also(found.addresses), found
