"""Names within an archive that cannot stay as they are in the workspace it is read into.

A source's id comes from its client's name and its path, a passage's from its source's id and its
words: under another client's name they are others. The id of a run is one of all clients' runs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Table, select

from savoirfaire.errors import ArchiveError
from savoirfaire.knowledge.archives.checking import Opened
from savoirfaire.knowledge.archives.form import row_of, table_name, text_name
from savoirfaire.knowledge.passages import identify
from savoirfaire.knowledge.rows import source_id
from savoirfaire.knowledge.schema import effects, passages, removed_citations, runs, sources
from savoirfaire.knowledge.scope import ClientScope

_OF_RUN = ("run", "id", "key", "bound_to")
_RUNS = ("runs", "run_events", "approvals", "effects", "lessons")
_BELONGING = frozenset({"run_events", "approvals", "effects"})
Row = dict[str, Any]


class Names:
    """What sources and runs of an archive are called in a workspace."""

    def __init__(self, connection: Connection, archive: Opened, scope: ClientScope) -> None:
        self._archive = archive
        self._client = scope.client
        self._sources = dict(_sources(archive, scope))
        if len(set(self._sources.values())) < len(self._sources):
            raise ArchiveError("two sources of the archive have one path")
        self._runs = {run: _free(connection, run) for run in _ids(archive, runs)}

    def run(self, name: str) -> str:
        """What a run is called."""
        return self._runs.get(name, name)

    def rows(self, table: Table, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows of a table under the names of the workspace."""
        if table is passages:
            yield from self._passages(rows)
            return
        for row in rows:
            if table is sources:
                row["id"] = self._sources[row["id"]]
            elif table is removed_citations:
                row["source"] = source_id(ClientScope(self._client), row["path"])
            elif "source" in row:
                row["source"] = self._sources.get(row["source"], row["source"])
            if table.name in _RUNS:
                self._rename_run(table, row)
            yield row if table.name == "run_events" else {**row, "client": self._client}

    def _rename_run(self, table: Table, row: Row) -> None:
        """Name a run anew in a row; one that the archive does not have is another client's."""
        old = row["id"] if table is runs else row["run"]
        if old not in self._runs and table.name in _BELONGING:
            raise ArchiveError("rows of the archive do not fit together")
        new = self.run(old)
        for column in _OF_RUN:
            if column in row and (table.name != "lessons" or column == "run"):
                row[column] = ":".join(_moved(part, old, new) for part in row[column].split(":"))
        if table is effects:
            row["key"] = self._mine(row["key"], ":")
            paths = (path.split("/") for path in row["result"] or ())
            named = [self._mine(f"{owner}/{new}/{name}", "/") for owner, _old, name in paths]
            row["result"] = row["result"] and named

    def _mine(self, value: str, sign: str) -> str:
        """A name that begins with its client's. Raises ArchiveError for another client's."""
        owner, _, rest = value.partition(sign)
        if owner != self._archive.client:
            raise ArchiveError("rows of the archive do not fit together")
        return f"{self._client}{sign}{rest}"

    def _passages(self, rows: Iterable[Row]) -> Iterator[Row]:
        by_source: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            same = self._sources.get(row["source"], row["source"])
            if same == row["source"]:
                yield {**row, "client": self._client}
            else:
                by_source[row["source"]].append(row)
        for source, mine in by_source.items():
            words = self._archive.read(text_name(source)).decode()
            seen: Counter[str] = Counter()
            for row in sorted(mine, key=lambda row: (row["start"], row["end"])):
                quote = words[row["start"] : row["end"]]
                seen[quote] += 1
                new = self._sources[source]
                named = {"id": identify(new, quote, seen[quote]), "source": new}
                yield {**row, **named, "client": self._client}


def _moved(name: str, old: str, new: str) -> str:
    """A run's id, or a name that begins with it."""
    rest = name.removeprefix(old)
    return f"{new}{rest}" if name.startswith(old) and rest[:1] in {"", "-"} else name


def _sources(archive: Opened, scope: ClientScope) -> Iterator[tuple[str, str]]:
    for line in archive.lines(table_name(sources)):
        row = row_of(sources, line)
        yield row["id"], source_id(scope, row["path"])


def _ids(archive: Opened, table: Table) -> Iterator[str]:
    for line in archive.lines(table_name(table)):
        yield row_of(table, line)["id"]


def _free(connection: Connection, run: str) -> str:
    """An id that no run of the workspace has."""
    wanted, number = run, 1
    while connection.execute(select(runs.c.id).where(runs.c.id == wanted)).first() is not None:
        number += 1
        wanted = f"{run}-{number}"
    return wanted
