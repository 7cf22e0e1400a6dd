"""`savoir evals` and `savoir bench`: what the commands say, and how they end."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.evals.bench.every import compared, other_machine
from savoirfaire.evals.tasks.suites import SHIPPED
from savoirfaire.workspace import Workspace

Savoir = Callable[..., Any]
pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _here(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in the workspace; log nothing."""
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setenv("SAVOIR_LOG_LEVEL", "error")


@pytest.fixture
def suite(workspace: Workspace) -> Path:
    """Two tasks of the shipped suite, as the workspace's own."""
    folder = workspace.folder / "suites" / "small"
    for name in ("fr-empty-knowledge", "en-nothing-said"):
        shutil.copytree(SHIPPED / "extraction" / name, folder / name)
    return folder


def test_replay_compare_and_gate(suite: Path, savoir: Savoir) -> None:
    """A suite is replayed and scored, versions compared, exported, let pass; a change is not."""
    said = savoir("evals", "run", "small", "--replay", "--label", "v1", "--json")
    told = json.loads(said.out)
    assert (said.code, told.pop("seconds") >= 0) == (0, True)
    assert told == {
        "suite": "small",
        "mode": "replay",
        "tasks": 2,
        "passed": 2,
        "failed": 0,
        "errors": 0,
        "misses": 0,
        "unplayed": 0,
        "stale": 0,
    }
    page = suite.parent / "c.html"
    found = savoir("evals", "compare", "v1", "small/v1", "--json", "--html", page)
    pairs = json.loads(found.out)["tasks"]
    assert pairs[0] == {"task": "en-nothing-said", "client": "blank-slate", "a": 1.0, "b": 1.0}
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert "could not have shown any drop" in savoir("evals", "compare", "v1", "v1").out
    assert savoir("evals", "gate", "v1", "--least", "score=1").code == 0
    assert savoir("evals", "gate", "v1", "--least", "rules=1").code == 1
    log = suite.parent / "log.json"
    assert savoir("evals", "export", "v1", "--inspect", log).code == 0
    assert len(json.loads(log.read_text("utf-8"))["samples"]) == 2
    assert savoir("evals", "export", "v1", "--inspect", page).code == 1
    (text,) = (suite / "en-nothing-said" / "texts").iterdir()
    text.write_text(text.read_text("utf-8").replace("coffee", "tea was"), "utf-8")
    broken = savoir("evals", "run", "small", "--replay")
    assert broken.code == 1
    assert "en-nothing-said: not as recorded" in broken.out
    assert "1 of 2 tasks are as recorded" in broken.out


def test_suites_are_listed(suite: Path, savoir: Savoir) -> None:
    """The workspace's suites and those shipped are listed."""
    assert suite
    told = {each["suite"]: each["tasks"] for each in json.loads(savoir("evals", "--json").out)}
    assert told["small"] == 2
    assert told["extraction"] >= 10


@pytest.mark.parametrize("text", ["title = 1", "graders = 3", "[[", "other = 1"])
def test_a_broken_suite_file(suite: Path, savoir: Savoir, text: str) -> None:
    """A suite's file that cannot be used is told, with the place."""
    (suite / "suite.toml").write_text(text)
    said = savoir("evals", "run", "small", "--replay")
    assert said.code == 1
    assert "suite.toml of suite small cannot be read" in said.err


def test_recording_needs_a_run(savoir: Savoir) -> None:
    """Without a run or a suite, the command says what it needs; an unknown run is told."""
    assert savoir("evals", "record", "--suite", "s").code == 2
    assert "there is no run nope" in savoir("evals", "record", "nope", "--suite", "s").err


def test_every_benchmark_is_listed(savoir: Savoir) -> None:
    """Each benchmark is named, with whether it runs by itself; one that does not is refused."""
    told = {
        each["bench"]: each["needs_data"]
        for each in json.loads(savoir("bench", "--list", "--json").out)
    }
    assert told["startup"] is False
    assert told["retrieval"] is True
    assert savoir("bench", "--only", "retrieval").code == 2


def test_ratios() -> None:
    """Figures are compared one by one with what they were; another machine is told."""
    then = {
        "machine": {"python": "3"},
        "figures": {"a": {"s": 2.0, "met": True, "rows": [{"n": 4}]}},
    }
    now = {"machine": {"python": "4"}, "figures": {"a": {"s": 1.0, "new": 1, "rows": [{"n": 8}]}}}
    assert compared(now, then) == [("a.s", 1.0, 0.5), ("a.rows[0].n", 8.0, 2.0)]
    assert other_machine(now, then) == ["python"]


def test_plugin(suite: Path, pytester: pytest.Pytester) -> None:
    """A suite is a test module: a task is a test, and a failure can be read."""
    (suite / "en-nothing-said" / "decisions.json").write_text('{"people": [], "policy": [] }')
    pytester.makeconftest('pytest_plugins = ["savoirfaire.evals.pytest_plugin"]')
    pytester.makepyfile(
        f"""
        import pytest
        from savoirfaire.evals.pytest_plugin import assert_as_recorded

        @pytest.mark.savoir_suite({str(suite)!r})
        def test_small(savoir_outcome):
            assert_as_recorded(savoir_outcome)
        """
    )
    done = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:asyncio")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["*en-nothing-said is not as recorded", "*stale*decisions.json*"])
