"""A proposal as a page: its values, each with its quote in context, beside what it contradicts.

Pure: from a record and its sources to lines of marked pieces; `write` alone knows a terminal.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from savoirfaire.cli.brandfields import field_words
from savoirfaire.cli.messages import _, day, labelled, ngettext, number, short_day
from savoirfaire.cli.output import printable

if TYPE_CHECKING:
    from savoirfaire.knowledge.brandos.records import Citation, Record

Mark = Literal["", "title", "name", "quote", "differs", "faint"]

_AROUND = 90  # characters of the source shown on either side of a quote
_NARROW = 40
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SPACES = re.compile(r"\s+")
_LONG = 600  # characters of a quote shown in a page; opening the source shows all of it
_STYLES: dict[Mark, dict[str, Any]] = {
    "title": {"bold": True},
    "name": {"fg": "cyan"},
    "quote": {"fg": "green", "bold": True},
    "differs": {"fg": "yellow", "bold": True},
    "faint": {"dim": True},
}


class Piece(NamedTuple):
    """Words and how they are marked."""

    text: str
    mark: Mark = ""


Line = tuple[Piece, ...]


class Shown(NamedTuple):
    """A source as quotes are shown from it."""

    path: str
    text: str
    locators: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class View:
    """All that is shown of a proposal: the record, its sources by id, and what it contradicts."""

    record: "Record"
    sources: Mapping[str, Shown]
    contradicts: Sequence[tuple["Record", Sequence[str]]] = ()
    place: int = 1
    of: int = 1


def page(view: View, width: int) -> list[Line]:
    """The whole page of a proposal, at most `width` characters wide where words can be broken."""
    record = view.record
    lines = [_heading(view), _origin(record)]
    cited: dict[str, list[Citation]] = {}
    for each in record.citations:
        cited.setdefault(each.field, []).append(each)
    for pointer, value in values(record.data.plain()):
        lines += _value(pointer, value, width)
        lines += _quotes(cited.pop(pointer, []), view.sources)
    for pointer, rest in cited.items():
        lines.append((Piece(_called(pointer) or _("the whole"), "name"),))
        lines += _quotes(rest, view.sources)
    for other, fields in view.contradicts:
        lines += _beside(record, other, fields, width)
    return lines


def values(data: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Each value that is said, with its pointer; what is empty is left out."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield from values(value, f"{pointer}/{name}")
    elif isinstance(data, list | tuple):
        for place, value in enumerate(data):
            yield from values(value, f"{pointer}/{place}")
    elif data not in (None, ""):
        yield pointer, _said(data)


def around(shown: Shown, citation: "Citation", reach: int = _AROUND, *, flat: bool = True) -> Line:
    """A quote within the words around it; `flat`: on one line, and a long quote by its ends."""
    start, end = citation.start or 0, citation.end or 0
    parts = (shown.text[max(start - reach, 0) : start], shown.text[start:end])
    before, quote, after = (
        _SPACES.sub(" ", each) if flat else each for each in (*parts, shown.text[end : end + reach])
    )
    return (
        Piece(("…" if start > reach else "") + before, "faint"),
        Piece(_short(quote) if flat else quote, "quote"),
        Piece(after + ("…" if end + reach < len(shown.text) else ""), "faint"),
    )


def where(shown: Shown, start: int, end: int) -> str:
    """Where a span stands: the path, the reader's own name for the place, and the characters."""
    labels = [
        str(each["label"]) for each in shown.locators if each["start"] < end and each["end"] > start
    ]
    return " · ".join([shown.path, *labels[-1:], f"{start}–{end}"])


def write(lines: Iterable[Line], *, colour: bool) -> None:
    """Print lines; without colours a quote stands between ⟦ and ⟧."""
    import typer

    for line in lines:
        typer.echo("".join(_styled(piece, colour=colour) for piece in line))


def _styled(piece: Piece, *, colour: bool) -> str:
    import typer

    text = printable(piece.text)
    if colour and piece.mark:
        return typer.style(text, **_STYLES[piece.mark])
    return f"⟦{text}⟧" if piece.mark == "quote" else text


# --- the parts of a page --------------------------------------------------------------------------


def _heading(view: View) -> Line:
    record = view.record
    counted = f"{number(view.place)}/{number(view.of)}"
    return (
        Piece(f"{counted}  {labelled(kind_words(record.kind), record.title)}", "title"),
        Piece(f"  {record.id}", "faint"),
    )


