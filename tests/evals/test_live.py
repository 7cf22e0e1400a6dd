"""Live runs: trials that are kept, made again where the endpoint failed, compared and gated."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx2
import pytest

from savoirfaire.errors import ConflictError, MisconfiguredError, NotFoundError, RequestError
from savoirfaire.evals.graders import Grade, Graded, graders_of
from savoirfaire.evals.live.gating import Rules, judge, least_of
from savoirfaire.evals.live.results import Head, Results, Trial, find, read
from savoirfaire.evals.live.trials import Prices, run_trials
from savoirfaire.evals.replaying.many import replay_all
from savoirfaire.evals.report import compared, replayed, scored
from savoirfaire.evals.report.citing import changes
from savoirfaire.evals.report.inspecting import log_of
from savoirfaire.evals.report.words import WORDS
from savoirfaire.evals.statistics.comparing import compare
from savoirfaire.evals.tasks.folder import Task
from savoirfaire.evals.tasks.suites import SHIPPED
from savoirfaire.testing import ENDPOINT, Scripted, ScriptedTransport

HEAD = Head("extraction", "v1", "live", "m", "0" * 64)
TASK = Task(SHIPPED / "extraction" / "en-rivals")
NOTHING = '{"records": []}'


async def live(path: Path, model: Callable[[dict[str, Any]], Scripted], trials: int = 1) -> Results:
    """Run one task against a scripted model."""
    return await run_trials(
        [TASK],
        Results.open(path, HEAD),
        replace(ENDPOINT, retries=0),
        graders_of([{"name": "ends"}, {"name": "citations", "least": 1}]),
        trials=trials,
        at_once=2,
        prices=Prices(1.0, 2.0),
        wire=ScriptedTransport(model),
    )


def recorded(_: dict[str, Any]) -> Scripted:
    """A model that says what was recorded."""
    line = TASK.tape.read_text("utf-8").splitlines()[1]
    reply: dict[str, Any] = json.loads(line)["reply"]
    return {"tokens": {"prompt_tokens": 1000, "completion_tokens": 500}, **reply}


async def test_trials_are_kept(tmp_path: Path) -> None:
    """Each trial is graded, counted and kept; what is there is not made again."""
    results = await live(tmp_path / "v1.jsonl", recorded)
    (trial,) = results.trials
    assert (trial.score, trial.status, trial.end) == (1.0, "done", "completed")
    assert trial.cost == Prices(1.0, 2.0).of(trial.tokens) > 0
    again = await live(tmp_path / "v1.jsonl", lambda _: NOTHING, trials=2)
    assert [each.score for each in again.latest()] == [1.0, 0.5]
    assert again.metrics()["citations"] == 0.5
    assert read(tmp_path / "v1.jsonl").summary() == again.summary()


async def test_what_a_judge_says_counts_beside(tmp_path: Path) -> None:
    """Judges' grades stand beside the graders'; where they abstain, there is none."""
    said = iter([Grade("judge", 0.0, "no", abstained=True), Grade("judge", 0.0, "bad")])

    async def judged(_: Graded) -> list[Grade]:
        return [next(said)]

    made = await run_trials(
        [TASK],
        Results.open(tmp_path / "v1.jsonl", HEAD),
        ENDPOINT,
        replace(graders_of([{"name": "ends"}]), judged=judged),
        trials=2,
        at_once=1,
        prices=Prices(),
        wire=ScriptedTransport(recorded),
    )
    assert read(made.path).latest() == made.latest()
    assert [each.score for each in made.latest()] == [1.0, 0.5]
    assert [each.scores for each in made.scored("judge")] == [(0.0,)]
    made.trials.pop()
    assert "judge" not in made.metrics()
    assert "s’abstient" in scored.page_of(made)


async def test_infrastructure_is_no_failure(tmp_path: Path) -> None:
    """An endpoint that fails says nothing of the work: the trial is made again."""
    down = await live(tmp_path / "v1.jsonl", lambda _: httpx2.ConnectError("no"), trials=1)
    assert (down.summary()["trials"], down.summary()["errors"]) == (0, 1)
    up = await live(tmp_path / "v1.jsonl", recorded)
    assert (up.summary()["trials"], up.summary()["errors"], up.metrics()["score"]) == (1, 0, 1.0)


async def test_what_the_model_does_is(tmp_path: Path) -> None:
    """A model that cannot be read has failed the task, by every measure."""
    results = await live(tmp_path / "v1.jsonl", lambda _: "no json")
    assert [each.score for each in results.trials] == [0.0]
    assert "UnreadableReplyError" in results.trials[0].grades[0].words


async def test_a_wrong_key_ends_the_run(tmp_path: Path) -> None:
    """A key that the endpoint rejects is not tried for every task."""
    with pytest.raises(MisconfiguredError):
        await live(tmp_path / "v1.jsonl", lambda _: httpx2.Response(401, json={}))


# --- results --------------------------------------------------------------------------------------


def results(folder: Path, label: str, scores: dict[str, float], text: str = "") -> Results:
    """A version whose tasks, each of its own client, have these scores."""
    head = Head("s", label, "live", "m", label)
    made = Results.open(folder / "s" / f"{label}.jsonl", head)
    for name, value in scores.items():
        grades = [Grade("citations", value, "<b>why</b>" if value < 1 else "")]
        made.add(Trial(name, f"client-{name}", 1, "done", grades, text=text, cost=value / 10))
    return made


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    """Half a line at the end is taken off; another version under the same label is refused."""
    made = results(tmp_path, "v1", {"a": 1.0})
    with made.path.open("ab") as file:
        file.write(b'{"task": "b", "cli')
    known = Results.open(made.path, made.head)
    assert [each.task for each in known.trials] == ["a"]
    known.add(Trial("b", "c", 1, "done"))
    assert [each.task for each in read(made.path).trials] == ["a", "b"]
    with pytest.raises(ConflictError, match="another version"):
        Results.open(made.path, Head("s", "v1", "live", "m", "other"))


def test_found_by_label(tmp_path: Path) -> None:
    """Results are found by label, or by suite and label; what is not there is told."""
    made = results(tmp_path, "v1", {"a": 1.0})
    assert find("v1", [tmp_path]) == find("s/v1", [tmp_path]) == made.path
    with pytest.raises(NotFoundError, match="no results"):
        read(find("v9", [tmp_path]))


GOOD = {f"t{n}": 1.0 for n in range(10)}
BAD = {f"t{n}": 0.2 for n in range(10)}


@pytest.mark.parametrize(
    ("scores", "rules", "reason"),
    [
        (GOOD, Rules({"citations": 1.0}, "pass"), ""),
        (GOOD, Rules({"citation": 1.0}, "pass"), "no metric citation"),
        (BAD, Rules({"score": 0.9}, "pass"), "score is 0.2, below 0.9"),
        (BAD, Rules(cannot_tell="pass"), "worse than the baseline by 0.8"),
        (GOOD, Rules(cannot_tell="fail"), "cannot tell"),
        (GOOD, Rules(cannot_tell="fail", largest_unseen=0.2), ""),
        ({"t1": 1.0}, Rules(cannot_tell="pass"), "9 tasks of the baseline were not run"),
    ],
)
def test_gate(tmp_path: Path, scores: dict[str, float], rules: Rules, reason: str) -> None:
    """A version passes only where nothing speaks against it."""
    version = results(tmp_path, "new", scores)
    found = judge(version, rules, results(tmp_path, "old", GOOD))
    assert found.passes is not bool(reason)
    assert reason in " ".join(map(str, found.reasons))


def test_negative_control(tmp_path: Path) -> None:
    """A gate that a bad version passes sees nothing, and lets nobody pass."""
    version, control = results(tmp_path, "new", GOOD), results(tmp_path, "bad", BAD)
    assert judge(version, Rules({"score": 0.9}), None, control).passes
    blind = judge(version, Rules({"score": 0.1}), None, control)
    assert "negative control passes" in " ".join(map(str, blind.reasons))
    with pytest.raises(RequestError, match="asks for nothing"):
        judge(version, Rules())


@pytest.mark.parametrize("words", ["score", "score=x", "=1"])
def test_least(words: str) -> None:
    """What is no METRIC=VALUE is refused."""
    assert least_of(["a = 0.5"]) == {"a": 0.5}
    with pytest.raises(RequestError, match="METRIC=VALUE"):
        least_of([words])


# --- pages ----------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Reads a page: what it loads, its open tags, and its words in each language."""

    VOID = frozenset(("meta", "input", "line", "circle"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.open: list[str] = []
        self.tongues: dict[str, int] = {"en": 0, "fr": 0}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag loads."""
        given = dict(attrs)
        self.loads += [str(given[key]) for key in ("src", "href") if key in given]
        if given.get("class") == "t":
            self.tongues[str(given["lang"])] += 1
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened last."""
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_pages(tmp_path: Path) -> None:
    """Each page is one file, well formed, says all in both languages, and escapes what it shows."""
    a = results(tmp_path, "a", GOOD, "old <script>alert(1)</script> words")
    b = results(tmp_path, "b", BAD, "new <script>alert(1)</script> words")
    pages = [
        scored.page_of(b),
        compared.page_of(a, b, compare(a.scored(), b.scored()), language="fr"),
        replayed.page_of(replay_all("s", [TASK])),
    ]
    for text in pages:
        page = Page(text)
        assert (page.loads, page.open) == ([], [])
        assert page.tongues["en"] == page.tongues["fr"] > 3
        assert "<script>alert" not in text
        assert "<b>why" not in text
    assert "<del>old</del>" in pages[1]
    assert "<ins>new</ins>" in pages[1]
    assert "−46" not in pages[1]
    assert '<html lang="fr"' in pages[1]


def test_words_have_the_same_values() -> None:
    """Every text has the same values in both languages."""
    for english, french in WORDS.values():
        assert sorted(_values(english)) == sorted(_values(french))


def _values(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("{")[1:]]


# --- for other programs ---------------------------------------------------------------------------


def test_inspect_log(tmp_path: Path) -> None:
    """Each trial is a sample; what a judge abstained from is no score; a failure has its error."""
    made = results(tmp_path, "v1", {TASK.name: 0.5})
    made.add(Trial("b", "c", 1, "done", [Grade("judge", 0.0, "unsure", abstained=True)]))
    made.add(Trial("b", "c", 2, "infrastructure", error="UnavailableError: no"))
    log = json.loads(json.dumps(log_of(made, [TASK])))
    assert (log["version"], log["status"], log["eval"]["config"]["epochs"]) == (2, "error", 2)
    unsure, failed, good = log["samples"]
    assert (unsure["scores"], unsure["metadata"]["abstained"]) == ({}, {"judge": "unsure"})
    assert (failed["epoch"], failed["error"]["message"]) == (2, "UnavailableError: no")
    assert good["scores"] == {"citations": {"value": 0.5, "explanation": "<b>why</b>"}}
    assert json.loads(good["input"]) == TASK.request


def test_a_citation_that_only_moved_is_no_change() -> None:
    """Notes are numbered by what they say; one that a version lost or gained is marked."""
    note = "[^{}]: {}.md, characters 1–9: “<{}>”"
    old = f"One.[^1] Two.[^2]\n\n{note.format(1, 'a', 'a')}\n{note.format(2, 'b', 'b')}\n"
    new = f"Two.[^1] Three.[^2]\n\n{note.format(1, 'b', 'b')}\n{note.format(2, 'c', 'c')}\n"
    told = changes(old, new, place="c")
    two = 'Two.<sup><a href="#c-2">2</a></sup>'
    assert two in re.sub(r"<(del|ins)>.*?</\1>", "", told)
    marked = re.findall(r"<li[^>]*>\d\. <(\w+)>(\w)", told)
    assert marked == [("del", "a"), ("span", "b"), ("ins", "c")]
    assert "<a>" not in told
    assert changes("plain", "plain") == "<pre>plain</pre>"
