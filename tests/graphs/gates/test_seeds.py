"""Seeds: planted like any other approval, never published, counted where they prove something."""

from typing import Any

import pytest

from savoirfaire.errors import NotFoundError, RequestError
from savoirfaire.graphs.gates.book import Book
from savoirfaire.graphs.gates.evidence.seeds import Seeds as Counted
from savoirfaire.graphs.gates.folding import audit
from savoirfaire.graphs.gates.mutants import mutants
from savoirfaire.graphs.gates.planting import Planter
from savoirfaire.graphs.gates.seeds import Seeds
from savoirfaire.knowledge.brand import BrandPack

KEY = "acme/mail/send"
GOOD = "Anna Blum opens on 12 May. Karl Weiss comes too. See https://bread.example/rye for more."
BRAND = BrandPack.parse(
    """
[brand]
name = "Acme"
language = "en"
voice = "Plain."
[[rules]]
id = "cheap"
avoid = ["cheap"]
reason = "never"
"""
)


@pytest.fixture
def planter(office: Any, engine: Any) -> Planter:
    """Plants at the gate of the office."""
    return Planter(engine, office.desk)


def gate(office: Any) -> Any:
    """The row of the office's gate."""
    return Book(office.engine, office.desk).row(KEY)


async def answer(office: Any, verdict: Any, by: str = "bob", **more: Any) -> Any:
    """Answer the oldest open approval and drive its run."""
    async with office.runs() as runs:
        row = runs.approvals.open()[0]
        runs.approvals.decide(row.id, verdict, by=by, **more)
        return await runs.drive(row.run)


async def test_a_seed_looks_like_any_other(office: Any, planter: Planter) -> None:
    """Row by row and key by key, nothing tells a seed from real work that waits."""
    await office.send("Buy now!", verdict="reject", by="ann")
    planter.from_past(gate(office), "rejected", 1, by="eve")
    async with office.runs() as runs:
        await runs.drive(runs.submit(office.scope, "mail", {"text": "Good day."}, by="ann"))
        seed, real = runs.approvals.open()
        assert seed.request["action_requests"][0]["args"] == {"text": "Buy now!"}
        assert seed.request.keys() == real.request.keys()
        assert {k: type(v) for k, v in seed._mapping.items()} == {
            k: type(v) for k, v in real._mapping.items()
        }
        for name in ("id", "interrupt", "payload_hash"):
            assert len(getattr(seed, name)) == len(getattr(real, name))
        assert len(seed.request["item"]) == len(real.request["item"])
        pair = [runs.get(each.run) for each in (seed, real)]
        assert {(row.status, row.submitted_by, row.outcome) for row in pair} == {
            ("waiting", "ann", None)
        }
        steps = [[(e.kind, e.node) for e in runs.events(row.id)] for row in pair]
        assert steps[0] == steps[1]
        states = [await runs.state(row.id) for row in pair]
        assert states[0].keys() == states[1].keys()
        assert states[0]["gates"]["send"]["arguments"] == {"text": "Buy now!"}
        assert await runs.drive(seed.run) == (type(await runs.drive(real.run)))(
            seed.run, "waiting", [seed.id]
        )


@pytest.mark.parametrize(
    ("verdict", "more", "caught"),
    [
        ("reject", {}, True),
        ("approve", {}, False),
        ("edit", {"edits": {"text": "Buy it, now"}}, False),
        ("edit", {"edits": {"text": "Come at 9"}}, True),
    ],
)
async def test_answered(
    office: Any, engine: Any, planter: Planter, verdict: Any, more: Any, caught: Any
) -> None:
    """A seed is caught where it is rejected or its substance mended; nothing comes of it."""
    await office.send("Buy it now", verdict="reject", by="ann")
    planter.from_past(gate(office), "rejected", 1, by="eve")
    before = office.evidence.counts
    progress = await answer(office, verdict, **more)
    assert (progress.status, progress.caught) == ("completed", caught)
    assert office.evidence.counts == before
    assert office.evidence.seeds == Counted(int(caught), int(not caught))
    row = [row for row in office.rows("decisions") if row.kind == "seed"][-1]
    assert (row.by, row.data["caught"], row.data["counts"]) == ("bob", caught, True)
    assert audit(engine, office.secret)[1] == []


async def test_withdrawn_is_missed(office: Any, engine: Any, planter: Planter) -> None:
    """Whoever takes a seed back instead of answering it has missed it."""
    await office.send("Buy now!", verdict="reject", by="ann")
    planter.from_past(gate(office), "rejected", 1, by="eve")
    async with office.runs() as runs:
        (seed,) = runs.approvals.open()
        runs.approvals.withdraw([seed.id], by="bob")
        assert (await runs.drive(seed.run)).caught is False
    assert office.evidence.seeds == Counted(0, 1)
    assert audit(engine, office.secret)[1] == []


async def test_never_published(office: Any, planter: Planter) -> None:
    """However it is answered and driven, the graph never runs and no effect is planned."""
    await office.send("Buy now!", verdict="reject")
    planter.from_past(gate(office), "rejected", 1, by="eve")
    (seed,) = office.rows("seeds")
    await answer(office, "approve", by="ann")
    async with office.runs() as runs:
        for _ in range(3):
            assert (await runs.drive(seed.run)).status == "completed"
        assert "sent" not in await runs.state(seed.run)
        assert [each.id for each in runs.approvals.of_run(seed.run)] == [seed.approval]
    assert office.rows("effects") == []


