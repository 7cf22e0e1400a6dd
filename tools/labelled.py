"""Labelled messages: the rows of a CSV with columns text and category."""

from pathlib import Path

from savoirfaire.errors import TriageError
from savoirfaire.tools.csvrows import column, csv_rows


def labelled_rows(path: Path) -> tuple[list[str], list[str]]:
    """The texts and categories of a CSV file, in any encoding that says what it is.

    Rows without a text or a category are passed over. Raises TriageError.
    """
    header, rows = csv_rows(path, TriageError)
    text, category = column(header, "text"), column(header, "category", "label", "intent")
    if text is None or category is None:
        raise TriageError(
            "{file} has no columns text and category; it has {found}",
            file=path.name,
            found=", ".join(header) or "none",
        )
    kept = [row for row in rows if row[text].strip() and row[category].strip()]
    if not kept:
        raise TriageError("{file} has no row with a text and a category", file=path.name)
    return [row[text].strip() for row in kept], [row[category].strip() for row in kept]
