"""Pseudonyms as long as what they stand for, so that no span and no layout moves.

Each comes from a secret of the workspace and the folded word: the same word gets the same pseudonym
in every task of the workspace, and nobody without the secret can try names against it.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_CONSONANTS, _VOWELS = "bcdfglmnprstvz", "aeiou"
_RUN = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True)
class Pseudonyms:
    """Makes pseudonyms from a secret."""

    secret: bytes

    def word(self, word: str) -> str:
        """A word of as many letters that can be spoken, capitals where they were."""
        draws = self._draws(f"word {fold(word)}")
        letters = [
            (_VOWELS if place % 2 else _CONSONANTS)[next(draws) % (5 if place % 2 else 14)]
            for place in range(len(word))
        ]
        made = "".join(new.upper() if old.isupper() else new for new, old in zip(letters, word))  # noqa: B905
        return made if made.casefold() != word.casefold() else self._other(made)

    def words(self, text: str) -> str:
        """A text with each word and each figure replaced; all signs between them stay."""
        return _RUN.sub(lambda m: self.digits(m[0]) if m[0].isdigit() else self.word(m[0]), text)

    def digits(self, digits: str) -> str:
        """As many digits; zeros at the end stay, so that a round figure is still one."""
        kept = digits.rstrip("0")
        draws = self._draws(f"digits {digits}")
        new = [str(next(draws) % 10) for _ in kept]
        if new:
            new[0] = str(1 + next(draws) % 9)
            new[-1] = str(1 + next(draws) % 9)
        made = "".join(new) + "0" * (len(digits) - len(kept))
        if made != digits or not kept:
            return made
        return str(9 - int(made[0]) or 5) + made[1:]

    def mail(self, address: str) -> str:
        """An address; the last label of its domain stays."""
        head, _, last = address.rpartition(".")
        return f"{self.words(head)}.{last}"

    def _draws(self, of: str) -> Iterator[int]:
        block = 0
        while True:
            yield from hmac.new(self.secret, f"{of} {block}".encode(), hashlib.sha256).digest()
            block += 1

    def _other(self, made: str) -> str:
        return made[:-1] + ("e" if made[-1].casefold() != "e" else "a")


def fold(word: str) -> str:
    """A word without case and accents: `É` and `e` are one letter."""
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))
