"""What may be said of a panel, from its figures: never more than they carry.

collapsed variance · differs · equivalent within a margin · cannot tell · directional only. There is
no "validated": that two tests found no difference is what a panel without any spread achieves too.
"""

from dataclasses import dataclass
from typing import Any, Literal

from savoirfaire.errors import Phrase

Verdict = Literal[
    "collapsed variance", "differs", "equivalent within margin", "cannot tell", "directional only"
]

LEVEL = 0.05
APART = 0.025
"""The level of each of the two tests that can show a difference."""

FEWEST = 10
"""Votes on either side, below which nothing is concluded."""

MARGIN = 0.1
"""Of the scale's length: means closer than this are taken for alike (.4 on 1 to 5)."""

SPREADS = (0.5, 2.0)
"""Within which the ratio of variances, with its interval, is taken for alike."""


@dataclass(frozen=True)
class Judged:
    """The verdict and its reasons, each a template with its values."""

    verdict: Verdict
    reasons: tuple[Phrase, ...]


def judge(figures: dict[str, Any] | None) -> Judged:
    """The verdict on `compare`'s figures; None is a panel without people to compare with."""
    if figures is None:
        return Judged("directional only", (_ALONE, _ALONE_TOO))
    if min(figures["n"], figures["human_n"]) < FEWEST:
        few = Phrase("fewer than {n} votes on one side show nothing", n=FEWEST)
        return Judged("cannot tell", (few,))
    collapse = _collapse(figures)
    apart, die = _apart(figures), _die(figures)
    if collapse:
        return Judged("collapsed variance", (*collapse, *_unseen(figures), *apart, *die))
    if apart:
        return Judged("differs", apart)
    doubts = _doubts(figures)
    return (
        Judged("cannot tell", doubts) if doubts else Judged("equivalent within margin", (_ALIKE,))
    )


def _collapse(figures: dict[str, Any]) -> tuple[Phrase, ...]:
    ratio, between = figures["variance_ratio"], figures["variance_ratio_interval"]
    p = figures["brown_forsythe_p"]
    told = ratio is not None and p is not None
    if not told or ratio >= 1 or p >= LEVEL or between[1] >= 1:
        return ()
    said = Phrase(
        "the panel's answers vary {ratio} times as much as people's (90 % interval {low} to {high};"
        " Brown-Forsythe p = {p})",
        ratio=f"{ratio:.2f}",
        low=f"{between[0]:.2f}",
        high=f"{between[1]:.2f}",
        p=f"{p:.2g}",
    )
    return (said,)


def _unseen(figures: dict[str, Any]) -> tuple[Phrase, ...]:
    """What usual tests would have said of a panel whose spread collapsed."""
    p = figures["welch_p"]
    if p is None or p < LEVEL:
        return ()
    said = Phrase(
        "a t-test on the means (p = {p}) and a Kolmogorov-Smirnov test (p = {ks}) see little of it:"
        " not to differ is not to agree",
        p=f"{p:.2f}",
        ks=f"{figures['ks_p']:.2f}",
    )
    return (said,)


def _apart(figures: dict[str, Any]) -> tuple[Phrase, ...]:
    found = []
    if figures["welch_p"] is not None and figures["welch_p"] < APART:
        found.append(Phrase("the means differ (Welch p = {p})", p=f"{figures['welch_p']:.2g}"))
    if figures["ks"] > figures["ks_split_half_upper"]:
        found.append(
            Phrase(
                "the distance to people ({ks}) is beyond that of people to people ({upper})",
                ks=f"{figures['ks']:.2f}",
                upper=f"{figures['ks_split_half_upper']:.2f}",
            )
        )
    p = figures["brown_forsythe_p"]
    if p is not None and p < APART and (figures["variance_ratio"] or 0) > 1:
        found.append(Phrase("the panel's answers vary more than people's (p = {p})", p=f"{p:.2g}"))
    return tuple(found)


def _die(figures: dict[str, Any]) -> tuple[Phrase, ...]:
    """Whether answers drawn by lot would be as near to people; that alone decides nothing."""
    if figures["ks"] < figures["ks_uniform"]:
        return ()
    said = Phrase(
        "votes drawn by lot are nearer to people: their distance is {uniform}, the panel's {ks}",
        ks=f"{figures['ks']:.2f}",
        uniform=f"{figures['ks_uniform']:.2f}",
    )
    return (said,)


def _doubts(figures: dict[str, Any]) -> tuple[Phrase, ...]:
    """What keeps likeness from being shown, where no difference was."""
    found = []
    if figures["tost_p"] is None or figures["tost_p"] >= LEVEL:
        found.append(
            Phrase(
                "no difference was found, and likeness within {margin} of a point was not shown"
                " either (TOST p = {p})",
                margin=f"{figures['margin']:g}",
                p="-" if figures["tost_p"] is None else f"{figures['tost_p']:.2g}",
            )
        )
    between = figures["variance_ratio_interval"]
    if between is None or between[0] < SPREADS[0] or between[1] > SPREADS[1]:
        found.append(_LOOSE)
    return tuple(found)


_ALONE = Phrase("no people's votes were given: whether the panel resembles anybody is not known")
_ALONE_TOO = Phrase("it may rank ideas and raise questions; it does not say how many would buy")
_LOOSE = Phrase("the votes are too few to say that the spreads are alike")
_ALIKE = Phrase("mean and spread are alike within the stated margins, for this question alone")
