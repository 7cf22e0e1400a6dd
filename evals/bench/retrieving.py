"""How well and how fast the right passage is found, on any folder in BEIR's layout.

`corpus.jsonl` (`_id`, `title`, `text`, optional `client`), `queries.jsonl` (`_id`, `text`, optional
`client`) and `qrels/test.tsv`. Records go through the same store as any file, each as a source of
its own, each client's into its own; a record counts as found where one of its passages is.
"""

import json
import math
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from savoirfaire.errors import NotFoundError, ReadError
from savoirfaire.evals.bench.measuring import machine
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

_BATCH = 256
_PASSAGES_FOR_ONE = 4  # a record may fill several places of the ranking with its passages
_ALONE = "bench"

Record = Mapping[str, Any]
Judged = Mapping[str, Mapping[str, int]]


def retrieving(folder: Path, k: int = 10) -> dict[str, Any]:
    """Quality at `k` (nDCG with graded gains, recall, reciprocal rank) and speed over a folder.

    Raises NotFoundError or ReadError where the folder does not have the layout.
    """
    corpus, queries = _lines(folder / "corpus.jsonl"), _lines(folder / "queries.jsonl")
    judged = _judgements(folder / "qrels" / "test.tsv")
    asked = [query for query in queries if judged.get(str(query["_id"]))]
    with tempfile.TemporaryDirectory() as data, Knowledge.open(Path(data)) as knowledge:
        names = sorted({_client(record) for record in [*corpus, *asked]})
        scopes = {name: knowledge.ledger.add_client(f"c{n}", "en") for n, name in enumerate(names)}
        started = time.perf_counter()
        owners = _fill(knowledge, scopes, corpus)
        filled = time.perf_counter() - started
        rankings, times, strays = _ask(knowledge, scopes, owners, asked, k)
    quality = [_quality(rankings[str(q["_id"])], judged[str(q["_id"])], k) for q in asked]
    names_of = (f"ndcg@{k}", f"recall@{k}", f"mrr@{k}")
    return {
        "bench": "retrieval",
        **{
            name: round(statistics.fmean(each[place] for each in quality), 4)
            for place, name in enumerate(names_of)
        },
        "queries": len(asked),
        "docs": len(corpus),
        "p50_ms": round(1000 * statistics.median(times), 2),
        "p95_ms": round(1000 * sorted(times)[int(0.95 * (len(times) - 1))], 2),
        "docs_per_s": round(len(corpus) / filled),
        "cross_client_hits": strays,
        "machine": machine(),
    }


def _fill(
    knowledge: Knowledge, scopes: Mapping[str, ClientScope], corpus: Sequence[Record]
) -> dict[tuple[str, str], str]:
    """Record the corpus; which record each source is, by client and path."""
    owners: dict[tuple[str, str], str] = {}
    waiting: dict[str, list[Source]] = defaultdict(list)
    for number, record in enumerate(corpus):
        name, path = _client(record), f"{number:08d}"
        owners[name, path] = str(record["_id"])
        waiting[name].append(_source(scopes[name], path, record))
        if len(waiting[name]) == _BATCH:
            knowledge.put(scopes[name], waiting.pop(name))
    for name, batch in waiting.items():
        knowledge.put(scopes[name], batch)
    return owners


def _source(scope: ClientScope, path: str, record: Record) -> Source:
    text = str(record["text"])
    return Source(
        path=path,
        kind="document",
        title=str(record.get("title", "")),
        date=None,
        language=None,
        sha256="",
        text=text,
        spans=cut(source_id(scope, path), text),
    )


def _ask(
    knowledge: Knowledge,
    scopes: Mapping[str, ClientScope],
    owners: Mapping[tuple[str, str], str],
    queries: Sequence[Record],
    k: int,
) -> tuple[dict[str, list[str]], list[float], int]:
    """Each query's ranking of records, the seconds each took, and hits that were another's."""
    rankings: dict[str, list[str]] = {}
    times, strays = [], 0
    for query in queries:
        name = _client(query)
        started = time.perf_counter()
        found = knowledge.search(scopes[name], str(query["text"]), limit=_PASSAGES_FOR_ONE * k)
        times.append(time.perf_counter() - started)
        paths = [each.passage.path for each in found]
        strays += sum((name, path) not in owners for path in paths)
        records = (owners[name, path] for path in paths if (name, path) in owners)
        rankings[str(query["_id"])] = list(dict.fromkeys(records))[:k]
    return rankings, times, strays


def _quality(ranking: Sequence[str], gains: Mapping[str, int], k: int) -> tuple[float, ...]:
    """NDCG (Järvelin & Kekäläinen 2002, linear gain), recall and reciprocal rank at `k`."""
    hits = [gains.get(record, 0) for record in ranking[:k]]
    ideal = sorted(gains.values(), reverse=True)[:k]
    first = next((place for place, gain in enumerate(hits, start=1) if gain), 0)
    recalled = sum(1 for gain in hits if gain) / len(gains)
    return _discounted(hits) / _discounted(ideal), recalled, 1 / first if first else 0.0


def _discounted(gains: Iterable[int]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))


def _client(record: Record) -> str:
    return str(record.get("client", _ALONE))


def _lines(path: Path) -> list[Record]:
    try:
        return [json.loads(line) for line in _text(path).splitlines() if line.strip()]
    except ValueError as error:
        raise ReadError("{file} is not one JSON object a line", file=path.name) from error


def _judgements(path: Path) -> Judged:
    """The records that answer each query, with their gain; the first line names the columns."""
    judged: dict[str, dict[str, int]] = defaultdict(dict)
    for line in _text(path).splitlines()[1:]:
        query, record, gain = line.split("\t")
        if int(gain) > 0:
            judged[query][record] = int(gain)
    return judged


def _text(path: Path) -> str:
    if not path.is_file():
        raise NotFoundError(
            "{file} is missing",
            file=path,
            hint="The folder needs corpus.jsonl, queries.jsonl and qrels/test.tsv.",
        )
    return path.read_text(encoding="utf-8")
