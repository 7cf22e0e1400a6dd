import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savoirfaire.knowledge.analysis import ANALYSER, STOPWORDS, Terms, analyse, dimension, fold

HERE = settings(derandomize=True, deadline=None, database=None, max_examples=150)


def terms(*names: str) -> set[int]:
    """The dimensions of terms."""
    return {dimension(name) for name in names}


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
    assert analyse(one).counts.keys() & analyse(other).counts.keys()


@pytest.mark.parametrize(("one", "other"), [("rose", "prose"), ("12", "21"), ("fr", "en")])
def test_words_that_do_not_meet(one: str, other: str) -> None:
    """Different words share no term."""
    assert not analyse(one).counts.keys() & analyse(other).counts.keys()


def test_terms_of_a_word() -> None:
    """A word gives its French and its English stem, a number itself under both."""
    assert analyse("Campagnes").counts.keys() == terms("fr:campagn", "en:campagn")
    assert analyse("communications").counts.keys() == terms("fr:commun", "en:communic")
    assert analyse("2025").counts.keys() == terms("fr:2025", "en:2025")


def test_counts() -> None:
    """A term is counted as often as it occurs; common words count for nothing, not even length."""
    assert analyse("La marque, the brand, and the marques!") == Terms(
        {
            dimension("fr:marqu"): 2,
            dimension("en:marqu"): 2,
            dimension("fr:brand"): 1,
            dimension("en:brand"): 1,
        },
        3,
    )


def test_tone_is_a_content_word() -> None:
    """`ton` is the tone of a brand here, not a possessive."""
    assert "ton" not in STOPWORDS
    assert analyse("le ton de la marque").length == 2


@pytest.mark.parametrize("text", ["", " \n\t", "— … !", "the of et la", "_ __", "\u0301", "\xad"])
def test_nothing_to_find(text: str) -> None:
    """A text without a content word has no terms."""
    assert analyse(text) == Terms({}, 0)


@given(st.text())
@HERE
def test_any_text(text: str) -> None:
    """Any text is analysed, the same however it is composed, and its counts add up."""
    found = analyse(text)
    assert found == analyse(unicodedata.normalize("NFC", text))
    assert all(0 <= term < 2**32 and times > 0 for term, times in found.counts.items())
    assert found.length <= sum(found.counts.values()) <= 2 * found.length


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x24F)))
@HERE
def test_folding_twice(text: str) -> None:
    """Folding what is folded changes nothing."""
    assert fold(fold(text)) == fold(text)


def test_dimensions_are_for_ever() -> None:
    """A term has the same dimension in every process: they are stored."""
    assert dimension("fr:marqu") == 4046063244
    here = sorted(analyse("Le ton de la marque, 2025").counts)
    code = (
        "from savoirfaire.knowledge.analysis import analyse;"
        "print(sorted(analyse('Le ton de la marque, 2025').counts))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert said.strip() == str(here)


def test_the_terms_of_this_version() -> None:
    """Whoever changes what a text's terms are gives the analyser another version."""
    sample = (
        "L’Œuvre d’été: 3 newsletters & des communications plus sûres. Naïve café CO₂ №5 日本語"
    )
    assert (ANALYSER, sum(analyse(sample).counts), analyse(sample).length) == (
        "fr+en/2",
        34266152416,
        11,
    )
