"""Names and attributes as they are compared: without case, accents or punctuation."""

import re

from savoirfaire.errors import SavoirError
from savoirfaire.knowledge.analysis import fold

LONGEST_NAME = 500
LONGEST_ATTRIBUTE = 64
LONGEST_VALUE = 20_000

_INITIAL = re.compile(r"\b(\w)\.(?=\w\b)")
_APART = re.compile(r"[\W_]+")


def key_of(name: str) -> str:
    """What a name is found by: `L'ORÉAL S.A.` and `l’oreal sa` have one key.

    A name of nothing but signs is its own key.
    """
    folded = fold(_INITIAL.sub(r"\1", utf8(name)))
    return _APART.sub(" ", folded).strip() or " ".join(folded.split())


def utf8(words: str) -> str:
    """Words that can be looked for: half of a surrogate pair is in no database."""
    return words.encode("utf-8", "replace").decode()


def clean_name(name: str) -> str:
    """A name as it is shown, on one line. Raises SavoirError for what can be none."""
    return _storable(" ".join(name.split()), LONGEST_NAME, "a name")


def clean_value(value: str) -> str:
    """A value without the space around it. Raises SavoirError for what can be none."""
    return _storable(value.strip(), LONGEST_VALUE, "a value")


def attribute_of(words: str) -> str:
    """An attribute as it is kept: `Competes with` and `competes_with` are one."""
    return _storable(key_of(words).replace(" ", "_"), LONGEST_ATTRIBUTE, "an attribute")


def _storable(words: str, longest: int, what: str) -> str:
    """`words` if a database keeps them whole: a NUL ends a text, half a surrogate has no UTF-8."""
    try:
        words.encode()
    except UnicodeEncodeError:
        words = ""
    if not words or len(words) > longest or "\0" in words:
        raise SavoirError(
            "{what} has 1 to {longest} characters, each with a meaning",
            what=what,
            longest=longest,
            hint="Say it in fewer words, without control characters.",
        )
    return words
