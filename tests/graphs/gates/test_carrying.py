"""Evidence and a change: what a paired evaluation carries over, and that it lifts nothing falsely.

The chances are exact: every outcome of old reviews and of tasks is enumerated.
"""

import math
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from savoirfaire.errors import RequestError
from savoirfaire.evals.proving.carrying import REVIEWS, beginnings
from savoirfaire.evals.proving.carrying import TASKS as MANY
from savoirfaire.evals.proving.exact import boundary, lifting
from savoirfaire.graphs.gates.book import Book
from savoirfaire.graphs.gates.carrying import Comparison, compare, differences, read_report
from savoirfaire.graphs.gates.evidence import (
    PRESETS,
    Carried,
    FingerprintChanged,
    Incident,
    NeverLift,
    Ratified,
    Seeds,
    advance,
    begin,
    standing,
)
from savoirfaire.graphs.gates.evidence.carrying import (
    LEVEL,
    MARGIN,
    SET_ASIDE,
    carried,
    largest_drop,
    log_start,
    log_worth,
)
from savoirfaire.graphs.gates.evidence.wealth import UNIT, alpha_at
from savoirfaire.graphs.gates.folding import audit, earned
from savoirfaire.knowledge.schema import decisions

KEY = "acme/mail/send"
POLICY = PRESETS["internal"]


def report(worse: int = 0, better: int = 0, same: int = 0, **more: Any) -> dict[str, Any]:
    """A report with so many tasks of each sort."""
    pairs = [(1.0, 0.0)] * worse + [(0.0, 1.0)] * better + [(1.0, 1.0)] * same
    tasks = [{"task": f"t{n}", "client": "acme", "a": a, "b": b} for n, (a, b) in enumerate(pairs)]
    return {"tasks": tasks, **more}


def compared(given: dict[str, Any]) -> Comparison:
    """What a report says under the policy."""
    return compare(differences(read_report(given)), len(given["tasks"]), POLICY)


# --- what the pairs say ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sorts", "verdict"),
    [
        ({"same": 100}, "no drop"),
        ({"same": 20}, "cannot tell"),
        ({"same": 194, "worse": 3, "better": 3}, "no drop"),
        ({"same": 90, "worse": 5, "better": 5}, "cannot tell"),
        ({"same": 90, "worse": 10}, "drop"),
        ({"same": 90, "better": 10}, "no drop"),
    ],
)
def test_verdicts(sorts: dict[str, int], verdict: str) -> None:
    """No drop is said where one of half p0 is excluded."""
    said = compared(report(**sorts))
    assert (said.verdict, said.margin) == (verdict, MARGIN * POLICY.p0)


@pytest.mark.parametrize("tasks", [40, 119, 200])
@pytest.mark.parametrize("drop", [0.05, 0.2])
def test_no_drop_is_seldom_said_wrongly(tasks: int, drop: float) -> None:
    """Work that is worse by the margin is called no worse one time in twenty at most; exact."""
    wrong = math.fsum(
        chance(tasks, worse, drop)
        for worse in range(tasks + 1)
        if largest_drop(((0, tasks - worse), (1000, worse))) <= drop
    )
    assert wrong <= LEVEL


def test_tasks_of_several_clients() -> None:
    """Tasks of one client are so many looks; those of several are one look for each client."""
    tasks = [
        {"task": f"{n}", "client": client, "a": 1.0, "b": 1.0 - (client == "b") / 2}
        for client, n in product("abc", range(40))
    ]
    assert differences(read_report({"tasks": tasks})) == ((0, 2), (500, 1))
    assert differences(read_report({"tasks": tasks[:40]})) == ((0, 40),)


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {},
        report(),
        report(same=1, a={"fingerprint": "x"}, b={"fingerprint": "x"}),
        {"tasks": [{"task": "a", "a": 1}]},
        {"tasks": [{"task": "a", "a": 1, "b": math.nan}]},
        {"tasks": [{"task": "a", "a": 1, "b": 1.1}]},
        {"tasks": [{"task": "a", "a": 1, "b": 1}] * 2},
    ],
)
def test_no_report(given: Any) -> None:
    """What is no report of a paired evaluation is refused."""
    with pytest.raises(RequestError):
        read_report(given)


# --- the promise ----------------------------------------------------------------------------------

P0, OLD, TASKS = 0.3, 60, 40
SEEDS = Seeds(30, 0)


def chance(n: int, k: int, rate: float) -> float:
    """The chance of k out of n."""
    return math.comb(n, k) * rate**k * (1 - rate) ** (n - k)


