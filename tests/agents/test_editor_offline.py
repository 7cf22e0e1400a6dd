"""The editorial assistant without a model: the sources' own sentences, cited, and no word more."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savoirfaire.agents.composing import (
    NEWS,
    mend_offline,
    plan_offline,
    sentences_of,
    write_offline,
)
from savoirfaire.agents.forms import (
    Breach,
    Briefing,
    Entry,
    Item,
    Passage,
    Section,
    Sentence,
    WrittenSection,
)

BRIEFING = Briefing("Letter", "2026-05-04", "", "English", "", "", "", "", "")


def passage(label: str, quote: str) -> Passage:
    """A passage of a source."""
    return Passage(
        label=label, source="s", path="p", start=0, end=len(quote), quote=quote, kind="i", score=0
    )


def item(label: str, title: str, *quotes: str, hint: str = "") -> Item:
    """An item with its passages."""
    passages = [passage(f"{label}.{n}", quote) for n, quote in enumerate(quotes, start=1)]
    return Item(label=label, title=title, path=f"{label}.md", hint=hint, passages=passages)


def write(*items: Item, lead: bool = False, opening: tuple[str, ...] = ()) -> WrittenSection:
    """What is composed of items."""
    return write_offline({"items": items, "lead": lead, "opening": opening})


def folded(text: str) -> str:
    """`text` with every run of white space as one space."""
    return re.sub(r"\s+", " ", text)


# --- word for word --------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        *("Bread", "bread.", "M.", "Durand", "e.g.", "12", "%", "3.5", "(and", "The", "the", "É."),
        *("«\u00a0pain\u00a0»", "**bold**", "`code`", "[a", "link](https://x.test/a)", "What?"),
        *("Yes!", "…", "#", "|", "-", "1.", ">", "```", "---", "\n", "\n\n", "\t", "U.S.", "<b>"),
        *("![i](u)", "[1]:", "*em*:", "end.", "[^1]", "\u202f!"),
    ]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=40).map(" ".join)
ITEMS = st.lists(st.tuples(TEXTS, st.lists(TEXTS, min_size=1, max_size=3)), min_size=1, max_size=4)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(drawn=ITEMS, lead=st.booleans(), opened=st.integers(0, 4))
def test_word_for_word(
    drawn: list[tuple[str, list[str]]],
    lead: bool,  # noqa: FBT001
    opened: int,
) -> None:
    """Every sentence is word for word, but for line breaks, in the one passage that it cites."""
    items = [item(f"S{n}", title, *quotes) for n, (title, quotes) in enumerate(drawn)]
    quotes = {p.label: folded(p.quote) for each in items for p in each.passages}
    opening = tuple(each.label for each in items[:opened])
    for entry in write(*items, lead=lead, opening=opening).entries:
        assert entry.headline in {"", *(each.title for each in items)}
        assert entry.sentences
        for sentence in entry.sentences:
            (label,) = sentence.cites
            assert folded(sentence.text) in quotes[label]
            assert sentence.text.strip()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four… Five", ["One.", "Two!", "Three?", "Four…", "Five"]),
        (
            "It rose by 3.5 % in p. 12 of no. 4. Then",
            ["It rose by 3.5 % in p. 12 of no. 4.", "Then"],
        ),
        (
            "M. Durand et Mme. Petit, cf. Annexe B. Fin.",
            ["M. Durand et Mme. Petit, cf. Annexe B. Fin."],
        ),
        ("See e.g. Lyon. It is far.", ["See e.g. Lyon.", "It is far."]),
        ("## A heading\n\nA text\nover lines.", ["A text over lines."]),
        ("- One.\n- Two. Three.\n  Four.\n3. Five.", ["One.", "Two.", "Three.", "Four.", "Five."]),
        ("Before.\n\n```\nCode. More.\n```\nAfter.", ["Before.", "After."]),
        ("| a. | B. |\n|---|---|\nText.", ["Text."]),
        ("> Quoted. Twice.", ["Quoted.", "Twice."]),
        ("He said “Come. Go.” Then left.", ["He said “Come.", "Go.”", "Then left."]),
        ("**Is it?** It is.", ["**Is it?**", "It is."]),
        (
            "Dit-il\u00a0: «\u00a0Non.\u00a0» Il part.",
            ["Dit-il\u00a0: «\u00a0Non.\u00a0» Il part."],
        ),
        ("Un pain\u00a0! Deux pains\u00a0? Oui.", ["Un pain\u00a0!", "Deux pains\u00a0?", "Oui."]),
        ("![image](x.png)\n\n---\n[1]: https://x.test\n***", []),
        ("", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    """Sentences are told apart in both languages; what is no prose is left out."""
    assert sentences_of(text) == sentences


def test_no_break_spaces_stay() -> None:
    """French typography is kept: only line breaks and tabs become spaces."""
    assert sentences_of("Il cuit 80\u00a0pains,\n«\u00a0chauds\u202f!\u00a0»") == [
        "Il cuit 80\u00a0pains, «\u00a0chauds\u202f!\u00a0»"
    ]


# --- entries and lead -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "quote", "headline", "first"),
    [
        ("A new oven", "The oven is lit. It is hot.", "A new oven", "The oven is lit."),
        ("A new oven", "**A new oven:** Ann lights it. So.", "A new oven", "Ann lights it."),
        ("A new oven", "A new oven: Ann lights it. So.", "A new oven", "Ann lights it."),
        ("Is it hot?", "**Is it hot?** Ann says so. So.", "Is it hot?", "Ann says so."),
        (
            "Is it hot?",
            "[Is it hot?](https://x.test/1)\nAnn says so. So.",
            "Is it hot?",
            "Ann says so.",
        ),
        (
            "Oven 2.1",
            "[Oven 2.1](https://x.test/1) is a new oven. So.",
            "",
            "[Oven 2.1](https://x.test/1) is a new oven.",
        ),
        ("Oven 2.1", "Oven 2.1 is a new oven. So.", "Oven 2.1", "Oven 2.1 is a new oven."),
    ],
)
def test_titles_are_said_once(title: str, quote: str, headline: str, first: str) -> None:
    """A sentence that begins with the title loses it to the headline, or makes one needless."""
    (entry,) = write(item("S1", title, quote)).entries
    assert entry.headline == headline
    assert entry.sentences[0].text == first


def test_an_entry_has_its_link() -> None:
    """The headline leads to the first link of the item's passages."""
    (entry,) = write(
        item("S1", "T", "See [one](https://x.test/1) and [two](https://x.test/2).")
    ).entries
    assert entry.url == "https://x.test/1"


