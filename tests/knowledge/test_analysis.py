import hashlib
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savoirfaire.knowledge.analysis import ANALYSER, FORMS, STOPWORDS, dimension, fold, words
from savoirfaire.knowledge.sketches import Sketch, analyse

HERE = settings(derandomize=True, deadline=None, database=None, max_examples=150)


def terms(*names: str) -> list[int]:
    """The dimensions of terms."""
    return [dimension(name) for name in names]


def stems(text: str) -> list[int]:
    """The dimensions of a text, word by word, form by form."""
    return [int(each) for each in analyse(text).stems]


def both(text: str) -> set[int]:
    """The French and English stems of a text."""
    found = stems(text)
    return {*found[0 :: len(FORMS)], *found[1 :: len(FORMS)]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("newsletter", "newsletters"),  # French Snowball alone keeps these two apart
        ("campagne", "campagnes"),
        ("Forêt", "foret"),
        ("RÉSEAUX", "réseaux"),
        ("œuvre", "oeuvres"),
        ("Straße", "strasse"),
        ("publishing", "published"),
        ("re\u0301sume\u0301", "résumé"),
        ("news\u00adletter", "newsletter"),
        ("l’agence", "agence"),
        ("ﬁnance", "finance"),
    ],
)
def test_words_that_meet(one: str, other: str) -> None:
    """Two spellings of a word share a term, in either language."""
    assert both(one) & both(other)


@pytest.mark.parametrize(("one", "other"), [("rose", "prose"), ("12", "21"), ("fr", "en")])
def test_words_that_do_not_meet(one: str, other: str) -> None:
    """Different words share no term."""
    assert not set(stems(one)) & set(stems(other))


def test_terms_of_a_word() -> None:
    """A word gives its French stem, its English one and its first letters; a number too."""
    assert stems("Campagnes") == terms("fr:campagn", "en:campagn", "p:camp")
    assert stems("communications") == terms("fr:commun", "en:communic", "p:comm")
    assert stems("2025") == terms("fr:2025", "en:2025", "p:2025")
    assert stems("Élan")[2] == dimension("p:elan")


@pytest.mark.parametrize(
    ("one", "other"), [("travaillent", "travailleurs"), ("travail", "travaux")]
)
def test_prefixes_meet(one: str, other: str) -> None:
    """An inflection that neither stemmer knows shares the first letters."""
    assert not both(one) & both(other)
    assert stems(one)[2] == stems(other)[2]


def test_counts() -> None:
    """A term is counted as often as it occurs; common words count for nothing, not even length."""
    sketch = analyse("La marque, the brand, and the marques!")
    counts = dict(zip(*(each.tolist() for each in sketch.terms), strict=True))
    assert counts == dict.fromkeys(terms("fr:brand", "en:brand", "p:bran"), 1) | dict.fromkeys(
        terms("fr:marqu", "en:marqu", "p:marq"), 2
    )
    assert sketch.length == 3


def test_tone_is_a_content_word() -> None:
    """`ton` is the tone of a brand here, not a possessive."""
    assert "ton" not in STOPWORDS
    assert analyse("le ton de la marque").length == 2


@pytest.mark.parametrize("text", ["", " \n\t", "— … !", "the of et la", "_ __", "\u0301", "\xad"])
def test_nothing_to_find(text: str) -> None:
    """A text without a content word has no terms."""
    sketch = analyse(text)
    assert (len(sketch.stems), len(sketch.grams), sketch.length) == (0, 0, 0)
    assert Sketch.from_bytes(sketch.to_bytes()).length == 0


@given(st.text())
@HERE
def test_any_text(text: str) -> None:
    """Any text is analysed, the same however it is composed, and comes back from its bytes."""
    blob = analyse(text).to_bytes()
    assert blob == analyse(unicodedata.normalize("NFC", text)).to_bytes()
    again = Sketch.from_bytes(blob)
    assert again.to_bytes() == blob
    assert again.length == len(words(text))
    terms, counts = again.terms
    assert counts.sum() == len(FORMS) * again.length
    assert sorted(again.distinct_grams().tolist()) == sorted(set(again.grams.tolist()))
    assert len(terms) <= len(FORMS) * again.length


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x24F)))
@HERE
def test_folding_twice(text: str) -> None:
    """Folding what is folded changes nothing."""
    assert fold(fold(text)) == fold(text)


def test_dimensions_are_for_ever() -> None:
    """A term has the same dimension in every process: they are stored."""
    assert dimension("fr:marqu") == 4046063244
    here = analyse("Le ton de la marque, 2025").to_bytes().hex()
    code = (
        "from savoirfaire.knowledge.sketches import analyse;"
        "print(analyse('Le ton de la marque, 2025').to_bytes().hex())"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert said.strip() == here


def test_the_terms_of_this_version() -> None:
    """Whoever changes what a text's terms are gives the analyser another version."""
    sample = (
        "L’Œuvre d’été: 3 newsletters & des communications plus sûres. Naïve café CO₂ №5 日本語"
    )
    found = hashlib.blake2b(analyse(sample).to_bytes(), digest_size=6).hexdigest()
    assert (ANALYSER, found, analyse(sample).length) == ("fr+en+prefix+grams/3", "f55ed5d05a62", 11)
