"""Words of a sentence, as Vale takes them to look a sentence up again."""

import re
from functools import lru_cache

_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'"})
_SUFFIXES = (",", ")", '"', "]", "!", ";", ".", "?", ":", "'")
_PREFIXES = ("$", "(", '"', "[", "'")
_WHOLE = re.compile(r"(?:[A-Za-z]\.){2,}\Z|[A-Z][a-z]{1,2}\.\Z")


@lru_cache(maxsize=512)
def words(text: str) -> tuple[bytes, ...]:
    """The words as bytes, with the punctuation around them taken off; only those with a letter."""
    clean = text.translate(_QUOTES).replace("&rsquo;", "'")
    return tuple(filter(None, dict.fromkeys(map(_bare, clean.split()))))


@lru_cache(maxsize=20_000)
def _bare(word: str) -> bytes:
    """The word without what stands around it; nothing where it has no letter."""
    while len(word) > 1 and not _WHOLE.match(word):
        if word.startswith(_PREFIXES):
            word = word[1:]
        elif word.endswith(_SUFFIXES):
            word = word[:-1]
        else:
            break
    return word.encode() if any(map(str.isalpha, word)) else b""
