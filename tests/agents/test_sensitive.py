"""Sensitive ground: embargoes, words of law, competitors, by rule and to the letter."""

import pytest

from savoirfaire.agents.forms import Draft, Entry, Section, Sentence
from savoirfaire.agents.sensitive import sensitive
from savoirfaire.errors import BrandPackError
from savoirfaire.knowledge.brand import BrandPack

PACK = """
[brand]
name = "Durand"
language = "fr"
voice = "Sobre."
[sensitive]
competitors = ["Moulin Vert"]
[[sensitive.embargoes]]
terms = ["four solaire"]
until = 2026-06-01
reason = "brevet"
[[sensitive.forbidden]]
terms = ["sans gluten"]
reason = "non certifié"
[[sensitive.mentions]]
text = "L’abus d’alcool est dangereux pour la santé."
when = ["bière", "vin"]
"""


def rules(text: str, pack: str = PACK, dated: str = "2026-05-31") -> list[tuple[str, str]]:
    """The rules that a text breaks, and the words by which."""
    said = [Sentence(text=text, cites=["S1"])]
    draft = Draft(title="T", sections=[Section(heading="Été", entries=[Entry(sentences=said)])])
    brand = BrandPack.parse(pack)
    found = sensitive(draft, brand, dated=dated, competitors=["Pain & Co"])
    assert all(each.where in {"", "Été"} and each.by == "check" for each in found)
    return [(each.rule, each.quote) for each in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Le Four Solaire arrive.", [("sensitive.embargo", "Four Solaire")]),
        (
            "«\u00a0Le four\u00a0solaire\u00a0», dit-on.",
            [("sensitive.embargo", "four\u00a0solaire")],
        ),
        ("Un pain sans gluten.", [("sensitive.forbidden", "sans gluten")]),
        ("Mieux que moulin vert.", [("sensitive.competitor", "moulin vert")]),
        ("Mieux que Pain & Co.", [("sensitive.competitor", "Pain & Co")]),
        ("Pain à la bière.", [("sensitive.mention", "")]),
        ("Pain à la bière. L'abus d'alcool est dangereux pour la santé.", []),
        ("Le four, solaire ou non. Un divin pain.", []),
    ],
)
def test_found(text: str, found: list[tuple[str, str]]) -> None:
    """Each word that may not stand is found whatever its typography, in quotations too."""
    assert rules(text) == found


@pytest.mark.parametrize(("dated", "held"), [("2026-05-31", True), ("2026-06-01", False)])
def test_embargo_ends(dated: str, held: bool) -> None:  # noqa: FBT001 - a table
    """An edition of the day on which an embargo ends may speak."""
    assert bool(rules("Le four solaire.", dated=dated)) is held


def test_competitors_may_be_named() -> None:
    """A client who names competitors is left to; a list of its own still holds."""
    pack = PACK.replace("[sensitive]", "[sensitive]\nname_competitors = true")
    assert rules("Moulin Vert et Pain & Co.", pack) == [("sensitive.competitor", "Moulin Vert")]


def test_a_mention_everywhere() -> None:
    """Words of law that hang on nothing are due in every edition."""
    pack = PACK.replace('when = ["bière", "vin"]', "")
    assert rules("Rien.", pack) == [("sensitive.mention", "")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("until = 2026-06-01", "until"),
        ('terms = ["four solaire"]', "terms"),
        ("[sensitive]", "sensitif"),
    ],
)
def test_a_broken_pack(line: str, words: str) -> None:
    """A table that cannot be used is refused with its key."""
    broken = PACK.replace(line, line.replace("sensitive", "sensitif") if "[" in line[:1] else "")
    with pytest.raises(BrandPackError, match=words):
        BrandPack.parse(broken)


def test_an_unknown_key() -> None:
    """A key that does not belong is named with the one that was meant."""
    with pytest.raises(BrandPackError, match="did you mean `until`"):
        BrandPack.parse(PACK.replace("until =", "untill ="))
