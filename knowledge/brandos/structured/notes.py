"""Notes that say what they are: front matter with `record: win`, fields there or under headings.

Such a note is what somebody wrote down. It is proposed, and a person decides.
"""

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.brandos.forms import KINDS
from savoirfaire.knowledge.brandos.structured.days import moment
from savoirfaire.knowledge.brandos.structured.fronts import front, front_matter_end, sections
from savoirfaire.knowledge.brandos.structured.material import (
    Cell,
    Filling,
    Found,
    Material,
    Skipped,
)
from savoirfaire.knowledge.brandos.structured.valued import Values, unread
from savoirfaire.knowledge.brandos.structured.words import MAIN, field_of, is_many, kind_of

_RECORD = ("record", "fiche")
_DATE = ("date",)
_FROM = ("valid from", "valable du", "valable depuis")
_TO = ("valid to", "valable jusqu au")
_MOST_SECTIONS = 300


def read(material: Material) -> Found:
    """The record of a note, if it says that it is one."""
    head = front(material.text)
    yield from _undated(material, head)
    said = next((head[name][0] for name in _RECORD if name in head), None)
    if said is None:
        return
    kind = kind_of(said.words)
    if not kind:
        why = Phrase("there are no records of the kind {kind}", kind=said.words[:40])
        yield Skipped(material.path, "record", why)
        return
    values = _filled(material, kind, head)
    for field, why in values.unread:
        yield Skipped(material.path, field, why)
    for names in (_FROM, _TO):
        yield from _unread_day(material, head, names)
    yield Filling(
        kind,
        values.data,
        values.grounds,
        valid_from=_day(material, head, _FROM),
        valid_to=_day(material, head, _TO),
        single=True,
    )


def _filled(material: Material, kind: str, head: dict[str, list[Cell]]) -> Values:
    values, french = Values(KINDS[kind]), _is_french(material, head)
    name, main = MAIN[kind]
    for key, cells in head.items():
        if key not in (*_RECORD, *_FROM, *_TO) and (field := field_of(kind, key)):
            values.take(field, cells, french=french)
    for section in list(sections(material.text, front_matter_end(material.text)))[:_MOST_SECTIONS]:
        if not section.body.words:
            continue
        field = field_of(kind, section.name) if section.name else main
        if field == "traits" or (not field and kind == "audience_persona"):
            for cell in section.items():
                values.trait(section.heading[:500], cell)
        elif field:
            many = is_many(KINDS[kind], field)
            values.take(field, section.items() if many else [section.body], french=french)
    if name not in values.data and material.name:
        start = material.text.find(material.name)
        if start >= 0:
            values.take(name, [Cell(material.name, start)], french=french)
    return values


def _is_french(material: Material, head: dict[str, list[Cell]]) -> bool:
    """Whether a note is French: by its own language, its first word for a record, its client's."""
    if material.language:
        return material.language == "fr"
    return "fiche" in head or material.spoken == "fr"


def _day(material: Material, head: dict[str, list[Cell]], names: tuple[str, ...]) -> str | None:
    cell = _first(head, names)
    read = moment(cell.words, day_first=_is_french(material, head) or None) if cell else None
    return read.day if read else None


def _first(head: dict[str, list[Cell]], names: tuple[str, ...]) -> Cell | None:
    return next((head[name][0] for name in names if name in head), None)


def _undated(material: Material, head: dict[str, list[Cell]]) -> Found:
    """That the date of a source is not read, where it is no record whose field says so."""
    if not any(name in head for name in _RECORD):
        yield from _unread_day(material, head, _DATE)


def _unread_day(material: Material, head: dict[str, list[Cell]], names: tuple[str, ...]) -> Found:
    cell = _first(head, names)
    if cell is not None and _day(material, head, names) is None:
        yield Skipped(material.path, names[0], unread(names[0], cell.words))
