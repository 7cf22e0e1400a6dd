"""A brand pack is read whole or refused whole, with words that say where and what to do."""

import pytest

from savoirfaire.errors import BrandPackError
from savoirfaire.knowledge.brand import BrandPack

BRAND = """\
[brand]
name = "Acme"
language = "en"
voice = "Plain words. Short sentences."
"""

RULE = """
[[rules]]
id = "offchain"
use = "offchain"
avoid = ["off-chain"]
reason = "one word"
"""


def rule(use: str, avoid: str, more: str = "") -> str:
    """A pack of one rule."""
    return f'{BRAND}\n[[rules]]\nid = "r"\nuse = "{use}"\navoid = {avoid}\nreason = "x"\n{more}'


def test_least() -> None:
    """A pack needs no more than whose words these are; the rest has defaults."""
    pack = BrandPack.parse(BRAND)
    assert (pack.brand.name, pack.rules, pack.edition.lead) == ("Acme", [], True)
    assert pack.edition.max_sentence_words == 60
    assert pack.gates.never_lift == []


def test_everything() -> None:
    """Every table is read, and a rule is a warning without regard to case unless it says more."""
    pack = BrandPack.parse(
        BRAND
        + RULE
        + '[[guidance]]\nid = "calm"\ntext = "No haste."\n'
        + '[edition]\nrequired_sections = ["News"]\n'
        + '[links]\nallow = ["Example.org"]\n[gates]\nnever_lift = ["publish"]\n'
    )
    assert (pack.rules[0].level, pack.rules[0].case) == ("warning", False)
    assert pack.guidance[0].text == "No haste."
    assert pack.edition.required_sections == ["News"]
    assert pack.links.allow == ["example.org"]
    assert pack.gates.never_lift == ["publish"]


def test_byte_order_mark() -> None:
    """A byte order mark, which editors on Windows write, does no harm."""
    assert BrandPack.parse("\ufeff" + BRAND).brand.name == "Acme"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x =", ["not valid TOML"]),
        (BRAND + "[[rules]\n", ["not valid TOML", "line 5"]),
        ("", ["`brand`", "is missing"]),
        (BRAND.replace("en", "de"), ["`brand.language` (line 3)", "'en' or 'fr'", "de"]),
        (BRAND + RULE.replace("reason", "reasn"), ["`rules[1].reasn` (line 10)", "`reason`?"]),
        (BRAND + RULE.replace("reason", "reasn"), ["`rules[1].reason` (line 6)", "is missing"]),
        (BRAND + RULE + RULE.replace('"offchain"', '"Off Chain"', 1), ["`rules[2].id` (line 13)"]),
        (BRAND + RULE.replace('["off-chain"]', "[]"), ["`rules[1].avoid` (line 9)", "at least 1"]),
        (BRAND + RULE.replace('["off-chain"]', '[" "]'), ["`rules[1].avoid[1]` (line 9)"]),
        (BRAND + RULE + 'level = "fatal"\n', ["`rules[1].level` (line 11)", "'warning'"]),
        (BRAND + RULE + RULE, ["`rules[1].id` (line 7)", "`offchain` is used twice"]),
        (BRAND + '[links]\nallow = ["https://a.org/x"]\n', ["`links.allow[1]`", "example.org"]),
        (BRAND + "[edition]\nmax_sentence_words = 0\n", ["`edition.max_sentence_words` (line 6)"]),
        (BRAND + "[colours]\n", ["`colours` (line 5)", "unknown key"]),
        ("brand = 3", ["`brand`", "3"]),
        (rule("Bitcoin Core", '["Core"]'), ["`rules[1].use` (line 8)", "it avoids “Core”"]),
        (rule("coinjoin", '["CoinJoin"]'), ["`case = true`"]),
    ],
)
def test_refused(text: str, words: list[str]) -> None:
    """A pack that cannot be used is refused with the key, its line and what to do."""
    with pytest.raises(BrandPackError) as caught:
        BrandPack.parse(text)
    for each in words:
        assert each in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        rule("offchain", '["chain"]'),
        rule("multisignature", '["multisig"]'),
        rule("coinjoin", '["CoinJoin"]', "case = true\n"),
        rule("", '["synergy"]'),
    ],
)
def test_safe_boundaries(text: str) -> None:
    """A term inside a longer word of its own fix is no contradiction, nor is another case."""
    assert BrandPack.parse(text).rules[0].id == "r"


def test_rules_in_a_circle() -> None:
    """A rule whose fix another rule forbids is refused: no draft could satisfy both."""
    circle = rule("signing device", '["wallet"]') + RULE.replace("off-chain", "device")
    with pytest.raises(BrandPackError, match=r"the rule `offchain` avoids “device”"):
        BrandPack.parse(circle)
