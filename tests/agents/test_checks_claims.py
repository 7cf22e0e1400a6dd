"""Deterministic checks of what a draft claims, and of where its links lead."""

import pytest

from savoirfaire.agents.checks import check_draft
from savoirfaire.agents.forms import Draft, Entry, Passage, Section, Sentence
from savoirfaire.knowledge.brand import BrandPack

PACK = BrandPack.parse("""
[brand]
name = "Acme"
language = "en"
voice = "Plain."
[links]
allow = ["acme.example"]
""")

SOURCES = {
    "S1": (
        "**Release 28.2:** the [notes](https://notes.example/28.2_(final)) of 2025-06-27 say that "
        '"the cost of a\n  dispute fell by over 1,000 times" and [fees](https://fees.example/7) by '
        "52 %, from 12 to 144 blocks, 3.5 at 26.0rc2; mail bob@mail.example. See Newsletter #360."
    ),
    "S2": "Le canal de 10 000 sats dure 28 jours. « C'est un problème réel », dit-elle.",
    "S3": "**Other item** at <https://other.example/9> counts 77 nodes.",
}
PASSAGES = [
    Passage(label=label, source=label, path="a.md", start=0, end=9, quote=q, kind="item", score=1.0)
    for label, q in SOURCES.items()
]


def found(
    text: str, cites: tuple[str, ...] = ("S1",), *, headline: str = "", url: str = ""
) -> list[tuple[str, str]]:
    """The breaches of one sentence as rule and quote."""
    entry = Entry(headline=headline, url=url, sentences=[Sentence(text=text, cites=list(cites))])
    return breaches(entry)


def breaches(entry: Entry) -> list[tuple[str, str]]:
    """The breaches of one entry as rule and quote."""
    draft = Draft(title="T", sections=[Section(heading="", entries=[entry])])
    return [(b.rule, b.quote) for b in check_draft(draft, PACK, PASSAGES)]


@pytest.mark.parametrize(
    ("cites", "rules"),
    [
        (("S1",), []),
        ((), ["citation.missing"]),
        (("S9",), ["citation.unknown"]),
        (("S1", "s1", "S9"), ["citation.unknown", "citation.unknown"]),
    ],
)
def test_citations(cites: tuple[str, ...], rules: list[str]) -> None:
    """Every sentence cites, and only what was shown."""
    assert found("A claim.", cites) == [(rule, "A claim.") for rule in rules]


@pytest.mark.parametrize(
    "text",
    [
        "Edition #360, release 28.2 and v28.2.",
        "It fell 1,000 times, 1 000 times, 1\u202f000 times, 1.000 times, 1000 times.",
        "It fell by 52 %, 52% or 52\u00a0%.",
        "On 27 June 2025, June 27, 2025, 27 juin 2025, 2025-06-27, June 27, June 2025 or 2025.",
        "From 12–144 blocks, a 144-block delay over P2P and B2B.",
        "It is 3,5 at 26.0rc2.",
        "See https://notes.example/28.2_(final) and [fees](https://fees.example/7).",
    ],
)
def test_figures_supported(text: str) -> None:
    """A figure may be set in any typography, and an address is no figure."""
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("Release 28.3.", "28.3"),
        ("Release 28.20.", "28.20"),
        ("Release 2.82.", "2.82"),
        ("Release 28.", "28"),
        ("Candidate 26.0rc3.", "3"),
        ("It fell 10,000 times.", "10,000"),
        ("It fell 100 times.", "100"),
        ("It fell 1,000k times.", "1,000k"),
        ("It fell by 53 %.", "53"),
        ("It fell by 5 %.", "5"),
        ("On 27 July 2025.", "27 July 2025"),
        ("On 28 June.", "28 June"),
        ("On 27 June 2024.", "27 June 2024"),
        ("In `block 145`.", "145"),
        ("Since 7 days.", "7"),
        ("Over a P3P network.", "3"),
        ("For 77 nodes.", "77"),
        ("Pour 10 000 sats.", "10 000"),
    ],
)
def test_figures_unsupported(text: str, figure: str) -> None:
    """A figure that the passages cited do not have is found, to the digit."""
    assert found(text) == [("figure.unsupported", figure)]


def test_figures_of_the_entry() -> None:
    """A figure may stand in the passage of the entry's own link or headline."""
    assert found("It counts 77 nodes.", url="https://other.example/9") == []
    assert found("It counts 77 nodes.", headline="Other item") == []
    assert found("It counts 78 nodes.", headline="Other item") == [("figure.unsupported", "78")]


def test_figures_of_a_headline() -> None:
    """A headline is a claim too: it rests on what its sentences cite."""
    assert found("It is out.", headline="Release 28.2") == []
    assert found("It is out.", headline="Release 28.3") == [("figure.unsupported", "28.3")]


def test_figures_across_languages() -> None:
    """English and French grouping and decimal marks are the same number."""
    assert found("It holds 10,000 sats for 28 days.", ("S2",)) == []
    assert found("It holds 100,000 sats.", ("S2",)) == [("figure.unsupported", "100,000")]


