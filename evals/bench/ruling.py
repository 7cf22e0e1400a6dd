"""`savoir bench rules`: are a style's alerts found, where they belong, and how fast.

The folder holds `styles/`, `docs/`, `vale.ini` and `alerts.jsonl` (a line an alert: `path`,
`line`, `start`, `end`, `check`). An alert is right when check, line and span agree. The time is
the processor time of whole checks of a megabyte of the documents, repeated as often as it takes:
reading Markdown, matching, placing. The naive time is that of each rule's own expression (as Vale
joins its terms; a rule that needs two has two), compiled by the same `regex` package, run once
over the same documents as they are written, and nothing else: no Markdown is read, nothing is
placed, rules without an expression take no time. What is compiled is compiled before the clock
starts, on both sides.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from savoirfaire.errors import NotFoundError, ReadError
from savoirfaire.knowledge.rules.kinds import Rule
from savoirfaire.knowledge.rules.ruleset import Ruleset

_SIZE = 1_000_000
_SECONDS = 20.0
"""What a rule may take on one document: a measurement cuts only what would never end."""

Key = tuple[str, str, int, int, int]


def ruling(folder: Path) -> dict[str, Any]:
    """Precision, recall and speed on a folder.

    Raises:
        NotFoundError: A part of the folder is missing.
        ReadError: `alerts.jsonl` is malformed.

    """
    rules, documents = _read(folder)
    wanted = _wanted(folder / "alerts.jsonl", rules)
    found, cut = _found(rules, documents)
    right = found & wanted
    kinds = {rule.definition.name: rule.definition.extends for rule in rules.rules}
    return {
        "precision": _share(right.total(), found.total()),
        "recall": _share(right.total(), wanted.total()),
        "by_type": _by_type(kinds, found, wanted, right),
        "unsupported": sorted(rules.unsupported),
        "rules": len(rules.rules),
        "alerts": wanted.total(),
        "cut": sorted(cut),
        **_times(rules, list(documents.values())),
    }


def _read(folder: Path) -> tuple[Ruleset, dict[str, str]]:
    for part in ("styles", "docs", "alerts.jsonl"):
        if not (folder / part).exists():
            raise NotFoundError("there is no {part} in {folder}", part=part, folder=str(folder))
    config = folder / "vale.ini"
    rules = Ruleset.load(folder / "styles", config if config.exists() else None)
    root = folder / "docs"
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return rules, {
        path.relative_to(root).as_posix(): path.read_text("utf-8", "replace") for path in paths
    }


def _wanted(path: Path, rules: Ruleset) -> Counter[Key]:
    wanted: Counter[Key] = Counter()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            alert = json.loads(line) if line.strip() else None
            if alert and alert["check"] not in rules.unsupported:
                key = (alert["path"], alert["check"], alert["line"], alert["start"], alert["end"])
                wanted[key] += 1
        except (ValueError, KeyError, TypeError) as error:
            raise ReadError(
                "{file}, line {line}: this is no alert", file=path.name, line=number
            ) from error
    return wanted


def _found(rules: Ruleset, documents: Mapping[str, str]) -> tuple[Counter[Key], set[str]]:
    found: Counter[Key] = Counter()
    cut: set[str] = set()
    for path, text in documents.items():
        checked = rules.check(text, path, seconds=_SECONDS)
        cut.update(checked.cut)
        found.update((path, alert.check, alert.line, *alert.span) for alert in checked.alerts)
    return found, cut


def _by_type(
    kinds: Mapping[str, str], found: Counter[Key], wanted: Counter[Key], right: Counter[Key]
) -> dict[str, dict[str, float]]:
    counts: dict[str, dict[str, int]] = {}
    for name, keys in (("found", found), ("alerts", wanted), ("right", right)):
        for key, times in keys.items():
            of = counts.setdefault(
                kinds.get(key[1], "unknown"), {"found": 0, "alerts": 0, "right": 0}
            )
            of[name] += times
    return {
        kind: {
            "precision": _share(of["right"], of["found"]),
            "recall": _share(of["right"], of["alerts"]),
            "alerts": of["alerts"],
        }
        for kind, of in sorted(counts.items())
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 5) if whole else 1.0


def _times(rules: Ruleset, documents: Sequence[str]) -> dict[str, Any]:
    """Seconds of processor time on the same megabyte: many files, one file, and naively."""
    many = list(_repeated(documents))
    if not many:
        return {"seconds": 0.0, "naive_seconds": 0.0, "speedup": 0.0}
    rules.check(many[0], seconds=_SECONDS)
    before = _timed(lambda: _checked(rules, many))
    naive = _timed(lambda: _naively(rules.rules, many))
    # The mean of a run before and one after, because a machine's speed changes with its load.
    whole = (before + _timed(lambda: _checked(rules, many))) / 2
    single = _timed(lambda: _checked(rules, ["\n\n".join(many)]))
    return {
        "seconds": round(whole, 3),
        "naive_seconds": round(naive, 3),
        "speedup": round(naive / whole, 2),
        "one_file_seconds": round(single, 3),
        "bytes": sum(len(text.encode()) for text in many),
    }


def _repeated(documents: Sequence[str]) -> Iterator[str]:
    size = sum(len(text.encode()) for text in documents)
    for _ in range(-(-_SIZE // size) if size else 0):
        yield from documents


def _timed(work: Any) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _checked(rules: Ruleset, texts: Sequence[str]) -> None:
    for text in texts:
        rules.check(text, seconds=_SECONDS)


def _naively(rules: Sequence[Rule], texts: Sequence[str]) -> None:
    for rule in rules:
        for pattern in rule.patterns:
            for text in texts:
                try:
                    list(pattern.regex.finditer(text, timeout=_SECONDS))
                except TimeoutError:
                    break
