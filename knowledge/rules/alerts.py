"""An alert: what a rule found, where, and what to do about it."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Level = Literal["suggestion", "warning", "error"]
LEVELS: tuple[Level, ...] = ("suggestion", "warning", "error")


@dataclass(frozen=True, slots=True)
class Action:
    """What an editor may do about an alert, as its rule names it."""

    name: str = ""
    params: tuple[str, ...] = ()


class Alert(NamedTuple):
    """One alert. `span` counts characters of the line from 1, both ends within, as Vale does.

    `start` and `end` are the same place as offsets in the text that was checked; `fix` is the one
    replacement, where there is exactly one.
    """

    check: str
    line: int
    span: tuple[int, int]
    severity: Level
    message: str
    match: str
    description: str = ""
    link: str = ""
    action: Action = Action()
    start: int = 0
    end: int = 0
    fix: str | None = None

    def vale(self) -> dict[str, Any]:
        """The alert in the shape of Vale's JSON."""
        params = list(self.action.params) or None
        return {
            "Action": {"Name": self.action.name, "Params": params},
            "Span": list(self.span),
            "Check": self.check,
            "Description": self.description,
            "Link": self.link,
            "Message": self.message,
            "Severity": self.severity,
            "Match": self.match,
            "Line": self.line,
        }


@dataclass(slots=True)
class Hit:
    """What a rule found in one block of text: offsets there, and what it says of it."""

    start: int
    end: int
    match: str
    message: str
    description: str = ""
    action: Action = Action()
    fix: str | None = None
