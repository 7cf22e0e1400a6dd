"""All benchmarks, one after the other, each in a process of its own; kept, and compared as ratios.

A figure is compared with itself only on the same machine: where the machine's facts differ, that is
told, and a ratio says little.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from savoirfaire.errors import SavoirError
from savoirfaire.evals.bench.measuring import machine

FORM = 1
_START = "import sys; from savoirfaire.cli import main; sys.exit(main(sys.argv[1:]))"
_MOST_WORDS = 300


def facts() -> dict[str, Any]:
    """What figures were measured on, and how busy it was."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        **machine(),
        "cores": os.cpu_count(),
        "processor": platform.processor() or platform.machine(),
        "release": platform.release(),
        "load": None if load is None else round(load, 2),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def measured(names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each benchmark's figures; one that fails has its last words under `error`."""
    for name in names:
        done = subprocess.run(
            [sys.executable, "-c", _START, "bench", name, "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
        yield name, _figures(done.stdout, done.stderr)


def compared(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """Every figure that both have: its name, what it is, and its ratio to what it was."""
    new, old = dict(_numbers(now["figures"])), dict(_numbers(then["figures"]))
    return [(name, value, value / old[name]) for name, value in new.items() if old.get(name)]


def other_machine(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[str]:
    """The facts of the machine that differ."""
    same = ("python", "system", "cores", "processor", "release")
    return [key for key in same if now["machine"].get(key) != then["machine"].get(key)]


def read(path: Path) -> dict[str, Any]:
    """Figures kept earlier. Raises SavoirError for a file that has none."""
    try:
        kept = json.loads(path.read_text("utf-8"))
        if kept["form"] == FORM and isinstance(kept["figures"], dict) and kept["machine"]:
            return dict(kept)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _bad(path) from error
    raise _bad(path)


def _bad(path: Path) -> SavoirError:
    return SavoirError(
        "{file} has no figures of benchmarks",
        file=path.name,
        hint="`savoir bench --out FILE` writes one.",
    )


def _figures(out: str, err: str) -> dict[str, Any]:
    try:
        return dict(json.loads(out))
    except (ValueError, TypeError):
        words = " ".join(err.split())[-_MOST_WORDS:] or "it said nothing"
        return {"error": words}


def _numbers(figures: Any, at: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(figures, Mapping):
        for key, value in figures.items():
            if key != "machine":
                yield from _numbers(value, f"{at}.{key}" if at else str(key))
    elif isinstance(figures, list):
        for place, value in enumerate(figures):
            yield from _numbers(value, f"{at}[{place}]")
    elif isinstance(figures, int | float) and not isinstance(figures, bool):
        yield at, float(figures)
