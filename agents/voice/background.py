"""What a voice is told apart from: impostors that are shipped, the same for every client.

No client's text is ever another client's impostor: a verdict may not depend on who else is served.
"""

import lzma
from functools import cache
from importlib.resources import files

import numpy as np

from savoirfaire.agents.voice.anatomy import Anatomy
from savoirfaire.agents.voice.grams import Counts, Hashes, count, hashes, log_likelihood
from savoirfaire.agents.voice.masking import mask

_FOLDER = files("savoirfaire.agents").joinpath("voice/impostors")
_LANGUAGES = ("en", "fr")


@cache
def impostors() -> tuple[Counts, ...]:
    """The n-grams of each impostor: ordinary English, ordinary French, letters of many manners."""
    letters = [
        read(f"{name}.{each}.md") for each in _LANGUAGES for name in ("letters", "generated")
    ]
    masked = [hashes(mask(Anatomy(text)).signs) for text in letters]
    return (*(_ordinary(each) for each in _LANGUAGES), count(masked))


def likelihood(text: Hashes) -> np.ndarray:
    """The logarithm of the likelihood of each sign when any impostor may be the writer."""
    each = [log_likelihood(voice.of(text), voice.signs) for voice in impostors()]
    return np.asarray(np.logaddexp.reduce(each, axis=0) - np.log(len(each)))


@cache
def generated() -> tuple[str, ...]:
    """Text as language models write it when nobody tells them how, in each language."""
    return tuple(read(f"generated.{each}.md") for each in _LANGUAGES)


def read(name: str) -> str:
    """One shipped text."""
    return _FOLDER.joinpath(name).read_text(encoding="utf-8")


def _ordinary(language: str) -> Counts:
    packed = _FOLDER.joinpath(f"masked.{language}.xz").read_bytes()
    texts = lzma.decompress(packed).decode().split("\f")
    return count([hashes(text) for text in texts])
