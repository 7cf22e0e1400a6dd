"""Literal terms are found whole, whatever their typography, with the span they have in the text."""

import pytest

from savoirfaire.knowledge.terms import Hit, TermFinder


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("off-chain", "moved off-chain today", "off-chain"),
        ("off-chain", "moved Off-Chain today", "Off-Chain"),
        ("off-chain", "moved off\u2011chain today", "off\u2011chain"),
        ("hardware wallet", "a hardware\n      wallet", "hardware\n      wallet"),
        ("hardware wallet", "a hardware\u202fwallet", "hardware\u202fwallet"),
        ("c'est à dire", "c\u2019est à dire", "c\u2019est à dire"),
        ("préimage", "la pre\u0301image.", "pre\u0301image"),
        ("pre\u0301image", "la préimage.", "préimage"),
        ("wallet", "a wal\u00adlet and", "wal\u00adlet"),
        ("wallet", "a wal\u200blet and", "wal\u200blet"),
        ("chain", "off-chain", "chain"),
        ("Newsletter #", "see Newsletter #277", "Newsletter #"),
        ("C++", "C++ code", "C++"),
        ("chain", "offchain, chains, chain_split", None),
        ("chain", "l'été\u0301chain", None),
        ("fee rate", "fee\0rate", None),
        ("nœud", "NŒUD", "NŒUD"),
        ("i", "İi i", "i"),
    ],
)
def test_whole_words(term: str, text: str, found: str | None) -> None:
    """A term is found as a whole word through typography, and nowhere inside a longer word."""
    hits = TermFinder([([term], False)]).find(text)
    assert [text[hit.start : hit.end] for hit in hits] == ([found] if found else [])


def test_case() -> None:
    """Where case counts, only the exact capitals are found."""
    finder = TermFinder([(["CoinJoin"], True)])
    assert finder.find("CoinJoin coinjoin COINJOIN") == [Hit(0, 0, 8)]


def test_longest_of_one_owner() -> None:
    """Of one owner's overlapping terms the longest is found; other owners keep their own."""
    finder = TermFinder([(["fee", "fee rate"], False), (["rate"], False)])
    assert finder.find("the fee rate") == [Hit(0, 4, 12), Hit(1, 8, 12)]


@pytest.mark.parametrize("owners", [[], [([], False)], [([" "], False)]])
def test_no_terms(owners: list[tuple[list[str], bool]]) -> None:
    """A finder without terms finds nothing."""
    assert TermFinder(owners).find("anything at all") == []
