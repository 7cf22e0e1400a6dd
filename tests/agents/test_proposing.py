"""Proposals: what a model says of a source, checked word for word, or dropped with the reason."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from savoirfaire.agents.kinds import (
    EXTRACTED,
    Field,
    check_kinds,
    field_at,
    fields_of,
    kinds_in_words,
)
from savoirfaire.agents.merging import merged, windows
from savoirfaire.agents.proposals import Candidate, Dropped, Excerpt, Reading, ReadRecord, ReadValue
from savoirfaire.agents.proposing import MOST_RECORDS, settle
from savoirfaire.agents.schema import strict_schema
from savoirfaire.errors import RequestError
from savoirfaire.knowledge.brandos.forms import KINDS

TEXT = """# Le marché

Boulangerie Martin est notre premier concurrent. Elle vend ses pains 1 250,50 € le lot depuis le
27 juin 2025, et 35 % de ses clients sont des restaurants. « On ne livre plus », dit Anne.
Open rate of the newsletter in June 2025: 42.5 %. Elle ferme à 19 h.
"""
EXCERPT = Excerpt("s1", "notes/marche.md", 100, 100 + len(TEXT), TEXT)

NAME = ("/name", "Boulangerie Martin", "Boulangerie Martin est notre premier concurrent")
TRAIT = [("/name", "Les clients", "clients"), ("/traits/0/attribute", "métier", "restaurants")]


def record(kind: str, *values: tuple[str, ...]) -> ReadRecord:
    """What a model read: pointer, value, then the quotes."""
    given = [ReadValue(field=f, value=v, quotes=list(quotes)) for f, v, *quotes in values]
    return ReadRecord(kind=kind, values=given)


def read(*records: ReadRecord, kinds: Any = EXTRACTED) -> tuple[list[Candidate], list[Dropped]]:
    """What stands of a reply, and what does not."""
    return settle(Reading(records=list(records)), EXCERPT, kinds)


def test_a_proposal() -> None:
    """Values go to their places; each quote becomes a span of the source's own text."""
    (made,), dropped = read(
        record(
            "competitor",
            NAME,
            ("/strengths/0", "vend aux restaurants", "35 % de ses clients sont des restaurants"),
            ("/notes", "", ""),
            ("valid_from", "2025-06-27", "depuis le 27 juin 2025"),
        )
    )
    assert dropped == []
    assert (made.kind, made.key, made.valid_from) == (
        "competitor",
        "boulangerie martin",
        "2025-06-27",
    )
    assert made.data["name"] == "Boulangerie Martin"
    assert made.data["strengths"] == ["vend aux restaurants"]
    assert [each.field for each in made.citations] == ["/name", "/strengths/0", ""]
    for each in made.citations:
        assert each.start is not None
        assert TEXT[each.start - 100 :].startswith(each.quote)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([("/name", "Martin", "Boulangerie Marin")], "quote"),
        ([("/name", "Martin", "Boulangerie Martin est le premier")], "quote"),
        ([("/name", "Martin", "x" * 5000)], "quote"),
        ([("/name", "Martin")], "no quote"),
        ([NAME, ("/notes", "vend aux restaurants")], "no quote"),
        ([("/name", "Martin", " ")], "quote"),
        ([NAME, ("/nickname", "Martin", "Martin")], "field"),
        ([NAME, ("/strengths/0/more", "Martin", "Martin")], "field"),
        ([NAME, ("/notes", "ferme à 20 h", "Elle ferme à 19 h")], "figure"),
        ([NAME, ("/notes", "35 % des ventes", "sont des restaurants")], "figure"),
        ([NAME, ("/name", "Martine", "Martin")], "value"),
        ([NAME, ("valid_from", "2025-06-28", "27 juin 2025")], "figure"),
        ([NAME, ("valid_from", "juin", "27 juin 2025")], "value"),
        ([("/site", "Martin", "Martin")], "form"),
        ([("/name", "Martin\0", "Martin")], "form"),
        ([], "form"),
        ([NAME] * 501, "many"),
    ],
)
def test_dropped(values: list[Any], reason: str) -> None:
    """What its quotes do not carry is dropped whole, with the reason."""
    kept, (dropped,) = read(record("competitor", *values))
    assert kept == []
    assert (dropped.kind, dropped.reason, dropped.source) == (
        "competitor",
        reason,
        "notes/marche.md",
    )


@pytest.mark.parametrize("kind", ["", "rival", "past_edition", "learning"])
def test_kinds_that_were_not_asked_for(kind: str) -> None:
    """A kind that there is not, or that was not asked for, is dropped."""
    kept, (dropped,) = read(record(kind, NAME), kinds=["competitor"])
    assert (kept, dropped.reason) == ([], "kind")