def cases(old: float, drop: float) -> list[tuple[float, Any, Any]]:
    """Every outcome of the old reviews and of the tasks, with its chance."""
    return [
        (
            chance(OLD, bad, old) * chance(TASKS, worse, drop),
            ((0, OLD - bad), (1000, bad)),
            ((0, TASKS - worse), (1000, worse)),
        )
        for bad, worse in product(range(OLD // 2), range(TASKS // 2))
    ]


LIMITS = [(P0 * share, P0 * (1 - share)) for share in (0.0, 0.2, 0.25, 0.5, 0.75, 1.0)]
"""The old work's rate and the drop, where the new work is just bad."""


@pytest.mark.parametrize(("old", "drop"), LIMITS)
def test_a_fair_beginning(old: float, drop: float) -> None:
    """Who carries only what turned out well, whole, begins on average with no more than 1."""
    begun = math.fsum(
        each * math.exp(log_start(SET_ASIDE, max(0, carried(P0, reviews, SEEDS, pairs, 1.0))))
        for each, reviews, pairs in cases(old, drop)
    )
    left = 1 - math.fsum(each for each, *_ in cases(old, drop))
    assert begun + left <= 1


def test_without_a_share_set_aside_it_is_not_fair() -> None:
    """The larger of 1 and the bet, which needs no share of alpha, is more than 1 on average."""
    begun = math.fsum(
        each * max(1.0, math.exp(log_worth(P0, reviews, SEEDS, pairs)))
        for each, reviews, pairs in cases(*LIMITS[1])
    )
    assert begun > 1.003


@pytest.mark.parametrize(("old", "drop"), LIMITS[1:4])
def test_no_false_lifts(old: float, drop: float) -> None:
    """Bad new work with carried evidence is lifted with chance alpha_m at most; exact."""
    policy = replace(POLICY, p0=P0, alpha=0.2)
    starts: dict[float, float] = {}
    for each, reviews, pairs in cases(old, drop):
        log = log_start(SET_ASIDE, carried(P0, reviews, SEEDS, pairs, 1.0))
        log = math.ceil(log * 4) / 4
        starts[log] = starts.get(log, 0.0) + each
    lifted = math.fsum(
        each * lifting(boundary(policy, 200, attempt=2, start=log)[:, 0], P0).chance
        for log, each in starts.items()
        if each > 1e-6
    )
    assert 0 < lifted <= alpha_at(0.2, 2)


def test_the_proof_begins_as_the_engine_does() -> None:
    """What the proof enumerates is what the engine carries."""
    policy, seeds = replace(POLICY, p0=P0), Seeds(REVIEWS // POLICY.seed_every, 0)
    first = beginnings(policy, 0.001, 0.0001)[0][1]
    kept = carried(P0, ((0, REVIEWS),), seeds, ((0, MANY),), 1.0)
    assert math.isclose(first, log_start(SET_ASIDE, kept))
    assert first > 0
    worst = beginnings(policy, 0.001, 0.3)[0][1]
    assert carried(P0, ((0, REVIEWS),), seeds, ((0, MANY - 120), (1000, 120)), 1.0) == 0
    assert math.isclose(
        min(log for _, log in beginnings(policy, 0.001, 0.3)), log_start(SET_ASIDE, 0)
    )
    assert worst <= first


@pytest.mark.parametrize("discount", [0.01, 0.5, 1.0])
def test_a_discount_never_adds(discount: float) -> None:
    """What is carried is never more than what it is worth, and a smaller power keeps less."""
    rich, pairs = ((0, 300),), ((0, 300),)
    whole = math.exp(log_worth(0.1, rich, Seeds(30, 0), pairs))
    kept = carried(0.1, rich, Seeds(30, 0), pairs, discount) / UNIT
    assert kept <= whole
    assert math.isclose(kept, whole**discount, rel_tol=0.01)
    assert carried(0.1, ((0, 5), (1000, 5)), Seeds(30, 0), pairs, discount) < UNIT
    assert carried(0.1, rich, Seeds(30, 0), ((0, 290), (1000, 30)), discount) == 0


@pytest.mark.parametrize("discount", [0, -1, 1.5, math.nan])
def test_no_discount(discount: float) -> None:
    """A power that would add to the evidence is refused."""
    with pytest.raises(RequestError, match="discount"):
        carried(0.1, (), Seeds(), ((0, 300),), discount)


# --- the engine -----------------------------------------------------------------------------------

EVENT = Carried("eve", ((0, 300),), (30, 0), ((0, 300),), 0.5)


def changed() -> Any:
    """A gate whose work was just replaced, after something was seen."""
    state = replace(begin(POLICY, "a"), counts=((0, 300),), seeds=Seeds(30, 0))
    return advance(POLICY, state, FingerprintChanged("b", SET_ASIDE))


def test_the_share_is_set_aside_before_anything_is_known() -> None:
    """A change costs its share at once, an evaluation gives it back and more, and counts once."""
    state = changed()
    plain = replace(state, set_aside=0.0)
    left, cost = (standing(POLICY, each).log_needed for each in (plain, state))
    assert math.isclose(cost - left, -math.log(1 - SET_ASIDE))
    after = advance(POLICY, state, EVENT)
    assert standing(POLICY, after).log_needed < left
    assert (standing(POLICY, after).clean_left or 0) < (standing(POLICY, state).clean_left or 0)
    assert after.rate(POLICY) == 1.0
    with pytest.raises(RequestError, match="evaluated already"):
        advance(POLICY, after, EVENT)
    failed = advance(POLICY, state, replace(EVENT, differences=((1000, 300),)))
    assert standing(POLICY, failed).log_needed == cost
    with pytest.raises(RequestError, match="evaluated already"):
        advance(POLICY, failed, EVENT)


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (begin(POLICY, "a"), EVENT),
        (changed(), replace(EVENT, by=" ")),
        (begin(POLICY, "a"), FingerprintChanged("b", 1.0)),
    ],
)
def test_what_cannot_be_carried(state: Any, event: Any) -> None:
    """Without a change, or without a person, there is nothing to carry."""
    with pytest.raises(RequestError):
        advance(POLICY, state, event)


def test_an_evaluation_is_something_seen() -> None:
    """Trying prompts until an evaluation turns out well costs an attempt each."""
    state = advance(POLICY, changed(), EVENT)
    after = advance(POLICY, state, FingerprintChanged("c", SET_ASIDE))
    assert (after.attempt, after.carried, after.set_aside) == (state.attempt + 1, None, SET_ASIDE)
    unseen = advance(POLICY, changed(), FingerprintChanged("c", 0.0))
    assert (unseen.attempt, unseen.set_aside) == (changed().attempt, SET_ASIDE)


# --- the ledger -----------------------------------------------------------------------------------


async def change(office: Any, mail: Any, **changes: Any) -> tuple[str, str]:
    """Have other work come to the gate; the fingerprints before and after."""
    old = office.evidence.fingerprint
    office.spec = mail(**changes)
    async with office.runs() as runs:
        await runs.drive(runs.submit(office.scope, "mail", {"text": "good"}, by="ann"))
    return old, office.evidence.fingerprint


async def test_carried_over(office: Any, engine: Any, mail: Any) -> None:
    """What is carried is an entry with a name, spares reviews, and is in the ledger whole."""
    await office.send("good")
    office.lift()
    old, new = await change(office, mail, people=2)
    book = Book(engine, office.desk)
    given = report(same=150, a={"fingerprint": old}, b={"fingerprint": new}, more=1)
    before = book.view(KEY).clean_left
    told = book.carry(KEY, given, by="eve", reason="a comma in the prompt")
    assert (told["verdict"], told["work_named"]) == ("no drop", True)
    assert told["clean_left"] < told["clean_left_before"] == before
    last = office.rows("decisions")[-1]
    assert (last.kind, last.by, last.data["report"]) == ("carried", "eve", told["report"])
    assert audit(engine, office.secret)[1] == []
    with pytest.raises(RequestError, match="evaluated already"):
        book.carry(KEY, given, by="eve")
    (first, *others) = last.data["events"]
    data = {**last.data, "events": [{**first, "reviews": [[0, 9999]]}, *others]}
    with engine.begin() as connection:
        mended = decisions.update().where(decisions.c.kind == "carried").values(data=data)
        connection.execute(mended)
    assert [each for each in audit(engine, office.secret)[1] if "carried over" in each.reason]


async def test_what_an_alarm_ended_is_not_carried(office: Any, mail: Any) -> None:
    """Only what was shown since the gate was last sent back is carried over a change."""
    await office.send("good")
    office.lift()
    office.enter("incident", Incident(severe=True))
    await office.send("good")
    await change(office, mail, people=2)
    before = earned([row for row in office.rows("decisions") if row.gate])
    assert before is not None
    assert before.reviews == ((0, 1),)


async def test_nothing_to_carry(office: Any, engine: Any, mail: Any) -> None:
    """Without a change, about another change, or at a gate kept for people it is refused."""
    await office.send("good")
    book = Book(engine, office.desk)
    with pytest.raises(RequestError, match="nothing to carry"):
        book.carry(KEY, report(same=1), by="eve")
    await change(office, mail, people=2)
    with pytest.raises(RequestError, match="not about the last change"):
        book.carry(KEY, report(same=1, b={"fingerprint": "other"}), by="eve")
    with pytest.raises(RequestError, match="nobody is named"):
        book.carry(KEY, report(same=1), by=" ")
    office.enter("never-lift", NeverLift("eve"))
    with pytest.raises(RequestError, match="stays with people"):
        book.carry(KEY, report(same=1), by="eve")


async def test_steps_add_up(office: Any, mail: Any) -> None:
    """What was shown for one step counts with what was shown for the next."""
    await office.send("good")
    office.earn()
    office.enter("ratified", Ratified("eve", 0.5))
    first = [row for row in office.rows("decisions") if row.kind == "earned"]
    office.earn()
    await change(office, mail, people=2)
    before = earned([row for row in office.rows("decisions") if row.gate])
    assert before is not None
    events = [each for row in first for each in row.data["events"] if each["event"] == "reviewed"]
    assert before.reviews[0][1] > len(events)
