"""The votes of a panel, and of people where there are some, as bars with their intervals."""

from collections.abc import Mapping
from html import escape
from typing import Any

from savoirfaire.cli.messages import _, number

COLOURS = {"panel": "#b0305c", "people": "#2f6ba8"}
_WIDTH, _HEIGHT, _LEFT, _BELOW = 640, 240, 52, 44
_STEPS = (0.05, 0.1, 0.2, 0.25)  # shares between two lines across
_LINES = 5


def percent(share: float, digits: int = 0) -> str:
    """A share as it is written in the language spoken."""
    return _("{n} %").format(n=number(round(100 * share, digits)))


def plot(report: Mapping[str, Any]) -> str:
    """The share of each vote, the panel's beside people's, with intervals at 95 %."""
    sides = {name: report[name] for name in ("panel", "people") if report[name]}
    points = [each["point"] for each in report["panel"]["points"]]
    highest = max(up["interval"][1] for side in sides.values() for up in side["points"])
    step = next((each for each in _STEPS if highest / each <= _LINES), _STEPS[-1])
    top = min(1.0, step * -(-highest // step)) or 1.0
    room = (_WIDTH - _LEFT) / max(1, len(points))
    drawn = [_across(share, top) for share in _shares(step, top)]
    for place, point in enumerate(points):
        middle = _LEFT + room * (place + 0.5)
        drawn.append(_text(middle, _HEIGHT + 18, number(point)))
        for order, (name, side) in enumerate(sides.items()):
            width = room * 0.35
            left = middle + (order - len(sides) / 2) * width
            drawn.append(_bar(left, width * 0.92, side["points"][place], top, COLOURS[name]))
    drawn.append(_text(_LEFT + (_WIDTH - _LEFT) / 2, _HEIGHT + 38, escape(_("vote"))))
    names = {"panel": _("panel"), "people": _("people")}
    legend = " ".join(
        f'<span style="color:{COLOURS[each]}">■</span> {escape(names[each])}' for each in sides
    )
    label = escape(_("Share of each vote, with its 95 % interval"))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + _BELOW}" role="img" aria-label="{label}">'
        f"{''.join(drawn)}</svg><p><small>{legend} · {label}</small></p>"
    )


def _shares(step: float, top: float) -> list[float]:
    return [step * place for place in range(round(top / step) + 1)]


def _y(share: float, top: float) -> float:
    return _HEIGHT - share * _HEIGHT * 0.94 / top


def _across(share: float, top: float) -> str:
    """A line at a share, and the share beside it."""
    y, colour = _y(share, top), "#8a8f96" if not share else "#e1e4e8"
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}"/>'
        f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" font-size="12" fill="#555">'
        f"{escape(percent(share))}</text>"
    )


def _bar(left: float, width: float, point: Mapping[str, Any], top: float, colour: str) -> str:
    low, up = (_y(each, top) for each in point["interval"])
    middle, high = left + width / 2, _y(point["share"], top)
    return (
        f'<rect x="{left:.1f}" y="{high:.1f}" width="{width:.1f}" height="{_HEIGHT - high:.1f}"'
        f' fill="{colour}" fill-opacity=".8"><title>{escape(percent(point["share"], 1))}</title>'
        f'</rect><line x1="{middle:.1f}" x2="{middle:.1f}" y1="{low:.1f}" y2="{up:.1f}"'
        ' stroke="#222"/>'
    )


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="14">{text}</text>'
