"""Mentions: a person's name is found however it is written, and only there."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from savoirfaire.knowledge.mentions import MARK, Mentions, variants
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.rows import Source, source_id
from savoirfaire.knowledge.scope import ClientScope

ACME = ClientScope("acme")
JEAN = "Jean-Marie O'Neil"


@pytest.mark.parametrize(
    "written",
    [
        JEAN,
        "JEAN-MARIE O'NEIL",
        "jean marie o\u2019neil",
        "Jean\u2011Marie ONeil",
        "JeanMarie O Neil",
        "O\u2019Neil, Jean-Marie",
        "Jean-Marie\n  O'Neil",
        "jean_marie_o_neil",
        "jean-marie.o-neil",
        "| Jean-Marie | O'Neil |",
        "@jeanmarieoneil",
        "Je\u00adan-Marie O'N\u200beil",
        "Jean Marie O'Ne\u0301il",
    ],
)
def test_ways_to_write_a_name(written: str) -> None:
    """Case, accents, hyphens, apostrophes, hidden signs, spacing and order do not matter."""
    redacted = Mentions.of([JEAN]).redact(f"Ask {written} on Monday.")
    assert MARK in redacted
    assert "neil" not in unicodedata.normalize("NFKD", redacted).lower().replace("\u0301", "")


@pytest.mark.parametrize(
    "words",
    [
        "Jean and Marie",
        "Marie O'Neil",
        "Jean-Marie",
        "oneil",
        "jeans marie o'neil",
        "Jean Mari ONeil",
    ],
)
def test_what_is_no_mention(words: str) -> None:
    """A part of a name, or a longer word, is somebody or something else."""
    assert Mentions.of([JEAN]).redact(words) == words


def test_an_address() -> None:
    """An e-mail address is found as it is, and is not turned around."""
    mentions = Mentions.of(["jm@neil.example"])
    assert mentions.redact("to <JM@neil.example>, neil example") == f"to <{MARK}>, neil example"


def test_a_short_name_is_not_sought_as_one_word() -> None:
    """The letters of a short name, run together, are too often a word."""
    assert Mentions.of(["Ann Ex"]).redact("Annex of ANN EX") == f"Annex of {MARK}"


@pytest.mark.parametrize("name", ["", " ", "-", "''", "."])
def test_no_name(name: str) -> None:
    """A name without a letter is found nowhere."""
    assert variants(name) == set()
    assert not Mentions.of([name])


def test_many_hyphens() -> None:
    """A name with many hyphens does not multiply without end."""
    assert len(variants("-".join("abcdefghijklmnopqrstuvwxyz"))) < 60


@given(
    st.lists(
        st.sampled_from(["Zoe", "Zoé", "Quill", "zoequill", ",", "-", "\n", " ", "wool", MARK])
    )
)
def test_redacting_again_changes_nothing(words: list[str]) -> None:
    """What was redacted has no mention any more."""
    mentions = Mentions.of(["Zoé Quill"])
    once = mentions.redact(" ".join(words))
    assert mentions.redact(once) == once


@given(st.text(st.sampled_from("ab Zoé Quill\n"), max_size=80), st.data())
def test_places(text: str, data: st.DataObject) -> None:
    """A place outside every mention has the same letters after it as before."""
    marked = Mentions.of(["Zoé Quill", "ab"]).marked(text)
    place = data.draw(st.integers(0, len(text)))
    inside = [start for start, end in marked.spans if start <= place < end]
    if inside:
        assert marked.text[marked.at(place) :].startswith(MARK)
    else:
        stop = min([start for start, _ in marked.spans if start >= place], default=len(text))
        assert marked.text[marked.at(place) :].startswith(text[place:stop])


def test_a_source_loses_every_mention() -> None:
    """Path, title, author, origin, meta, locators and words lose the name; spans fit the text."""
    text = "# Note\n\nZoé Quill called.\n\nThe oven is lit by Zoe QUILL at 5.\n"
    source = Source(
        path="people/zoe-quill.md",
        kind="document",
        title="About Zoé Quill",
        date=None,
        language=None,
        sha256="0" * 64,
        text=text,
        spans=cut(source_id(ACME, "people/zoe-quill.md"), text),
        locators=[{"start": text.index("at 5"), "end": len(text), "label": "by Zoé Quill"}],
        origin=b"/desk/zoe-quill.md",
        author="Quill, Zoé",
        meta={"Zoé Quill": ["zoe.quill@acme.example"]},
    )
    bare = Mentions.of(["Zoé Quill"]).source(ACME, source)
    assert "quill" not in repr(bare).lower()
    assert bare.path == f"people/{MARK}.md"
    assert bare.text[bare.locators[0]["start"] :] == "at 5.\n"
    assert [span.id for span in bare.spans] == [
        span.id for span in cut(source_id(ACME, bare.path), bare.text)
    ]


def test_a_source_without_mentions_is_the_same(make: Callable[..., Source]) -> None:
    """A source that does not speak of the person stays as it is."""
    source = replace(make(ACME, "a.md", "The oven is lit.\n"), locators=[])
    assert Mentions.of(["Zoé Quill"]).source(ACME, source) == source
