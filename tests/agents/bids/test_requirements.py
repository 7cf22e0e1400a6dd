import pytest

from savoirfaire.agents.bids.clauses import clauses, labels
from savoirfaire.agents.bids.requirements import requirements

BRIEF = """# Request

##1.0 BACKGROUND
The service must be understood. We build it ourselves since 2019.

##2.0 REQUIREMENTS
The Contractor shall provide the following:

-   A static public site, deployable
    through a single command.
-   A print layout.

###Not required
Vendor will not be required to handle:

-   Hosting

###2.1 Personnel
a)  One project lead.
b)  The lead should speak French.

####2.1.1 Conflicts
Conflicts are of two kinds. See the standard
1194.22 Web-based Information.
1.  Being partial must be declared.
2.  Advantage.

##3.0 PAYMENT
The Government shall pay within 30 days.
"""
FRENCH = """## 3. Prestations attendues

3.1. Le prestataire devra :

- livrer une charte graphique ;
- animer deux ateliers.

3.2. L’agence s’engage sur un délai de 10 jours. Une variante serait appréciée.

3.3. Contexte

## 4. Calendrier

Le candidat remettra son offre au plus tard le 4 mai.
"""


def test_labels() -> None:
    """Numbered and lettered clauses have their label; the number of a standard is none."""
    assert labels(clauses(BRIEF)) == [
        *("1.0", "2.0", "2.1", "2.1.a", "2.1.b", "2.1.1", "2.1.1.1", "2.1.1.2", "3.0"),
    ]
    assert labels(clauses(FRENCH)) == ["3", "3.1", "3.2", "3.3", "4"]


@pytest.mark.parametrize("text", [BRIEF, FRENCH])
def test_nothing_numbered_is_lost(text: str) -> None:
    """Each label has a requirement, and each requirement is an exact span of the text."""
    found = requirements(text)
    assert {each.label for each in found} >= set(labels(clauses(text)))
    assert len({each.id for each in found}) == len(found)
    assert all(each.of(text) == each.of(text).strip() != "" for each in found)


def test_what_is_asked() -> None:
    """Sentences that oblige, and the points that one announces, are asked of the bidder."""
    asked = {
        each.of(BRIEF).split("\n")[0]: (each.label, each.force, each.party)
        for each in requirements(BRIEF)
    }
    assert asked["-   A static public site, deployable"] == ("2.0", "must", "bidder")
    assert asked["-   A print layout."] == ("2.0", "must", "bidder")
    assert asked["b)  The lead should speak French."] == ("2.1.b", "should", "bidder")
    assert asked["The Government shall pay within 30 days."] == ("3.0", "must", "client")
    assert asked["2.  Advantage."] == ("2.1.1.2", "information", "bidder")
    assert not any("Hosting" in words for words in asked)


def test_french() -> None:
    """French briefs oblige in their own words, with typographic apostrophes."""
    asked = [(each.label, each.force) for each in requirements(FRENCH)]
    assert asked == [
        *(("3", "information"), ("3.1", "must"), ("3.1", "must"), ("3.1", "must")),
        *(("3.2", "must"), ("3.2", "should"), ("3.3", "information"), ("4", "must")),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "#", "1.", "a)", "- ", "===", "\ufeff# \x00 1.1.1.1"])
def test_hostile(text: str) -> None:
    """Whatever a brief is made of, reading it ends."""
    assert isinstance(requirements(text), list)


def test_linear() -> None:
    """A long brief, or a long line, takes no more than its length."""
    assert len(requirements("1. X must do it.\n" * 3000)) == 3000
    assert len(requirements("must " * 100_000)) == 1
