"""How far from its own a voice's next text may be: measured on its own editions, held out.

Each edition is scored by what was learned from the others, those of its own time left out too, for
a voice drifts: the editions are parted into runs by date, and a run is scored without itself.
Scores depend on length, so each length class has its own scale: stretches of the editions of that
many signs, and whole editions. A text's score is three figures:

- how much likelier its masked signs are in this voice than in that of any impostor (M. Koppel &
  Y. Winter, "Determining if two documents are written by the same author", JASIST 65(1), 2014, ask
  the same of features drawn at random); what tells voices apart;
- how likely they are in this voice at all, which sees what no impostor is like;
- how far its rhythm is from the usual one (J. Burrows' Delta, "'Delta': a measure of stylistic
  difference", LLC 17(3), 2002, of the measures in `rhythm`).

The first one leads; the other two count where they are worse than usual.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import stdtr

from savoirfaire.agents.voice.grams import Counts, count, log_likelihood
from savoirfaire.agents.voice.reading import Edition, Reading
from savoirfaire.agents.voice.rhythm import distance, measure

LIMIT = 0.0015
"""The share of own texts that may read less like the voice than one that passes: three spreads."""

LEAST = 5
"""Editions without which nothing can be said."""

_FOLDS = 6
_CLASSES = (200, 400, 800, 1600, 3200, 6400)  # signs of masked text; a word has some three
_STRETCHES = 300  # of a class at most
_PART = 0.7  # of a whole edition: what is longer is compared with whole ones
_LEAST_SPREAD = 0.05  # of a logarithm: 5 %
_SHARES = {"own": 0.25, "rhythm": 0.5}  # weights beside the first figure


class Figures(NamedTuple):
    """The figures of a text: means over its signs in natural logarithms, and its rhythm."""

    against: float  # own less impostors
    own: float
    rhythm: Any  # as `rhythm.measure` gives it


class Scale(NamedTuple):
    """The figures of held-out stretches of one length: their middles and spreads."""

    signs: int
    against: tuple[float, float]
    own: tuple[float, float]
    rhythm: tuple[Any, Any]
    distance: tuple[float, float] = (0.0, 1.0)
    joint: tuple[float, float] = (0.0, 1.0)

    def place(self, figures: Figures) -> float:
        """How many spreads a text is from the middle of the voice's own; below 0: less like it."""
        return _standard(self.combined(figures), self.joint)

    def standing(self, figures: Figures) -> dict[str, float]:
        """Each figure in spreads from its middle; below 0: less like the voice."""
        far = float(distance(figures.rhythm, *self.rhythm))
        return {
            "against": _standard(figures.against, self.against),
            "own": _standard(figures.own, self.own),
            "rhythm": -_standard(far, self.distance),
        }

    def combined(self, figures: Figures) -> float:
        """The figures as one."""
        standing = self.standing(figures)
        lesser = sum(share * min(standing[name], 0.0) for name, share in _SHARES.items())
        return standing["against"] + lesser


class Calibration(NamedTuple):
    """A scale for each length, the last one for whole editions.

    `past` is the place of each edition held out, in the order of their dates.
    """

    scales: tuple[Scale, ...]
    past: tuple[float, ...]

    def scale(self, signs: int) -> Scale:
        """The scale for a text of so many signs."""
        return min(self.scales, key=lambda each: abs(np.log(each.signs / max(signs, 1))))

    def score(self, place: float) -> float:
        """The share of own texts expected to lie below: Student's t, for few editions tell less."""
        editions = len(self.past)
        return float(stdtr(editions - 1, place / np.sqrt(1 + 1 / editions)))

    @property
    def shortest(self) -> int:
        """Signs of a text below which nothing can be said."""
        return self.scales[0].signs // 2


def figures(reading: Reading, counts: Counts) -> Figures:
    """The figures of a text, which has some words, in a voice."""
    own = log_likelihood(counts.of(reading.grams), counts.signs)
    against = float((own - reading.foreign).mean())
    return Figures(against, float(own.mean()), measure(reading.masked.signs))


def place(reading: Reading, counts: Counts, calibration: Calibration) -> float | None:
    """How many spreads a text is from the middle of a voice; None where it is too short."""
    signs = len(reading.masked.signs)
    if signs < calibration.shortest:
        return None
    return calibration.scale(signs).place(figures(reading, counts))


def calibrate(editions: Sequence[Edition], counts: Counts) -> Calibration:
    """The scales of a voice, from its editions in the order of their dates."""
    own = _held_out(editions, counts)
    held = [
        _Held(mine - each.reading.foreign, mine, each.reading.masked.signs)
        for mine, each in zip(own, editions, strict=True)
        if len(mine)
    ]
    middle = int(np.median([len(each.signs) for each in held]))
    scales = [_scale(size, _stretches(held, size)) for size in _CLASSES if size < middle * _PART]
    whole = [each.figures(0, len(each.signs)) for each in held]
    scale = _scale(middle, whole)
    return Calibration((*scales, scale), tuple(scale.place(each) for each in whole))


class _Held(NamedTuple):
    """A held-out edition, sign by sign."""

    against: Any
    own: Any
    signs: str

    def figures(self, start: int, end: int) -> Figures:
        """The figures of a stretch of it."""
        part = slice(start, end)
        means = (float(self.against[part].mean()), float(self.own[part].mean()))
        return Figures(*means, measure(self.signs[part]))


def _held_out(editions: Sequence[Edition], counts: Counts) -> list[Any]:
    """The log-likelihood of each sign of each edition, without the editions of its time."""
    found: list[Any] = []
    for run in np.array_split(np.arange(len(editions)), min(_FOLDS, len(editions))):
        texts = [editions[place].reading.grams for place in run]
        left_out = count(texts)
        for text in texts:
            seen = [a - b for a, b in zip(counts.of(text), left_out.of(text), strict=True)]
            found.append(log_likelihood(seen, counts.signs - left_out.signs))
    return found


def _stretches(held: Sequence[_Held], size: int) -> list[Figures]:
    """The figures of stretches of at least that many signs, in whole blocks, over the editions."""
    places = [(each, *span) for each in held for span in spans(each.signs, size)]
    step = max(len(places) // _STRETCHES, 1)
    return [each.figures(start, end) for each, start, end in places[::step]]


def spans(signs: str, size: int) -> Iterator[tuple[int, int]]:
    """Where stretches of whole blocks stand in masked text, each as short as `size` lets it be."""
    start = 0
    while (end := signs.find("\n", start + size - 1) + 1) > 0:
        yield start, end
        start = end


def _scale(signs: int, held: Sequence[Figures]) -> Scale:
    rhythms = np.array([each.rhythm for each in held])
    usual = (np.median(rhythms, axis=0), rhythms.std(axis=0) + _LEAST_SPREAD)
    scale = Scale(
        signs,
        _spread([each.against for each in held]),
        _spread([each.own for each in held]),
        usual,
        _spread(distance(rhythms, *usual)),
    )
    return scale._replace(joint=_spread([scale.combined(each) for each in held]))


def _standard(value: float, scale: tuple[float, float]) -> float:
    return (value - scale[0]) / scale[1]


def _spread(given: Any) -> tuple[float, float]:
    """Middle and spread; an edition unlike all others does not widen the spread for them."""
    values = np.asarray(given, dtype=float)
    middle = float(np.median(values))
    usual = 1.4826 * float(np.median(np.abs(values - middle)))
    spread = min(float(values.std()), 1.5 * usual) if usual else float(values.std())
    return middle, max(spread, 1e-3)
