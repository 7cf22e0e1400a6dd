"""A text as the verifier reads it, and an edition: each is taken apart once, when first needed."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from savoirfaire.agents.voice.anatomy import Anatomy
from savoirfaire.agents.voice.background import likelihood
from savoirfaire.agents.voice.functionwords import ENGLISH, FRENCH
from savoirfaire.agents.voice.grams import Hashes, hashes
from savoirfaire.agents.voice.masking import Masked, mask


@dataclass(frozen=True)
class Reading:
    """A text, its parts, its mask, and how likely the impostors find each sign of it."""

    text: str

    @cached_property
    def anatomy(self) -> Anatomy:
        """The text taken apart."""
        return Anatomy(self.text)

    @cached_property
    def masked(self) -> Masked:
        """The text without its topic."""
        return mask(self.anatomy)

    @cached_property
    def grams(self) -> Hashes:
        """The n-grams of the masked text."""
        return hashes(self.masked.signs)

    @cached_property
    def foreign(self) -> Any:
        """The log-likelihood of each masked sign under the impostors."""
        return likelihood(self.grams)

    @cached_property
    def language(self) -> str:
        """`fr` or `en`, by the function words that only one of them has."""
        words = self.masked.signs.split()
        french = sum(word in FRENCH and word not in ENGLISH for word in words)
        english = sum(word in ENGLISH and word not in FRENCH for word in words)
        return "fr" if french > english else "en"


@dataclass(frozen=True)
class Edition:
    """A past edition: its path, its day where it is known, the hash of its bytes, and its text."""

    path: str
    date: str
    sha256: str
    text: str

    @cached_property
    def reading(self) -> Reading:
        """The edition as the verifier reads it."""
        return Reading(self.text)

    @property
    def order(self) -> tuple[str, str]:
        """By day, then by path."""
        return self.date, self.path
