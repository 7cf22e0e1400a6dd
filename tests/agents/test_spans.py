"""Quotations in a text: found where they stand, in any typography, and nowhere else."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from savoirfaire.agents.spans import Spotter

TEXT = "L’atelier a coûté 1\u202f250\u00a0€ en mai,\nsoit 52 % du « budget ».\u00a0 Rien d'autre."


@pytest.mark.parametrize(
    ("quotation", "said"),
    [
        ("L'atelier a coûté", "L’atelier a coûté"),
        ("1 250 €", "1\u202f250\u00a0€"),
        ("en mai, soit", "en mai,\nsoit"),
        ('du " budget "', "du « budget »"),
        ("Rien d’autre.", "Rien d'autre."),
        (unicodedata.normalize("NFD", "coûté"), "coûté"),
        ("  52 %  ", "52 %"),
        ("soit\u200b 52 %", "soit 52 %"),
    ],
)
def test_typography(quotation: str, said: str) -> None:
    """Composition, spaces, apostrophes and quotation marks may differ; the span is the text's."""
    found = Spotter(TEXT).find(quotation)
    assert found
    assert TEXT[slice(*found)] == said


@pytest.mark.parametrize(
    "quotation",
    [
        "2 %",
        "250 €",
        "1",
        "1 25",
        "53 %",
        "l'atelier",
        "L'atelier a coute",
        "en juin",
        "",
        " ",
        "…",
    ],
)
def test_not_said(quotation: str) -> None:
    """Other digits, letters or accents are not found, nor is a part of a number."""
    assert Spotter(TEXT).find(quotation) is None


def test_of_several_the_first_that_is_whole() -> None:
    """A number inside another is passed over, and the same number further on is found."""
    text = "152 pains, 52 pains"
    assert Spotter(text).find("52 pains") == (11, 19)


def test_decomposed_text() -> None:
    """A text in decomposed Unicode is quoted as it stands."""
    text = unicodedata.normalize("NFD", "Le café fermé")
    found = Spotter(text).find("café")
    assert found
    assert text[slice(*found)] == unicodedata.normalize("NFD", "café")


@pytest.mark.parametrize("quotation", ["\u0301", "1"])
def test_a_combined_mark_is_not_parted(quotation: str) -> None:
    """Neither a mark without its letter nor the letter without its mark is a quotation."""
    assert Spotter("a 1\u0301 b").find(quotation) is None


_SIGNS = st.text(st.sampled_from("ab1 2,.€’'\"«»\u00a0\u202f\n\u0301é"), max_size=40)


@given(_SIGNS, st.integers(0, 40), st.integers(0, 40))
def test_what_is_found_says_it(text: str, start: int, length: int) -> None:
    """Whatever is found reads as the quotation does, with the same letters and digits."""
    quotation = text[start : start + length]
    found = Spotter(text).find(quotation)
    if found is not None:
        assert _bare(text[slice(*found)]) == _bare(quotation)


@given(_SIGNS, _SIGNS)
def test_nothing_is_invented(text: str, quotation: str) -> None:
    """A quotation with letters or digits that the text has not in this order is not found."""
    if Spotter(text).find(quotation) is not None:
        assert _bare(quotation) in _bare(text)


def _bare(words: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFC", words) if sign.isalnum())
