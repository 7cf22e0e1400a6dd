"""What every document has in the end, from its file's name where it does not say it itself."""

import dataclasses
from pathlib import PurePath

from savoirfaire.knowledge.readers.canonical import clean, iso_date, one_line
from savoirfaire.knowledge.readers.document import Document


def finished(document: Document, path: PurePath, date: str | None = None) -> Document:
    """Give the document a title and, if one can be found, a date.

    The title falls back to the file's name; the date to the one that the name begins with, then to
    the day on which an Office or PDF file says it was saved, then to `date`.
    """
    saved = iso_date(document.meta.get("saved", ""))
    return dataclasses.replace(
        document,
        title=one_line(document.title) or clean(path.stem),
        date=document.date or iso_date(path.name) or saved or date,
    )
