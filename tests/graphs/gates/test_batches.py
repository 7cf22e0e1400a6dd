"""Batches approved in advance: what they let pass, what they do not, and what they prove."""

from collections.abc import Callable
from typing import Any

import pytest

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.book import Book
from savoirfaire.graphs.gates.evidence.drawing import draw
from savoirfaire.graphs.gates.folding import audit
from savoirfaire.knowledge.schema import decisions

KEY = "acme/mail/send"


@pytest.fixture
def office(make_office: Any, loose: Any) -> Any:
    """An office where nothing is drawn, to count on."""
    return make_office(policies=loose(floor=1e-12))


@pytest.fixture
async def book(office: Any, engine: Any) -> Book:
    """The book of an office whose gate has been seen once."""
    await office.send("first")
    return Book(engine, office.desk)


async def test_a_batch(office: Any, engine: Any, book: Book) -> None:
    """The next items pass, as many as were approved, and each names the batch it passed on."""
    book.allow(KEY, by="eve", minutes=30, items=3)
    assert await office.send(*"abcde") == ["passed completed"] * 3 + ["asked completed"] * 2
    plans = [row.data for row in office.rows("decisions") if row.kind == "planned"]
    (allowed,) = [row for row in office.rows("decisions") if row.kind == "allowed"]
    assert [each.get("grant") for each in plans] == [None, *[allowed.seq] * 3, None, None]
    assert {each["plan"]["reason"] for each in plans if "grant" in each} == {"batch"}
    assert audit(engine, office.secret)[1] == []


async def test_a_batch_proves_nothing(office: Any, book: Book) -> None:
    """However many batches are approved, the evidence stays where it was."""
    before = office.evidence
    for each in range(10):
        book.allow(KEY, by="eve", minutes=30, items=2)
        await office.send(f"a{each}", f"b{each}")
    assert (office.evidence.counts, office.evidence.waiting) == (before.counts, ())
    assert office.evidence.passed == 20


async def test_its_time_is_over(office: Any, engine: Any, book: Book) -> None:
    """By the database's clock a batch ends, and so it does where it is taken back."""
    book.allow(KEY, by="eve", minutes=-1, items=5)
    assert await office.send("a") == ["asked completed"]
    book.allow(KEY, by="eve", minutes=30, items=5)
    book.allow(KEY, by="eve", minutes=30, items=0)
    assert await office.send("b") == ["asked completed"]
    assert audit(engine, office.secret)[1] == []


@pytest.mark.parametrize(
    "change",
    [
        lambda book: book.stop(by="eve"),
        lambda book: book.incident(KEY, by="eve", severe=False),
        lambda book: book.never_lift(KEY, by="eve"),
    ],
)
async def test_what_ends_a_batch(office: Any, book: Book, change: Any) -> None:
    """The kill switch, an incident, and a gate kept by people end it at once."""
    book.allow(KEY, by="eve", minutes=30, items=5)
    change(book)
    assert await office.send("a") == ["asked completed"]


async def test_other_work_ends_it(office: Any, book: Book, mail: Any) -> None:
    """A batch is about the work as it was: another graph under the same gate is asked about."""
    book.allow(KEY, by="eve", minutes=30, items=5)
    office.spec = mail(people=2)
    async with office.newsroom.runs(find=lambda _: office.spec, desk=office.desk) as runs:
        progress = await runs.drive(runs.submit(office.scope, "mail", {"text": "a"}, by="ann"))
    assert progress.status == "waiting"


async def test_two_people(make_office: Any, engine: Any, mail: Any) -> None:
    """One person cannot approve in advance what needs two."""
    office = make_office(mail(people=2))
    async with office.newsroom.runs(find=lambda _: office.spec, desk=office.desk) as runs:
        for each in "ab":
            run = runs.submit(office.scope, "mail", {"text": each}, by="ann")
            assert (await runs.drive(run)).status == "waiting"
            Book(engine, office.desk).allow(KEY, by="eve", minutes=30, items=5)


async def test_flags(make_office: Any, engine: Any, mail: Any, loose: Any) -> None:
    """A risky item is asked about in a batch too."""
    risky = mail(flags=lambda s: ["new"] if "!" in s["text"] else [])
    office = make_office(risky, policies=loose(floor=1e-12))
    await office.send("first")
    Book(engine, office.desk).allow(KEY, by="eve", minutes=30, items=5)
    assert await office.send("a!", "a") == ["asked completed", "passed completed"]


async def test_the_floor(make_office: Any, engine: Any, loose: Any) -> None:
    """A share of the items, drawn by lot, is asked about in a batch too, and counts."""
    office = make_office(policies=loose(floor=0.5))
    await office.send("first")
    Book(engine, office.desk).allow(KEY, by="eve", minutes=30, items=100)
    ends = await office.send(*map(str, range(20)))
    plans = [row for row in office.rows("decisions") if row.kind == "planned"][1:]
    policy = plans[0].data["plan"]["policy"]
    drawn = [draw(office.secret, row.item, policy) for row in plans]
    assert ends == ["asked completed" if each < 0.5 else "passed completed" for each in drawn]
    assert 0 < ends.count("asked completed") < 20
    assert sum(n for _, n in office.evidence.counts) == 1 + ends.count("asked completed")


@pytest.mark.parametrize("changes", [{"never_lift": True}, {"risk": "irreversible"}])
async def test_craft(make_office: Any, engine: Any, mail: Any, changes: Any) -> None:
    """What stays with people cannot be approved in advance."""
    office = make_office(mail(**changes))
    await office.send("first")
    with pytest.raises(RequestError, match="item by item"):
        Book(engine, office.desk).allow(KEY, by="eve", minutes=30, items=5)


async def test_nobody(book: Book) -> None:
    """A batch is approved by somebody, and not while everything is stopped."""
    with pytest.raises(RequestError, match="nobody is named"):
        book.allow(KEY, by=" ", minutes=30, items=5)
    book.stop(by="eve")
    with pytest.raises(RequestError, match="everything is stopped"):
        book.allow(KEY, by="eve", minutes=30, items=5)


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("items", lambda _: 1),
        ("until", lambda _: "2020"),
        ("anchor", lambda anchor: {**anchor, "incidents": 1}),
        ("grant", lambda _: 1),
        ("plan", lambda plan: {**plan, "draw": 0.999}),
    ],
)
async def test_an_audit_sees_through(
    office: Any, engine: Any, book: Book, key: str, changed: Callable[[Any], Any]
) -> None:
    """A pass without room in its batch is found, even where the chain was mended."""
    book.allow(KEY, by="eve", minutes=30, items=2)
    await office.send("a", "b")
    told = [
        each for each in office.rows("decisions") if each.kind == "allowed" or "grant" in each.data
    ]
    with engine.begin() as connection:
        for row in told:
            if key in row.data:
                data = {**row.data, key: changed(row.data[key])}
                mended = decisions.update().where(decisions.c.seq == row.seq).values(data=data)
                connection.execute(mended)
    reasons = {each.reason for each in audit(engine, office.secret)[1]}
    assert "the evidence of that moment did not let this item pass" in reasons
