"""Why a file was not read, in words for a person and as a code for a program."""

import math
from typing import Any, Literal

from savoirfaire.errors import Phrase, ReadError
from savoirfaire.knowledge.readers.document import MB

Code = Literal[
    "missing",
    "not_a_file",
    "denied",
    "unreachable",
    "unknown_type",
    "empty",
    "too_large",
    "too_much_text",
    "too_many_pages",
    "not_text",
    "encoding",
    "encrypted",
    "scan",
    "zip_bomb",
    "container",
    "too_many_members",
    "unsafe_path",
    "damaged",
    "nested",
    "memory",
    "timeout",
    "crashed",
    "worker",
    "forgotten",
]


class UnreadableError(ReadError):
    """A file could not be read; `code` is one of a closed set and keeps its meaning.

    `reason` is a template, and `values` are what it is filled with: texts, numbers and phrases.
    """

    def __init__(self, code: Code, reason: str, /, **values: object) -> None:
        super().__init__(reason)
        self.args = (reason.format(**values) if values else reason,)
        self.values = values
        self.code: Code = code

    def as_json(self) -> dict[str, Any]:
        """Give the error as plain data, for `from_json` in another process."""
        values = {name: _plain(value) for name, value in self.values.items()}
        return {"code": self.code, "reason": self.template, "values": values}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "UnreadableError":
        """Rebuild an error from `as_json`."""
        values = {name: _value(value) for name, value in data.get("values", {}).items()}
        return cls(data["code"], data["reason"], **values)


def in_words(size: float) -> Phrase:
    """Give a number of bytes in words, never less than it is: "212 MB", "1.2 GB"."""
    if size >= 1000 * MB:
        return Phrase("{n} GB", n=_tenths(size, 1000 * MB))
    if size >= MB:
        return Phrase("{n} MB", n=_tenths(size, MB))
    if size >= 1000:  # noqa: PLR2004 - of a kilobyte
        return Phrase("{n} kB", n=_tenths(size, 1000))
    return Phrase("{n} bytes", n=neat(size))


def neat(value: float) -> float:
    """Give a number as an integer where it is one, so that 50.0 is written as 50."""
    return int(value) if value == int(value) else value


def _tenths(size: float, unit: float) -> float:
    return neat(math.ceil(size * 10 / unit) / 10)


def _plain(value: object) -> object:
    if isinstance(value, Phrase):
        return {"template": value.template, "values": value.values}
    return value if isinstance(value, int | float) else str(value)


def _value(value: Any) -> object:
    return Phrase(value["template"], **value["values"]) if isinstance(value, dict) else value
