"""Tables of dated numbers as series: what a channel brought, each point with its cell.

Three layouts are known: a column for each metric (wide), a row for each value (long), and a column
for each date. A table is one of results where it names a channel, or a metric that is known; the
others are not taken for it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.brandos.forms import MOST_POINTS
from savoirfaire.knowledge.brandos.structured import figures, metrics
from savoirfaire.knowledge.brandos.structured.days import Moment, moments
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

MOST_SERIES = 200
"""Of one source: a table wider than this is no report that a person reads."""

_DATES = 0.8  # of a column's cells, for it to be one of dates without a name that says so
_GENERIC = {"sheet", "feuil", "feuille", "table", "tableau", "data", "donnees"}
_LONGEST = 500
NO_METRIC = Phrase("nothing says what is measured: add a column called metric")


class _Value(NamedTuple):
    """One number of a table: what it is of, when, and where it stands."""

    channel: str
    metric: str
    unit: str
    moment: Moment
    label: str
    cell: Cell


def read(material: Material) -> Found:
    """Every series of a source's tables, and what in these is none."""
    for table in tables(material):
        if not table.rows:
            if table.unread:
                why = Phrase("it has {n} rows, more than are read", n=table.unread)
                yield Skipped(material.path, table.title or material.name, why)
            continue
        yield from _of_table(material, table)


def _of_table(material: Material, table: Table) -> Found:
    roles = {name: metrics.role(metrics.named(name)[0]) for name in table.names}
    told = material.language or material.spoken
    french = metrics.is_french(list(table.names)) or told == "fr"
    across = moments([metrics.named(name)[0] for name in table.names], day_first=french or None)
    if sum(each is not None for each in across) > 1:
        dated = dict(zip(table.names, across, strict=True))
        metric = _metric_across(material, table, roles, dated)
        if metric is not None:
            values = _across(material, table, roles, dated, metric)
            yield from _series(material, table, values)
        elif "channel" in roles.values():
            yield Skipped(material.path, table.title or material.name, NO_METRIC)
        return
    date = _date_column(table, roles, french=french)
    if date is None or not _is_results(table, roles, date):
        yield from _undated(material, table, roles, date)
        return
    cells = table.column(date)
    when = dict(
        zip(cells, moments([cell.words for cell in cells], day_first=french or None), strict=True)
    )
    yield from _untold(material, table, date, when)
    rows = [
        (row, moment)
        for row in table.rows
        if date in row and (moment := when[row[date]]) is not None
    ]
    by_role = {role: name for name, role in reversed(roles.items()) if role and name != date}
    if "metric" in by_role and "value" in by_role:
        yield from _series(material, table, _long(material, table, rows, by_role))
    else:
        yield from _wide(material, table, rows, by_role, date)


def _date_column(table: Table, roles: dict[str, str], *, french: bool) -> str | None:
    """The column of dates: one named so that has a date in it, else the first of little else."""
    for wanted in (1e-9, _DATES):
        for name in table.names:
            if wanted < _DATES and roles[name] != "date":
                continue
            words = [cell.words for cell in table.column(name)]
            dated = [each for each in moments(words, day_first=french or None) if each]
            if words and len(dated) >= wanted * len(words) and dated:
                return name
    return None


def _undated(
    material: Material, table: Table, roles: dict[str, str], date: str | None
) -> Iterator[Skipped]:
    """Of a table that looks like one of results, that none of its dates can be read."""
    named = next((name for name, role in roles.items() if role == "date"), None)
    if date is None and named and _is_results(table, roles, named):
        cell = next(iter(table.column(named)), None)
        if cell is not None:
            why = Phrase("{cell} is no date that can be read one way only", cell=cell.words[:40])
            yield Skipped(material.path, named, why)


def _is_results(table: Table, roles: dict[str, str], date: str) -> bool:
    others = [name for name in table.names if name != date]
    return any(
        roles[name] in {"channel", "metric"} or metrics.is_known(metrics.named(name)[0])
        for name in others
    )


def _untold(
    material: Material, table: Table, date: str, when: dict[Cell, Moment | None]
) -> Iterator[Skipped]:
    """The rows that no date is read of."""
    missing = sum(date not in row for row in table.rows)
    count = missing + sum(each is None for each in when.values()) + table.unread
    if count:
        why = Phrase("{n} rows have no date that can be read one way only", n=count)
        yield Skipped(material.path, table.title or date, why)


# --- the three layouts ----------------------------------------------------------------------------


def _wide(
    material: Material,
    table: Table,
    rows: Sequence[tuple[dict[str, Cell], Moment]],
    by_role: dict[str, str],
    date: str,
) -> Found:
    held = {date, by_role.get("channel"), by_role.get("label")}
    values = [
        _Value(
            _channel(material, table, row.get(by_role.get("channel", ""))),
            *_named_metric(name),
            moment,
            row[by_role["label"]].words if by_role.get("label") in row else "",
            row[name],
        )
        for name in table.names
        if name not in held
        for row, moment in rows
        if name in row
    ]
    yield from _series(material, table, values)


