"""Evidence and a change: what a paired evaluation shows is recorded and lifts nothing."""

import math
import random
from dataclasses import replace
from typing import Any

import pytest

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.book import Book
from savoirfaire.graphs.gates.carrying import compare, read_report, worth
from savoirfaire.graphs.gates.evidence.policies import PRESETS
from savoirfaire.graphs.gates.evidence.seeds import Seeds
from savoirfaire.graphs.gates.evidence.wealth import clean_needed
from savoirfaire.graphs.gates.folding import audit

KEY = "acme/mail/send"
POLICY = PRESETS["internal"]


def report(worse: int = 0, better: int = 0, same: int = 0, **more: Any) -> dict[str, Any]:
    """A report with so many tasks of each sort."""
    pairs = [(0.0, 1.0)] * worse + [(1.0, 0.0)] * better + [(0.0, 0.0)] * same
    tasks = [{"task": f"t{n}", "old": [o], "new": [w]} for n, (o, w) in enumerate(pairs)]
    return {"form": 1, "old": "a", "new": "b", "tasks": tasks, **more}


@pytest.mark.parametrize(
    ("sorts", "verdict"),
    [
        ({"same": 100}, "no drop"),
        ({"same": 20}, "cannot tell"),
        ({"same": 96, "worse": 2, "better": 2}, "no drop"),
        ({"same": 90, "worse": 5, "better": 5}, "cannot tell"),
        ({"same": 90, "worse": 10}, "drop"),
        ({"same": 90, "better": 10}, "no drop"),
    ],
)
def test_verdicts(sorts: dict[str, int], verdict: str) -> None:
    """No drop is said where one of half p0 is excluded and could have been seen."""
    assert compare(read_report(report(**sorts)), POLICY).verdict == verdict


def test_what_could_have_been_seen() -> None:
    """A drop of the smallest visible share leaves all tasks untouched one time in twenty."""
    said = compare(read_report(report(same=59)), POLICY)
    assert math.isclose((1 - said.visible) ** 59, 0.05)
    assert compare(read_report(report(same=59)), POLICY) == said


def test_what_it_is_worth() -> None:
    """Never more than what was earned, less with a discount, nothing after a drop."""
    pairs, seeds = read_report(report(same=150)), Seeds(20, 0)
    earned = clean_needed(POLICY.p0, POLICY.alpha)
    full = worth(pairs, POLICY, ((0, earned),), seeds, 1.0)
    assert 0 < worth(pairs, POLICY, ((0, earned),), seeds, 0.5) < full < earned
    assert worth(pairs, POLICY, (), seeds, 1.0) == 0
    assert worth(read_report(report(same=90, worse=20)), POLICY, ((0, 60),), seeds, 1.0) == 0
    for discount in (0, -1, 1.5, math.nan):
        with pytest.raises(RequestError):
            worth(pairs, POLICY, ((0, earned),), seeds, discount)


def test_a_fair_start() -> None:
    """Bad new work starts, on average over evaluations, with no more than nothing at stake."""
    policy = replace(POLICY, p0=0.2)
    draws, total = random.Random(3), 0.0  # noqa: S311 - a simulation
    one = 1 + 0.96 * policy.p0 / (1 - policy.p0)
    for _ in range(300):
        tasks = [
            {"task": f"{n}", "old": [0.0], "new": [float(draws.random() < 0.2)]} for n in range(40)
        ]
        pairs = read_report({"form": 1, "old": "a", "new": "b", "tasks": tasks})
        clean = worth(pairs, policy, ((0, 200),), Seeds(50, 0), 1.0)
        total += one**clean if clean else 0
    assert total / 300 <= 1


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {},
        report(same=1, form=2),
        report(same=0),
        report(same=1, old="b"),
        report(same=1, extra=1),
        report(same=1, tasks=[{"task": "a", "old": [], "new": [0]}]),
        report(same=1, tasks=[{"task": "a", "old": [0], "new": [math.nan]}]),
        report(same=1, tasks=[{"task": "a", "old": [0], "new": [1.1]}]),
        report(same=1, tasks=[{"task": "a", "old": [0], "new": [1]}] * 2),
    ],
)
def test_no_report(given: Any) -> None:
    """What is no report of a paired evaluation is refused."""
    with pytest.raises(RequestError):
        read_report(given)


async def test_recorded_and_not_carried(office: Any, engine: Any, mail: Any) -> None:
    """What is shown is an entry with a name, and the gate stays where it was."""
    await office.send("good")
    old = office.evidence.fingerprint
    office.spec = mail(people=2)
    async with office.runs() as runs:
        await runs.drive(runs.submit(office.scope, "mail", {"text": "good"}, by="ann"))
    before, book = office.evidence, Book(engine, office.desk)
    given = report(same=150, old=old, new=before.fingerprint)
    told = book.carry(KEY, given, by="eve")
    assert (told["verdict"], told["carried"]) == ("no drop", 0)
    assert office.evidence == before
    last = office.rows("decisions")[-1]
    assert (last.by, last.data["report"]) == ("eve", told["report"])
    with pytest.raises(RequestError, match="not about a change"):
        book.carry(KEY, report(same=150), by="eve")
    with pytest.raises(RequestError, match="nobody is named"):
        book.carry(KEY, given, by=" ")
    assert audit(engine, office.secret)[1] == []
