"""The profile of a voice: all that is learned from past editions of one language."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from savoirfaire.agents.voice.calibration import LEAST, Calibration, calibrate
from savoirfaire.agents.voice.cliches import tolerated
from savoirfaire.agents.voice.grams import Counts, count
from savoirfaire.agents.voice.habits import Habits, learn_habits
from savoirfaire.agents.voice.phrases import Phrases, learn_phrases
from savoirfaire.agents.voice.reading import Edition
from savoirfaire.errors import NotFoundError

VERSION = "1"
"""Of the way of learning: a profile of another version says other things."""

ENOUGH = 20
"""Editions from which a verdict can be trusted."""

_HARDLY = 0.2  # times in an edition: what is rarer is no habit

Language = Literal["en", "fr"]
Trust = Literal["good", "low", "none"]


class Taken(NamedTuple):
    """An edition that was learned from: its path, its day, the hash of its bytes."""

    path: str
    date: str
    sha256: str


@dataclass(frozen=True)
class VoiceProfile:
    """A voice. `calibration` is None where there are too few editions to judge by."""

    language: Language
    editions: tuple[Taken, ...]
    counts: Counts
    calibration: Calibration | None
    habits: Habits
    phrases: Phrases
    tolerated: frozenset[str]  # rules against clichés that the voice itself breaks
    version: str = VERSION

    @property
    def trust(self) -> Trust:
        """How far its verdicts can be trusted, by how many editions there were."""
        if self.calibration is None:
            return "none"
        return "good" if len(self.editions) >= ENOUGH else "low"

    def hardly(self, rate: float) -> bool:
        """Whether what comes at this rate, per 1,000 words, is in hardly any edition."""
        return rate * self.habits.words / 1000 < _HARDLY * len(self.editions)

    @property
    def fingerprint(self) -> str:
        """The hash of what it was learned from and how: the same editions, the same voice."""
        told = "\n".join((self.version, self.language, *sorted(e.sha256 for e in self.editions)))
        return hashlib.sha256(told.encode()).hexdigest()


def learn(editions: Sequence[Edition], language: str = "") -> VoiceProfile:
    """Learn a voice from past editions, in whatever order. Raises NotFoundError without words.

    `language` is that of most of them where it is not given.
    """
    kept = sorted((each for each in editions if each.reading.anatomy.words), key=_order)
    if not kept:
        raise NotFoundError(
            "there is no past edition to learn a voice from",
            hint="Ingest past editions: savoir ingest CLIENT DIR --kind edition",
        )
    spoken = language or Counter(each.reading.language for each in kept).most_common(1)[0][0]
    counts = count([each.reading.grams for each in kept])
    return VoiceProfile(
        language="fr" if spoken == "fr" else "en",
        editions=tuple(Taken(each.path, each.date, each.sha256) for each in kept),
        counts=counts,
        calibration=calibrate(kept, counts) if len(kept) >= LEAST else None,
        habits=learn_habits(kept, "fr" if spoken == "fr" else "en"),
        phrases=learn_phrases(kept),
        tolerated=tolerated([each.text for each in kept], "fr" if spoken == "fr" else "en"),
    )


def _order(edition: Edition) -> tuple[str, str]:
    return edition.order