def _long(
    material: Material,
    table: Table,
    rows: Sequence[tuple[dict[str, Cell], Moment]],
    by_role: dict[str, str],
) -> Iterator[_Value]:
    for row, moment in rows:
        if by_role["metric"] in row and by_role["value"] in row:
            name, unit = _named_metric(row[by_role["metric"]].words)
            said = row.get(by_role.get("unit", ""))
            channel = _channel(material, table, row.get(by_role.get("channel", "")))
            label = row.get(by_role.get("label", ""))
            yield _Value(
                channel,
                name,
                said.words if said else unit,
                moment,
                label.words if label else "",
                row[by_role["value"]],
            )


def _across(
    material: Material,
    table: Table,
    roles: dict[str, str],
    dated: dict[str, Moment | None],
    metric: str,
) -> Iterator[_Value]:
    """A column for each date; the other columns say the metric and the channel.

    `metric`: the column that says it, or the metric of all of them.
    """
    said = {roles[name]: name for name in table.names if dated[name] is None and roles[name]}
    for row in table.rows:
        if metric in table.names and metric not in row:
            continue
        name, unit = _named_metric(row[metric].words if metric in row else metric)
        channel = _channel(material, table, row.get(said.get("channel", "")))
        for column, moment in dated.items():
            if moment and column in row:
                yield _Value(channel, name, unit, moment, "", row[column])


def _metric_across(
    material: Material, table: Table, roles: dict[str, str], dated: dict[str, Moment | None]
) -> str | None:
    """The column of metrics, else the metric that the table or its file is called by."""
    names = [name for name in table.names if dated[name] is None]
    said = next((name for name in names if roles[name] == "metric"), None)
    told = (n for n in names if any(metrics.is_known(c.words) for c in table.column(n)))
    titles = (each for each in (table.title, material.stem) if metrics.is_known(each))
    return said or next(told, None) or next(titles, None)


def _named_metric(name: str) -> tuple[str, str]:
    words, unit = metrics.named(name)
    return metrics.metric(words)[:_LONGEST] or "?", unit


def _channel(material: Material, table: Table, cell: Cell | None) -> str:
    """The channel a row says, else that of the source, its sheet or its file."""
    if cell is not None and cell.words:
        return cell.words[:_LONGEST]
    return (_given_channel(material, table) or material.stem)[:_LONGEST]


def _given_channel(material: Material, table: Table) -> str:
    """The channel that the source, its sheet, its file or its folder is called by; else nothing."""
    title = plain_words(table.title).rstrip("0123456789 ")
    named = table.title if title and title not in _GENERIC else ""
    folders = material.path.split("/")[:-1]
    by_path = next((n for n in (material.stem, *reversed(folders)) if metrics.is_channel(n)), "")
    return material.channel or named or by_path


# --- from values to series ------------------------------------------------------------------------


def _series(material: Material, table: Table, values: Iterable[_Value]) -> Found:
    """The values by channel and metric; of each metric's columns, the numbers are read together."""
    has_channel = any(metrics.role(metrics.named(n)[0]) == "channel" for n in table.names)
    grouped: dict[tuple[str, str], list[_Value]] = defaultdict(list)
    for value in values:
        grouped[plain_words(value.channel), plain_words(value.metric)].append(value)
    sign = (
        "."
        if table.is_sheet
        else figures.decimal_sign([each.cell for each in group] for group in grouped.values())
    )
    groups = sorted(grouped.items())
    if len(groups) > MOST_SERIES:
        why = Phrase("it has {n} series, more than are read", n=len(groups))
        yield Skipped(material.path, table.title or material.name, why)
    refused: Counter[tuple[str, Phrase]] = Counter()
    for _key, group in groups[:MOST_SERIES]:
        cells = [each.cell for each in group]
        read = figures.column(cells, sign, whole=metrics.is_count(group[0].metric))
        if read.why is not None:
            yield Skipped(material.path, group[0].metric, read.why)
            continue
        if unread := [*read.odd, *figures.unsaid(cells)]:
            refused[group[0].metric, _odd(unread)] += 1
        named = bool(_given_channel(material, table)) or has_channel
        yield _filling(material, group, read, named=named)
    yield from (Skipped(material.path, name, why) for name, why in refused)


def _odd(cells: Sequence[Cell]) -> Phrase:
    return Phrase(
        "{n} cells are no numbers, such as {cell}", n=len(cells), cell=cells[0].words[:40]
    )


def _filling(
    material: Material, group: Sequence[_Value], read: figures.Column, *, named: bool
) -> Filling | Skipped:
    """The series of a channel and metric.

    One whose channel nothing names is only proposed; so is one in a document, or in what came in
    another file: anybody may have written that.
    """
    first = group[0]
    kept = [each for each in group if each.cell in read.values]
    if len(kept) > MOST_POINTS:
        why = Phrase("it has {n} points, more than are read", n=len(kept))
        return Skipped(material.path, first.metric, why)
    kept.sort(key=lambda each: (each.moment.day, each.cell.start))
    points = [
        {
            "date": each.moment.day,
            "value": _float(read.values[each.cell]),
            "label": each.label[:_LONGEST],
        }
        for each in kept
    ]
    periods = Counter(each.moment.period for each in kept)
    data = {
        "channel": first.channel,
        "metric": first.metric,
        "unit": read.unit or first.unit,
        "period": periods.most_common(1)[0][0],
        "points": points,
    }
    grounds = [Ground(f"/points/{n}/value", each.cell) for n, each in enumerate(kept)]
    active = named and material.is_direct and material.is_sheet
    return Filling("channel_performance", data, grounds, active=active)


def _float(value: Decimal) -> float:
    return float(value)
