"""The report on a panel: its figures, people's beside them, and what may be said.

Everything can be computed again from the same files: draws are seeded, and what was read as what is
in the report.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from savoirfaire.agents.panel import measures
from savoirfaire.agents.panel.likeness import near_duplicates
from savoirfaire.agents.panel.measures import Votes
from savoirfaire.agents.panel.probes import probed
from savoirfaire.agents.panel.survey import Answer, Reading
from savoirfaire.agents.panel.verdict import MARGIN, judge
from savoirfaire.agents.panel.votes import Scale, scale_of
from savoirfaire.errors import PanelError

_FEWEST = 5  # of a group
_ITEMS = 3  # for ranks to mean anything
_SPLITS = 200


def report(panel: Reading, people: Reading | None = None) -> dict[str, Any]:
    """All that is to be told of a panel's answers. Raises PanelError where nobody voted."""
    base = _base(panel)
    votes = _votes(base)
    if not len(votes):
        raise PanelError("nobody in the panel voted: {n} answers have no number", n=len(base))
    human = None if people is None else _votes(_base(people))
    if human is not None and not len(human):
        raise PanelError("the survey has no vote that can be read")
    scale = scale_of([*votes, *([] if human is None else human)])
    figures = None if human is None else compare(votes, human, scale)
    judged = judge(figures)
    return {
        "verdict": judged.verdict,
        "reasons": [str(each) for each in judged.reasons],
        "phrases": judged.reasons,
        "scale": [scale.low, scale.high],
        "panel": measures.described(votes, scale) | {"columns": _columns(panel)},
        "people": None
        if human is None or people is None
        else measures.described(human, scale) | {"columns": _columns(people)},
        "comparison": figures,
        "ranks": None if people is None else ranks(base, _base(people)),
        "groups": {
            "panel": groups(base),
            "people": [] if people is None else groups(_base(people)),
        },
        "probes": probed(panel.answers),
        "refusals": _refusals(base),
        "near_duplicates": near_duplicates(base),
        "verbatims": [
            {"who": each.who, "vote": each.vote, "words": each.words, **each.groups}
            for each in base
            if each.words
        ],
    }


def compare(votes: Votes, human: Votes, scale: Scale) -> dict[str, Any]:
    """How far a panel's votes are from people's, with the baselines beside each distance."""
    ratio, between = measures.variance_ratio(votes, human)
    halves = measures.split_half(human)
    margin = MARGIN * (scale.high - scale.low)
    return {
        "n": len(votes),
        "human_n": len(human),
        "mean": round(float(votes.mean()), 4),
        "human_mean": round(float(human.mean()), 4),
        "variance_ratio": ratio,
        "variance_ratio_interval": between,
        "brown_forsythe_p": _rounded(measures.brown_forsythe(votes, human)),
        "welch_p": _rounded(measures.welch(votes, human)),
        "margin": round(margin, 4),
        "tost_p": _rounded(measures.tost(votes, human, margin)),
        "ks": round(measures.distance(votes, human), 4),
        "ks_p": _rounded(measures.ks_test(votes, human)),
        "ks_uniform": round(measures.distance_to_uniform(human, scale), 4),
        "ks_split_half": halves["median"],
        "ks_split_half_upper": halves["upper"],
    }


def groups(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Each group of five voters at least: how it voted, beside all others.

    The p-values are Welch's, corrected for how many groups are looked at (S. Holm, 1979).
    """
    voted = [each for each in answers if each.vote is not None]
    members: dict[tuple[str, str], list[float]] = defaultdict(list)
    others: dict[tuple[str, str], list[float]] = defaultdict(list)
    keys = {(name, value) for each in voted for name, value in each.groups.items()}
    for each in voted:
        for key in keys:
            if key[0] in each.groups:
                side = members if each.groups[key[0]] == key[1] else others
                side[key].append(float(each.vote or 0))
    found = [
        {
            "group": name,
            "value": value,
            "n": len(members[name, value]),
            "mean": round(float(np.mean(members[name, value])), 3),
            "sd": round(measures.spread(np.array(members[name, value])), 3),
            "gap": round(float(np.mean(members[name, value]) - np.mean(others[name, value])), 3),
            "p": measures.welch(np.array(members[name, value]), np.array(others[name, value])),
        }
        for name, value in sorted(keys)
        if min(len(members[name, value]), len(others[name, value])) >= _FEWEST
    ]
    return _corrected(found)


def ranks(panel: Sequence[Answer], people: Sequence[Answer]) -> dict[str, Any] | None:
    """Whether a panel puts several items in people's order, and how well people themselves do.

    The ceiling is the correlation of two random halves of the people, brought to their full number
    (Spearman-Brown), and its root taken: nothing agrees better with a noisy measure.
    """
    ours, theirs = _by_item(panel), _by_item(people)
    items = sorted(ours.keys() & theirs.keys())
    if len(items) < _ITEMS:
        return None
    means = [[float(np.mean(side[item])) for item in items] for side in (ours, theirs)]
    return {
        "items": len(items),
        "spearman": measures.rank_correlation(*means),
        "ceiling": _ceiling([theirs[item] for item in items]),
    }


def _ceiling(votes: Sequence[Sequence[float]]) -> float | None:
    draw = np.random.default_rng(3)
    found = []
    for _ in range(_SPLITS):
        halves: tuple[list[float], list[float]] = ([], [])
        for each in votes:
            mixed = draw.permutation(np.array(each))
            half = len(mixed) // 2
            halves[0].append(float(mixed[:half].mean()) if half else float(mixed.mean()))
            halves[1].append(float(mixed[half:].mean()))
        found.append(measures.rank_correlation(*halves))
    known = [each for each in found if each is not None]
    if not known or (half_r := float(np.mean(known))) <= 0:
        return None
    return round(float(np.sqrt(2 * half_r / (1 + half_r))), 4)


def _by_item(answers: Sequence[Answer]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for each in answers:
        if each.item and each.vote is not None:
            found[each.item].append(each.vote)
    return found


def _corrected(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tested = sorted((each for each in found if each["p"] is not None), key=lambda each: each["p"])
    worst = 0.0
    for place, each in enumerate(tested):
        worst = min(1.0, max(worst, each["p"] * (len(tested) - place)))
        each["p"] = _rounded(worst)
    return found


def _refusals(answers: Sequence[Answer]) -> dict[str, Any]:
    refused = [each for each in answers if each.refused]
    silent = [each for each in answers if each.vote is None and not each.refused]
    return {
        "refused": len(refused),
        "unreadable": len(silent),
        "share": round((len(refused) + len(silent)) / max(1, len(answers)), 4),
    }


def _base(read: Reading) -> list[Answer]:
    first = read.answers[0].variant if read.answers else ""
    return [each for each in read.answers if each.variant == first]


def _votes(answers: Sequence[Answer]) -> Votes:
    return np.array([each.vote for each in answers if each.vote is not None], np.float64)


def _columns(read: Reading) -> Mapping[str, Any]:
    return {
        "vote": read.vote_column,
        "words": read.words_column,
        "groups": list(read.group_columns),
    }


def _rounded(p: float | None) -> float | None:
    """A p-value that keeps what is small."""
    return None if p is None else float(f"{p:.4g}")
