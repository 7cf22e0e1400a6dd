"""Deterministic checks of form and words."""

import time

import pytest

from savoirfaire.agents.checks import check_draft, check_markdown, keep_exact, level_of
from savoirfaire.agents.forms import Breach, Draft, Entry, Passage, Section, Sentence
from savoirfaire.knowledge.brand import BrandPack

PACK = BrandPack.parse("""
[brand]
name = "Acme"
language = "en"
voice = "Plain."
[[rules]]
id = "offchain"
use = "offchain"
avoid = ["off-chain", "off chain"]
reason = "one word"
level = "error"
[[rules]]
id = "coinjoin"
use = "coinjoin"
avoid = ["CoinJoin", "Coinjoin"]
case = true
reason = "a common noun"
level = "suggestion"
[[rules]]
id = "iphone"
use = "iPhone"
avoid = ["Iphone"]
case = true
reason = "a name"
[[rules]]
id = "synergy"
avoid = ["synergy"]
reason = "empty"
[edition]
required_sections = ["News"]
optional_sections = ["Letters"]
max_sentence_words = 12
max_section_words = 20
""")

SOURCE = Passage(
    label="S1", source="a", path="a.md", start=0, end=9, quote="", kind="item", score=1.0
)


def sentence(text: str) -> Sentence:
    """A sentence that cites the one passage."""
    return Sentence(text=text, cites=["S1"])


def section(heading: str, *texts: str) -> Section:
    """A section of one entry."""
    return Section(heading=heading, entries=[Entry(sentences=[sentence(text) for text in texts])])


def edition(*news: str) -> Draft:
    """An edition in good form, with `news` in its section."""
    return Draft(title="Title", sections=[section("", "Hello."), section("News", *news)])


def found(draft: Draft, pack: BrandPack = PACK) -> list[tuple[str, str, str]]:
    """The breaches of a draft as rule, quote and fix."""
    return [(b.rule, b.quote, b.fix) for b in check_draft(draft, pack, [SOURCE])]


def test_good() -> None:
    """A draft in good form has no breach."""
    assert found(edition("All is well.")) == []


@pytest.mark.parametrize(
    ("text", "quote", "fix"),
    [
        ("It moved off-chain.", "off-chain", "offchain"),
        ("It moved off\u00a0chain.", "off\u00a0chain", "offchain"),
        ("Off-chain is cheap.", "Off-chain", "Offchain"),
        ("It ends. Off-chain is cheap.", "Off-chain", "Offchain"),
        ("“Off-chain” is a word.", "Off-chain", "Offchain"),
        ("An Off-Chain move.", "Off-Chain", "offchain"),
        ("A [move off-chain](https://a.org).", "off-chain", "offchain"),
        ("A Coinjoin.", "Coinjoin", "coinjoin"),
        ("CoinJoin is old.", "CoinJoin", "Coinjoin"),
        ("Iphone is new.", "Iphone", "iPhone"),
        ("All synergy.", "synergy", ""),
    ],
)
def test_terms(text: str, quote: str, fix: str) -> None:
    """A term to avoid is quoted as written; the fix keeps the capital of a sentence start."""
    breaches = [b for b in check_draft(edition(text), PACK, []) if "." not in b.rule]
    assert [(b.quote, b.fix, b.where) for b in breaches] == [(quote, fix, "News")]


@pytest.mark.parametrize(
    "text",
    [
        "Offchain, offchains and kickoff-chains.",
        "Coinjoin is a noun, so is coinjoin.",
        "Call `off-chain` or ``a `off-chain` b``.",
        "See https://a.org/off-chain now.",
        "See [this](https://a.org/off-chain 'off-chain now').",
        "See [“Off-chain or not”](https://a.org).",
        "She said “we moved all of it off-chain in May” there.",
        "Elle dit « on a tout mis off-chain hier » ici.",
    ],
)
def test_terms_left_alone(text: str) -> None:
    """Code, addresses, quoted titles of links and the words of others are not ours to change."""
    assert [b for b in check_draft(edition(text), PACK, []) if "." not in b.rule] == []


def test_terms_everywhere() -> None:
    """Titles, headings and headlines are read too, and one breach stands for its repetitions."""
    draft = edition("Off-chain, off-chain, off-chain.")
    draft.title = "An off-chain week"
    draft.sections[1].entries[0].headline = "off chain"
    assert found(draft) == [
        ("offchain", "off-chain", "offchain"),
        ("offchain", "off chain", "offchain"),
        ("offchain", "Off-chain", "Offchain"),
        ("offchain", "off-chain", "offchain"),
    ]


@pytest.mark.parametrize(
    ("sections", "rules"),
    [
        ([], {"sections.required", "sections.lead"}),
        ([section("", "Hi.")], {"sections.required"}),
        ([section("", "Hi."), section("News")], {"sections.required"}),
        ([section("News", "Hi.")], {"sections.lead"}),
        ([section(""), section("News", "Hi.")], {"sections.lead"}),
        ([section("News", "Hi."), section("", "Hi.")], {"sections.lead"}),
        ([section("", "Hi."), section("NEWS ", "Hi."), section("Letters", "Hi.")], set()),
        ([section("", "Hi."), section("News", "Hi."), section("Ads", "Hi.")], {"sections.unknown"}),
    ],
)
def test_sections(sections: list[Section], rules: set[str]) -> None:
    """Required sections have words, the lead comes first, and others are those of the brand."""
    assert {rule for rule, *_ in found(Draft(title="T", sections=sections))} == rules


