"""The report on a panel as one HTML file: figures, plots and verbatims, nothing fetched."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from savoirfaire.cli.messages import _, decimal, mark, number
from savoirfaire.cli.panelplot import percent, plot
from savoirfaire.errors import Phrase

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .75rem;text-align:left;
border-bottom:1px solid #ddd;vertical-align:top}.n{text-align:right;white-space:nowrap;
font-variant-numeric:tabular-nums}.wide{overflow-x:auto}svg{max-width:42rem;width:100%;height:auto}
.verdict{border-left:.4rem solid #b35;padding:.5rem 1rem;
background:#faf5f5}.equivalent{border-color:#383;background:#f5faf5}h2{margin-top:2.5rem}
small{color:#555}h1+p{margin-top:-.5rem;color:#555;font-size:1.15rem}
input{font:inherit;padding:.3rem .6rem;width:100%;box-sizing:border-box}
"""
_SCRIPT = """<script>
document.getElementById('q').addEventListener('input',function(e){
var q=e.target.value.toLowerCase();document.querySelectorAll('#said tbody tr').forEach(
function(r){r.hidden=!r.textContent.toLowerCase().includes(q)})})
</script>"""
_POWER = re.compile(r"(?<=\d)e-0*(\d{1,3})")  # 3.3e-07
_LEAST = 0.001  # a p below it is told as that


def page(report: Mapping[str, Any], title: str, language: str) -> str:
    """The whole page; every word of it that came from a file is escaped."""
    name = escape(_("Panel report"))
    parts = [
        f"<h1>{name}</h1><p>{escape(title)}</p>",
        _verdict(report),
        f"<h2>{_('Votes')}</h2>",
        plot(report),
        _votes(report),
        _figures(report),
        _groups(report),
        _probes(report),
        _answers(report),
        _verbatims(report),
    ]
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{name} – {escape(title)}</title>"
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}"
        f"{_SCRIPT if report['verbatims'] else ''}</body></html>"
    )


def _verdict(report: Mapping[str, Any]) -> str:
    kind = " equivalent" if report["verdict"].startswith("equivalent") else ""
    reasons = report.get("phrases") or report["reasons"]
    told = (_POWER.sub(r" × 10<sup>−\1</sup>", escape(phrase(each))) for each in reasons)
    items = "".join(f"<li>{each}</li>" for each in told)
    said = _(report["verdict"])
    strong = escape(said[:1].upper() + said[1:])
    return f'<div class="verdict{kind}"><strong>{strong}</strong><ul>{items}</ul></div>'


def _votes(report: Mapping[str, Any]) -> str:
    """What the plot shows, in figures."""
    sides = [report[each] for each in ("panel", "people") if report[each]]
    names = [_("panel"), _("people")][: len(sides)]
    rows = [
        (
            point["point"],
            *(
                each
                for side in sides
                for each in (
                    _Figure(percent(side["points"][place]["share"], 1)),
                    _interval(side["points"][place]["interval"], percent),
                )
            ),
        )
        for place, point in enumerate(report["panel"]["points"])
    ]
    columns = [_("vote"), *(each for name in names for each in (name, _("95 % interval")))]
    return _table(columns, rows)


def _figures(report: Mapping[str, Any]) -> str:
    names = {
        "n": _("answers"),
        "mean": _("mean"),
        "mean_interval": _("mean, 95 % interval"),
        "sd": _("standard deviation"),
        "entropy": _("entropy, bits"),
    }
    sides = [report[each] for each in ("panel", "people") if report[each]]
    rows = [(name, *(_figure(side[key]) for side in sides)) for key, name in names.items()]
    table = _table(("", _("panel"), _("people"))[: len(sides) + 1], rows)
    compared = report["comparison"]
    if not compared:
        return table
    told = [
        (_(NAMES[key]), (_chance if key.endswith("_p") else _figure)(compared[key]))
        for key in NAMES
    ]
    return table + _table((_("figure"), _("value")), told)


def _groups(report: Mapping[str, Any]) -> str:
    rows = [
        (
            _("panel") if side == "panel" else _("people"),
            *(str(each[key]) for key in ("group", "value")),
            *(each["n"], _figure(each["mean"]), _figure(each["gap"]), _chance(each["p"])),
        )
        for side in ("panel", "people")
        for each in report["groups"][side]
    ]
    columns = ("", _("group"), _("value"), "n", _("mean"), _("gap to others"), _("p, corrected"))
    return f"<h2>{_('Groups')}</h2>{_table(columns, rows)}" if rows else ""


