"""Which language a text is in, told only where its little words leave no doubt."""

import re
from typing import Literal

Language = Literal["fr", "en"]
_FRENCH = frozenset(
    str.split(
        "le la les un une des du de et est sont pour que qui dans avec sur ce cette ces nous vous"
        " votre notre au aux par pas plus ne il elle ils son sa ses mais ou où être été"
    )
)
_ENGLISH = frozenset(
    str.split(
        "the a an of and is are to for that which in with on this these we you your our by not"
        " more it he she they his her its but or be been was were has have from at as"
    )
)
_SAID = re.compile(r"\A---\n(?:.*\n)*?lang(?:uage)?:[ \t]*[\"']?(fr|en)\b", re.IGNORECASE)
_ENOUGH, _TIMES = 5, 3


def language(text: str, *, enough: int = _ENOUGH) -> Language | None:
    """The language that the front matter says, else the one with three times the little words.

    None where there are fewer of them than `enough`, or both languages have their share.
    """
    if said := _SAID.match(text):
        return "fr" if said[1].lower() == "fr" else "en"
    words = re.findall(r"[^\W\d_]+", text[:50_000].lower())
    french = sum(word in _FRENCH for word in words)
    english = sum(word in _ENGLISH for word in words)
    if max(french, english) < enough or max(french, english) < _TIMES * min(french, english):
        return None
    return "fr" if french > english else "en"
