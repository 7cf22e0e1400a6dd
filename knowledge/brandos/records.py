"""What the Brand OS gives: records, each with its form, its citations and its times."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny

from savoirfaire.knowledge.brandos.fields import Form

Status = Literal["proposed", "active", "superseded", "expired", "rejected"]
STATUSES: tuple[Status, ...] = ("proposed", "active", "superseded", "expired", "rejected")

MACHINE = "savoir/"
"""What the names of those begin with who decide without being a person."""

FILL = f"{MACHINE}fill"
"""Who decided on what was filled from a structured file."""

REEXAMINED = f"{MACHINE}reexamine"
"""Who retired what lost its last source."""


class Citation(BaseModel):
    """What a statement rests on: `text(source)[start:end] == quote`.

    `source` is the id of a source. `field` is a JSON pointer (RFC 6901) into the record's data,
    such as `/traits/0/value`; empty for all of it. Given without `start` and `end`, they are found
    where the quote stands only once in the source. In a record they are None where the source was
    changed and no longer has the quote.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    quote: str = Field(min_length=1, max_length=100_000)
    start: int | None = Field(None, ge=0)
    end: int | None = Field(None, ge=0)
    field: str = Field("", max_length=1000)

    @property
    def lost(self) -> bool:
        """Whether the source no longer has the quote."""
        return self.start is None


class Record(BaseModel):
    """Something known of a client.

    It holds in the world from `valid_from` up to but not including `valid_to` (dates, open where
    None), and the ledger said so from `known_from` up to but not including `known_to` (instants).
    `status` is that at the moment it was read for: `expired` where `valid_to` is past.
    `supersedes` is the version before it, `superseded_by` the one after it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kind: str
    key: str
    status: Status
    data: SerializeAsAny[Form]
    valid_from: str | None = None
    valid_to: str | None = None
    known_from: str | None = None
    known_to: str | None = None
    supersedes: str | None = None
    superseded_by: str | None = None
    author: str
    proposed_at: str
    decided_by: str | None = None
    decided_at: str | None = None
    reason: str | None = None
    citations: list[Citation] = []

    @property
    def title(self) -> str:
        """A line to show it by."""
        return self.data.title

    def as_json(self) -> dict[str, Any]:
        """The record as plain data."""
        return self.model_dump(mode="json")
