"""Surveys of people and answers of panels, read from files as people have them.

A survey is a CSV, a row for each person; a panel's answers are JSON, or a CSV as well. Which column
is the vote, which the words, and which tell groups of people apart is found by their names and by
what they hold, and always said.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from savoirfaire.agents.panel.votes import is_refusal, vote_of
from savoirfaire.errors import PanelError
from savoirfaire.knowledge.analysis import fold
from savoirfaire.tools.csvrows import csv_rows, read_text

_VOTES = (
    *("vote", "rating", "score", "stars", "star", "note", "response", "reponse", "answer"),
    *("likelihood", "intent", "propensity", "likert", "choice", "value", "avis", "satisfaction"),
    *("choix", "probabilite", "valeur", "etoiles", "q1", "numeric"),
)
_WORDS = (
    *("explanation", "justification", "reason", "why", "comment", "verbatim", "feedback", "text"),
    *("explication", "raison", "pourquoi", "commentaire", "reaction", "open", "remarque", "libre"),
)
_NAMES = ("name", "persona", "respondent", "responder", "participant", "id", "nom", "repondant")
_NUMBERS = ("id", "#", "no", "number", "numero", "age", "year", "annee", "zip", "index", "date")
_VARIANTS = ("variant", "run", "wave", "condition", "probe", "version", "passage")
_ITEMS = ("item", "concept", "stimulus", "product", "produit", "question", "idea", "idee")
_LISTS = ("answers", "responses", "results", "data", "rows", "reponses", "panel")
_MOST_GROUPS = 12
_COUNTED = 11


@dataclass(frozen=True)
class Answer:
    """What one respondent said. `vote` is None where there is none to be read."""

    who: str
    vote: float | None
    words: str = ""
    variant: str = ""
    item: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether they said that they do not answer."""
        return self.vote is None and is_refusal(self.words)


@dataclass(frozen=True)
class Reading:
    """The answers of a file, and which columns were taken for what."""

    answers: list[Answer]
    vote_column: str
    words_column: str
    group_columns: tuple[str, ...]

    @property
    def votes(self) -> list[float]:
        """The votes there are, of the first variant."""
        first = self.answers[0].variant if self.answers else ""
        return [a.vote for a in self.answers if a.vote is not None and a.variant == first]


def read_survey(path: Path) -> Reading:
    """What people voted. Raises PanelError."""
    if path.suffix.lower() in {".json", ".jsonl"}:
        return read_answers(path)
    _, rows = csv_rows(path, PanelError)
    return _reading(path.name, rows)


def read_answers(path: Path) -> Reading:
    """What a panel answered. Raises PanelError."""
    if path.suffix.lower() in {".csv", ".tsv"}:
        return read_survey(path)
    return _reading(path.name, _records(path.name, _json(path)))


# --- from files to rows ---------------------------------------------------------------------------


def _json(path: Path) -> Any:
    text = read_text(path, PanelError)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            raise PanelError("{file} is no JSON: {reason}", file=path.name, reason=error) from error


def _records(name: str, data: Any) -> list[dict[str, Any]]:
    """The answers as rows: of a list, of the list in an object, or of an object by name."""
    if isinstance(data, Mapping):
        inner = next((data[key] for key in _keys(data, _LISTS) if data[key]), None)
        if isinstance(inner, list | Mapping):
            return _records(name, inner)
        if _keys(data, _VOTES):
            return [_row(data)]
        return [{"name": str(who), **_row(said)} for who, said in data.items()]
    if isinstance(data, list):
        return [_row(each) for each in data]
    raise PanelError("{file} holds no list of answers", file=name)


def _keys(data: Mapping[str, Any], wanted: Sequence[str]) -> list[str]:
    return [key for want in wanted for key in data if fold(str(key)) == want]


def _row(said: Any) -> dict[str, Any]:
    """One answer as a row; what is within an object in it counts by its own name."""
    if not isinstance(said, Mapping):
        return {"response": said}
    row: dict[str, Any] = {}
    for key, value in said.items():
        if isinstance(value, Mapping):
            row.update({str(k): v for k, v in value.items() if str(k) not in said})
        elif not isinstance(value, list):
            row[str(key)] = value
    return row


