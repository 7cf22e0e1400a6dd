"""Subject lines: how those of the past did, and what that lets one expect of a new one.

A prediction is the mean of past lines of the same build (length, a figure, a question), drawn
towards the mean of all by as much as there are few of them. How far it is off is measured on the
past: each line predicted from the others. Where that is no better than the mean of all, the builds
do not tell lines apart, and only the mean and its spread are given. Under a dozen results nothing
is predicted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, quantiles

FEWEST = 12
"""Past results under which nothing can be said of a new line."""

_LONG = 50  # characters from which a subject line is long
_DRAWN = 4  # past lines that the mean of all counts for beside those of a build


@dataclass(frozen=True)
class Result:
    """What a line that was sent brought: `value` in the unit that its record names."""

    line: str
    value: float
    date: str


@dataclass(frozen=True)
class Expected:
    """What a line may bring: nine past results in ten were within `low` and `high` of such a guess.

    `apart` says whether lines of this build did differ from others; `similar` how many there were.
    """

    value: float
    low: float
    high: float
    similar: int
    apart: bool
    results: int


def expected(line: str, past: Sequence[Result]) -> Expected | None:
    """What `line` may bring, judged by the past; None where there are too few results."""
    if len(past) < FEWEST:
        return None
    plain = [_mean_of(past, without) for without in range(len(past))]
    built = [_guess(each.line, past, without) for without, each in enumerate(past)]
    values = [each.value for each in past]
    apart = _error(built, values) < _error(plain, values)
    off = [value - guess for value, guess in zip(values, built if apart else plain, strict=True)]
    cuts = quantiles(off, n=20)
    value = _guess(line, past, None) if apart else fmean(values)
    similar = sum(_build(each.line) == _build(line) for each in past)
    return Expected(value, value + cuts[0], value + cuts[-1], similar, apart, len(past))


def _build(line: str) -> tuple[bool, bool, bool]:
    return len(line) >= _LONG, any(sign.isdigit() for sign in line), "?" in line


def _mean_of(past: Sequence[Result], without: int | None) -> float:
    return fmean(each.value for number, each in enumerate(past) if number != without)


def _guess(line: str, past: Sequence[Result], without: int | None) -> float:
    """The mean of the lines of the same build, drawn towards the mean of all."""
    own = [
        each.value
        for number, each in enumerate(past)
        if number != without and _build(each.line) == _build(line)
    ]
    return (sum(own) + _DRAWN * _mean_of(past, without)) / (len(own) + _DRAWN)


def _error(guesses: Sequence[float], values: Sequence[float]) -> float:
    return fmean((guess - value) ** 2 for guess, value in zip(guesses, values, strict=True))
