"""Plots that need nothing but text: a line of steps on the terminal, and the same as an SVG."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from savoirfaire.cli.messages import decimal

_WIDE, _HIGH = 60, 10
_PIXELS = (640, 240)
_MARGIN = 36


def steps_text(values: Sequence[float], limit: Sequence[float]) -> list[str]:
    """Rows of a plot of `values`, with `limit` as a broken line; at most 60 signs wide."""
    if not values:
        return []
    values, limit = _thinned(values), _thinned(limit)
    low, high = _range(values, limit)
    rows = [[" "] * len(values) for _ in range(_HIGH)]
    for place, (value, most) in enumerate(zip(values, limit, strict=True)):
        rows[_row(most, low, high)][place] = "┄"
        rows[_row(value, low, high)][place] = "─"
    top, bottom = (f"{decimal(f'{each:.2f}'):>8} " for each in (high, low))
    labels = [top, *[" " * 9] * (_HIGH - 2), bottom]
    return [f"{label}│{''.join(row).rstrip()}" for label, row in zip(labels, rows, strict=True)]


def steps_svg(
    title: str,
    values: Sequence[float],
    limit: Sequence[float],
    *,
    below: str = "",
    ends: tuple[str, str] = ("", ""),
) -> str:
    """The same plot as an SVG that needs no style and no script, with its title for readers.

    `below` says what the broken line is, `ends` what stands at the left and at the right.
    """
    low, high = _range(values, limit)
    top, bottom = (decimal(f"{each:.1f}").replace("-", "\u2212") for each in (high, low))
    wide, tall = _PIXELS
    words = [
        _said(_MARGIN, 20, title, size=13),
        _said(_MARGIN - 4, _MARGIN + 4, top, anchor="end"),
        _said(_MARGIN - 4, tall - _MARGIN, bottom, anchor="end"),
        _said(_MARGIN, tall - 16, ends[0]),
        _said(wide - _MARGIN, tall - 16, ends[1], anchor="end"),
        _said(_MARGIN, tall - 2, f"┄ {below}" if below else ""),
    ]

    def points(of: Sequence[float]) -> str:
        span = max(len(of) - 1, 1)
        return " ".join(
            f"{_MARGIN + (wide - 2 * _MARGIN) * place / span:.1f},"
            f"{tall - _MARGIN - (tall - 2 * _MARGIN) * (each - low) / (high - low):.1f}"
            for place, each in enumerate(of)
        )

    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" role="img">'
        f"<title>{escape(title)}</title>"
        f'<rect width="{wide}" height="{tall}" fill="white"/>'
        f"{''.join(words)}"
        f'<polyline fill="none" stroke="#767676" stroke-dasharray="4 3" points="{points(limit)}"/>'
        f'<polyline fill="none" stroke="#0b5cad" stroke-width="2" points="{points(values)}"/>'
        "</svg>\n"
    )


def _said(x: int, y: int, words: str, *, anchor: str = "start", size: int = 11) -> str:
    """Words in a plot; nothing where there are none."""
    return words and (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-family="sans-serif"'
        f' font-size="{size}" fill="#333">{escape(words)}</text>'
    )


def _thinned(values: Sequence[float]) -> list[float]:
    """At most `_WIDE` of the values, the last one among them."""
    if len(values) <= _WIDE:
        return list(values)
    step = (len(values) - 1) / (_WIDE - 1)
    return [values[round(place * step)] for place in range(_WIDE)]


def _range(values: Sequence[float], limit: Sequence[float]) -> tuple[float, float]:
    both = [*values, *limit, 0.0]
    low, high = min(both), max(both)
    return (low, high) if high > low else (low - 1, high + 1)


def _row(value: float, low: float, high: float) -> int:
    return _HIGH - 1 - round((value - low) / (high - low) * (_HIGH - 1))
