"""What the index costs: ingest, questions, memory and disk, beside qdrant-client's local mode.

Each engine has a process of its own, so that its memory is its own. Questions are hybrid (words and
a dense vector), kept to two kinds of sources and a period, and go the whole way that `savoir ask`
goes. What making the texts and the vectors takes is not counted.
"""

import gc
import json
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import update

from savoirfaire.evals.bench.corpus import KINDS, Projection, Words, sources
from savoirfaire.evals.bench.measuring import machine
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.engines import Index
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.indexing import form_of
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.schema import clients as clients_table
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.where import Where

Engine = Literal["edge", "local"]
P95_MS = 5.0
RATIO = 100.0
INGEST = 3000.0
_AT = 100_000  # passages at which the promises are made
_SOURCES = 64  # written at once
_QUESTIONS = {"edge": 400, "local": 8}  # local mode takes seconds for each
_MEGABYTE = 1_000_000


def indexing(points: Sequence[int], clients: int) -> dict[str, Any]:
    """A row for each engine and number of passages, over that many clients of equal size.

    Promised of the embedded engine at the largest number up to 100,000: a p95 of at most `P95_MS`,
    `RATIO` times faster than local mode at the median, `INGEST` passages a second.
    """
    rows = [_apart(engine, count, clients) for count in points for engine in ("edge", "local")]
    judged = max((count for count in points if count <= _AT), default=min(points))
    edge, local = (
        next(row for row in rows if row["engine"] == engine and row["points"] == judged)
        for engine in ("edge", "local")
    )
    ratio = local["p50_ms"] / edge["p50_ms"]
    met = edge["p95_ms"] <= P95_MS and ratio >= RATIO and edge["ingest_per_s"] >= INGEST
    return {
        "bench": "index",
        "met": met,
        "rows": rows,
        "ratio": round(ratio, 1),
        "limits": {"p95_ms": P95_MS, "ratio": RATIO, "ingest_per_s": INGEST, "points": judged},
        "machine": machine(),
    }


def _apart(engine: Engine, points: int, clients: int) -> dict[str, Any]:
    command = [sys.executable, "-m", __name__, engine, str(points), str(clients)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    row: dict[str, Any] = json.loads(told.stdout)
    return row


def measure(engine: Engine, points: int, clients: int) -> dict[str, Any]:
    """One row: ingest, then questions to random clients."""
    embedder = Projection()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = Ledger(open_database(folder / "ledger.db"))
        index = _index(engine, folder / "index", form_of(embedder))
        with Knowledge(ledger, index, _Cached(embedder)) as knowledge:
            scopes = [ledger.add_client(f"client-{n}", "en") for n in range(clients)]
            _weigh_both(ledger)
            taken = sum(
                _fill(knowledge, scope, points // clients + (n < points % clients), n)
                for n, scope in enumerate(scopes)
            )
            times = _ask(knowledge, scopes, min(points, _QUESTIONS[engine]))
            gc.collect()
            rss = resident("VmRSS")
        return {
            "engine": engine,
            "points": points,
            "clients": clients,
            "ingest_per_s": round(points / taken),
            "p50_ms": round(1000 * statistics.median(times), 2),
            "p95_ms": round(1000 * sorted(times)[int(0.95 * (len(times) - 1))], 2),
            "rss_mb": round(rss / _MEGABYTE),
            "disk_mb": round(_disk(folder / "index") / _MEGABYTE, 1),
            "ledger_mb": round(_disk(folder, "ledger.db*") / _MEGABYTE, 1),
            "queries": len(times),
        }


class _Cached:
    """An embedder whose answers were got ready beforehand, as an endpoint's time is not ours."""

    def __init__(self, embedder: Projection) -> None:
        self._embedder = embedder
        self._ready: dict[str, list[float]] = {}
        self.name = embedder.name

    def prepare(self, texts: Sequence[str]) -> None:
        """Have the vectors of these texts, and of no others, ready."""
        self._ready = dict(zip(texts, self._embedder.embed(texts), strict=True))

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """What was got ready."""
        return [self._ready[text] for text in texts]


def _index(engine: Engine, folder: Path, form: str) -> Index:
    if engine == "edge":
        return EdgeIndex(folder, form)
    from qdrant_client import QdrantClient

    from savoirfaire.knowledge.engines.server import ServerIndex

    warnings.simplefilter("ignore", UserWarning)  # local mode says that it is no server
    return ServerIndex(QdrantClient(":memory:"), "bench", form, locks=folder)


def _weigh_both(ledger: Ledger) -> None:
    """Give the dense leg its weight: by default a client has none."""
    with ledger.engine.begin() as connection:
        both = {"settings": {"dense_weight": 1.0}}
        connection.execute(update(clients_table).values(retrieval=both))


def _fill(knowledge: Knowledge, scope: ClientScope, passages: int, seed: int) -> float:
    """The seconds that recording and indexing take; not those of making texts and vectors."""
    taken, made = 0.0, sources(scope, passages, seed)
    embedder: Any = knowledge._embedder  # noqa: SLF001 - the bench's own
    while batch := list(islice(made, _SOURCES)):
        embedder.prepare([each.index_text(span) for each in batch for span in each.spans])
        started = time.perf_counter()
        knowledge.put(scope, batch)
        taken += time.perf_counter() - started
    return taken


def _ask(knowledge: Knowledge, scopes: Sequence[ClientScope], count: int) -> list[float]:
    """The seconds of each question; each client is asked once before."""
    draw, times = random.Random(7), []
    questions = _questions(draw)
    embedder: Any = knowledge._embedder  # noqa: SLF001
    warm = scopes if count > len(scopes) else scopes[:1]
    for number, scope in enumerate([*warm, *draw.choices(scopes, k=count)]):
        text, where = next(questions)
        embedder.prepare([text])
        started = time.perf_counter()
        knowledge.search(scope, text, limit=10, where=where)
        if number >= len(warm):
            times.append(time.perf_counter() - started)
    return times


def _questions(draw: random.Random) -> Iterator[tuple[str, Where]]:
    words = Words(11)
    while True:
        since, until = sorted((words.day(), words.day()))
        kinds = tuple(draw.sample(KINDS, 2))
        yield " ".join(words.some(6)), Where(kinds=kinds, since=since, until=until)


def resident(part: str) -> float:
    """The bytes of memory that the process holds: `VmRSS`, or `RssAnon`, without mapped files.

    Where the system does not tell, the peak of all of it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        held = next(line for line in status.read_text().splitlines() if line.startswith(part))
        return 1024 * float(held.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak if platform.system() == "Darwin" else 1024 * peak)


def _disk(folder: Path, pattern: str = "**/*") -> float:
    """The bytes of disk that files take: an engine's files are mostly holes."""
    return 512.0 * sum(path.stat().st_blocks for path in folder.glob(pattern) if path.is_file())


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))  # type: ignore[arg-type]
