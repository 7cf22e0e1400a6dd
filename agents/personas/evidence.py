"""Personas from what is known: records of the Brand OS, and rows of ingested tables.

Each trait has its source, or is marked as assumed. A persona is known by where it stands, not by
its words: what is forgotten is gone from every panel as well.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from savoirfaire.agents.panel.survey import personal_columns
from savoirfaire.errors import NotFoundError
from savoirfaire.knowledge.brandos.forms import AudiencePersona
from savoirfaire.knowledge.brandos.records import Record
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

_ROW = re.compile(r"(?:.*, )?row \d+")
_TRAIT = re.compile(r"/traits/(\d+)(?:/|\Z)")
_NAME = re.compile(r"(?:\A|; )([^:;\n]{1,100}): ")


@dataclass(frozen=True)
class Trait:
    """One thing known of a persona. `source` is the path it is from; empty where assumed."""

    attribute: str
    value: str
    source: str = ""
    assumed: bool = False


@dataclass(frozen=True)
class Persona:
    """Somebody to ask. `id` is where they stand: a record's id, or `source:start:end`."""

    id: str
    name: str
    traits: tuple[Trait, ...]

    def words(self) -> str:
        """The traits as a role is shown them, what is assumed marked."""
        return "\n".join(
            f"- {each.attribute}: {each.value}{' (assumed)' if each.assumed else ''}"
            for each in self.traits
        )


def from_records(records: Sequence[Record], paths: Mapping[str, str]) -> list[Persona]:
    """The personas of a Brand OS. `paths` has the path of each source by its id.

    A trait without a citation of its own is assumed, whatever the record says.
    """
    found = []
    for record in records:
        form = record.data
        if not isinstance(form, AudiencePersona):
            continue
        cited = {
            int(place[1]): paths.get(each.source, "")
            for each in record.citations
            if not each.lost and (place := _TRAIT.match(each.field))
        }
        traits = tuple(
            Trait(
                each.attribute,
                each.value,
                cited.get(number, ""),
                assumed=each.assumed or not cited.get(number),
            )
            for number, each in enumerate(form.traits)
        )
        found.append(Persona(record.id, form.name, traits))
    return found


def from_table(knowledge: Knowledge, scope: ClientScope, source: str) -> list[Persona]:
    """The people of an ingested survey, a row each, by the columns that describe them.

    Their votes and their words are no traits: a panel must not be told what it is asked. Raises
    NotFoundError where there is no such source, or none with rows.
    """
    row = knowledge.ledger.document(scope, source)
    spans = [(each["start"], each["end"]) for each in row.locators if _ROW.fullmatch(each["label"])]
    if not spans:
        raise NotFoundError("{source} has no rows of people", source=row.path)
    cells = [_cells(row.text[start:end]) for start, end in spans]
    columns = personal_columns(cells)
    return [
        Persona(
            f"{source}:{start}:{end}",
            f"{row.path} {number}",
            tuple(
                Trait(name, said[name], row.path) for name in columns if said.get(name, "").strip()
            ),
        )
        for number, ((start, end), said) in enumerate(zip(spans, cells, strict=True), start=1)
    ]


def _cells(line: str) -> dict[str, str]:
    """The cells of a row as its reader wrote it: `Name: value; Name: value`."""
    places = list(_NAME.finditer(line))
    ends = [each.start() for each in places[1:]] + [len(line)]
    found: dict[str, str] = {}
    for place, end in zip(places, ends, strict=True):
        found.setdefault(place[1].strip(), line[place.end() : end].strip())
    return found
