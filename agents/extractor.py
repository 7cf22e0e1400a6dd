"""The extractor reads a source and proposes records of the Brand OS, each with exact quotes.

A model only proposes: what it says is checked word for word against what it was shown, and waits
for a person. Without a model it abstains; structured files fill records without one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from savoirfaire.agents.kinds import kinds_in_words
from savoirfaire.agents.model import Gateway, Usage
from savoirfaire.agents.proposals import Candidate, Dropped, Excerpt, Reading
from savoirfaire.agents.proposing import settle
from savoirfaire.agents.role import Role, fence
from savoirfaire.tools.hashing import canonical

_AUTHOR = "extractor"


@dataclass(frozen=True)
class Read:
    """What one part of a source gave: proposals that stand, those that do not, and the cost."""

    candidates: list[Candidate]
    dropped: list[Dropped]
    usage: Usage


class Extractor:
    """Reads sources for records of some kinds, over one model gateway."""

    def __init__(self, gateway: Gateway, kinds: Sequence[str]) -> None:
        self._gateway = gateway
        self._kinds = kinds

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that decides what is proposed but the model and the source.

        The prompt, the reply form, and the forms of the kinds that are looked for.
        """
        parts = [reader.fingerprint, kinds_in_words(self._kinds)]
        return hashlib.sha256(canonical(parts).encode()).hexdigest()

    @property
    def author(self) -> str:
        """Who a record says proposed it: the role and the first of its fingerprint."""
        return f"{_AUTHOR}@{self.fingerprint[:12]}"

    async def read(self, excerpt: Excerpt, *, about: str) -> Read:
        """What a part of a source gives grounds for. `about` tells what the source is.

        Raises ModelError where there is no usable reply, AbstainedError without a model.
        """
        answer = await reader.ask(
            self._gateway,
            {
                "kinds": kinds_in_words(self._kinds),
                "about": fence(about, "about"),
                "text": fence(excerpt.text, excerpt.path),
            },
            evidence={},
            node="extract",
            branch=f"{excerpt.path}#{excerpt.start}",
        )
        candidates, dropped = settle(answer.reply, excerpt, self._kinds)
        return Read(candidates, dropped, answer.usage)


reader = Role(_AUTHOR, Reading)
