"""Whether the parts of real proposals add up to the total that each states."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

from savoirfaire.agents.bids.milestones import Priced, Sums, check_sums
from savoirfaire.errors import NotFoundError
from savoirfaire.evals.bench.measuring import machine


def bidding(folder: Path) -> dict[str, Any]:
    """The sums of each Markdown file of a folder, and how many come to what.

    A verdict is `adds up`, `differs`, `ask` where it depends on how a figure is read, or `not
    stated`. Raises NotFoundError where there is no such file.
    """
    paths = sorted(folder.rglob("*.md")) if folder.is_dir() else []
    if not paths:
        raise NotFoundError("there is no Markdown file in {folder}", folder=folder)
    started = time.perf_counter()
    found = {path: check_sums(path.read_text("utf-8", "replace")) for path in paths}
    seconds = time.perf_counter() - started
    counted = Counter(sums.verdict for sums in found.values())
    return {
        "bench": "proposals",
        "proposals": len(found),
        **{name: counted[name] for name in ("adds up", "differs", "ask", "not stated")},
        "rows": [_row(path.relative_to(folder), sums) for path, sums in found.items()],
        "seconds": round(seconds, 3),
        "machine": machine(),
    }


def _row(path: Path, sums: Sums) -> dict[str, Any]:
    return {
        "file": path.as_posix(),
        "verdict": sums.verdict,
        "stated": _written(sums.stated) if sums.stated else None,
        "total": _plain(sums.total),
        "sum": _plain(sums.sum),
        "parts": [
            {"name": part.name, "line": part.line, "price": _written(part)} for part in sums.parts
        ],
        "why": sums.why,
    }


def _written(priced: Priced) -> str:
    return " + ".join(term.words for term in priced.terms)


def _plain(value: Any) -> str | None:
    return None if value is None else format(value, "f")
