"""The sections of a Brand OS's page, a function for each kind of record."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from savoirfaire.cli.brandmodel import Block, Grid, Line, Section, Sources, sparkline
from savoirfaire.cli.brandwords import TAX, VERDICTS, heading, metric_words
from savoirfaire.cli.messages import _, day, language, ngettext, number

if TYPE_CHECKING:
    from savoirfaire.knowledge.brandos.records import Record

_SHAPES = {"month": "LLLL y", "quarter": "QQQ y", "year": "y"}
_EDITIONS = 6  # the newest, each on a line of its own
_WEEK = 7


def section(kind: str, records: Sequence["Record"], sources: Sources) -> Section:
    """What a page says of the records of one kind."""
    return Section(heading(kind), _BLOCKS[kind](records, sources))


def date_words(written: str | None, period: str = "day", *, short: bool = False) -> str:
    """A date as people say it; for a longer period, its name."""
    if not written:
        return ""
    shape = _SHAPES.get(period) or ("medium" if short else "long")
    return day(date.fromisoformat(written), shape)


def _voice(records: Sequence["Record"], sources: Sources) -> list[Block]:
    blocks: list[Block] = []
    for record in records:
        data: Any = record.data
        if len(records) > 1 or data.aspect:
            named = (data.brand, data.aspect, data.language)
            blocks.append(Line(" · ".join(filter(None, named)), strong=True))
        blocks.append(Line(data.voice, sources.of(record, "voice")))
        for place, guide in enumerate(data.guidance):
            marks = sources.of(record, f"guidance/{place}")
            text = f"{guide.text} ({guide.reason})" if guide.reason else guide.text
            blocks.append(Line(text, marks, bullet=True))
    return blocks


def _audience(records: Sequence["Record"], sources: Sources) -> list[Block]:
    blocks: list[Block] = []
    for record in records:
        data: Any = record.data
        share = f" ({number(round(data.share * 100))} %)" if data.share is not None else ""
        said = " ".join(data.description.split())
        if not said.startswith(data.name.rstrip("…")):
            blocks.append(Line(data.name + share, sources.of(record, "name"), strong=True))
        if said:
            blocks.append(Line(said, sources.of(record, "description")))
        for place, trait in enumerate(data.traits):
            marks = sources.of(record, f"traits/{place}")
            assumed = _(" (assumed)") if trait.assumed else ""
            blocks.append(Line(trait.value + assumed, marks, label=trait.attribute, bullet=True))
    return blocks


def _results(records: Sequence["Record"], sources: Sources) -> list[Block]:
    from savoirfaire.knowledge.brandos.agreeing import merged

    rows = []
    for record in sorted(merged(records), key=lambda each: (each.data.plain()["period"], each.key)):
        data: Any = record.data
        points = data.points
        last = points[-1]
        marks = sources.marks(
            each for each in record.citations if _is_last(each.field, len(points))
        )
        if not marks and record.author == record.decided_by:
            marks = sources.written(record)
        cells = (
            data.channel,
            metric_words(data.metric),
            sparkline([point.value for point in points]),
            _value(last.value, data.unit),
            date_words(last.date, data.period, short=True),
            _change(points, data.unit),
            number(len(points)),
        )
        rows.append((cells, marks))
    columns = (
        *(_("channel"), _("metric"), _("trend"), _("last"), _("when"), _("vs. mean")),
        _("points"),
    )
    return [Grid(columns, rows, numeric=frozenset({3, 5, 6}), whole=frozenset({2, 4}))]


def _is_last(pointer: str, count: int) -> bool:
    return pointer == f"/points/{count - 1}/value"


def _value(value: float, unit: str) -> str:
    shown = number(round(value, 2))
    return f"{shown} {unit}" if unit else shown


def _change(points: Sequence[Any], unit: str) -> str:
    """How far the last value is from the mean of those before it."""
    before = [point.value for point in points[:-1]]
    if not before:
        return "–"
    usual = sum(before) / len(before)
    if unit == "%":
        return _("{points} pts").format(points=_signed(points[-1].value - usual, 1))
    if usual <= 0:  # a part of what is nothing, or less, says nothing
        return "–"
    return f"{_signed((points[-1].value / usual - 1) * 100, 0)} %"


def _signed(value: float, digits: int) -> str:
    rounded = round(value, digits)
    shown = number(int(rounded) if not digits else rounded)
    return f"+{shown}" if rounded > 0 else shown.replace("-", "\u2212")


def _steps(records: Sequence["Record"], sources: Sources) -> list[Block]:
    blocks: list[Block] = []
    by_process: dict[str, list[Any]] = {}
    for record in sorted(records, key=lambda each: each.data.plain()["order"]):
        by_process.setdefault(record.data.plain()["process"], []).append(record)
    for process, steps in by_process.items():
        blocks.append(Line(process, strong=True))
        for record in steps:
            data = record.data
            told = [data.who, ", ".join(data.tools), data.duration]
            more = f" ({' · '.join(each for each in told if each)})" if any(told) else ""
            marks = sources.of(record, "what")
            what = f"{data.what}{more}"
            line = Line(data.notes, marks, label=what) if data.notes else Line(what, marks)
            blocks.append(replace(line, bullet=True))
    return blocks


def _offers(records: Sequence["Record"], sources: Sources) -> list[Block]:
    from babel.numbers import format_currency

    blocks: list[Block] = []
    for record in records:
        data: Any = record.data
        tax = f", {_(TAX[data.tax])}" if TAX[data.tax] else ""
        blocks.append(Line(f"{data.name} ({data.currency}{tax})", strong=True))
        if data.description:
            blocks.append(Line(data.description, sources.of(record, "description")))
        rows = [
            (
                (
                    each.item,
                    each.unit,
                    format_currency(each.amount, data.currency, locale=language()),
                    each.notes,
                ),
                sources.of(record, f"lines/{place}/amount"),
            )
            for place, each in enumerate(data.lines)
        ]
        if rows:
            columns = (_("service"), _("unit"), _("rate"), _("notes"))
            blocks.append(Grid(columns, rows, numeric=frozenset({2})))
        blocks += [Line(each, label=_("condition"), bullet=True) for each in data.conditions]
    return blocks


def _editions(records: Sequence["Record"], sources: Sources) -> list[Block]:
    ordered = sorted(records, key=lambda each: (each.data.plain()["date"] or "", each.key))
    told: list[Any] = [record.data for record in ordered]
    blocks: list[Block] = [Line(_rhythm(told))]
    for name, values in (
        (metric_words("items"), [each.items for each in told]),
        (metric_words("links"), [each.links for each in told]),
        (metric_words("words"), [each.words for each in told]),
    ):
        blocks.append(Line(_spread(values), label=name, bullet=True))
    counts = Counter(words for each in told for words in dict.fromkeys(each.sections))
    rows = [
        ((words, _("{n} of {total}").format(n=number(count), total=number(len(told)))), ())
        for words, count in counts.most_common()
        if count > 1 or len(told) == 1
    ]
    if rows:
        blocks.append(Grid((_("section"), _("editions")), rows, numeric=frozenset({1})))
    newest = [
        (
            (
                date_words(each.date, short=True),
                each.name,
                *(number(n) for n in (each.items, each.links, each.words)),
            ),
            sources.of(record, "name"),
        )
        for record, each in list(zip(ordered, told, strict=True))[: -_EDITIONS - 1 : -1]
    ]
    columns = (_("date"), _("edition"), *(metric_words(m) for m in ("items", "links", "words")))
    return [*blocks, Grid(columns, newest, numeric=frozenset({2, 3, 4}), whole=frozenset({0}))]


def _rhythm(told: Sequence[Any]) -> str:
    count = ngettext("{n} edition", "{n} editions", len(told)).format(n=number(len(told)))
    days = sorted({each.date for each in told if each.date})
    if len(days) < 2:  # noqa: PLR2004 - two make a distance
        return count
    apart = [(date.fromisoformat(b) - date.fromisoformat(a)).days for a, b in pairwise(days)]
    usual = round(median(apart))
    beat = (
        _("one a week")
        if usual == _WEEK
        else ngettext("one every {n} day", "one every {n} days", usual).format(n=number(usual))
    )
    return _("{count}, from {first} to {last}, {beat}").format(
        count=count, first=date_words(days[0]), last=date_words(days[-1]), beat=beat
    )


def _spread(values: Sequence[float]) -> str:
    return _("{bars}  usually {middle}, from {least} to {most}").format(
        bars=sparkline(values),
        middle=number(round(median(values))),
        least=number(min(values)),
        most=number(max(values)),
    )


def _feedback(records: Sequence["Record"], sources: Sources) -> list[Block]:
    blocks: list[Block] = []
    for record in sorted(records, key=lambda each: each.data.plain()["date"] or "", reverse=True):
        data: Any = record.data
        told = [data.author, date_words(data.date), _(VERDICTS[data.verdict])]
        if data.iteration:
            told.append(_("version {n}").format(n=data.iteration))
        blocks.append(Line(" · ".join(filter(None, told)), label=data.about, strong=True))
        blocks.append(Line(data.quote, sources.of(record, "quote")))
    return blocks


_TITLES = ("name", "topic", "what")


def _plainly(records: Sequence["Record"], sources: Sources) -> list[Block]:
    """A kind without a form of its own on the page: the title, then each field with its name."""
    from savoirfaire.cli.brandfields import field_words

    blocks: list[Block] = []
    for record in records:
        values = {name: value for name, value in record.data if value not in ("", (), None)}
        title = next(name for name in _TITLES if name in values)
        blocks.append(Line(str(values.pop(title)), sources.of(record, title), strong=True))
        for name, value in values.items():
            marks = sources.of(record, name)
            blocks.append(Line(_said(name, value), marks, label=field_words(name), bullet=True))
    return blocks


def _said(name: str, value: Any) -> str:
    if name == "changes":
        return "; ".join(
            " · ".join(filter(None, (date_words(each.date, short=True), each.what, each.why)))
            for each in value
        )
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return date_words(value) if name in {"date", "deadline", "decided_on"} else str(value)


def _rules(records: Sequence["Record"], sources: Sources) -> list[Block]:
    blocks: list[Block] = []
    for record in records:
        data: Any = record.data
        said = " · ".join(filter(None, (data.level, " ".join(data.reason.split()))))
        blocks.append(Line(said, sources.of(record, "name"), label=data.name, bullet=True))
    return blocks


_BLOCKS: Mapping[str, Callable[[Sequence["Record"], Sources], list[Block]]] = {
    "brand_voice": _voice,
    "audience_persona": _audience,
    "channel_performance": _results,
    "process_step": _steps,
    "offer": _offers,
    "past_edition": _editions,
    "feedback": _feedback,
    "rule": _rules,
    **dict.fromkeys(
        ("industry", "competitor", "strategy", "learning", "win", "fail", "brief", "case_study"),
        _plainly,
    ),
}
