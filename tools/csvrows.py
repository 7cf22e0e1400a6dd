"""Rows of a CSV file that a person made: any usual encoding and separator, named columns."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

from savoirfaire.errors import SavoirError
from savoirfaire.knowledge.readers.encoding import decode
from savoirfaire.knowledge.readers.refusal import UnreadableError

LARGEST = 500_000_000
"""Bytes of a file that are read at most."""

_LONGEST_CELL = 10_000_000
_SEPARATORS = ",;\t|"

Rows = tuple[list[str], list[dict[str, str]]]


def read_text(path: Path, refuse: Callable[..., SavoirError]) -> str:
    """A file's text in any usual encoding. Raises what `refuse` makes, with the file's name."""
    try:
        if path.stat().st_size > LARGEST:
            raise refuse("{file} is larger than {most} bytes", file=path.name, most=LARGEST)
        text, _ = decode(path.read_bytes())
    except OSError as error:
        raise refuse(
            "{file} cannot be read: {reason}", file=path.name, reason=error.strerror
        ) from error
    except UnreadableError as error:
        raise refuse("{file} cannot be read: {reason}", file=path.name, reason=error) from error
    return text


def csv_rows(path: Path, refuse: Callable[..., SavoirError]) -> Rows:
    """The columns and rows of a file; missing cells are empty. Raises what `refuse` makes."""
    text = read_text(path, refuse)
    csv.field_size_limit(_LONGEST_CELL)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
        header = [name.strip() for name in next(reader, [])]
        rows = [
            dict(zip(header, [*row, *[""] * len(header)], strict=False))
            for row in reader
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise refuse("{file} is no CSV: {reason}", file=path.name, reason=error) from error
    return header, rows


def column(header: list[str], *wanted: str) -> str | None:
    """The column of one of these names, capitals apart; the first name goes first."""
    known: Iterator[str] = (
        name for want in wanted for name in header if name.casefold() == want.casefold()
    )
    return next(known, None)


def _separator(text: str) -> str:
    """The sign that the first line has most of, outside quotation marks."""
    first = "".join(text[:100_000].partition("\n")[0].split('"')[::2])
    return max(_SEPARATORS, key=first.count)
