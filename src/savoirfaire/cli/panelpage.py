"""The report on a panel as one HTML file: figures, plots and verbatims, nothing fetched."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from savoirfaire.cli.messages import _, decimal, mark
from savoirfaire.errors import Phrase

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .75rem;text-align:left;
border-bottom:1px solid #ddd;vertical-align:top}td.n{text-align:right;
font-variant-numeric:tabular-nums}.verdict{border-left:.4rem solid #b35;padding:.5rem 1rem;
background:#faf5f5}.equivalent{border-color:#383;background:#f5faf5}h2{margin-top:2.5rem}
small{color:#666}input{font:inherit;padding:.3rem .6rem;width:100%;box-sizing:border-box}
"""
_SCRIPT = """
document.getElementById('q').addEventListener('input',function(e){
var q=e.target.value.toLowerCase();document.querySelectorAll('#said tbody tr').forEach(
function(r){r.hidden=!r.textContent.toLowerCase().includes(q)})})
"""
_WIDTH, _HEIGHT = 640, 240


def page(report: Mapping[str, Any], title: str, language: str) -> str:
    """The whole page; every word of it that came from a file is escaped."""
    parts = [
        f"<h1>{escape(title)}</h1>",
        _verdict(report),
        f"<h2>{_('Votes')}</h2>",
        plot(report),
        _figures(report),
        _groups(report),
        _probes(report),
        _answers(report),
        _verbatims(report),
    ]
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}"
        f"<script>{_SCRIPT}</script></body></html>"
    )


def plot(report: Mapping[str, Any]) -> str:
    """The share of each vote, the panel's beside people's, with intervals at 95 %."""
    sides = [("#b35", report["panel"])] + ([("#37a", report["people"])] if report["people"] else [])
    points = [each["point"] for each in report["panel"]["points"]]
    top = max(each["interval"][1] for _colour, side in sides for each in side["points"]) or 1
    step = _WIDTH / max(1, len(points))
    drawn = []
    for place, point in enumerate(points):
        drawn.append(_text(step * (place + 0.5), _HEIGHT + 18, str(point)))
        for number, (colour, side) in enumerate(sides):
            width = step * 0.35
            left = step * (place + 0.5) + (number - len(sides) / 2) * width
            drawn.append(_bar(left, width * 0.92, side["points"][place], top, colour))
    names = [(_("panel"), "#b35")] + ([(_("people"), "#37a")] if report["people"] else [])
    legend = " ".join(f'<span style="color:{c}">■</span> {escape(n)}' for n, c in names)
    label = _("Share of each vote, with its 95 % interval")
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + 26}" role="img" aria-label="{escape(label)}">'
        f'<line x1="0" x2="{_WIDTH}" y1="{_HEIGHT}" y2="{_HEIGHT}" stroke="#888"/>'
        f"{''.join(drawn)}</svg><p><small>{legend} · {escape(label)}</small></p>"
    )


def _bar(left: float, width: float, point: Mapping[str, Any], top: float, colour: str) -> str:
    high = _HEIGHT * 0.9 / top
    tall, (low, up) = point["share"] * high, point["interval"]
    middle = left + width / 2
    return (
        f'<rect x="{left:.1f}" y="{_HEIGHT - tall:.1f}" width="{width:.1f}" height="{tall:.1f}"'
        f' fill="{colour}" fill-opacity=".75"><title>{point["share"]:.1%}</title></rect>'
        f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="{_HEIGHT - low * high:.1f}"'
        f' y2="{_HEIGHT - up * high:.1f}" stroke="#222"/>'
    )


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="14">{text}</text>'


def _verdict(report: Mapping[str, Any]) -> str:
    kind = " equivalent" if report["verdict"].startswith("equivalent") else ""
    reasons = report.get("phrases") or report["reasons"]
    items = "".join(f"<li>{escape(phrase(each))}</li>" for each in reasons)
    said = escape(_(report["verdict"]))
    return f'<div class="verdict{kind}"><strong>{said}</strong><ul>{items}</ul></div>'


def _figures(report: Mapping[str, Any]) -> str:
    panel, people = report["panel"], report["people"] or {}
    names = {
        "n": _("answers"),
        "mean": _("mean"),
        "mean_interval": _("mean, 95 % interval"),
        "sd": _("standard deviation"),
        "entropy": _("entropy, bits"),
    }
    rows = [(name, panel[key], people.get(key, "–")) for key, name in names.items()]
    table = _table(("", _("panel"), _("people")), rows)
    compared = report["comparison"]
    if not compared:
        return table
    told = [(_(NAMES[key]), compared[key]) for key in NAMES]
    return table + _table((_("figure"), _("value")), told)


def _groups(report: Mapping[str, Any]) -> str:
    rows = [
        (
            _("panel") if side == "panel" else _("people"),
            *(each[key] for key in ("group", "value", "n", "mean", "gap", "p")),
        )
        for side in ("panel", "people")
        for each in report["groups"][side]
    ]
    columns = ("", _("group"), _("value"), "n", _("mean"), _("gap to others"), _("p, corrected"))
    return f"<h2>{_('Groups')}</h2>{_table(columns, rows)}" if rows else ""


def _probes(report: Mapping[str, Any]) -> str:
    rows = [
        (each["variant"], each["n"], each["shift"], each["interval"], each["same"])
        for each in report["probes"]
    ]
    columns = (_("asked again"), "n", _("shift"), _("95 % interval"), _("same vote"))
    return f"<h2>{_('Checks')}</h2>{_table(columns, rows)}" if rows else ""


def _answers(report: Mapping[str, Any]) -> str:
    refused, near = report["refusals"], report["near_duplicates"]
    rows = [
        (_("declined to answer"), refused["refused"]),
        (_("no vote to be read"), refused["unreadable"]),
        (_("share of answers nearly the same as another"), near["share"]),
    ]
    return f"<h2>{_('Answers')}</h2>{_table((_('figure'), _('value')), rows)}"


def _verbatims(report: Mapping[str, Any]) -> str:
    rows = [(each["who"], each["vote"], each["words"]) for each in report["verbatims"]]
    if not rows:
        return ""
    search = f'<input id="q" type="search" placeholder="{escape(_("Search the answers"))}">'
    table = _table((_("who"), _("vote"), _("words")), rows)
    return f'<h2>{_("In their words")}</h2>{search}<div id="said">{table}</div>'


def _table(columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    if isinstance(value, list):
        value = " – ".join(f"{each:g}" for each in value)
    is_number = isinstance(value, int | float)
    shown = "–" if value is None else f"{value:g}" if is_number else str(value)
    return f'<td class="n">{shown}</td>' if is_number else f"<td>{escape(shown)}</td>"


def phrase(said: Phrase | str) -> str:
    """A reason in the language spoken; one that was kept as text as it is."""
    if isinstance(said, str):
        return said
    values = {name: decimal(str(value)) for name, value in said.values.items()}
    return _(said.template).format(**values)


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