def test_the_lead_and_the_entries_share_the_news() -> None:
    """The lead opens with the first items; their entries go on from there where they can."""
    long = item("S1", "Oven", "The oven is lit. It is hot. It is big. It is loud. It is old.")
    short = item("S2", "Rye", "Rye is here. It is dark.")
    other = item("S3", "Oats", "Oats are in. They are fine. They are many.")
    opening = ("S1", "S2")
    (lead,) = write(long, short, other, lead=True, opening=opening).entries
    assert [s.text for s in lead.sentences] == ["The oven is lit.", "Rye is here."]
    assert lead.headline == ""
    entries = write(long, short, other, opening=opening).entries
    assert [[s.text for s in entry.sentences] for entry in entries] == [
        ["It is hot.", "It is big.", "It is loud."],
        ["Rye is here.", "It is dark."],
        ["Oats are in.", "They are fine.", "They are many."],
    ]


def test_nothing_to_say() -> None:
    """Items without a sentence give no entry, and no lead."""
    empty = item("S1", "T", "# Only a heading\n")
    assert write(empty).entries == []
    assert write(empty, lead=True, opening=("S1",)).entries == []


# --- the plan -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hints", "outline", "language", "sections"),
    [
        (["Dates", "News"], ["News", "Dates"], "English", {"Dates": ["S0"], "News": ["S1"]}),
        (["", "Dates"], ["News", "Dates"], "English", {"News": ["S0"], "Dates": ["S1"]}),
        (["", ""], [], "English", {NEWS["English"]: ["S0", "S1"]}),
        (["", ""], [], "French", {"Actualités": ["S0", "S1"]}),
    ],
)
def test_plan(
    hints: list[str], outline: list[str], language: str, sections: dict[str, list[str]]
) -> None:
    """Each item goes where the like stood, else first; none is left out without a model."""
    items = [item(f"S{n}", "T", "Text.", hint=hint) for n, hint in enumerate(hints)]
    briefing = Briefing("Letter", "2026-05-04", "", language, "", "", "", "", "")
    plan = plan_offline({"briefing": briefing, "items": items, "outline": outline})
    assert {section.heading: section.items for section in plan.sections} == sections
    assert plan.left_out == []


