"""The command line as reviewers use it, also where a model, a tape or a graph is missing."""

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.graphs import registry
from savoirfaire.workspace import Workspace

Savoir = Callable[..., Any]

TINY = Path(__file__).parents[2] / "examples" / "tiny_graph.py"

ENDPOINT = {"BASE_URL": "http://127.0.0.1:9/v1", "NAME": "m"}


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A graph of one's own, `answer`, offered beside the package's."""
    found = importlib.util.spec_from_file_location("tiny_graph", TINY)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, "tiny_graph", module)
    found.loader.exec_module(module)
    registry.offer(module.spec)
    yield
    registry._own.clear()


@pytest.fixture
def waiting(
    workspace: Workspace, savoir: Savoir, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> dict[str, Any]:
    """A run that waits at its gate; the current folder is its workspace."""
    monkeypatch.chdir(workspace.folder)
    file = tmp_path / "acme" / "oven.md"
    file.parent.mkdir()
    file.write_text("---\ntitle: Ovens\n---\nThe oven is lit on Monday.\n", encoding="utf-8")
    Path("question.yaml").write_text("question: When is the oven lit?\n", encoding="utf-8")
    assert savoir("client", "add", "acme").code == 0
    assert savoir("ingest", "acme", file.parent).code == 0
    said = savoir("run", "answer", "-c", "acme", "-i", "question.yaml", "--detach", "--json")
    assert said.code == 0, said.err
    told: dict[str, Any] = json.loads(said.out)
    return told


@pytest.mark.parametrize("command", ["inbox", "runs"])
def test_unknown_clients(savoir: Savoir, waiting: dict[str, Any], command: str) -> None:
    """A client that does not exist is an error with the nearest name, not an empty list."""
    said = savoir(command, "--client", "acne")
    assert (said.code, said.out) == (1, "")
    assert "there is no client acne → acme?" in said.err
    assert waiting["run"] in savoir(command, "--client", "acme").out


def test_a_mistyped_id(savoir: Savoir, waiting: dict[str, Any]) -> None:
    """A mistyped id brings the approvals near it as well as the runs."""
    (approval,) = waiting["approvals"]
    said = savoir("show", approval.replace("answer", "anwser"))
    assert said.code == 1
    assert approval in said.err
    assert f"{waiting['run']}," in said.err or f"{waiting['run']}?" in said.err


def test_a_graph_that_is_not_installed(savoir: Savoir, waiting: dict[str, Any]) -> None:
    """An answer is kept though its graph is missing; the run is shown, and goes on later."""
    (approval,) = waiting["approvals"]
    mine = dict(registry._own)
    registry._own.clear()
    said = savoir("decide", approval, "approve")
    assert said.code == 1
    assert f"{waiting['run']}: needs attention" in said.out
    assert f"Your answer is kept: `savoir resume {waiting['run']}`" in said.err
    assert "there is no graph answer" in said.err
    shown = savoir("show", waiting["run"])
    assert shown.code == 0
    assert "graph answer is not installed" in shown.err
    assert "needs attention" in shown.out
    registry._own.update(mine)
    assert json.loads(savoir("resume", waiting["run"], "--json").out)["status"] == "completed"


@pytest.mark.parametrize(
    "model",
    [
        {"MODE": "replay", "TAPE": "nowhere.jsonl"},
        {"MODE": "replay", "TAPE": "question.yaml"},
        {"MODE": "record", "TAPE": "question.yaml", **ENDPOINT},
        {"MODE": "live", **ENDPOINT, "API_KEY": "clé"},
    ],
)
def test_no_model_is_needed_to_review(
    savoir: Savoir,
    waiting: dict[str, Any],
    model: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A missing tape or endpoint keeps nobody from reading and deciding; a new run is refused."""
    (approval,) = waiting["approvals"]
    for name, value in model.items():
        monkeypatch.setenv(f"SAVOIR_MODEL_{name}", value)
    for command in (("inbox",), ("runs",), ("show", approval), ("show", waiting["run"])):
        assert savoir(*command).code == 0
    assert savoir("decide", approval, "approve").code == 0
    before = savoir("runs").out
    assert savoir("run", "answer", "-c", "acme", "-i", "question.yaml", "--detach").code == 1
    assert savoir("runs").out == before


@pytest.mark.parametrize("use", ["fixed", "live"])
def test_recall_of_one_run(
    savoir: Savoir, waiting: dict[str, Any], use: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In replay, `--recall live` searches anew what `fixed` asks of the tape; one run only."""
    assert waiting
    Path("tape.jsonl").write_text('{"format":"savoirfaire-tape","version":1}\n', encoding="utf-8")
    monkeypatch.setenv("SAVOIR_MODEL_MODE", "replay")
    monkeypatch.setenv("SAVOIR_MODEL_TAPE", "tape.jsonl")
    said = savoir(
        "run", "answer", "-c", "acme", "-i", "question.yaml", "--json", "--recall", use, "--detach"
    )
    told = json.loads(said.out)
    assert told["status"] == "needs_attention"
    assert ("recall: " in told["reason"] or "role recall" in told["reason"]) is (use == "fixed")


def test_somebody_decides(
    savoir: Savoir, waiting: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer by nobody is refused, and can be given again by somebody."""
    (approval,) = waiting["approvals"]
    monkeypatch.setenv("SAVOIR_REVIEWER", "  ")
    said = savoir("decide", approval, "approve")
    assert said.code == 1
    assert "nobody is named" in said.err
    monkeypatch.setenv("SAVOIR_REVIEWER", "ann")
    assert savoir("decide", approval, "approve").code == 0