def test_one_bad_proposal_leaves_the_others() -> None:
    """Each proposal stands by itself."""
    kept, dropped = read(record("competitor", NAME), record("competitor", ("/name", "X", "nobody")))
    assert (len(kept), len(dropped)) == (1, 1)


def test_too_many() -> None:
    """Of a reply without end only the first proposals are looked at; the rest is counted."""
    kept, dropped = read(*[record("competitor", NAME)] * (MOST_RECORDS + 5))
    assert (len(kept), [each.reason for each in dropped]) == (MOST_RECORDS, ["many"] * 5)


@pytest.mark.parametrize(
    ("value", "quote", "amount"),
    [
        ("1250.50", "1 250,50 € le lot", "1250.50"),
        ("1 250,50 €", "1 250,50 € le lot", "1250.50"),
        ("1250.5", "1 250,50 € le lot", None),
        ("1250", "1 250,50 € le lot", None),
        ("-1250.50", "1 250,50 € le lot", "-1250.50"),
        ("beaucoup", "1 250,50 € le lot", None),
    ],
)
def test_amounts(value: str, quote: str, amount: str | None) -> None:
    """An amount is the quote's own digits, in plain form."""
    kept, dropped = read(
        record(
            "offer",
            ("/name", "pains", "pains"),
            ("/currency", "EUR"),
            ("/lines/0/item", "lot", "le lot"),
            ("/lines/0/amount", value, quote),
        )
    )
    if amount is None:
        assert [each.reason for each in dropped] in (["figure"], ["value"])
    else:
        assert kept[0].data["lines"][0]["amount"] == amount


@pytest.mark.parametrize(("value", "share"), [("35 %", 0.35), ("0.35", None), ("35", None)])
def test_shares(value: str, share: float | None) -> None:
    """A share in hundredths is a part of one; it is not converted by the model."""
    kept, _ = read(record("audience_persona", *TRAIT[:1], ("/share", value, "35 % de ses clients")))
    assert [each.data["share"] for each in kept] == ([share] if share else [])


@pytest.mark.parametrize(
    ("value", "date"),
    [("2025-06-01", "2025-06-01"), ("2025-06", "2025-06-01"), ("2025-06-02", None), ("2025", None)],
)
def test_a_month_is_told_by_its_first_day(value: str, date: str | None) -> None:
    """A result of a month stands at its first day, and at no other that nobody said."""
    quote = "Open rate of the newsletter in June 2025: 42.5 %"
    kept, _ = read(
        record(
            "channel_performance",
            ("/channel", "newsletter", quote),
            ("/metric", "open rate", quote),
            ("/unit", "%", quote),
            ("/period", "month"),
            ("/points/0/date", value, quote),
            ("/points/0/value", "42.5", quote),
        )
    )
    assert [each.data["points"][0]["date"] for each in kept] == ([date] if date else [])


def test_word_for_word() -> None:
    """Feedback is a quotation itself: it is taken from the source, or not at all."""
    about = ("/about", "livraison", "On ne livre plus")
    (made,), _ = read(record("feedback", about, ("/quote", '" On ne livre plus "')))
    assert made.data["quote"] == "« On ne livre plus »"
    assert {each.field for each in made.citations} == {"/about", "/quote"}
    kept, (dropped,) = read(record("feedback", about, ("/quote", "On livre", "On ne livre plus")))
    assert (kept, dropped.reason) == ([], "quote")


def test_places_in_lists() -> None:
    """Gaps in a list are closed, and quotes follow their values."""
    (made,), _ = read(
        record(
            "competitor",
            NAME,
            ("/strengths/7", "pains", "ses pains"),
            ("/strengths/2", "lots", "le lot"),
            ("/strengths/-", "clients", "ses clients"),
        )
    )
    assert made.data["strengths"] == ["lots", "pains", "clients"]
    named = {each.field: each.quote for each in made.citations}
    assert named["/strengths/0"] == "le lot"
    assert named["/strengths/2"] == "ses clients"


def test_several_quotes_for_one_value() -> None:
    """A value may rest on several places, all of them kept."""
    (made,), _ = read(record("competitor", (*NAME, "Elle ferme"), (NAME[0], NAME[1], "dit Anne")))
    assert [each.quote for each in made.citations if each.field == "/name"] == [
        NAME[2],
        "Elle ferme",
        "dit Anne",
    ]


_WORDS = st.sampled_from(["", "/name", "/strengths/0", "valid_from", "/x", "Martin", "1 250", "²"])
_VALUES = st.builds(
    ReadValue,
    field=_WORDS | st.text(max_size=12),
    value=_WORDS | st.text(max_size=12),
    quotes=st.lists(_WORDS | st.text(max_size=12), max_size=3),
)
_RECORDS = st.builds(
    ReadRecord,
    kind=st.sampled_from([*KINDS, "", "rule"]),
    values=st.lists(_VALUES, max_size=5),
)


