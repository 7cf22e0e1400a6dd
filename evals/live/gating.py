"""The gate of continuous integration: what a version has to be, and what keeps it out.

A metric that is asked for and not there fails: a grader that was renamed must not open the gate. A
negative control, a version known to be bad, has to fail the same gate, or the gate sees nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from savoirfaire.errors import Phrase, RequestError
from savoirfaire.evals.live.results import Results
from savoirfaire.evals.statistics.comparing import compare

Unknown = Literal["fail", "pass"]


@dataclass(frozen=True)
class Rules:
    """What is asked: least metrics by name, no drop against a baseline, and if not told, what."""

    least: Mapping[str, float] = field(default_factory=dict)
    cannot_tell: Unknown = "fail"
    largest_unseen: float | None = None


@dataclass(frozen=True)
class Judged:
    """Whether a version passes, and every reason why not."""

    passes: bool
    reasons: list[Phrase]
    facts: dict[str, Any]


def judge(
    version: Results, rules: Rules, baseline: Results | None = None, control: Results | None = None
) -> Judged:
    """Whether `version` may pass. Raises RequestError where nothing is asked."""
    if not rules.least and baseline is None:
        raise RequestError(
            "the gate asks for nothing",
            hint="Give --least METRIC=VALUE, or --against a baseline.",
        )
    reasons, facts = _reasons(version, rules, baseline)
    if control is not None:
        against = _reasons(control, rules, baseline)[0]
        facts["control"] = [str(each) for each in against]
        if not against:
            reasons.append(Phrase("the negative control passes this gate: it sees nothing"))
    return Judged(not reasons, reasons, facts)


def least_of(given: Sequence[str]) -> dict[str, float]:
    """`citations=1` and the like, as numbers by name. Raises RequestError."""
    found = {}
    for each in given:
        name, sign, value = each.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            sign = ""
        if not sign or not name.strip():
            raise RequestError("{words} is no METRIC=VALUE", words=each)
    return found


def _reasons(
    version: Results, rules: Rules, baseline: Results | None
) -> tuple[list[Phrase], dict[str, Any]]:
    metrics, reasons = version.metrics(), list[Phrase]()
    facts: dict[str, Any] = {"metrics": metrics}
    summary = version.summary()
    if summary["errors"]:
        reasons.append(Phrase("{count} trials could not be made", count=summary["errors"]))
    if not summary["trials"]:
        reasons.append(Phrase("there is no trial"))
    for name, least in rules.least.items():
        if name not in metrics:
            reasons.append(Phrase("there is no metric {name}", name=name))
        elif metrics[name] < least:
            low = {"value": metrics[name], "least": least}
            reasons.append(Phrase("{name} is {value}, below {least}", name=name, **low))
    if baseline is not None:
        reasons += _against(version, rules, baseline, facts)
    return reasons, facts


def _against(
    version: Results, rules: Rules, baseline: Results, facts: dict[str, Any]
) -> list[Phrase]:
    found = compare(baseline.scored(), version.scored())
    facts["comparison"] = found.as_dict()
    if found.only_a:
        left = len(found.only_a)
        return [Phrase("{count} tasks of the baseline were not run", count=left)]
    if found.verdict == "worse":
        low, high = found.interval
        told = {"drop": -found.difference, "low": low, "high": high}
        return [Phrase("worse than the baseline by {drop} ({low} to {high})", **told)]
    if found.verdict == "better" or rules.cannot_tell == "pass":
        return []
    unseen = rules.largest_unseen
    if unseen is not None and found.visible is not None and found.visible <= unseen:
        return []
    if found.visible is None:
        return [Phrase("cannot tell: so few tasks could not have shown any drop")]
    return [Phrase("cannot tell: a drop below {n} could hide", n=found.visible)]
