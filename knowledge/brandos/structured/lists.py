"""Tables in which people keep competitors, personas, rates, learnings: a proposal for each row.

Known by the name of a column, in French or English. A persona's other columns are its traits; the
rows of a rate card are one offer.
"""

from collections.abc import Iterator
from typing import Any

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.brandos.forms import KINDS
from savoirfaire.knowledge.brandos.structured import figures, metrics
from savoirfaire.knowledge.brandos.structured.material import (
    Cell,
    Filling,
    Found,
    Ground,
    Material,
    Skipped,
    plain_words,
)
from savoirfaire.knowledge.brandos.structured.tables import Table, tables
from savoirfaire.knowledge.brandos.structured.valued import Values
from savoirfaire.knowledge.brandos.structured.words import MAIN, field_of, kind_of

MOST_RECORDS = 500
"""Of one table: a longer one is a database, and is not put before a person row by row."""

_PRICES = {"price", "prices", "prix", "tarif", "tarifs", "rate", "amount", "montant", "prix ht"}
_PRICES |= {"tarif ht", "tarif ttc", "prix ttc", "prix unitaire", "unit price", "day rate", "tjm"}
_ITEMS = {"item", "poste", "designation", "libelle", "profil", "profile", "role"}
_UNITS = {"unit", "unite", "per", "par"}
_NOTES = {"notes", "note", "remarques", "remarque", "details", "detail"}
_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "k€": "", "M€": ""}
_MOST_CELLS = 2


def read(material: Material) -> Found:
    """The records that a source's tables hold."""
    for table in tables(material):
        if not table.rows or len(table.names) < _MOST_CELLS:
            continue
        if price := next((n for n in table.names if _header(n) in _PRICES), None):
            yield from _rates(material, table, price)
        elif main := next((n for n in table.names if _is_main(n)), None):
            yield from _rows(material, table, main)


def _header(name: str) -> str:
    return plain_words(metrics.named(name)[0])


def _is_main(name: str) -> bool:
    """Whether a column's name is that of a kind whose rows can be told by it."""
    return kind_of(name) not in {"", "brand_voice", "brief", "offer"}


def _rows(material: Material, table: Table, main: str) -> Found:
    kind = kind_of(main)
    named = {name: field_of(kind, _header(name)) for name in table.names if name != main}
    if not any(named.values()) and kind != "audience_persona":
        return  # one word alone does not make it a table of these
    if len(table.rows) > MOST_RECORDS:
        why = Phrase("it has {n} rows, more than are proposed one by one", n=len(table.rows))
        yield Skipped(material.path, table.title or main, why)
        return
    for number, row in enumerate(table.rows, start=1):
        if main in row:
            yield from _record(material, kind, main, named, row, number, table.title)
    if kind != "audience_persona":
        unknown = [name for name, field in named.items() if not field]
        for name in unknown:
            yield Skipped(material.path, name, Phrase("no field is called so"))


def _record(
    material: Material,
    kind: str,
    main: str,
    named: dict[str, str],
    row: dict[str, Cell],
    number: int,
    title: str,
) -> Found:
    values, french = Values(KINDS[kind]), _is_french(material, [main, *named])
    first = "statement" if kind in {"learning", "strategy"} else MAIN[kind][0]
    first = "quote" if kind == "feedback" else first
    values.take(first, [row[main]], french=french)
    for name, field in named.items():
        if name not in row:
            continue
        if field and field != "traits":
            values.take(field, [row[name]], french=french)
        elif kind == "audience_persona":
            values.trait(name[:500], row[name])
    _complete(kind, values.data, material, number, title)
    for field, why in values.unread:
        yield Skipped(material.path, field, why)
    yield Filling(kind, values.data, values.grounds)


def _is_french(material: Material, names: list[str]) -> bool:
    told = material.language or material.spoken
    return metrics.is_french(names) or told == "fr"


def _complete(kind: str, data: dict[str, Any], material: Material, number: int, title: str) -> None:
    """What a row leaves to its table: its place, the name of the process, of the work."""
    around = (title or material.name)[:500]
    if kind == "process_step":
        data.setdefault("process", around)
        data.setdefault("order", number)
    elif kind == "feedback":
        data.setdefault("about", around)
    elif kind in {"learning", "strategy"}:
        data.setdefault("topic", str(data.get("statement", ""))[:500])


# --- rate cards -----------------------------------------------------------------------------------


def _rates(material: Material, table: Table, price: str) -> Found:
    item = next((n for n in table.names if n != price and _is_item(n)), None)
    if item is None:
        return
    cells = [row[price] for row in table.rows if price in row and item in row]
    sign = "." if table.is_sheet else figures.decimal_sign([cells])
    read = figures.column(cells, sign, odd_ones=1)
    currency = _currency(table, price, read.unit)
    if read.why is not None or not currency:
        why = read.why or Phrase("no currency is said")
        yield Skipped(material.path, price, why)
        return
    lines = list(_lines(table, item, price, read))
    grounds = [ground for n, (_, cells) in enumerate(lines) for ground in _grounds(n, cells)]
    data = {
        "name": (table.title or material.name)[:500],
        "currency": currency,
        "tax": _tax(table.names) or _said_tax(read),
        "lines": [line for line, _ in lines],
    }
    for cell in [*read.odd, *figures.unsaid(cells)]:
        yield Skipped(material.path, price, Phrase("{cell} is no amount", cell=cell.words[:40]))
    yield Filling("offer", data, grounds)


def _is_item(name: str) -> bool:
    return kind_of(name) == "offer" or _header(name) in _ITEMS


def _lines(
    table: Table, item: str, price: str, read: figures.Column
) -> Iterator[tuple[dict[str, Any], dict[str, Cell]]]:
    unit = next((name for name in table.names if _header(name) in _UNITS), "")
    notes = next((name for name in table.names if _header(name) in _NOTES), "")
    for row in table.rows:
        if item in row and price in row and row[price] in read.values:
            cells = {"item": row[item], "amount": row[price]}
            cells |= {"unit": row[unit]} if unit in row else {}
            cells |= {"notes": row[notes]} if notes in row else {}
            line: dict[str, Any] = {name: cell.words for name, cell in cells.items()}
            yield line | {"amount": str(read.values[row[price]])}, cells


def _grounds(number: int, cells: dict[str, Cell]) -> Iterator[Ground]:
    for name, cell in cells.items():
        yield Ground(f"/lines/{number}/{name}", cell)


def _currency(table: Table, price: str, unit: str) -> str:
    """The currency of the amounts: beside them, or in a header."""
    for said in (unit, metrics.named(price)[1], *(metrics.named(n)[1] for n in table.names)):
        code = _SYMBOLS.get(said, said)
        if len(code) == 3 and code.isupper() and code != "TTC":  # noqa: PLR2004 - ISO 4217
            return code
    return ""


def _tax(names: Any) -> str:
    words = {word for name in names for word in plain_words(name).split()}
    if words & {"ht", "excl", "excluding"}:
        return "excluded"
    return "included" if words & {"ttc", "incl", "including"} else ""


def _said_tax(read: figures.Column) -> str:
    """What all the amounts say of the tax, else unknown."""
    said = {figures.tax(cell.words) for cell in read.values}
    return (said.pop() or "unknown") if len(said) == 1 else "unknown"
