"""An edition as Markdown: cited, faithful, and closed to what does not belong."""

import pytest
from markdown_it import MarkdownIt

from savoirfaire.agents.forms import Draft, Entry, Passage, Section, Sentence
from savoirfaire.graphs.rendering import (
    citations,
    cited_labels_in,
    sentences_in,
    straight,
    to_markdown,
    unmarked,
)


def passage(label: str, quote: str, path: str = "items/01_a.md") -> Passage:
    """A passage of 9 characters at 10 times its number."""
    start = 10 * int(label[1:])
    return Passage(
        label=label, source="a", path=path, start=start, end=start + 9, quote=quote, kind="item",
        score=1.0,
    )  # fmt: skip


PASSAGES = [
    passage("S1", "# News\n\n- **Fees:** Ada\n  [posted](https://a.org/x) `addr` notes on_time."),
    passage("S2", "Word " * 40),
    passage("S3", "Never cited."),
]

DRAFT = Draft(
    title="Weekly #360",
    sections=[
        Section(
            heading="",
            entries=[
                Entry(
                    sentences=[
                        Sentence(text="First.", cites=["S2", "S1"]),
                        Sentence(text="Second.", cites=["S1", "S9", "S1"]),
                    ]
                )
            ],
        ),
        Section(
            heading="News",
            entries=[
                Entry(
                    headline="Fees fall",
                    url="https://a.org/x",
                    sentences=[Sentence(text="Ada says `so`.", cites=["S2"])],
                ),
                Entry(headline="Why?", sentences=[Sentence(text="Nobody knows.", cites=[])]),
                Entry(sentences=[Sentence(text="No headline.", cites=["S1"])]),
                Entry(sentences=[]),
            ],
        ),
    ],
)


def test_markdown() -> None:
    """Title, lead, sections and entries, with one number a passage in order of first use."""
    assert to_markdown(DRAFT, PASSAGES, language="en") == (
        "# Weekly #360\n\n"
        "First.[^1][^2] Second.[^2]\n\n"
        "## News\n\n"
        "- **[Fees fall](https://a.org/x):** Ada says `so`.[^1]\n\n"
        "- **Why?** Nobody knows.\n\n"
        "- No headline.[^2]\n\n"
        "[^1]: items/01_a.md, characters 20–29: “" + "Word " * 14 + "Word Word…”\n\n"
        "[^2]: items/01_a.md, characters 10–19: “Fees: Ada posted addr notes on_time.”\n"
    )


def test_markdown_in_french() -> None:
    """French sets its own spaces and marks."""
    text = to_markdown(DRAFT, PASSAGES, language="fr")
    assert "- **[Fees fall](https://a.org/x)\u00a0:** Ada" in text
    assert "[^2]: items/01_a.md, caractères 10–19\u00a0: «\u00a0Fees: Ada" in text


def test_no_break_spaces_stay() -> None:
    """The spaces that French typography needs are kept as they are."""
    draft = Draft(title="T", sections=[one("52\u202f%\u00a0!")])
    assert "52\u202f%\u00a0![^1]" in to_markdown(draft, PASSAGES, language="fr")


def test_citations() -> None:
    """The passages cited, once each; a label nobody showed has no number."""
    cited = citations(DRAFT, PASSAGES)
    assert [(each.number, each.passage.label) for each in cited] == [(1, "S2"), (2, "S1")]


@pytest.mark.parametrize(
    ("markdown", "labels"),
    [
        (to_markdown(DRAFT, PASSAGES, language="en"), ["1", "2"]),
        ("A.[^b] B.[^a] C.[^b]\n\n[^c]: Never used.\n", ["b", "a"]),
        ("In `code [^1]` and \\[^2].", []),
    ],
)
def test_cited_labels(markdown: str, labels: list[str]) -> None:
    """The footnotes a text refers to, in order, and not those it only defines."""
    assert cited_labels_in(markdown) == labels


def one(text: str, headline: str = "", url: str = "", heading: str = "") -> Section:
    """A section of one sentence."""
    return Section(
        heading=heading,
        entries=[Entry(headline=headline, url=url, sentences=[Sentence(text=text, cites=["S1"])])],
    )


HOSTILE = [
    "# heading", "## heading", "> quote", "- item", "+ item", "* item", "1. item", "1) item",
    "---", "***", "_ _ _", "~~~ fence", "```", "```\ncode", "[a]: https://evil.example",
    "a\n\n# b", "a\n\n- b", "<script>alert(1)</script>", "a <img src=x onerror=alert(1)>",
    "<!-- a", "\\<script>alert(1)</script>", "\\\\<script>alert(1)</script>", "`a` <b>", "`a <b>",
    "a\u2028# b", "a\r\n\r\n# b", "A claim.[^2]", "A claim.\\[^2]", "    indented", "\tindented",
    "a `b\n\n# c`", "=", "a\n===", "| a | b |\n| - | - |",
]  # fmt: skip


