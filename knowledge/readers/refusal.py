"""Why a file was not read, in words for a person and as a code for a program."""

import math
from typing import Literal

from savoirfaire.errors import ReadError
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
]


class UnreadableError(ReadError):
    """A file could not be read; `code` is one of a closed set and keeps its meaning."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code: Code = code


def in_words(size: float) -> str:
    """Give a number of bytes in words, never less than it is: "212 MB", "1.2 GB"."""
    for unit, name in ((1000 * MB, "GB"), (MB, "MB"), (1000, "kB")):
        if size >= unit:
            return f"{math.ceil(size * 10 / unit) / 10:g} {name}"
    return f"{size:g} bytes"
