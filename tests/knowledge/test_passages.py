import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savoirfaire.knowledge.passages import LONGEST, WHOLE, Span, cut

HERE = settings(derandomize=True, deadline=None, database=None, max_examples=150)
EDITIONS = sorted(Path(__file__).parents[2].glob("examples/optech*/past/*.md"))

Units = Callable[[random.Random], list[str]]

pieces = st.sampled_from(
    [
        *(
            "a",
            "Z",
            "é",
            "e\u0301",
            "𐐷",
            "😀",
            "日本語",
            ".",
            "!",
            "…",
            "»",
            " ",
            "\t",
            "\u00a0",
            "\v",
        ),
        *(
            "\n",
            "\n\n",
            "\n \n",
            "# ",
            "## Titre\n",
            "---\n",
            "- ",
            "word ",
            "key: value\n",
            "\u2028",
        ),
        *("Une phrase entière, avec des mots. " * 9, "x" * 500, "ligne;de;table\n" * 30, " " * 300),
    ]
)
texts = st.lists(pieces, max_size=60).map("".join)


def check(text: str) -> list[Span]:
    """Cut a text, and check what holds of every text."""
    spans = cut("s1", text)
    end = 0
    for span in spans:
        quote = text[span.start : span.end]
        assert end <= span.start < span.end <= len(text)
        assert not text[end : span.start].strip() or not end
        assert quote == quote.strip()
        assert len(quote) <= LONGEST
        end = span.end
    assert not text[end:].strip() or not spans
    assert len({span.id for span in spans}) == len(spans)
    assert all(0 <= span.id < 2**63 for span in spans)
    return spans


def words(count: int, seed: random.Random) -> str:
    """A paragraph of made-up words."""
    return " ".join("".join(seed.choices("aeioulmnrst", k=6)) for _ in range(count)) + "."


@given(texts)
@HERE
def test_any_text(text: str) -> None:
    """Passages are in order, apart, whole words of the text, and leave only white space out."""
    check("Start\n\n" + text)


@given(st.text())
@HERE
def test_any_characters(text: str) -> None:
    """The same for any characters at all, lone surrogates left out: no text holds them."""
    check("Start\n\n" + text)


@pytest.mark.parametrize("path", EDITIONS, ids=lambda path: f"{path.parts[-3]}/{path.stem[:10]}")
def test_real_editions(path: Path) -> None:
    """Real Markdown is cut into passages of readable length, each under its own heading."""
    text = path.read_text(encoding="utf-8")
    spans = check(text)
    assert len(spans) > 3
    for span in spans:
        above = re.findall(r"^#{1,6} +(.+?) *#*$", text[: span.start + 80], re.MULTILINE)
        assert not span.heading or span.heading in above
        assert not re.search(r"\n#{1,6} ", text[span.start : span.end])


def test_there_are_real_editions() -> None:
    """The examples are where the tests above look for them."""
    assert len(EDITIONS) > 10


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("", []),
        (" \n\t\n ", []),
        ("no newline", ["no newline"]),
        ("\n\n  indented\n\n", ["indented"]),
        ("one\n\ntwo", ["one\n\ntwo"]),
        ("# A\n\none\n\n# B\n\ntwo", ["# A\n\none", "# B\n\ntwo"]),
        ("---\ntitle: T\ntags:\n- a\n- b\n\n# note\nlang: fr\n---\n\nText", ["Text"]),
        ("---\ntitle: T\n...\nText", ["Text"]),
        ("---\ntitle: T\n---", []),
        ("---\n\nBetween rules.\n\n---\n\nAfter", ["---\n\nBetween rules.\n\n---\n\nAfter"]),
        ("---\ntitle: T\n\nNever closed", ["---\ntitle: T\n\nNever closed"]),
        ("Text\n---\ntitle: T\n---\n", ["Text\n---\ntitle: T\n---"]),
    ],
)
def test_what_is_cut(text: str, quotes: list[str]) -> None:
    """Front matter is no passage; a section is; nothing else is left out."""
    assert [text[span.start : span.end] for span in cut("s1", text)] == quotes


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("# Plan", "Plan"),
        ("## Plan ##", "Plan"),
        ("###### À faire   ", "À faire"),
        ("# About C#", "About C#"),
        ("# ##", ""),
        ("#hashtag", ""),
        ("####### seven", ""),
        ("#\tTabbed", "Tabbed"),
    ],
)
def test_headings(line: str, heading: str) -> None:
    """A passage knows the heading it stands under."""
    assert [span.heading for span in cut("s1", f"{line}\n\ntext")] == [heading]