# --- from rows to answers -------------------------------------------------------------------------


def _reading(name: str, rows: Sequence[Mapping[str, Any]]) -> Reading:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    if not rows:
        raise PanelError("{file} holds no answers", file=name)
    vote = _vote_column(columns, rows)
    if vote is None:
        raise PanelError(
            "{file} has no column of votes; it has {found}",
            file=name,
            found=", ".join(columns) or "none",
        )
    words = _words_column([each for each in columns if each != vote], rows)
    who = next((each for want in _NAMES for each in columns if want in fold(each).split()), None)
    variant = next((each for want in _VARIANTS for each in columns if fold(each) == want), "")
    item = next((each for want in _ITEMS for each in columns if fold(each) == want), "")
    rest = [each for each in columns if each not in {vote, words, who, variant, item}]
    groups = tuple(each for each in rest if _is_group(each, rows))
    answers = [
        Answer(
            _said(row, who or "") or str(number),
            vote_of(row.get(vote)),
            _said(row, words) or _said(row, vote),
            _said(row, variant),
            _said(row, item),
            {each: _said(row, each) for each in groups if _said(row, each)},
        )
        for number, row in enumerate(rows, start=1)
    ]
    return Reading(answers, vote, words, groups)


def _vote_column(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The column that is named like votes and holds them, else the one that looks most like it."""
    worth = {each: _looks_like_votes([row.get(each) for row in rows]) for each in columns}
    good = [each for each in columns if worth[each] > 0 and not _is_id(each)]
    named = [
        each for want in _VOTES for each in good if want in fold(each).replace("_", " ").split()
    ]
    within = [each for want in _VOTES for each in good if want in fold(each)]
    return next(iter([*named, *within]), None) or max(
        good, key=lambda each: worth[each], default=None
    )


def _looks_like_votes(cells: Sequence[Any]) -> float:
    """How much a column looks like votes: few whole numbers, in most of its cells; else 0."""
    filled = [cell for cell in cells if cell is not None and str(cell).strip()]
    votes = [vote for cell in filled if (vote := vote_of(cell)) is not None]
    if len(votes) * 2 < len(filled) or not votes:
        return 0
    whole = sum(float(vote).is_integer() for vote in votes) / len(votes)
    if len(votes) > _COUNTED and len(set(votes)) == len(votes):
        return 0  # a number for each row
    few = len(set(votes)) <= 11 and min(votes) >= 0 and max(votes) <= 100  # noqa: PLR2004 - 0 to 10
    return whole * len(votes) / len(filled) * (1.0 if few else 0.1)


def _is_id(column: str) -> bool:
    words = fold(column).replace("#", " # ").replace("_", " ").split()
    return any(word in _NUMBERS for word in words)


def _words_column(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """The column of free words: by its name, else the one with the longest cells."""
    named = [each for want in _WORDS for each in columns if want in fold(each)]
    lengths = {each: sum(len(_said(row, each)) for row in rows) / len(rows) for each in columns}
    longest = max(columns, key=lambda each: lengths[each], default="")
    wordy = longest if longest and lengths[longest] >= 20 else ""  # noqa: PLR2004 - letters
    return next(iter(named), wordy)


def _is_group(column: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    values = {_said(row, column) for row in rows} - {""}
    return 1 < len(values) <= min(_MOST_GROUPS, max(2, len(rows) // 3)) and not fold(
        column
    ).endswith(("id", "#"))


def _said(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column) if column else None
    return "" if value is None else " ".join(str(value).split())


def personal_columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns that describe people: neither their votes, nor their words, nor their numbers."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    vote = _vote_column(columns, rows)
    words = _words_column([each for each in columns if each != vote], rows) if rows else ""
    return [each for each in columns if each not in {vote, words} and _is_group(each, rows)]