@pytest.mark.parametrize("heading", ["", "News"])
@pytest.mark.parametrize("text", HOSTILE)
def test_words_stay_words(text: str, heading: str) -> None:
    """Words open no heading, list, rule, code block, definition or tag, whoever renders them."""
    markdown = to_markdown(
        Draft(title="T", sections=[one(text, heading=heading)]), PASSAGES, language="en"
    )
    tokens = MarkdownIt("commonmark", {"html": True}).parse(markdown.split("\n\n[^1]:")[0])
    kinds = {token.type for token in tokens if token.level < 3 or "inline" not in token.type}
    inner = {child.type for token in tokens for child in token.children or []}
    allowed = {"heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline"}
    lists = {"bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"}
    assert kinds <= allowed | (lists if heading else set())
    assert len([token for token in tokens if token.type == "heading_open"]) == 1 + bool(heading)
    assert "html_inline" not in inner
    assert cited_labels_in(markdown) == ["1"]


@pytest.mark.parametrize(
    ("headline", "url", "written"),
    [
        ("A [b] c", "https://a.org/x", "**[A \\[b\\] c](https://a.org/x):**"),
        ("A [b](https://b.org) c", "https://a.org/x", "**[A b c](https://a.org/x):**"),
        ("The `[x]` call", "https://a.org/x", "**[The `[x]` call](https://a.org/x):**"),
        ("A", "https://a.org/x_(y)", "**[A](<https://a.org/x_(y)>):**"),
        ("A", "javascript:alert(1)", "**A:**"),
        ("A", "https://a.org/ x", "**A:**"),
        ("A", "/relative", "**A:**"),
        ("# A", "", "**\\# A:**"),
    ],
)
def test_headlines(headline: str, url: str, written: str) -> None:
    """A headline is linked where its address is a plain one, and its brackets do not break it."""
    draft = Draft(title="T", sections=[one("Text.", headline, url, "News")])
    assert f"- {written} Text." in to_markdown(draft, PASSAGES, language="en")


def test_same_bytes() -> None:
    """The same draft and passages give the same bytes."""
    texts = {to_markdown(DRAFT, list(PASSAGES), language="en") for _ in range(3)}
    assert len(texts) == 1


TURNS = [
    chr(code) for code in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
]


@pytest.mark.parametrize("sign", [*TURNS, "\u2028", "\u2029"])
def test_nothing_turns_the_direction(sign: str) -> None:
    """What would make a text read differently is in neither form, wherever it stood."""
    words = f"pay{sign} 100"
    entry = Entry(
        headline=words,
        url=f"https://a.org/{sign}x",
        sentences=[Sentence(text=f"{words} `{words}`", cites=["S1"])],
    )
    draft = Draft(title=words, sections=[Section(heading=words, entries=[entry])])
    shown = [passage("S1", words, path=f"items/{sign}a.md")]
    assert sign not in to_markdown(draft, shown, language="en")
    assert sign not in straight(words)


@pytest.mark.parametrize("name", ["&rlm;", "&lrm;", "&#8238;", "&#x202E;", "&#X0202e;", "&#x200f;"])
def test_nothing_turns_the_direction_by_name(name: str) -> None:
    """A sign that is written as its name stays words; other names keep what they mean."""
    text = to_markdown(Draft(title=f"a {name} b &amp; c", sections=[]), [], language="en")
    assert text == f"# a \\{name} b &amp; c\n"


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("First.[^1][^2] Second.[^2]", [("First.", ["S2", "S1"]), ("Second.", ["S1"])]),
        ("One.[^1]\nTwo.[^9]", [("One.", ["S2"]), ("Two.", [])]),
        ("Mine alone.", [("Mine alone.", [])]),
        ("A `[^1]` in code.[^1] Rest", [("A `[^1]` in code.", ["S2"]), ("Rest", [])]),
        ("Said.[^1]\n\n[^1]: items/a.md", [("Said.", ["S2"])]),
        ("", []),
    ],
)
def test_sentences_in(markdown: str, said: list[tuple[str, list[str]]]) -> None:
    """A text with footnotes is read back as sentences, each with what its marks stand for."""
    found = sentences_in(markdown, {1: "S2", 2: "S1"})
    assert [(each.text, each.cites) for each in found] == said


def test_unmarked() -> None:
    """What readers see has neither marks nor notes; an escaped mark is a word."""
    assert unmarked("A.[^1][^2] B \\[^3].\n\n[^1]: x.md: y\n") == "A. B \\[^3].\n"
