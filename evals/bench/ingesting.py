"""How fast files become knowledge, and how fast it is seen that nothing changed."""

import tempfile
import time
from pathlib import Path
from typing import Any

from savoirfaire.evals.bench.measuring import machine
from savoirfaire.knowledge.ingest import ingest
from savoirfaire.knowledge.readers import find_files
from savoirfaire.knowledge.store import Knowledge

LEAST_MB_PER_S = 2.0
LEAST_SPEEDUP = 20.0


def ingesting(folder: Path, rounds: int = 5) -> dict[str, Any]:
    """Ingest `folder` into new workspaces, twice each; the median round, MB of text a second."""
    size = sum(path.stat().st_size for path, _ in find_files([folder])) / 1_000_000
    taken = sorted(_once(folder) for _ in range(rounds))
    first, second, passages = taken[len(taken) // 2]
    return {
        "bench": "ingest",
        "met": size / first >= LEAST_MB_PER_S and first / second >= LEAST_SPEEDUP,
        "mb": round(size, 3),
        "passages": passages,
        "first_s": round(first, 3),
        "second_s": round(second, 4),
        "mb_per_s": round(size / first, 2),
        "limit_mb_per_s": LEAST_MB_PER_S,
        "speedup": round(first / second, 1),
        "limit_speedup": LEAST_SPEEDUP,
        "machine": machine(),
    }


def _once(folder: Path) -> tuple[float, float, int]:
    with tempfile.TemporaryDirectory() as data, Knowledge.open(Path(data)) as knowledge:
        scope = knowledge.ledger.add_client("bench", "en")
        started = time.perf_counter()
        report = ingest(knowledge, scope, [folder])
        middle = time.perf_counter()
        ingest(knowledge, scope, [folder])
        return middle - started, time.perf_counter() - middle, report.passages
