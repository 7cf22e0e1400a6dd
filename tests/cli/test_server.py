"""The graphs as an Agent Server imports them."""

import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.errors import WorkspaceError
from savoirfaire.workspace import Workspace

ROOT = Path(__file__).parents[2]
SERVED = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))


def target(name: str) -> Any:
    """What a graph's entry points at."""
    module, _, attribute = SERVED["graphs"][name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def test_module_form() -> None:
    """Graphs are named by module, so that the project is installed as it is."""
    assert SERVED["dependencies"] == ["."]
    for place in SERVED["graphs"].values():
        assert not place.startswith((".", "/"))


def test_importing_opens_nothing(tmp_path: Path) -> None:
    """The module can be imported where there is no workspace, and loads no engine."""
    code = "import savoirfaire.cli.server, sys; print('langgraph' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


async def test_the_graph_draws(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a workspace, the target is a factory whose graph has every step and no checkpoints."""
    monkeypatch.chdir(workspace.folder)
    newsletter = target("newsletter")
    assert not inspect.signature(newsletter).parameters
    async with newsletter() as graph:
        assert "gate_publish -.-> publish" in graph.get_graph().draw_mermaid()
        assert graph.checkpointer is None


async def test_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no workspace, the factory says so."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkspaceError, match=r"no savoir\.toml"):
        async with target("newsletter")():
            pass
