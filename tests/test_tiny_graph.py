"""The example that a developer copies: short, and doing what it says."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.graphs import registry
from savoirfaire.graphs.drawing import mermaid
from savoirfaire.workspace import Workspace

FILE = Path(__file__).parents[1] / "examples" / "tiny_graph.py"


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The example, as a module, offered like the packages' graphs."""
    found = importlib.util.spec_from_file_location("tiny_graph", FILE)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, "tiny_graph", module)
    found.loader.exec_module(module)
    registry.offer(module.spec)
    yield module
    registry._own.clear()


@pytest.fixture
def studio(
    workspace: Workspace, savoir: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    """A workspace with two clients, who each have something to say of ovens."""
    monkeypatch.chdir(workspace.folder)
    for client, words in (
        ("acme", "The oven is lit on Monday. It bakes 80 loaves."),
        ("rival", "The rival's oven is secret. Canary."),
    ):
        file = tmp_path / client / "oven.md"
        file.parent.mkdir()
        file.write_text(f"---\ntitle: Ovens\n---\n{words}\n", encoding="utf-8")
        assert savoir("client", "add", client).code == 0
        assert savoir("ingest", client, file.parent).code == 0
    Path("question.yaml").write_text("question: When is the oven lit?\n", encoding="utf-8")
    return workspace.folder


def run(savoir: Any) -> dict[str, Any]:
    """Ask the question, and stop at the gate."""
    said = savoir("run", "answer", "-c", "acme", "-i", "question.yaml", "--detach", "--json")
    assert said.code == 0, said.err
    told: dict[str, Any] = json.loads(said.out)
    return told


def test_it_is_short() -> None:
    """It can be read in one go."""
    assert len(FILE.read_text(encoding="utf-8").splitlines()) < 120


def test_it_draws(tiny: Any) -> None:
    """Its picture shows the gate before the effect."""
    assert "gate_send -.-> send" in mermaid(tiny.spec)


def test_answered_asked_sent(tiny: Any, studio: Path, savoir: Any) -> None:
    """It answers in cited sentences, asks, and sends what was approved, once."""
    assert tiny
    (approval,) = run(savoir)["approvals"]
    page = savoir("show", approval).out
    assert "Send the answer to: When is the oven lit?" in page
    assert "The oven is lit on Monday. [P1]" in page
    assert "[P1]: oven.md, from 21" in page
    done = json.loads(savoir("decide", approval, "approve", "--json").out)
    assert done["status"] == "completed"
    (sent,) = [studio / "data" / "outbox" / path for path in done["published"]]
    assert sent.name == "answer.md"
    assert sent.read_text(encoding="utf-8").startswith("The oven is lit on Monday. [P1]\n")
    again = json.loads(savoir("resume", done["run"], "--json").out)
    assert again["published"] == done["published"]


def test_edited_or_rejected(tiny: Any, studio: Path, savoir: Any) -> None:
    """What a person wrote is what is sent; what they reject is not."""
    assert tiny
    Path("mine.md").write_text("On Monday.\n", encoding="utf-8")
    edited = json.loads(
        savoir("decide", *run(savoir)["approvals"], "edit", "--file", "mine.md", "--json").out
    )
    sent = studio / "data" / "outbox" / edited["published"][0]
    assert sent.read_text(encoding="utf-8") == "On Monday.\n"
    rejected = json.loads(savoir("decide", *run(savoir)["approvals"], "reject", "--json").out)
    assert rejected["status"] == "completed"
    assert "published" not in rejected


def test_no_other_client(tiny: Any, studio: Path, savoir: Any) -> None:
    """It recalls its own client's passages, and no question can name another's."""
    assert tiny
    assert studio
    Path("question.yaml").write_text("question: rival oven secret canary\n", encoding="utf-8")
    page = savoir("show", *run(savoir)["approvals"]).out
    assert "The oven is lit" in page
    assert "Canary" not in page


@pytest.mark.sweep
def test_as_a_command(workspace: Workspace) -> None:
    """Run as a file, it is the command line with this graph beside the others."""
    done = subprocess.run(
        [sys.executable, str(FILE), "graphs", "--json"],
        cwd=workspace.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"answer", "newsletter"} <= {each["graph"] for each in json.loads(done.stdout)}
