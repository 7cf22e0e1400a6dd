"""Folders in BEIR's layout: records, queries, and which records answer each query.

`corpus.jsonl` (`_id`, `text`, optional `title` and `client`), `queries.jsonl` (`_id`, `text`,
optional `client`) and `qrels/test.tsv` (query, record, gain; the first line names the columns).
Thakur et al., "BEIR: A heterogeneous benchmark for zero-shot evaluation of information retrieval
models" (2021).
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from savoirfaire.errors import NotFoundError, ReadError
from savoirfaire.knowledge.readers.canonical import clean

ALONE = "bench"
_COLUMNS = 3


@dataclass(frozen=True)
class Record:
    """A record of the corpus, or a query, of one client."""

    id: str
    text: str
    title: str
    client: str


@dataclass(frozen=True)
class Beir:
    """A folder as read: its records in the order of the file, and the queries that are judged."""

    corpus: list[Record]
    queries: list[Record]
    judged: Mapping[str, Mapping[str, float]]


def read(folder: Path) -> Beir:
    """Read a folder. Raises NotFoundError for a missing file, ReadError for a malformed one."""
    corpus = _records(folder / "corpus.jsonl")
    queries = _records(folder / "queries.jsonl")
    judged = _judgements(folder / "qrels" / "test.tsv")
    asked = [query for query in queries if query.id in judged]
    if not asked:
        raise ReadError("{file} judges none of the queries", file="qrels/test.tsv")
    return Beir(corpus, asked, judged)


def _records(path: Path) -> list[Record]:
    found: dict[tuple[str, str], Record] = {}
    for number, line in _lines(path):
        record = _record(path, number, line)
        key = record.client, record.id
        if key in found:
            raise _malformed(path, number, "the same _id again")
        found[key] = record
    if not found:
        raise ReadError("{file} is empty", file=path.name)
    return list(found.values())


def _record(path: Path, number: int, line: str) -> Record:
    try:
        read = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _malformed(path, number, "not one JSON object") from error
    if not isinstance(read, dict) or not isinstance(read.get("_id"), str | int):
        raise _malformed(path, number, "no _id")
    if not isinstance(read.get("text"), str):
        raise _malformed(path, number, "no text")
    client = read.get("client")
    return Record(
        id=str(read["_id"]),
        text=clean(read["text"]),
        title=clean(_word(read.get("title"))),
        client=ALONE if client is None else str(client),
    )


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _judgements(path: Path) -> dict[str, dict[str, float]]:
    """The records that answer each query, with their gain."""
    judged: dict[str, dict[str, float]] = defaultdict(dict)
    for number, line in list(_lines(path)):
        fields = line.split("\t")
        try:
            query, record, gain = fields[0], fields[1], float(fields[2])
        except (IndexError, ValueError) as error:
            if number == 1 and len(fields) == _COLUMNS:
                continue
            raise _malformed(path, number, "not a query, a record and a number") from error
        if gain > 0:
            judged[query][record] = gain
    return dict(judged)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that say anything, and their numbers; only a line feed ends one."""
    if not path.is_file():
        raise NotFoundError(
            "{file} is missing",
            file=path,
            hint="The folder needs corpus.jsonl, queries.jsonl and qrels/test.tsv.",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError("{file} is not UTF-8", file=path.name) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line.strip()


def _malformed(path: Path, number: int, reason: str) -> ReadError:
    return ReadError(
        "{file}, line {number}: {reason}", file=path.name, number=number, reason=reason
    )
