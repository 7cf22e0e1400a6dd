"""Clichés of generated prose: a language's shipped rules, but for those a voice itself breaks.

The packs are data, `knowledge/rules/packs/*-generated`.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache

from savoirfaire.knowledge.rules import Alert, Ruleset, shipped

_SAMPLE = 10  # editions that are asked which rules the voice breaks
_HABIT = 0.3  # of them: then it is how they write


@cache
def _rules(language: str) -> Ruleset:
    return shipped.pack(f"{language}-generated")


def cliches(text: str, language: str, tolerated: frozenset[str] = frozenset()) -> list[Alert]:
    """What the rules find in a text, in its order."""
    alerts = _rules(language).check(text, path="edition.md").alerts
    return [alert for alert in alerts if alert.check not in tolerated]


def tolerated(texts: Sequence[str], language: str) -> frozenset[str]:
    """The rules that a good part of a voice's own editions, the latest of them, break."""
    sample = texts[-_SAMPLE:]
    broken = Counter(
        rule for text in sample for rule in {each.check for each in cliches(text, language)}
    )
    return frozenset(rule for rule, count in broken.items() if count > _HABIT * len(sample))
