"""The forms of records as a model fills them in: flat, one line for each value that can be given.

A form's value is named by a JSON pointer into the record's data, `N` standing for the place in a
list: `/traits/N/value`. A flat list of pointers, values and quotes is one reply form for every
kind of record; a schema of each kind would not fit what strict replies take, and grows with them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from savoirfaire.errors import RequestError
from savoirfaire.knowledge.brandos.fields import Amount, Currency, Day, Tongue
from savoirfaire.knowledge.brandos.forms import KINDS
from savoirfaire.knowledge.nearest import near

ValueType = Literal["text", "number", "whole", "amount", "date", "choice", "truth", "code"]

EXTRACTED = tuple(kind for kind in KINDS if kind not in {"past_edition", "rule"})
"""The kinds a model may propose; past editions are counted from the files themselves."""

WORD_FOR_WORD = {("feedback", "/quote")}
"""Values that are themselves quotations."""

PLACES = {"order", "iteration"}
"""Whole numbers that count places in an order: a text may tell the order without the number."""

_NAMED: dict[Any, ValueType] = {Day: "date", Amount: "amount", Tongue: "code", Currency: "code"}
_PLAIN: dict[Any, ValueType] = {str: "text", float: "number", int: "whole", bool: "truth"}
_IN_WORDS = {
    "text": "text",
    "number": "number",
    "whole": "whole number",
    "amount": "amount",
    "date": "date",
    "truth": "true or false",
    "code": "code of two or three letters",
}


@dataclass(frozen=True)
class Field:
    """A value of a form: its pointer with `N` for places, its type, and what it means."""

    pointer: str
    type: ValueType
    required: bool
    about: str = ""
    choices: tuple[str, ...] = ()
    fraction: bool = False

    @property
    def needs_quote(self) -> bool:
        """Whether nobody could tell where the value is from without the words it rests on."""
        return self.type in {"text", "number", "amount", "date"}

    @property
    def exact(self) -> bool:
        """Whether the value is a figure that its quote must have."""
        return self.type in {"number", "whole", "amount", "date"} and not self._counts_places

    @property
    def opens_period(self) -> bool:
        """Whether the date is that of a week, a month or a year, told by its first day."""
        return self.pointer == "/points/N/date"

    @property
    def _counts_places(self) -> bool:
        return self.pointer.rpartition("/")[2] in PLACES

    def words(self) -> str:
        """The value as a prompt describes it."""
        kind = " | ".join(self.choices) if self.choices else _IN_WORDS[self.type]
        needed = ", required" if self.required else ""
        return f"{self.pointer} ({kind}{needed})" + (f": {self.about}" if self.about else "")


@cache
def fields_of(kind: str) -> dict[str, Field]:
    """The values of a kind's form, by pointer."""
    return {field.pointer: field for field in _fields(KINDS[kind], "")}


def field_at(kind: str, pointer: str) -> Field | None:
    """The value that a pointer such as `/traits/0/value` names; None where the form has none."""
    return fields_of(kind).get(re.sub(r"/(?:\d+|-)(?=/|\Z)", "/N", pointer))


def check_kinds(kinds: Iterable[str]) -> list[str]:
    """The kinds to look for, in the order of the forms; every one where none is named.

    Raises RequestError for one that is not extracted.
    """
    wanted = set(kinds)
    for kind in sorted(wanted - set(EXTRACTED)):
        raise RequestError(
            "there is no kind of record {kind}{near}",
            kind=kind,
            near=near(kind, EXTRACTED),
            hint="`savoir brand --help` names them.",
        )
    return [kind for kind in EXTRACTED if not wanted or kind in wanted]


def kinds_in_words(kinds: Iterable[str]) -> str:
    """The forms of these kinds as a prompt shows them."""
    return "\n\n".join(_form_in_words(kind) for kind in kinds)


def _form_in_words(kind: str) -> str:
    about = " ".join((KINDS[kind].__doc__ or "").split())
    lines = [f"  {field.words()}" for field in fields_of(kind).values()]
    return "\n".join([f"{kind}: {about}", *lines])


def _fields(form: type[BaseModel], prefix: str) -> Iterator[Field]:
    hints = get_type_hints(form, include_extras=True)
    for name, info in form.model_fields.items():
        hint, pointer = _bare(hints[name]), f"{prefix}/{name}"
        if get_origin(hint) is tuple:
            hint, pointer = _bare(get_args(hint)[0]), f"{pointer}/N"
        if isinstance(hint, type) and issubclass(hint, BaseModel):
            yield from _fields(hint, pointer)
            continue
        choices = get_args(hint) if get_origin(hint) is Literal else ()
        yield Field(
            pointer,
            "choice" if choices else _type(hint),
            required=info.is_required(),
            about=info.description or "",
            choices=tuple(map(str, choices)),
            fraction=any(getattr(each, "le", None) == 1 for each in info.metadata),
        )


def _bare(hint: Any) -> Any:
    """A type without `| None`, and without notes where it is no named one."""
    if hint in _NAMED:
        return hint
    if get_origin(hint) in {Union, UnionType}:
        return _bare(next(each for each in get_args(hint) if each is not type(None)))
    if get_origin(hint) is Annotated:
        return _bare(get_args(hint)[0])
    return hint


def _type(hint: Any) -> ValueType:
    return _NAMED.get(hint) or _PLAIN[hint]
