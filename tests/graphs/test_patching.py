"""Proposed edits, taken one by one."""

from typing import Any

import pytest

from savoirfaire.agents.forms import Breach
from savoirfaire.errors import RequestError
from savoirfaire.graphs.editions.patching import patches, taken

TEXT = """# T

90 loaves of 90.[^1]

## News

- The oven bakes 90 loaves, not 190, off-chain.[^1]

## Dates

- 90 again.[^1]

[^1]: items/90.md: “90”
"""


def breach(quote: str, fix: str, where: str = "News") -> Breach:
    """Something to mend."""
    return Breach(rule="r", quote=quote, where=where, message="m", fix=fix, by="check")


@pytest.mark.parametrize(
    ("breaches", "made"),
    [
        ([breach("90", "80")], ["The oven bakes 80 loaves, not 190"]),
        ([breach("90", "80", "")], ["80 loaves of 80."]),
        ([breach("off-chain", "offchain"), breach("90", "80")], ["80 loaves, not 190, offchain"]),
        ([breach("bakes 90 loaves", "bakes"), breach("90", "80")], ["The oven bakes, not 190"]),
        ([breach("90", "80", "Gossip")], []),
        ([breach("gone", "80"), breach("90", ""), breach("", "x")], []),
    ],
)
def test_patches(breaches: list[Breach], made: list[str]) -> None:
    """Each fix in its own section, as whole words, once; footnotes and other sections stay."""
    offered = [each.model_dump() for each in patches(TEXT, breaches)]
    assert all(TEXT[each["start"] : each["end"]] == each["before"] for each in offered)
    text = taken(TEXT, offered, {each["number"] for each in offered})
    assert all(each in text for each in made)
    assert text.endswith("[^1]: items/90.md: “90”\n")
    assert made or text == TEXT


def test_one_by_one() -> None:
    """Those that are not taken leave the text as it is."""
    offered: list[dict[str, Any]] = [
        each.model_dump()
        for each in patches(TEXT, [breach("off-chain", "offchain"), breach("90", "80")])
    ]
    assert [each["number"] for each in offered] == [1, 2]
    assert "bakes 90 loaves, not 190, offchain" in taken(TEXT, offered, {2})
    assert taken(TEXT, offered, set()) == TEXT


@pytest.mark.parametrize(("text", "numbers"), [(TEXT, {3}), (TEXT.replace("90 loaves,", "9"), {1})])
def test_refused(text: str, numbers: set[int]) -> None:
    """A number that is not offered, or a text that has changed, is refused."""
    offered = [each.model_dump() for each in patches(TEXT, [breach("90", "80")])]
    with pytest.raises(RequestError):
        taken(text, offered, numbers)
