"""What `savoir --help` costs beside `import typer`, the least a Typer program can cost."""

import sys
from typing import Any

from savoirfaire.evals.bench.measuring import cpu_of_command, in_turns, machine, median_ratio

LIMIT = 1.5


def startup(rounds: int = 15) -> dict[str, Any]:
    """CPU seconds of both, and their ratio; at most `LIMIT` is promised."""
    ours = [sys.executable, "-c", "from savoirfaire.cli import main; main(['--help'])"]
    theirs = [sys.executable, "-c", "import typer"]
    helps, imports = in_turns(rounds, lambda: cpu_of_command(ours), lambda: cpu_of_command(theirs))
    ratio = median_ratio(helps, imports)
    return {
        "bench": "startup",
        "met": ratio <= LIMIT,
        "help_s": round(min(helps), 4),
        "import_typer_s": round(min(imports), 4),
        "ratio": round(ratio, 3),
        "limit": LIMIT,
        "machine": machine(),
    }