@pytest.mark.parametrize(
    "text",
    [
        "They say “the cost of a dispute fell by over 1,000 times”.",
        'They say "the cost of a dispute fell by over 1,000 times."',
        "They say «\u00a0the cost of a dispute\u202ffell by over 1,000 times\u00a0».",
        "They say “the cost of a dispute […] 1,000 times”.",
        "They say “the **cost** of a [dispute](https://notes.example/28.2_(final)) fell”.",
        "They call it “no such thing”.",
        'A 12" disc and a 144" disc of four or more words.',
    ],
)
def test_quotes_supported(text: str) -> None:
    """A quotation may differ in marks and spaces; fewer than four words are no quotation."""
    assert [b for b in found(text) if b[0] == "quote.unsupported"] == []


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("They say “the cost of the dispute fell”.", "the cost of the dispute fell"),
        ('They say "a cost of a dispute".', "a cost of a dispute"),
        ("They say « the cost of some dispute ».", "the cost of some dispute"),
        ("They say “he cost of a dispute”.", "he cost of a dispute"),
        ("They say “times […] the cost of a dispute”.", "times […] the cost of a dispute"),
        ("They say “C'est un problème réel” too.", "C'est un problème réel"),
    ],
)
def test_quotes_unsupported(text: str, quote: str) -> None:
    """A quotation that the passages cited do not have word for word is found."""
    assert found(text) == [("quote.unsupported", quote)]


def test_french_quote() -> None:
    """Guillemets and apostrophes of either kind are the same words."""
    assert found("Elle dit «\u00a0C\u2019est un problème réel\u00a0».", ("S2",)) == []


def test_quote_over_two_sentences() -> None:
    """A quotation opened in one sentence and closed in the next is still one."""
    sentences = [
        Sentence(text="She said “it was a great.", cites=["S1"]),
        Sentence(text="Success for all” then.", cites=["S2"]),
    ]
    assert breaches(Entry(sentences=sentences)) == [
        ("quote.unsupported", "it was a great. Success for all")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "See https://notes.example/28.2_(final).",
        "See [notes](https://notes.example/28.2_(final)), <https://other.example/9>.",
        "See HTTPS://Other.Example/9/ or other.example, mail bob@mail.example.",
        "See https://acme.example, https://www.acme.example/a?b=c and acme.example.",
        "In `main.rs`, README and e.g. Node.js, i.e. version 28.2.",
        "The data: javascript is fine.",
    ],
)
def test_links_known(text: str) -> None:
    """A link may lead where a source leads, or to an allowed host and below it."""
    assert [b for b in found(text) if b[0] == "links.unknown"] == []


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("See https://evil.example/x.", "https://evil.example/x"),
        ("See https://notes.example/28.2.", "https://notes.example/28.2"),
        ("See https://other.example/99.", "https://other.example/99"),
        ("See [x](//evil.example/x).", "//evil.example/x"),
        ("See [x](<https://evil.example/a b>).", "https://evil.example/a b"),
        ("See `https://evil.example`.", "https://evil.example"),
        ("See www.evil.com today.", "www.evil.com"),
        ("See EVIL.COM today.", "EVIL.COM"),
        ("Mail bob@evil.com today.", "evil.com"),
        ("See https://acme.example.evil.com/.", "https://acme.example.evil.com/"),
        ("See https://acme.example@evil.com/.", "https://acme.example@evil.com/"),
        ("See https://evil.com\\@acme.example/.", "https://evil.com\\@acme.example/"),
        ("See https://notacme.example/.", "https://notacme.example/"),
        ("See ftp://acme.example/x.", "ftp://acme.example/x"),
        ("See [x](javascript:alert) now.", "javascript:alert"),
        ("See [x](&#106;avascript:alert) now.", "&#106;avascript:alert"),
        ("See javascript:alert now.", "javascript:alert"),
        ("See data:text/html,hi now.", "data:text/html,hi"),
        ("See <vbscript:hi> now.", "vbscript:hi"),
    ],
)
def test_links_unknown(text: str, link: str) -> None:
    """A link to anywhere else is found, however it is written."""
    assert ("links.unknown", link) in found(text)


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("https://other.example/9", True),
        ("https://acme.example/new", True),
        ("https://evil.example/", False),
        ("javascript:alert(1)", False),
        ("evil.com/path", False),
    ],
)
def test_link_of_an_entry(url: str, known: bool) -> None:  # noqa: FBT001 - a column of the table
    """The link of an entry is a link like another."""
    assert found("A claim.", url=url) == ([] if known else [("links.unknown", url)])


def test_script_in_a_source() -> None:
    """A script is refused even where a source has it."""
    bad = PASSAGES[0].model_copy(update={"quote": "[x](javascript:alert)"})
    entry = Entry(sentences=[Sentence(text="[x](javascript:alert)", cites=["S1"])])
    draft = Draft(title="T", sections=[Section(heading="", entries=[entry])])
    assert [b.rule for b in check_draft(draft, PACK, [bad])] == ["links.unknown"]
