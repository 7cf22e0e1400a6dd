"""Contestants that live in a virtual environment of their own, made by the benchmark.

Frameworks are no dependency of ours: they are installed from the package index when they are to be
measured, and where that is out of reach, that is said in place of their figures.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from savoirfaire.evals.bench.contestants import Job, prompt
from savoirfaire.evals.bench.latency import CALLS

NEEDED = {"pydantic-ai": "pydantic-ai-slim[openai]>=1,<3", "openai-agents": "openai-agents<1"}
"""What is installed for each framework."""

_PATIENCE = 300  # seconds for each step


def frameworks(job: Job) -> dict[str, dict[str, Any]]:
    """The figures of each framework, or under `error` why there are none."""
    place = job.folder / "elsewhere"
    if why := _install(place):
        return {name: {"error": why} for name in NEEDED}
    return {name: _contest(_python(place), name, job) for name in NEEDED}


def _python(place: Path) -> str:
    return str(place / "bin" / "python")


def _install(place: Path) -> str:
    """Make the environment; why it could not be, or nothing."""
    pip = [_python(place), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    make = [sys.executable, "-m", "venv", str(place)]
    try:
        for command in (make, [*pip, "--retries", "1", *NEEDED.values()]):
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        return "the package index did not answer in time"
    except subprocess.CalledProcessError as error:
        return _last(error.stderr or error.stdout)
    return ""


def _contest(python: str, name: str, job: Job) -> dict[str, Any]:
    prompts = [[prompt(item, call) for call in range(CALLS)] for item in range(job.items)]
    given = {"slots": job.slots, "base_url": job.base_url, "prompts": prompts}
    script = Path(__file__).with_name("frameworks.py")
    try:
        done = subprocess.run(
            [python, str(script), name],
            input=json.dumps(given),
            check=True,
            capture_output=True,
            text=True,
        )
    except subprocess.CalledProcessError as error:
        return {"error": _last(error.stderr)}
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _last(words: str) -> str:
    return next(iter(reversed(words.strip().splitlines())), "it said nothing")[:200]
