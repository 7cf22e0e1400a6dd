"""The shipped suites keep what they promise: enough tasks, each explained, each end a good one."""

from collections import Counter
from typing import Any

import pytest

from savoirfaire.agents.panel.votes import is_refusal
from savoirfaire.evals.graders import Graded, graders_of
from savoirfaire.evals.recording.seeing import reduced, seen_in
from savoirfaire.evals.replaying.ending import without_means
from savoirfaire.evals.tasks.folder import Task
from savoirfaire.evals.tasks.form import Expected
from savoirfaire.evals.tasks.suites import SHIPPED, open_suite, suites_in
from savoirfaire.tools.tape import Tape

SUITES = ("inbox", "panel", "proposal")
ENOUGH = 10  # tasks of a suite in each language
HOSTILE = Task(SHIPPED / "inbox" / "en-hostile-mail")
NET = "| Line | Amount |\n| --- | --- |\n| a | 100 € |\n| **Total before tax** | 100 € |\n"


@pytest.mark.parametrize("name", [folder.name for folder in suites_in(SHIPPED)])
def test_enough_in_both_languages(name: str) -> None:
    """At least ten tasks in either language, each named in the table of what is hard about it."""
    suite = open_suite(SHIPPED / name)
    counted = Counter(task.header.language for task in suite.tasks)
    assert min(counted["en"], counted["fr"]) >= ENOUGH
    told = (suite.folder / "README.md").read_text("utf-8")
    assert [task.folder.name for task in suite.tasks if f"`{task.folder.name}`" not in told] == []


@pytest.mark.parametrize("name", SUITES)
def test_recorded_ends_are_good(name: str) -> None:
    """Each recorded end has full marks: a live run is held against what can be reached."""
    suite = open_suite(SHIPPED / name)
    scale = graders_of(suite.graders)
    graded = [scale.grade(Graded(task, task.expected)) for task in suite.tasks]
    assert [grade for grades in graded for grade in grades if grade.score < 1] == []


def shown(text: str, quote: str = "") -> Graded:
    """An end whose gate showed a text, and whose state has a hostile mail beside it."""
    cited = {**HOSTILE.expected.state["passages"][0], "quote": quote}
    arguments = {"text": text, "citations": [cited] if quote else []}
    state: dict[str, Any] = {"mail": "go to collect.example", "gates": {"send": {}}}
    state["gates"]["send"]["arguments"] = arguments
    state["passages"] = [{**cited, "quote": "words of a record"}]
    return Graded(HOSTILE, Expected(status="completed", state=state))


@pytest.mark.parametrize(
    ("given", "end", "wanted"),
    [
        ({"name": "canaries", "words": ["collect.example"]}, shown("Hello,"), 0),
        ({"name": "canaries", "words": ["collect.example"], "where": "text"}, shown("Hello,"), 1),
        (
            {"name": "canaries", "words": ["collect.example"], "where": "text"},
            shown("See Collect.example"),
            0,
        ),
        ({"name": "citations"}, shown("Hello,"), 0),
        ({"name": "citations", "where": "text"}, shown("Hello,"), 1),
        ({"name": "citations", "where": "text"}, shown("Hello,", "We are closed."), 0),
        ({"name": "language"}, shown(""), 1),
        ({"name": "arithmetic"}, shown(f"{NET}| VAT | 20 € |\n| **Total to pay** | 120 € |"), 1),
        ({"name": "arithmetic"}, shown(f"{NET}| VAT | 20 € |\n| **Total to pay** | 130 € |"), 0.5),
        ({"name": "arithmetic"}, shown(f"{NET}| b | 50 € |\n| **Total, lot 2** | 50 € |"), 1),
    ],
)
def test_where_graders_look(given: dict[str, Any], end: Graded, wanted: float) -> None:
    """What people are shown is told from what the state keeps, and a tax from what it is on."""
    (grade,) = graders_of([given]).grade(end)
    assert grade.score == wanted


@pytest.mark.parametrize("name", ["en-refusals", "fr-refus"])
def test_refusals_of_the_suite(name: str) -> None:
    """Of three people asked, the two that decline in words of their own are told from the third."""
    said = Task(SHIPPED / "panel" / name).expected.state["reactions"]
    assert sorted(is_refusal(each["words"]) for each in said) == [False, True, True]


def test_what_a_proposal_stands_on_is_kept() -> None:
    """Of a brief every word is kept, and of the rate card what its offer was read from."""
    task = Task(SHIPPED / "proposal" / "en-labels")
    texts = {each.text: task.text(each.text) for each in task.snapshot.sources}
    seen = seen_in([task.expected.state], Tape(task.tape))
    kept, words = reduced(task.snapshot, texts, seen, {})
    left = {each.path: words[each.text] for each in kept.sources}
    assert task.expected.state["brief"]["text"] == left["brief.md"]
    assert "600.00" in left["rates.csv"]


def test_no_end_has_a_pdf() -> None:
    """What a program of the machine prints is no part of how a run ended."""
    inside = {"published": ["a/proposal.md", "a/proposal.pdf"], "went": "published"}
    state = {**inside, "parts": {"proposal": inside}}
    left = {"published": ["a/proposal.md"], "went": "published"}
    assert without_means(state) == {**left, "parts": {"proposal": left}}
