"""The kinds of value that the forms of records are made of: short, storable, exact."""

import hashlib
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

from savoirfaire.errors import SavoirError
from savoirfaire.knowledge.analysis import fold
from savoirfaire.knowledge.times import check_date

LONGEST_TITLE = 120  # characters
_LONGEST_KEY = 300


def _storable(value: str) -> str:
    """A database ends a text at a NUL, and UTF-8 has no form for half a surrogate pair."""
    value.encode()
    if "\0" in value:
        raise ValueError("there is a NUL in it")
    return value


def _day(value: str) -> str:
    try:
        return check_date(value)
    except SavoirError as error:
        raise ValueError(str(error)) from error


def _exact(value: Any) -> Any:
    """Money is never a float: `0.1` would not be a tenth."""
    if isinstance(value, float):
        raise ValueError("write the amount as a text such as '1250.50'")  # noqa: TRY004 - for pydantic
    return value


def _plain(value: Decimal) -> str:
    return format(value, "f")


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_storable),
]
"""A few words on one line."""

Prose = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000),
    AfterValidator(_storable),
]
"""Sentences."""

Note = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=20_000), AfterValidator(_storable)
]
"""Sentences, or nothing."""

Short = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_storable)
]
"""A few words, or nothing."""

Day = Annotated[str, AfterValidator(_day)]
"""A date such as `2025-03-01`."""

Tongue = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z]{2,3}$")]
"""A language such as `fr`."""

Currency = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z]{3}$")]
"""An ISO 4217 code such as `EUR`."""

Amount = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(allow_inf_nan=False, max_digits=18, decimal_places=4),
    PlainSerializer(_plain, return_type=str, when_used="json"),
]
"""An exact amount of money; in JSON a text such as `1250.50`."""

Lines = Annotated[tuple[Line, ...], Field(max_length=500)]


class Part(BaseModel):
    """A part of a record: frozen, and an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Form(Part):
    """What a record of one kind says.

    `KEY` names the fields that tell what the record is about: two active records of one kind and
    key contradict each other where they differ. `TITLE` names those it is shown by. `LABELS` has
    the kind's name in English, of one and of several, which the command line translates. `SINCE` is
    the field with the day since when it holds, where a form has one.
    """

    KEY: ClassVar[tuple[str, ...]] = ()
    TITLE: ClassVar[tuple[str, ...]] = ()
    LABELS: ClassVar[tuple[str, str]] = ("record", "records")
    SINCE: ClassVar[str] = ""

    @property
    def key(self) -> str:
        """What the record is about, folded: case, accents and spaces do not matter."""
        words = " | ".join(" ".join(fold(words).split()) for words in self._said(self.KEY))
        if len(words) <= _LONGEST_KEY:
            return words
        digest = hashlib.blake2b(words.encode(), digest_size=8).hexdigest()
        return f"{words[:_LONGEST_KEY]}… {digest}"

    @property
    def title(self) -> str:
        """A line to show it by."""
        words = " · ".join(" ".join(each.split()) for each in self._said(self.TITLE) if each)
        return words if len(words) <= LONGEST_TITLE else f"{words[: LONGEST_TITLE - 1].rstrip()}…"

    @property
    def since(self) -> str | None:
        """The day since when it holds, as far as the form itself says it."""
        return getattr(self, self.SINCE) if self.SINCE else None

    def plain(self) -> dict[str, Any]:
        """The record as plain data, as the ledger keeps it."""
        return self.model_dump(mode="json")

    @classmethod
    def of(cls, data: Any) -> Self:
        """The form of plain data. Raises pydantic's ValidationError."""
        return cls.model_validate(data)

    def _said(self, names: tuple[str, ...]) -> list[str]:
        values = (getattr(self, name) for name in names)
        return ["" if value is None else str(value) for value in values]
