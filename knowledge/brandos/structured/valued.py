"""Values that a record's field takes, from words as they are written."""

from typing import Any

from savoirfaire.knowledge.brandos.fields import Form
from savoirfaire.knowledge.brandos.structured.days import moment
from savoirfaire.knowledge.brandos.structured.material import Cell, Ground
from savoirfaire.knowledge.brandos.structured.words import is_many

_DATES = {"date", "decided_on", "deadline"}
_NUMBERS = {"order", "iteration"}


class Values:
    """The data of a record under way, and what each field rests on."""

    def __init__(self, form: type[Form]) -> None:
        self.data: dict[str, Any] = {}
        self.grounds: list[Ground] = []
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
    return words
