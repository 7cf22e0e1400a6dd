"""How well and how fast the right passage is found, on any folder in BEIR's layout.

Records go through the same store as any file, each as a source of its own, each client's into its
own; a record counts as found where one of its passages is. Where the records are turns of a
conversation, by what they share, they are recorded as one.
"""

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from savoirfaire.evals.bench.beir import Record, read
from savoirfaire.evals.bench.measuring import machine
from savoirfaire.evals.bench.turns import conversations
from savoirfaire.evals.measures import ndcg, recall, reciprocal_rank
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

_BATCH = 256
_PASSAGES_FOR_ONE = 4  # a record may fill several places of the ranking with its passages


def retrieving(folder: Path, k: int = 10) -> dict[str, Any]:
    """Quality at `k` (nDCG with graded gains, recall, reciprocal rank) and speed over a folder.

    Raises NotFoundError or ReadError where the folder does not have the layout.
    """
    given = read(folder)
    turns = conversations(given.corpus)
    with tempfile.TemporaryDirectory() as data, Knowledge.open(Path(data)) as knowledge:
        names = sorted({each.client for each in [*given.corpus, *given.queries]})
        scopes = {name: knowledge.ledger.add_client(f"c{n}", "en") for n, name in enumerate(names)}
        started = time.perf_counter()
        owners = _fill(knowledge, scopes, given.corpus, turns)
        filled = time.perf_counter() - started
        rankings, times, strays = _ask(knowledge, scopes, owners, given.queries, k)
    quality = [
        _quality(ranking, given.judged[query.id], k)
        for query, ranking in zip(given.queries, rankings, strict=True)
    ]
    names_of = (f"ndcg@{k}", f"recall@{k}", f"mrr@{k}")
    return {
        "bench": "retrieval",
        **{
            name: round(statistics.fmean(each[place] for each in quality), 4)
            for place, name in enumerate(names_of)
        },
        "queries": len(given.queries),
        "docs": len(given.corpus),
        "conversations": len(turns),
        "p50_ms": round(1000 * statistics.median(times), 2),
        "p95_ms": round(1000 * sorted(times)[int(0.95 * (len(times) - 1))], 2),
        "docs_per_s": round(len(given.corpus) / filled),
        "cross_client_hits": strays,
        "machine": machine(),
    }


def _fill(
    knowledge: Knowledge,
    scopes: Mapping[str, ClientScope],
    corpus: Sequence[Record],
    turns: Sequence[Sequence[Record]],
) -> dict[tuple[str, str], str]:
    """Record the corpus; which record each source is, by client and path."""
    places = {
        (record.client, record.id): (f"conversation {number}", place)
        for number, conversation in enumerate(turns)
        for place, record in enumerate(conversation)
    }
    owners: dict[tuple[str, str], str] = {}
    waiting: dict[str, list[Source]] = defaultdict(list)
    for number, record in enumerate(corpus):
        name, path = record.client, f"{number:08d}"
        owners[name, path] = record.id
        thread, place = places.get((name, record.id), (None, None))
        waiting[name].append(_source(scopes[name], path, record, thread, place))
        if len(waiting[name]) == _BATCH:
            knowledge.put(scopes[name], waiting.pop(name))
    for name, batch in waiting.items():
        knowledge.put(scopes[name], batch)
    return owners


def _source(
    scope: ClientScope, path: str, record: Record, thread: str | None, place: int | None
) -> Source:
    return Source(
        path=path,
        kind="document",
        title=record.title,
        date=None,
        language=None,
        sha256="",
        text=record.text,
        spans=cut(source_id(scope, path), record.text),
        thread=thread,
        place=place,
    )


def _ask(
    knowledge: Knowledge,
    scopes: Mapping[str, ClientScope],
    owners: Mapping[tuple[str, str], str],
    queries: Sequence[Record],
    k: int,
) -> tuple[list[list[str]], list[float], int]:
    """Each query's ranking of records, the seconds each took, and hits that were another's."""
    rankings: list[list[str]] = []
    times, strays = [], 0
    for query in queries:
        name = query.client
        started = time.perf_counter()
        found = knowledge.search(scopes[name], query.text, limit=_PASSAGES_FOR_ONE * k)
        times.append(time.perf_counter() - started)
        paths = [same.path for each in found for same in (each.passage, *each.also)]
        strays += sum((name, path) not in owners for path in paths)
        records = (owners[name, path] for path in paths if (name, path) in owners)
        rankings.append(list(dict.fromkeys(records))[:k])
    return rankings, times, strays


def _quality(ranking: Sequence[str], gains: Mapping[str, float], k: int) -> tuple[float, ...]:
    """NDCG, recall and reciprocal rank at `k`."""
    hits = [gains.get(record, 0.0) for record in ranking[:k]]
    return ndcg(hits, gains.values(), k), recall(hits, len(gains), k), reciprocal_rank(hits, k)