@pytest.mark.parametrize("by", ["ann", "eve"])
async def test_who_knows_proves_nothing(office: Any, planter: Planter, by: str) -> None:
    """An answer by who rejected the original, or wrote the seed, is kept and does not count."""
    await office.send("Buy now!", verdict="reject", by="ann")
    if by == "eve":
        planter.written(gate(office), [{"text": "Buy it at once"}], by="eve")
    else:
        planter.from_past(gate(office), "rejected", 1, by="eve")
    assert (await answer(office, "reject", by=by)).caught is True
    assert office.evidence.seeds == Counted()


async def test_in_the_order_they_were_planted(office: Any, planter: Planter) -> None:
    """Catching the easy one first shows nothing until the one before it is answered."""
    await office.send("Buy now!", verdict="reject", by="ann")
    planter.written(gate(office), [{"text": "One"}, {"text": "Two"}], by="eve")
    first, second = office.rows("seeds")
    async with office.runs() as runs:
        runs.approvals.decide(second.approval, "reject", by="bob")
        assert office.evidence.seeds == Counted()
        runs.approvals.decide(first.approval, "approve", by="bob")
    assert office.evidence.seeds == Counted(1, 1)


async def test_another_attempt(office: Any, engine: Any, planter: Planter) -> None:
    """A seed planted for evidence that was given up says nothing of the next."""
    await office.send("Buy now!", verdict="reject", by="ann")
    planter.from_past(gate(office), "rejected", 1, by="eve")
    book = Book(engine, office.desk)
    book.incident(KEY, by="eve", severe=True)
    await answer(office, "reject")
    assert office.evidence.seeds == Counted()
    assert Seeds(engine).results("bob")[0].caught == 1


async def test_decided_together(office: Any, planter: Planter) -> None:
    """A seed among several that are decided at one stroke is a seed, and they are one review."""
    await office.send("Buy now!", verdict="reject", by="ann")
    planter.from_past(gate(office), "rejected", 1, by="eve")
    async with office.runs() as runs:
        for each in "ab":
            await runs.drive(runs.submit(office.scope, "mail", {"text": each}, by="ann"))
        several = [row.id for row in runs.approvals.open()]
        runs.approvals.decide_together(several, "approve", by="bob")
    assert office.evidence.seeds == Counted(0, 1)
    assert office.evidence.counts == ((0, 1), (1000, 1))


async def test_results(office: Any, engine: Any, planter: Planter) -> None:
    """A reviewer sees their own results; everyone's are told together."""
    await office.send("Buy now!", "Buy more!", verdict="reject", by="ann")
    planter.from_past(gate(office), "rejected", 5, by="eve")
    await answer(office, "reject", by="bob")
    await answer(office, "approve", by="zoe")
    seeds = Seeds(engine)
    assert [(r.gate, r.caught, r.missed) for r in seeds.results("bob")] == [(KEY, 1, 0)]
    assert [(r.reviewers, r.caught, r.missed) for r in seeds.results()] == [(2, 1, 1)]
    assert seeds.results("ann") == []


async def test_from_approved(office: Any, planter: Planter) -> None:
    """What was approved is planted with one thing wrong in it, another kind each time."""
    await office.send(GOOD, GOOD + " ", GOOD + "  ", GOOD + "   ")
    assert planter.from_past(gate(office), "approved", 9, by="eve", brand=BRAND) == 4
    assert [row.made for row in office.rows("seeds")] == ["number", "name", "term", "link"]
    with pytest.raises(NotFoundError, match="nothing approved"):
        planter.from_past(gate(office), "approved", 1, by="eve")


async def test_what_cannot_be_planted(
    office: Any, engine: Any, planter: Planter, make_office: Any, mail: Any
) -> None:
    """What the gate does not show, what changes nothing, and where people decide anyway."""
    await office.send("Hello")
    for given in ({"to": "all"}, {"text": 3}, {"text": "Hello"}):
        with pytest.raises(RequestError):
            planter.written(gate(office), [given], by="eve")
    with pytest.raises(NotFoundError, match="nothing rejected"):
        planter.from_past(gate(office), "rejected", 1, by="eve")
    craft = make_office(mail(never_lift=True))
    await craft.send("Hello", verdict="reject")
    with pytest.raises(RequestError, match="stays with people"):
        Planter(engine, craft.desk).from_past(gate(craft), "rejected", 1, by="eve")
    assert office.rows("seeds") == []


# --- mutants --------------------------------------------------------------------------------------


def test_mutants() -> None:
    """Each kind changes one place, the same one every time."""
    found = {each.made: each.arguments["markdown"] for each in mutants({"markdown": GOOD}, BRAND)}
    assert found["number"].replace("13 May", "12 May") == GOOD
    assert found["link"] == GOOD.replace("/rye", "/rye-2")
    assert "(cheap)" in found["term"]
    assert sorted(found["name"].split()) != sorted(GOOD.split())
    again = {each.made: each.arguments["markdown"] for each in mutants({"markdown": GOOD}, BRAND)}
    assert again == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00\x1b[2J",
        "no figure and no name here",
        "1. a list\n2. of two",
        "```\n12 eggs\n```",
        "\ud800 9",
        "[^1]: a note of 12",
        "a" * 50_000,
    ],
)
def test_hostile_texts(text: str) -> None:
    """Whatever the text, a mutant is either really another text or there is none."""
    for each in mutants({"markdown": text}, BRAND):
        assert each.arguments["markdown"] != text


@pytest.mark.parametrize("arguments", [{}, {"a": "x 9 y", "b": "z"}, {"n": 9}])
def test_nothing_to_change(arguments: Any) -> None:
    """Where no argument is the text there is no mutant."""
    assert list(mutants(arguments, BRAND)) == []
