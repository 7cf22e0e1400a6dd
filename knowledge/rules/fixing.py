"""Safe replacements put in place: exact, apart from each other, outside code and quotations.

Safe is what a rule itself names as its one replacement (an action `replace` or `edit`), at a level
above a suggestion: a term that depends on its context stays for people and the judge.
"""

import difflib
from collections.abc import Callable, Iterable

from savoirfaire.knowledge.rules.alerts import Alert

_SAFE = frozenset({"replace", "edit"})


def fixed(text: str, alerts: Iterable[Alert], hide: Callable[[str], str]) -> tuple[str, int]:
    """The text with its safe replacements, and how many there are.

    `hide` gives the text, character for character, with what must not be touched hidden.
    """
    hidden = hide(text)
    if len(hidden) != len(text):
        hidden = text
    parts: list[str] = []
    at = count = 0
    for alert in sorted(alerts, key=lambda alert: (alert.start, -alert.end)):
        seen = alert.match == text[alert.start : alert.end] == hidden[alert.start : alert.end]
        if not seen or alert.start < at or not _safe(alert):
            continue
        parts += [text[at : alert.start], alert.fix or ""]
        at, count = alert.end, count + 1
    return "".join([*parts, text[at:]]), count


def _safe(alert: Alert) -> bool:
    return (
        alert.fix is not None
        and alert.fix != alert.match
        and alert.action.name in _SAFE
        and alert.severity != "suggestion"
    )


def difference(before: str, after: str, name: str) -> str:
    """What changed, as a unified diff."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, name
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)
