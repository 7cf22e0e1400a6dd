"""What passes between a model that reads a source and the people who review: closed forms."""

from dataclasses import dataclass
from typing import Any, Literal

from savoirfaire.agents.forms import Form
from savoirfaire.knowledge.brandos.records import Citation

Reason = Literal["kind", "field", "quote", "no quote", "figure", "value", "form", "many", "changed"]
"""Why a proposal is dropped: no such kind; no such value in its form; the quote is not in the
source; a value without one; a figure that is not in the quote; a value not of its type; values that
make no record; too many proposals in one reply; the source changed while it was read."""


class ReadValue(Form):
    """One value of a record, by its pointer, and the exact words of the source it rests on."""

    field: str
    value: str
    quotes: list[str]


class ReadRecord(Form):
    """A record that the source gives grounds for."""

    kind: str
    values: list[ReadValue]


class Reading(Form):
    """The records a model read in a source."""

    records: list[ReadRecord]


class Candidate(Form):
    """A proposal whose quotes are all in the source: plain data for a run's state."""

    kind: str
    key: str
    data: dict[str, Any]
    valid_from: str | None = None
    valid_to: str | None = None
    citations: list[Citation]


class Dropped(Form):
    """A proposal that was not made, the first reason, and the words that gave it."""

    kind: str
    reason: Reason
    words: str
    source: str = ""


@dataclass(frozen=True)
class Excerpt:
    """A part of a source's canonical text, `[start, end)`, as a model is shown it."""

    source: str
    path: str
    start: int
    end: int
    text: str


class DroppedError(Exception):
    """Why a proposal is not made; it never leaves the reading of the reply it is in."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.reason: Reason = reason
        self.words = words