def test_same_words_in_two_places() -> None:
    """The ids depend on source and words, not on where they stand; a repetition has its own."""
    text = f"# A\n\nsame\n\n# A\n\nsame\n\n# C\n\n{'long ' * 400}"
    first = cut("s1", text)
    assert len({span.id for span in first}) == len(first)
    assert [span.id for span in cut("s1", f"\n\n{text}")] == [span.id for span in first]
    assert not {span.id for span in cut("s2", text)} & {span.id for span in first}
    assert cut("s1", text)[0].id == 5568896515570330555


def test_short_sections_are_whole() -> None:
    """A section that can be read on its own is not cut."""
    text = "\n\n".join(["# Title", *(["A paragraph of some words."] * 25)])
    assert len(text) < WHOLE
    assert len(cut("s1", text)) == 1


# --- edits ----------------------------------------------------------------------------------------


def _plain(seed: random.Random) -> list[str]:
    return [words(seed.randrange(4, 90), seed) for _ in range(80)]


def _table(seed: random.Random) -> list[str]:
    return [f"{number};{words(2, seed)};{seed.random()}" for number in range(400)]


def _sentences(seed: random.Random) -> list[str]:
    return [words(seed.randrange(3, 25), seed) for _ in range(150)]


def _edits(seed: random.Random, count: int) -> Iterator[tuple[int, str]]:
    for _ in range(count):
        yield seed.randrange(1, 70), words(seed.randrange(1, 30), seed)


@pytest.mark.parametrize(
    ("units", "joint"),
    [(_plain, "\n\n"), (_table, "\n"), (_sentences, " ")],
    ids=["paragraphs", "table", "sentences"],
)
@pytest.mark.parametrize("edit", ["add", "insert", "remove"])
def test_an_edit_stays_where_it_is(units: Units, joint: str, edit: str) -> None:
    """Passages further from an edit than a passage is long are not touched, and few are near."""
    seed = random.Random(7)  # noqa: S311 - no secret
    before = units(seed)
    known = {span.id: span for span in cut("s1", joint.join(before))}
    changed = 0
    for place, more in _edits(seed, 40):
        after = list(before)
        at = len(joint.join(before[:place]))
        if edit == "add":
            after[place] += " " + more
        elif edit == "insert":
            after.insert(place, more)
        else:
            del after[place]
        gone = known.keys() - {span.id for span in cut("s1", joint.join(after))}
        assert all(abs(known[each].start - at) <= 2 * LONGEST for each in gone)
        assert len(gone) <= 6
        changed += len(gone)
    assert changed < 2 * 40


# --- cost -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "a" * 3_000_000,
        "word " * 600_000,
        "." * 1_000_000,
        ('."' + "'" * 20) * 50_000,
        " " * 2_000_000 + "x",
        ("# " + " " * 1300 + "x\n\n") * 600,
        ("# " + "#" * 1300 + "x\n\n") * 600,
        "\n" * 2_000_000,
        "a: b\n" * 50_000,
        "---\n" + "a: b\n" * 50_000,
        "---\n" + "a" * 1_000_000,
        ("x\n" + " " * 2000) * 500,
        "same;row\n" * 40_000,
        "a\n\n" * 60_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_text_is_cut_in_time(text: str) -> None:
    """No text takes more than a few seconds; what looks back further would take hours on these."""
    started = time.process_time()
    check("Start\n\n" + text if text.startswith("\n") else text)
    assert time.process_time() - started < 4


def test_a_mails_header_stands_alone() -> None:
    """Who writes to whom is a passage of its own, apart from the mail's words."""
    text = "From: Ann <ann@x.test>\nTo: Bo <bo@x.test>\nSubject: Bread\n\nThe oven is lit.\n"
    header, words = (text[span.start : span.end] for span in cut("s", text))
    assert header == "From: Ann <ann@x.test>\nTo: Bo <bo@x.test>\nSubject: Bread"
    assert words == "The oven is lit."
