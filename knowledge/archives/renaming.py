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
from savoirfaire.knowledge.schema import effects, passages, runs, sources
from savoirfaire.knowledge.scope import ClientScope

_OF_RUN = ("run", "id", "key", "bound_to")
_RUNS = ("runs", "run_events", "approvals", "effects", "lessons")
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
            elif "source" in row:
                row["source"] = self._sources.get(row["source"], row["source"])
            if table.name in _RUNS:
                self._rename_run(table, row)
            yield row if table.name == "run_events" else {**row, "client": self._client}

    def _rename_run(self, table: Table, row: Row) -> None:
        old = row["id"] if table is runs else row["run"]
        new, before = self.run(old), self._archive.client
        for column in _OF_RUN:
            if column in row and (table.name != "lessons" or column == "run"):
                row[column] = row[column].replace(old, new)
        if table is effects:
            row["key"] = _moved(row["key"], before, self._client, ":")
            row["result"] = row["result"] and [
                _moved(path.replace(old, new), before, self._client, "/") for path in row["result"]
            ]

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


def _moved(value: str, before: str, client: str, sign: str) -> str:
    """A name that begins with its client's."""
    start = f"{before}{sign}"
    return f"{client}{sign}{value.removeprefix(start)}" if value.startswith(start) else value


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
