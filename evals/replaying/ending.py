"""How a run ended, in the one form in which two ends are compared.

Left out is what tells one making of the same work from another: the instant at which something was
written, whether a reply came from a model or from its tape, and PDFs, which another machine makes
otherwise or not at all.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from savoirfaire.evals.replaying.driving import Driven
from savoirfaire.evals.tasks.form import Expected
from savoirfaire.evals.tasks.studio import PRINTED
from savoirfaire.tools.hashing import canonical
from savoirfaire.tools.tape import Tape

THEN = "(then)"
_KEY = 16
_TIMES = {"known_from", "known_to"}


def ended(driven: Driven, effects: Mapping[str, Any], tape: Tape) -> Expected:
    """The end of a drive."""
    kind, words = driven.fault
    return Expected(
        status=driven.status,
        error=kind,
        words=words,
        state=without_means(driven.state),
        effects=plain(_untimed(effects)),
        steps=driven.steps,
        played=plays(tape),
    )


def without_means(state: Mapping[str, Any]) -> dict[str, Any]:
    """A state without where its replies came from, and without the PDFs that were printed."""
    kept: dict[str, Any] = _unprinted(plain(dict(state)))
    if "usage" in kept:
        kept["usage"] = [{k: v for k, v in each.items() if k != "mode"} for each in kept["usage"]]
    return kept


def plays(tape: Tape) -> dict[str, int]:
    """How often each exchange was asked for, by its lane and the first of its key."""
    counted: Counter[str] = Counter()
    for (lane, key), count in tape.played.items():
        counted[f"{lane} {key[:_KEY]}"] += count
    return dict(sorted(counted.items()))


def plain(value: Any) -> Any:
    """`value` as JSON has it: tuples as lists, keys sorted. Raises TypeError for what is none."""
    return json.loads(canonical(value))


def _unprinted(value: Any, key: str = "") -> Any:
    """Without the PDFs among what was published: by the run, or by a graph inside it."""
    if isinstance(value, Mapping):
        return {name: _unprinted(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [
            _unprinted(each)
            for each in value
            if key != "published" or not str(each).endswith(PRINTED)
        ]
    return value


def _untimed(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {name: _untimed(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_untimed(each) for each in value]
    is_time = key.endswith("_at") or key in _TIMES
    return THEN if is_time and value is not None else value
