"""`savoir bench packs`: how often the shipped rules speak, in good prose and in worn prose.

A rule that speaks often where professionals wrote is in the way; one against worn phrases should
speak where those were pasted. Both are counted in alerts per 10,000 words: `written` in the
texts of a folder, `pasted` in sentences that were written to be told from them.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from savoirfaire.errors import NotFoundError
from savoirfaire.evals.bench.pasted import PASTED
from savoirfaire.knowledge.rules import Ruleset, shipped

_WORD = re.compile(r"\w+")
_PER = 10_000
_SUFFIXES = frozenset({".md", ".html", ".txt"})


def packing(folder: Path, language: Literal["fr", "en"]) -> dict[str, Any]:
    """Alerts per 10,000 words of each rule of a language's packs that hold by default.

    Raises:
        NotFoundError: The folder has no texts.

    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES)
    texts = [path.read_text("utf-8", "replace") for path in paths]
    if not texts:
        raise NotFoundError("there are no texts in {folder}", folder=str(folder))
    rules = shipped.together(*shipped.default_names(language))
    written, pastes = _rates(rules, texts), _rates(rules, ["\n\n".join(PASTED[language])])
    levels = {rule.definition.name: rule.definition.level for rule in rules.rules}
    return {
        "language": language,
        "texts": len(texts),
        "words": _words(texts),
        "rules": {
            name: {"level": levels[name], "written": written[name], "pasted": pastes[name]}
            for name in sorted(levels, key=lambda name: (-written[name], name))
            if written[name] or pastes[name]
        },
        "silent": sum(not (written[name] or pastes[name]) for name in levels),
    }


def _words(texts: Sequence[str]) -> int:
    return sum(len(_WORD.findall(text)) for text in texts)


def _rates(rules: Ruleset, texts: Sequence[str]) -> dict[str, float]:
    counts = Counter(alert.check for text in texts for alert in rules.check(text).alerts)
    words = _words(texts) or 1
    return {name: round(counts[name] * _PER / words, 1) for name in rules.names}
