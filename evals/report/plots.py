"""Plots as SVG: they take the page's colours, and say in words what they show."""

from collections.abc import Sequence
from html import escape

from savoirfaire.evals.report.page import number

_WIDE, _LEFT, _RIGHT, _ROW = 760, 230, 70, 24
_LONGEST = 32


def _x(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.5
    return round(_LEFT + share * (_WIDE - _LEFT - _RIGHT), 1)


def dots(
    rows: Sequence[tuple[str, float, float, float]],
    *,
    low: float,
    high: float,
    at: float,
    title: str,
) -> str:
    """One row a name: a dot at its value, a bar from low to high; a line stands at `at`."""
    height = _ROW * len(rows) + 30
    zero = _x(at, low, high)
    made = [f'<line class="axis" x1="{zero}" x2="{zero}" y1="6" y2="{height - 22}"/>']
    for place, (name, value, start, end) in enumerate(rows):
        y = 18 + place * _ROW
        fill = "goodfill" if value > at else "badfill" if value < at else "dot"
        short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
        made.append(
            f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(short)}</text>'
            f'<line class="bar" x1="{_x(start, low, high)}" x2="{_x(end, low, high)}"'
            f' y1="{y}" y2="{y}"/>'
            f'<circle class="{fill}" cx="{_x(value, low, high)}" cy="{y}" r="5"/>'
            f'<text x="{_WIDE - _RIGHT + 14}" y="{y + 4}">{_plain(value)}</text>'
        )
    for value in (low, at, high) if low < at < high else (low, high):
        x = _x(value, low, high)
        made.append(
            f'<text class="soft" x="{x}" y="{height - 6}" text-anchor="middle">'
            f"{_plain(value)}</text>"
        )
    return _svg(made, height, title)


def scatter(points: Sequence[tuple[str, float, float]], *, title: str) -> str:
    """Each name at its cost (right) and its score (up)."""
    height, most = 260, max((cost for _, cost, _ in points), default=0.0) or 1.0
    axes = (
        f'<line class="axis" x1="60" x2="{_WIDE - 20}" y1="220" y2="220"/>'
        '<line class="axis" x1="60" x2="60" y1="14" y2="220"/>'
        '<text class="soft" x="52" y="224" text-anchor="end">0</text>'
        '<text class="soft" x="52" y="20" text-anchor="end">1</text>'
        f'<text class="soft" x="{_WIDE - 20}" y="240" text-anchor="end">{_plain(most)}</text>'
    )
    made = [axes]
    for name, cost, score in points:
        x = round(60 + cost / most * (_WIDE - 90), 1)
        y = round(220 - score * 204, 1)
        told = f"{name}: {_plain(cost)}, {_plain(score)}"
        made.append(
            f'<circle class="dot" cx="{x}" cy="{y}" r="5"><title>{escape(told)}</title></circle>'
        )
    return _svg(made, height, title)


def _svg(made: Sequence[str], height: int, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDE} {height}" role="img" aria-label="{escape(title, quote=True)}">'
        f"{''.join(made)}</svg>"
    )


def _plain(value: float) -> str:
    """A number within a plot: short, in the English form, which both languages read."""
    text = number(value, 3)
    return text if "<" not in text else f"{round(value, 3):g}"
