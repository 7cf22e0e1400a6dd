"""Rules in Vale's format as breaches: the packs a brand enables, and the rules of its Brand OS.

Deterministic and offline. What is hidden (code, addresses, the words of others) is left alone.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from savoirfaire.agents.forms import Breach
from savoirfaire.knowledge.brand import BrandPack, Level

if TYPE_CHECKING:
    from savoirfaire.knowledge.rules import Ruleset

Key = tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]


def ruled(texts: Iterable[tuple[str, str, str]], brand: BrandPack) -> Iterator[Breach]:
    """The breaches in texts: heading, words, and the words with what is hidden, for each."""
    rules = _rules(brand)
    for where, words, hidden in texts if rules else ():
        assert rules
        for alert in rules.check(words).alerts:
            quote = words[alert.start : alert.end]
            if quote.strip() and hidden[alert.start : alert.end] == quote:
                yield Breach(
                    rule=alert.check,
                    quote=quote,
                    where=where,
                    message=alert.message,
                    fix=alert.fix or "",
                    by="check",
                )


def checked_level(rule: str, brand: BrandPack) -> Level | None:
    """How serious a rule in Vale's format is; None for any other."""
    rules = _rules(brand)
    known = rules.rules if rules else ()
    return next((one.definition.level for one in known if one.definition.name == rule), None)


def _rules(brand: BrandPack) -> "Ruleset | None":
    checks = brand.checks
    if not checks.packs and not checks.rules:
        return None
    own = tuple((rule.name, rule.body, rule.level) for rule in checks.rules)
    return _loaded((tuple(checks.packs), own))


@lru_cache(maxsize=16)
def _loaded(key: Key) -> "Ruleset":
    from savoirfaire.knowledge.rules import branding  # noqa: PLC0415 - only where rules are enabled

    packs, own = key
    records = [branding.record(name, {"body": body, "level": level}) for name, body, level in own]
    return branding.of(None, records, packs)