@given(st.lists(_RECORDS, max_size=4))
def test_any_reply(records: list[ReadRecord]) -> None:
    """Whatever a model says, each proposal stands with its quotes or is dropped; none is lost."""
    kept, dropped = read(*records)
    assert len(kept) + len(dropped) == len(records)
    for made in kept:
        KINDS[made.kind].of(made.data)
        assert made.citations
        for each in made.citations:
            assert each.start is not None
            assert each.end is not None
            assert TEXT[each.start - 100 : each.end - 100] == each.quote


# --- forms ----------------------------------------------------------------------------------------


def test_every_kind_can_be_described() -> None:
    """Each form is flat for the prompt, and what is required in it is said."""
    for kind in EXTRACTED:
        assert kind in kinds_in_words([kind])
        assert any(field.required for field in fields_of(kind).values())
    assert field_at("offer", "/lines/3/amount") == Field("/lines/N/amount", "amount", required=True)
    assert field_at("offer", "/lines/amount") is None
    assert field_at("feedback", "/verdict") is not None


def test_the_reply_form_is_strict() -> None:
    """The reply form is taken by strict endpoints, and does not grow with the kinds there are."""
    schema = json.dumps(strict_schema(Reading))
    assert not any(f'"{kind}"' in schema for kind in EXTRACTED)


def test_kinds_asked_for() -> None:
    """Kinds come in the order of the forms; one that there is not brings the nearest."""
    assert check_kinds([]) == list(EXTRACTED)
    assert check_kinds(["win", "competitor", "win"]) == ["competitor", "win"]
    with pytest.raises(RequestError, match=r"no kind of record competitors → competitor\?"):
        check_kinds(["competitors"])


# --- windows and merging --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spans", "begin", "expected"),
    [
        ([], 0, []),
        ([(0, 30)], 0, [(0, 30)]),
        ([(0, 300)], 0, [(0, 300)]),
        ([(0, 40), (42, 80), (82, 120)], 0, [(0, 80), (42, 120)]),
        ([(0, 90), (92, 180)], 0, [(0, 90), (92, 180)]),
        ([(0, 40), (42, 80), (82, 120)], 80, [(82, 120)]),
        ([(0, 40), (42, 80)], 80, []),
    ],
)
def test_windows(spans: Any, begin: int, expected: Any) -> None:
    """Parts hold whole passages, are bounded, and overlap by those that fit."""
    assert list(windows(spans, begin=begin, longest=100, overlap=40)) == expected


@given(st.lists(st.integers(1, 60), max_size=30), st.integers(0, 80))
def test_windows_leave_nothing_out(lengths: list[int], overlap: int) -> None:
    """Every passage is whole in some part, in order, and no part is longer than it may be."""
    spans, at = [], 0
    for length in lengths:
        spans.append((at, at + length))
        at += length + 2
    made = list(windows(spans, longest=100, overlap=overlap))
    assert all(any(a <= s and e <= b for a, b in made) for s, e in spans)
    assert all(b - a <= 100 for a, b in made)
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def candidate(name: str = "Martin", **data: Any) -> Candidate:
    """A proposal of a competitor, its strengths each with a quote."""
    form = KINDS["competitor"].of({"name": name, **data})
    pointers = ["/name", *(f"/strengths/{n}" for n in range(len(data.get("strengths", []))))]
    quotes = [name, *data.get("strengths", [])]
    return Candidate(
        kind="competitor",
        key=form.key,
        data=form.plain(),
        citations=[
            {"source": "s1", "start": 0, "end": len(quote), "quote": quote, "field": pointer}
            for pointer, quote in zip(pointers, quotes, strict=True)
        ],
    )


def test_merged() -> None:
    """The same thing in two parts is one proposal, with what both say and both quotes."""
    one, other = candidate(strengths=["a", "b"]), candidate(strengths=["b", "c"], site="m.fr")
    (made,) = merged([one, other])
    assert made.data["strengths"] == ["a", "b", "c"]
    assert made.data["site"] == "m.fr"
    assert {each.field: each.quote for each in made.citations} == {
        "/name": "Martin",
        "/strengths/0": "a",
        "/strengths/1": "b",
        "/strengths/2": "c",
    }


def test_what_differs_is_not_merged() -> None:
    """Two that say different things of the same both stay, for a person to choose."""
    found = [candidate(site="m.fr"), candidate(site="n.fr"), candidate("Durand"), candidate()]
    assert len(merged(found)) == 3
