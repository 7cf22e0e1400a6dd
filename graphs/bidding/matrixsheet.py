"""The compliance matrix as a person opens it: a table in the language of its proposal.

At the gate, and for programs, it is plain CSV with the columns of `document.COLUMNS` in English.
What goes out is for a spreadsheet: the same columns in the same order, behind the mark by which a
spreadsheet knows UTF-8, and in French between semicolons, as a spreadsheet there expects.
"""

import csv
import io

from savoirfaire.agents.forms import Language
from savoirfaire.graphs.bidding.document import COLUMNS

_MARK = "\ufeff"
_SIGNS = {"en": ",", "fr": ";"}
_NAMES = {
    "en": (
        *("No.", "Clause", "Heading", "Kind", "Whose", "Requirement"),
        *("Status", "Answered in", "Planned in"),
    ),
    "fr": (
        *("N°", "Clause", "Titre", "Nature", "À qui", "Exigence"),
        *("État", "Réponse dans", "Prévue dans"),
    ),
}
_SAID: dict[Language, dict[str, dict[str, str]]] = {
    "en": {
        "force": {"must": "mandatory", "should": "desired"},
        "party": {"bidder": "us", "client": "client"},
        "status": {"likely": "likely answered"},
    },
    "fr": {
        "force": {"must": "impérative", "should": "souhaitée", "information": "pour information"},
        "party": {"bidder": "nous", "client": "client"},
        "status": {
            "answered": "traitée",
            "likely": "sans doute traitée",
            "not answered": "sans réponse",
        },
    },
}


def for_readers(matrix: str, language: Language) -> str:
    """The matrix that was decided on, for a spreadsheet; one that has other columns as it is."""
    names, *rows = [*csv.reader(io.StringIO(matrix))] or [[]]
    if tuple(names) != COLUMNS:
        return matrix
    made = io.StringIO()
    writer = csv.writer(made, delimiter=_SIGNS[language], lineterminator="\n")
    writer.writerow(_NAMES[language])
    for row in rows:
        writer.writerow(
            [
                _SAID[language].get(column, {}).get(value, value)
                for column, value in zip(COLUMNS, row, strict=False)
            ]
        )
    return _MARK + made.getvalue()
