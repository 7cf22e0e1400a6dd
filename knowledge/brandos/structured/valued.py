"""Values that a record's field takes, from words as they are written."""

from typing import Any

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.brandos.fields import Form
from savoirfaire.knowledge.brandos.structured.days import moment
from savoirfaire.knowledge.brandos.structured.figures import column
from savoirfaire.knowledge.brandos.structured.material import Cell, Ground
from savoirfaire.knowledge.brandos.structured.words import is_many

_DATES = {"date", "decided_on", "deadline"}
_NUMBERS = {"order", "iteration"}
_MOST = 100  # percent
_ACCEPTED = {
    "share": Phrase("a share such as 45 % or 0.45"),
    **dict.fromkeys(sorted(_DATES), Phrase("a date such as 2025-03-01")),
    **dict.fromkeys(sorted(_NUMBERS), Phrase("a number such as 2")),
}


class Values:
    """The data of a record under way, and what each field rests on."""

    def __init__(self, form: type[Form]) -> None:
        self.data: dict[str, Any] = {}
        self.grounds: list[Ground] = []
        self.unread: list[tuple[str, Phrase]] = []
        self._form = form

    def take(self, field: str, cells: list[Cell], *, french: bool) -> bool:
        """Give a field these words; whether it took them. A field that has a value keeps it."""
        if field in self.data or not cells:
            return False
        if is_many(self._form, field):
            self.data[field] = [cell.words for cell in cells]
            self.grounds += [Ground(f"/{field}/{n}", cell) for n, cell in enumerate(cells)]
            return True
        value = _value(field, cells[0].words, french=french)
        if value is None:
            self.unread.append((field, unread(field, cells[0].words)))
            return False
        self.data[field] = value
        self.grounds.append(Ground(f"/{field}", cells[0]))
        return True

    def trait(self, attribute: str, cell: Cell) -> None:
        """Give a persona a trait."""
        traits = self.data.setdefault("traits", [])
        self.grounds.append(Ground(f"/traits/{len(traits)}/value", cell))
        traits.append({"attribute": attribute, "value": cell.words})


def _value(field: str, words: str, *, french: bool) -> Any:
    if field in _DATES:
        read = moment(words, day_first=french or None)
        return read.day if read else None
    if field in _NUMBERS:
        digits = words.strip().rstrip(".")
        return int(digits) if digits.isdecimal() and len(digits) < 5 else None  # noqa: PLR2004
    return _share(words) if field == "share" else words


def _share(words: str) -> float | None:
    """A share of a whole: `45 %`, `45`, `0,45`; a number up to one without a sign is one itself."""
    read = column([Cell(words.replace(",", "."), 0)], ".")
    value = next(iter(read.values.values()), None)
    if value is None or read.unit not in {"", "%"} or not 0 <= value <= _MOST:
        return None
    return float(value if not read.unit and value <= 1 else value / _MOST)


def unread(field: str, words: str) -> Phrase:
    """Why words were not read as a field, with what it takes."""
    return Phrase(
        "{words} was not read: it is to be {accepted}",
        words=words[:40],
        accepted=_ACCEPTED.get(field, _ACCEPTED["date"]),
    )