# --- mending --------------------------------------------------------------------------------------


def mended(text: str, *fixes: tuple[str, str]) -> str:
    """A sentence after its breaches are mended."""
    section = Section(heading="", entries=[Entry(sentences=[Sentence(text=text, cites=["S1.1"])])])
    breaches = [
        Breach(rule="term", quote=quote, where="", message="", fix=fix, by="check")
        for quote, fix in fixes
    ]
    reply = mend_offline({"section": section, "breaches": breaches})
    ((sentence,),) = [entry.sentences for entry in reply.entries]
    assert sentence.cites == ["S1.1"]
    return sentence.text


@pytest.mark.parametrize(
    ("text", "fixes", "after"),
    [
        ("An off-chain payment.", [("off-chain", "offchain")], "An offchain payment."),
        ("The sender resends.", [("sender", "spender")], "The sender resends."),  # another word
        ("Chaque participant.", [("participant", "clients")], "Chaque participant."),
        ("Resend-ers re-send.", [("re-send", "resend")], "Resend-ers resend."),
        ("See `SegWit` in SegWit.", [("SegWit", "segwit")], "See `SegWit` in segwit."),
        (
            "[SegWit](https://x.test/SegWit) is SegWit.",
            [("SegWit", "segwit"), ("SegWit", "Segwit")],
            "[Segwit](https://x.test/SegWit) is segwit.",
        ),
        (
            "She wrote “we all like our SegWit” of SegWit.",
            [("SegWit", "segwit")],
            "She wrote “we all like our SegWit” of segwit.",
        ),
        ("A fee rate, a rate.", [("fee rate", "feerate"), ("rate", "Rate")], "A feerate, a Rate."),
        ("Nothing here.", [("", "x"), ("absent", "y"), ("here", "")], "Nothing here."),
    ],
)
def test_mend(text: str, fixes: list[tuple[str, str]], after: str) -> None:
    """A fix goes where its words are prose: not into longer words, code, links or quotations."""
    assert mended(text, *fixes) == after


@settings(max_examples=200, deadline=None, derandomize=True)
@given(text=TEXTS, quote=st.sampled_from(["bread", "M.", "a", "(and", "**", "x"]))
def test_mending_keeps_the_rest(text: str, quote: str) -> None:
    """Mending replaces whole words by the fix, and every other character stays."""
    after = mended(text, (quote, quote.upper()))
    assert after.replace(quote.upper(), quote) == text.replace(quote.upper(), quote)


def test_mending_keeps_the_form() -> None:
    """Headlines are mended like sentences; links and citations stay."""
    entry: Any = Entry(
        headline="Off-chain news",
        url="https://x.test/off-chain",
        sentences=[Sentence(text="It is off-chain.", cites=["S1.1", "S2.1"])],
    )
    breach = Breach(rule="r", quote="Off-chain", where="N", message="", fix="Offchain", by="check")
    section = Section(heading="N", entries=[entry])
    reply = mend_offline({"section": section, "breaches": [breach]})
    assert reply.entries == [entry.model_copy(update={"headline": "Offchain news"})]


def test_no_address_is_composed() -> None:
    """The header of a mail is no sentence."""
    text = "From: Ann <ann@x.test>\nSubject: Bread\n\nThe oven is lit."
    assert sentences_of(text) == ["The oven is lit."]
    assert sentences_of("From: Ann <ann@x.test>\nSubject: Bread") == []