def test_other_sections_allowed() -> None:
    """Where a brand names no optional sections, it leaves them free."""
    free = PACK.model_copy(
        update={"edition": PACK.edition.model_copy(update={"optional_sections": []})}
    )
    draft = edition("Hi.")
    draft.sections.append(section("Ads", "Hi."))
    assert found(draft, free) == []


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("One two three four five six seven eight nine ten eleven twelve.", []),
        (
            "One two three four five six seven eight nine ten eleven twelve more.",
            ["length.sentence"],
        ),
        ("One two three four five six seven. Eight nine ten eleven twelve thirteen.", []),
        (
            "One two three four five six seven [eight](https://a.org/b-c) nine ten eleven twelve.",
            [],
        ),
        ("Un deux : trois ; quatre ! cinq ? six « sept » huit – neuf", []),
        ("One two three. " * 7, ["length.section"]),
    ],
)
def test_lengths(text: str, rules: list[str]) -> None:
    """Words are counted as a reader reads them, sentence by sentence and section by section."""
    draft = edition(text)
    assert [rule for rule, *_ in found(draft) if rule.startswith("length")] == rules


def test_messages_follow_the_brand() -> None:
    """Messages are in the language of the brand."""
    french = BrandPack.parse('[brand]\nname = "A"\nlanguage = "fr"\nvoice = "Sobre."\n')
    draft = Draft(title="T", sections=[Section(heading="Brèves", entries=[])])
    (breach,) = check_draft(draft, french, [])
    assert breach.message.startswith("l'édition ne s'ouvre pas")


@pytest.mark.parametrize(
    ("rule", "level"),
    [
        ("offchain", "error"),
        ("coinjoin", "suggestion"),
        ("iphone", "warning"),
        ("citation.missing", "error"),
        ("length.sentence", "warning"),
        ("something-a-judge-said", "warning"),
    ],
)
def test_level(rule: str, level: str) -> None:
    """A breach is as serious as the brand says, or as its check is."""
    assert level_of(rule, PACK) == level


MARKDOWN = """\
---
title: off-chain
---
A lead about
off-chain things.

## Off-chain news

- **An item:** Off-chain, `off-chain` and [off-chain](https://a.org "off-chain"). {% off-chain %}

  It moved off
  chain <!-- off-chain -->

```
off-chain
```

[^1]: a.md, characters 1 to 2: “off-chain”
[ref]: https://a.org/off-chain
"""


def test_markdown() -> None:
    """A reviewer's Markdown is read without its code, comments, addresses and footnotes."""
    breaches = check_markdown(MARKDOWN, PACK)
    assert [(b.quote, b.fix, b.where) for b in breaches] == [
        ("off-chain", "offchain", ""),
        ("Off-chain", "Offchain", "Off-chain news"),
        ("off-chain", "offchain", "Off-chain news"),
        ("off\n  chain", "offchain", "Off-chain news"),
    ]
    assert all(breach.quote in MARKDOWN for breach in breaches)


def test_markdown_lengths() -> None:
    """A sentence over several lines is one sentence; its quote is the text as it stands."""
    long = "One two three four five\n  six seven eight nine ten eleven\n  twelve thirteen."
    (breach,) = check_markdown(f"## News\n\n- {long}\n- Short.\n", PACK)
    assert (breach.rule, breach.quote, breach.where) == ("length.sentence", long, "News")


def test_markdown_with_footnotes() -> None:
    """Footnote marks and headlines in bold part sentences, as they do in what we render."""
    said = "One two three four five six.[^1][^2]"
    headline = "**[A headline of five words](https://a.org):**"
    markdown = f"## News\n\n- {headline} {said} {said}\n\n[^1]: a.md\n[^2]: b.md\n"
    assert [b.rule for b in check_markdown(markdown, PACK)] == []


@pytest.mark.parametrize(
    ("quote", "kept"),
    [
        ("52 à 93 %", True),
        ("52\u202fà 93\u00a0%", True),
        ("cafe\u0301 noir", True),
        ("café\n  noir", True),
        ("52 à 73 %", False),
        ("2 à 93 %", False),
        ("1.5", False),
        ("café Noir", False),
        ("", False),
        (" \u00a0", False),
        ("cafés", False),
    ],
)
def test_keep_exact(quote: str, kept: bool) -> None:  # noqa: FBT001 - a column of the table
    """A judge's breach stands only if the draft has its quote, digit for digit."""
    breach = Breach(rule="tone", quote=quote, where="", message="x", by="judge")
    text = "De 52 à\u00a093 % pour un café noir, soit 21.5 ou 1.55."
    assert keep_exact([breach], text) == (([breach], 0) if kept else ([], 1))


def test_keep_exact_leaves_checks() -> None:
    """A check's breach may quote nothing: what is missing has no words."""
    breach = Breach(rule="sections.required", quote="", where="News", message="x", by="check")
    assert keep_exact([breach], "") == ([breach], 0)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000, "[" * 50_000, '"' * 50_000, "`" * 50_000, "` `` " * 10_000, ". " * 25_000,
        "." + " " * 50_000, "](a " * 12_000, "](<" * 16_000, "http://a(" * 5_000, "« " * 25_000,
        "[a](b" * 10_000, '](a "' * 10_000, "<!--" * 12_000, "{%" * 25_000, "\n- " * 16_000,
        "a." * 25_000, "1," * 25_000, "1 000 " * 8_000, "27 June " * 6_000, "off-chain " * 5_000,
    ],
)  # fmt: skip
def test_linear(text: str) -> None:
    """No text, however odd, takes more than a moment."""
    started = time.perf_counter()
    check_draft(edition(text), PACK, [SOURCE.model_copy(update={"quote": text})])
    check_markdown(text, PACK)
    assert time.perf_counter() - started < 5
