"""The desk of a reviewer: which proposals lie on it, which is looked at, and what a key means.

Nothing here reads, asks, shows or decides: every move gives a new desk, and what is to be done.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Move = Literal[
    "show",
    "end",
    "accept",
    "accept_all",
    "edit",
    "reject",
    "filter",
    "open",
    "help",
    "quit",
    "unknown",
]
"""What is to be done after a key; `end`: there is none before or after the proposal shown."""

_MOVES: dict[str, Move] = {
    "a": "accept",
    "A": "accept_all",
    "e": "edit",
    "r": "reject",
    "f": "filter",
    "o": "open",
    "?": "help",
    "h": "help",
    "q": "quit",
    "\x04": "quit",
    "": "quit",
}
_ON = {"s", "j", "\n", "\r", " ", "\x1b[B", "\x1b[C", "\x1bOB", "\x1bOC"}
_BACK = {"k", "\x1b[A", "\x1b[D", "\x1bOA", "\x1bOD"}


@dataclass(frozen=True)
class Desk:
    """The proposals still to decide on, by id, in order, and the place of the one shown.

    `decided` counts decisions by their verdict.
    """

    waiting: tuple[str, ...]
    place: int = 0
    decided: tuple[str, ...] = ()

    @property
    def current(self) -> str | None:
        """The proposal shown; None where nothing waits."""
        return self.waiting[self.place] if self.waiting else None

    def press(self, key: str) -> tuple["Desk", Move]:
        """What a key does; keys are those of `a e r s A f o k j q ?`, the arrows and Enter."""
        if key in _ON or key in _BACK:
            place = self.place + (1 if key in _ON else -1)
            if not 0 <= place < len(self.waiting):
                return self, "end"
            return replace(self, place=place), "show"
        return self, _MOVES.get(key, "unknown")

    def without(self, proposal: str, verdict: str = "") -> "Desk":
        """The desk after a proposal was decided on; what came after it is looked at next.

        No verdict: somebody else decided.
        """
        decided = (*self.decided, verdict) if verdict else self.decided
        if proposal not in self.waiting:
            return replace(self, decided=decided)
        gone = self.waiting.index(proposal)
        waiting = (*self.waiting[:gone], *self.waiting[gone + 1 :])
        place = self.place - 1 if gone < self.place else self.place
        return Desk(waiting, max(min(place, len(waiting) - 1), 0), decided)

    def laid(self, proposals: Sequence[str]) -> "Desk":
        """The desk with other proposals on it; the one shown stays if it is among them."""
        current, waiting = self.current, tuple(proposals)
        place = waiting.index(current) if current in waiting else self.place
        return Desk(waiting, max(min(place, len(waiting) - 1), 0), self.decided)
