"""Policies: what a gate promises, by risk class, as data.

A policy's version is part of every draw and of every state: other numbers are another version, and
evidence gathered under one says nothing under the next.
"""

from dataclasses import dataclass, field
from typing import Literal

from savoirfaire.errors import NotFoundError, Phrase, RequestError
from savoirfaire.graphs.gates.evidence.rubric import RUBRIC
from savoirfaire.tools.hashing import payload_hash

Risk = Literal["internal", "client-facing", "public", "irreversible"]

LADDER = (1.0, 0.5, 0.2, 0.1)
"""The shares of items under review, from all of them down; a policy's floor comes last."""


@dataclass(frozen=True)
class Policy:
    """What has to be shown before items pass a gate unreviewed.

    p0: the share of bad items that is too many. alpha: the chance, at most, that work at p0 or
    above is ever let through. floor: the share of items that is always reviewed, above 0. run_length:
    how many checked items come between two false alarms, at least, for work at half of p0.
    seed_every: one seed is planted among so many reviews. meaning: the promise in plain words.
    Raises RequestError where a number makes no promise.
    """

    name: str
    p0: float
    alpha: float
    floor: float
    never_lift: bool = False
    run_length: int = 1000
    seed_every: int = 10
    meaning: Phrase = field(default=Phrase(""), compare=False)

    def __post_init__(self) -> None:
        if not (0 < self.p0 < 1 and 0 < self.alpha < 1 and 0 < self.floor <= 1):
            raise RequestError(
                "policy {name} needs p0 and alpha between 0 and 1, and a floor above 0",
                name=self.name,
            )
        if self.run_length < 1 or self.seed_every < 1:
            raise RequestError(
                "policy {name} needs a run length and a seed distance of 1 or more", name=self.name
            )

    @property
    def rates(self) -> tuple[float, ...]:
        """The shares under review, step by step, down to the floor; one that never lifts has 1."""
        if self.never_lift:
            return (1.0,)
        return (*(rate for rate in LADDER if rate > self.floor), self.floor)

    @property
    def version(self) -> str:
        """The name with a hash of every number that the promise rests on."""
        numbers = [self.p0, self.alpha, list(self.rates), self.run_length, self.seed_every]
        return f"{self.name}/{payload_hash([self.name, *numbers, RUBRIC])[:12]}"


PRESETS: dict[Risk, Policy] = {
    "internal": Policy(
        name="internal",
        p0=0.10,
        alpha=0.10,
        floor=0.02,
        meaning=Phrase(
            "For what stays in the agency. At most 1 in 10 unreviewed items would have been "
            "rejected; the chance that this is ever wrongly granted is at most 10 %. At least "
            "1 item in 50 is always reviewed."
        ),
    ),
    "client-facing": Policy(
        name="client-facing",
        p0=0.05,
        alpha=0.05,
        floor=0.05,
        meaning=Phrase(
            "For what a client receives. At most 1 in 20 unreviewed items would have been "
            "rejected; the chance that this is ever wrongly granted is at most 5 %. At least "
            "1 item in 20 is always reviewed."
        ),
    ),
    "public": Policy(
        name="public",
        p0=0.02,
        alpha=0.02,
        floor=0.10,
        meaning=Phrase(
            "For what the public reads. At most 1 in 50 unreviewed items would have been "
            "rejected; the chance that this is ever wrongly granted is at most 2 %. At least "
            "1 item in 10 is always reviewed."
        ),
    ),
    "irreversible": Policy(
        name="irreversible",
        p0=0.01,
        alpha=0.01,
        floor=1.0,
        never_lift=True,
        meaning=Phrase(
            "For what cannot be taken back, and for the craft that people keep for themselves: a "
            "person approves every item, always. No number of good ones changes that."
        ),
    ),
}


def preset(name: str) -> Policy:
    """The shipped policy of a risk class. Raises NotFoundError with those that exist."""
    for policy in PRESETS.values():
        if policy.name == name:
            return policy
    raise NotFoundError(
        "there is no risk class {name}; there are {known}", name=name, known=", ".join(PRESETS)
    )
