"""Processes that are killed in the middle of a run: another goes on, and publishes once."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

KILLED = -signal.SIGKILL
STEPS = ["collect", "plan", "write", "assemble", "check", "revise", "plan_publish"]
BEFORE_THE_GATE = [
    ["after", "write", 3],
]
AFTER_THE_DECISION = [
    ["after", "publish"],
]
SWEEP_BEFORE = [
    each
    for each in (
        *([kind, step] for step in STEPS for kind in ("before", "after", "done")),
        ["before", "gate_publish"],
        ["asked", ""],
        ["before", "write", 2],
        ["before", "write", 3],
        ["after", "write", 2],
        ["after", "assemble", 2],
        ["after", "check", 2],
    )
    if each not in BEFORE_THE_GATE
]
SWEEP_AFTER = [
    ["decided", ""],
    ["before", "publish"],
    ["done", "publish"],
    ["before", "gate_publish"],
    ["after", "gate_publish"],
    ["done", "gate_publish"],
    ["before", "learn"],
    ["after", "learn"],
    ["done", "learn"],
]
REQUEST = {"title": "Letter 12", "date": "2026-05-04", "language": "en", "items": ["items"]}


@dataclass
class Jobs:
    """Jobs on one workspace, each in a process of its own."""

    server: "subprocess.Popen[str]"
    folder: Path
    database: str

    @classmethod
    def on(cls, server: "subprocess.Popen[str]", newsroom: Any) -> "Jobs":
        """Those of a newsroom."""
        place = newsroom.workspace.database
        return cls(server, newsroom.workspace.folder, place if isinstance(place, str) else "")

    def __call__(self, **job: Any) -> tuple[int, Any]:
        """Do a job; how its process ended, and what it gave."""
        result = self.folder.parent / "result.json"
        result.unlink(missing_ok=True)
        place = {"folder": str(self.folder), "database": self.database}
        job = {**place, "result": str(result), **job}
        assert self.server.stdin
        assert self.server.stdout
        print(json.dumps(job), file=self.server.stdin, flush=True)
        code = json.loads(self.server.stdout.readline())["code"]
        return code, json.loads(result.read_text()) if result.exists() else None

    def start(self, **job: Any) -> tuple[int, Any]:
        """Start a newsletter."""
        return self(client="acme", graph="newsletter", request=REQUEST, **job)

    def decide(self, approval: str, **job: Any) -> tuple[int, Any]:
        """Approve, and go on."""
        return self(approval=approval, verdict="approve", by="bob", **job)


@pytest.fixture(scope="module")
def server() -> "Iterator[subprocess.Popen[str]]":
    """The process that starts the others."""
    command = [sys.executable, str(Path(__file__).with_name("crashing.py"))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


@pytest.fixture
def jobs(server: "subprocess.Popen[str]", newsroom: Any) -> Jobs:
    """Jobs on a workspace of this test's own."""
    return Jobs.on(server, newsroom)


@pytest.fixture(scope="module")
def waiting(
    server: "subprocess.Popen[str]",
    ingested: Path,
    tmp_path_factory: pytest.TempPathFactory,
    newsroom_of: Callable[[Path, Path], Any],
) -> Path:
    """A workspace with a run that waits at its gate; never used itself, only copied."""
    newsroom = newsroom_of(tmp_path_factory.mktemp("waiting"), ingested)
    assert Jobs.on(server, newsroom).start()[1]["status"] == "waiting"
    return Path(newsroom.workspace.folder)


def published_once(newsroom: Any) -> None:
    """One edition, complete, made by one effect, under the one approval."""
    assert [row["status"] for row in newsroom.rows("runs")] == ["completed"]
    (approval,) = newsroom.rows("approvals")
    (effect,) = newsroom.rows("effects")
    assert effect["bound_to"] == approval["id"]
    assert effect["made_at"]
    published = newsroom.published()
    assert sorted(published) == [f"2026-05-04-letter-12.{each}" for each in ("eml", "html", "md")]
    request = json.loads(approval["request"])
    shown = request["action_requests"][0]["args"]["markdown"]
    assert published["2026-05-04-letter-12.md"] == shown
    assert published["2026-05-04-letter-12.html"].rstrip().endswith("</html>")


def moments(always: list[list[Any]], sweep: list[list[Any]]) -> list[Any]:
    """The moments as cases, most of them only in a sweep."""
    rare = [pytest.param(each, marks=pytest.mark.sweep, id=str(each)) for each in sweep]
    return [*(pytest.param(each, id=str(each)) for each in always), *rare]


@pytest.mark.parametrize("moment", moments(BEFORE_THE_GATE, SWEEP_BEFORE))
def test_killed_before_the_gate(jobs: Jobs, newsroom: Any, moment: list[Any]) -> None:
    """Killed at any moment before a person is asked, a run asks, once, and then publishes once."""
    assert jobs.start(kill=moment) == (KILLED, None)
    (run,) = newsroom.rows("runs")
    assert run["status"] == "running"
    _, progress = jobs(run=run["id"])
    _, progress = jobs.decide(*progress["approvals"])
    assert progress["status"] == "completed"
    published_once(newsroom)


@pytest.mark.parametrize("moment", moments(AFTER_THE_DECISION, SWEEP_AFTER))
def test_killed_after_the_decision(
    server: "subprocess.Popen[str]",
    newsroom_of: Callable[[Path, Path], Any],
    tmp_path: Path,
    waiting: Path,
    moment: list[Any],
) -> None:
    """Killed at any moment after a person decided, a run goes on by that decision, once."""
    newsroom = newsroom_of(tmp_path, waiting)
    jobs = Jobs.on(server, newsroom)
    (approval,) = newsroom.rows("approvals")
    assert jobs.decide(approval["id"], kill=moment) == (KILLED, None)
    assert [row["status"] for row in newsroom.rows("runs")] == ["running"]
    _, refused = jobs.decide(approval["id"])
    assert refused["error"] == "ConflictError"
    _, progress = jobs(run=approval["run"])
    assert progress["status"] == "completed"
    published_once(newsroom)


@pytest.mark.sweep
def test_killed_again_and_again(jobs: Jobs, newsroom: Any) -> None:
    """Killed at every single step, a run ends as if nothing had been."""
    assert jobs.start(kill=["done", "collect"])[0] == KILLED
    (run,) = newsroom.rows("runs")
    for step in STEPS[1:]:
        assert jobs(run=run["id"], kill=["done", step])[0] == KILLED, step
    _, progress = jobs(run=run["id"])
    assert jobs.decide(*progress["approvals"], kill=["after", "gate_publish"])[0] == KILLED
    for step in ("publish", "learn"):
        assert jobs(run=run["id"], kill=["after", step])[0] == KILLED, step
    assert jobs(run=run["id"])[1]["status"] == "completed"
    published_once(newsroom)