def kind_words(kind: str) -> str:
    """A kind of record by its name in the language spoken."""
    from savoirfaire.knowledge.brandos.forms import KINDS

    return _(KINDS[kind].LABELS[0])


def _origin(record: "Record") -> Line:
    from datetime import date

    said = [_("proposed by {author}").format(author=record.author)]
    if record.valid_from:
        start = day(date.fromisoformat(record.valid_from))
        said.append(_("from {day}").format(day=start))
    if record.valid_to:
        said.append(_("until before {day}").format(day=day(date.fromisoformat(record.valid_to))))
    quoted = ngettext("{n} quote", "{n} quotes", len(record.citations))
    said.append(quoted.format(n=number(len(record.citations))))
    return (Piece(" · ".join(said), "faint"),)


def _value(pointer: str, value: str, width: int) -> list[Line]:
    name = labelled(_called(pointer), "")
    first, *rest = _wrapped(value, max(width - len(name), _NARROW))
    return [
        (Piece(name, "name"), Piece(first)),
        *((Piece(" " * len(name) + line),) for line in rest),
    ]


def _called(pointer: str) -> str:
    """A pointer as people count: `/traits/0/value` is `traits 1 value`."""
    parts = pointer.split("/")[1:]
    return " ".join(str(int(part) + 1) if part.isdigit() else field_words(part) for part in parts)


def _quotes(rests: Sequence["Citation"], sources: Mapping[str, Shown]) -> Iterator[Line]:
    for each in rests:
        shown = sources.get(each.source)
        if shown is None or each.start is None or each.end is None:
            yield (Piece(f"    {_('no longer in its source:')} "), Piece(each.quote, "faint"))
            continue
        yield (Piece("    "), *around(shown, each))
        yield (Piece(f"    {where(shown, each.start, each.end)}", "faint"),)


def _beside(record: "Record", other: "Record", fields: Sequence[str], width: int) -> Iterator[Line]:
    yield (Piece(""),)
    said = _("It contradicts the active record {id}: {fields}")
    yield (Piece(said.format(id=other.id, fields=", ".join(fields)), "differs"),)
    yield _row("", _("proposed"), _("active"), _column(width), "faint")
    yield from _compared(record, other, _column(width))


def against(record: "Record", other: "Record", width: int) -> Iterator[Line]:
    """Two active records side by side, what differs marked with ≠."""
    yield _row("", record.id, other.id, _column(width), "faint")
    yield from _compared(record, other, _column(width))


def _column(width: int) -> int:
    return max((width - 24) // 2, 16)


def _compared(record: "Record", other: "Record", column: int) -> Iterator[Line]:
    mine, theirs = dict(values(record.data.plain())), dict(values(other.data.plain()))
    mine |= {"/valid_from": record.valid_from or "", "/valid_to": record.valid_to or ""}
    theirs |= {"/valid_from": other.valid_from or "", "/valid_to": other.valid_to or ""}
    for pointer in [*mine, *(each for each in theirs if each not in mine)]:
        left, right = mine.get(pointer, ""), theirs.get(pointer, "")
        if not left and not right:
            continue
        differs = left != right
        name = f"{'≠' if differs else ' '} {_called(pointer)}"
        mark: Mark = "differs" if differs else ""
        for line in _rows(name, left, right, column):
            yield _row(*line, column, mark)


def _rows(name: str, left: str, right: str, column: int) -> Iterator[tuple[str, str, str]]:
    lefts, rights = _wrapped(left, column), _wrapped(right, column)
    for at in range(max(len(lefts), len(rights))):
        yield (
            name if at == 0 else "",
            lefts[at] if at < len(lefts) else "",
            rights[at] if at < len(rights) else "",
        )


def _row(name: str, left: str, right: str, column: int, mark: Mark) -> Line:
    return (Piece(f"{name:<20.20} "), Piece(f"{left:<{column}} │ {right}", mark))


def _short(quote: str) -> str:
    """A long quote by its two ends."""
    half = _LONG // 2
    return quote if len(quote) <= _LONG else f"{quote[:half]} […] {quote[-half:]}"


def _wrapped(text: str, width: int) -> list[str]:
    return [
        part for line in text.splitlines() or [""] for part in textwrap.wrap(line, width) or [""]
    ]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return number(value)
    return short_day(value) if _DAY.fullmatch(str(value)) else str(value)
