"""The rubric: what a decision says of the item, as a number from 0 (nothing wrong) to 1 (bad).

1 wherever the text as written should not have gone out: it was rejected, or its substance, a fact
or a legal point was changed, or it was never answered, because its time was over or somebody took
the question back (an unanswered question proves nothing good, and counting it as nothing would let
whoever fears a rejection take it out of the count). 0.5 for tone: it
could have gone out, and a reader would have noticed. 0.05 for cosmetics: one review in twenty may
touch up a comma at no cost to speak of, but work that *always* needs touching up counts as wrong in
one item out of twenty, and stays under review where that is the promise.

The rubric is part of the promise: another one makes another policy version.
"""

from collections.abc import Iterable
from typing import Literal

from savoirfaire.errors import RequestError

Finding = Literal[
    "unchanged", "cosmetic", "tone", "material", "factual", "legal", "rejected", "expired"
]

RUBRIC: dict[Finding, float] = {
    "unchanged": 0.0,
    "cosmetic": 0.05,
    "tone": 0.5,
    "material": 1.0,
    "factual": 1.0,
    "legal": 1.0,
    "rejected": 1.0,
    "expired": 1.0,
}

CAUGHT: frozenset[Finding] = frozenset({"material", "factual", "legal", "rejected"})
"""What a reviewer must find in a seed to have caught it: a comma moved in a false text is a miss,
and so is a seed that was left unanswered."""


def outcome(findings: Iterable[Finding]) -> float:
    """What a decision counts as: its worst finding; an approval without any is unchanged.

    Raises RequestError for a finding that the rubric does not have.
    """
    found = list(findings)
    for each in found:
        if each not in RUBRIC:
            raise RequestError(
                "the rubric has no finding {name}; it has {known}",
                name=each,
                known=", ".join(RUBRIC),
            )
    return max((RUBRIC[each] for each in found), default=0.0)


def catches(findings: Iterable[Finding]) -> bool:
    """Whether these findings in a seed mean that it was caught."""
    return not CAUGHT.isdisjoint(findings)