def _probes(report: Mapping[str, Any]) -> str:
    rows = [
        (
            _(PROBES[each["variant"]]) if each["variant"] in PROBES else str(each["variant"]),
            *(each["n"], _figure(each["shift"]), _figure(each["interval"])),
            each["same"] if each["same"] is None else _Figure(percent(each["same"])),
        )
        for each in report["probes"]
    ]
    columns = (_("asked again"), "n", _("shift"), _("95 % interval"), _("same vote"))
    return f"<h2>{_('Checks')}</h2>{_table(columns, rows)}" if rows else ""


def _answers(report: Mapping[str, Any]) -> str:
    refused, near = report["refusals"], report["near_duplicates"]
    alike = near["share"]
    rows = [
        (_("declined to answer"), refused["refused"]),
        (_("no vote to be read"), refused["unreadable"]),
        (
            _("share of answers nearly the same as another"),
            alike if alike is None else _Figure(percent(alike)),
        ),
    ]
    return f"<h2>{_('Answers')}</h2>{_table((_('figure'), _('value')), rows)}"


def _verbatims(report: Mapping[str, Any]) -> str:
    rows = [(str(each["who"]), each["vote"], str(each["words"])) for each in report["verbatims"]]
    if not rows:
        return ""
    label = escape(_("Search the answers"))
    search = f'<input id="q" type="search" placeholder="{label}" aria-label="{label}">'
    table = _table((_("who"), _("vote"), _("words")), rows)
    return f'<h2>{_("In their words")}</h2>{search}<div id="said">{table}</div>'


class _Figure(str):
    """A number as it is written."""

    __slots__ = ()


def _figure(value: Any) -> "_Figure | int | None":
    """A measure to two digits, or an interval of such; a count and nothing as they are."""
    if isinstance(value, list):
        return _interval(value, _two)
    return value if value is None or isinstance(value, int) else _Figure(_two(value))


def _two(value: float) -> str:
    return decimal(f"{round(value, 2) + 0.0:.2f}").replace("-", "\u2212")


def _interval(ends: Sequence[float], write: Callable[[float], str]) -> _Figure:
    low, high = map(write, ends)
    return _Figure(_("{low} to {high}").format(low=low, high=high))


def _chance(p: float | None) -> "_Figure | None":
    """A p to three digits."""
    if p is None:
        return None
    least = f"<\u00a0{decimal(str(_LEAST))}"
    return _Figure(least if p < _LEAST else decimal(f"{p:.3f}"))


def _table(columns: Iterable[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table; a column whose first cell is a number, or nothing, stands at the right."""
    right = [not _is_text(each) for each in rows[0]] if rows else []
    head = "".join(
        f'<th scope="col"{" class=n" if place < len(right) and right[place] else ""}>'
        f"{escape(each)}</th>"
        for place, each in enumerate(columns)
    )
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    rows_of = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table>{rows_of}</table></div>'


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, _Figure)


def _cell(value: Any) -> str:
    if value is None:
        shown = "–"
    elif isinstance(value, int | float):
        shown = number(value)
    else:
        shown = value
    return f"<td{'' if _is_text(value) else ' class=n'}>{escape(shown)}</td>"


def phrase(said: Phrase | str) -> str:
    """A reason in the language spoken; one that was kept as text as it is."""
    if isinstance(said, str):
        return said
    values = {name: decimal(str(value)) for name, value in said.values.items()}
    return _(said.template).format(**values)


PROBES = {
    "retest": mark("the same question again"),
    "paraphrase": mark("the question in other words"),
    "flattery": mark("the text praised beforehand"),
}
"""The checks of a panel that is asked here, in words; those of a file have their own names."""

VERDICTS = (
    *(mark("collapsed variance"), mark("differs"), mark("equivalent within margin")),
    *(mark("cannot tell"), mark("directional only")),
)

NAMES = {
    "variance_ratio": mark("variance, panel over people"),
    "variance_ratio_interval": mark("variance ratio, 90 % interval"),
    "brown_forsythe_p": mark("Brown-Forsythe p (equal spread)"),
    "welch_p": mark("Welch p (equal means)"),
    "margin": mark("margin for alike means, points"),
    "tost_p": mark("TOST p (means alike within the margin)"),
    "ks": mark("distance panel to people (Kolmogorov-Smirnov)"),
    "ks_uniform": mark("distance lots to people"),
    "ks_split_half": mark("distance people to people, halves, median"),
    "ks_split_half_upper": mark("distance people to people, 95th of 100"),
}
"""The figures of a comparison, in order, in words."""
