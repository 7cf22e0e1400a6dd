"""The demo: the first thing people see, and what must fail when a prompt changes."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.cli.demo import EXAMPLES

Savoir = Callable[..., Any]
ROOT = EXAMPLES.parent
START = "from savoirfaire.cli import main; raise SystemExit(main())"
KEYS = {
    "run",
    "client",
    "graph",
    "status",
    "model",
    "published",
    "citations",
    "breaches_found",
    "breaches_open",
    "approvals",
}
LABELS = {
    "en": "Put together without a language model, from the sources' own sentences.",
    "fr": "Assemblé sans modèle de langue, à partir des phrases mêmes des sources.",
}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("mode", ["replay", "offline"])
def test_the_demo_publishes(savoir: Savoir, tmp_path: Path, mode: str, language: str) -> None:
    """The demo ends with a published edition whose every sentence cites a span that resolves."""
    studio = tmp_path / "studio"
    said = savoir("demo", "--model", mode, "--language", language, "--in", studio, "--json")
    told = json.loads(said.out)
    assert said.code == 0, said.err
    assert set(told) == KEYS
    assert (told["status"], told["model"]) == ("completed", mode)
    if mode == "replay":  # the guardian sends a section back, and it comes back mended
        assert told["breaches_found"] > told["breaches_open"] == 0
    assert {Path(path).suffix for path in told["published"]} == {".md", ".html", ".eml"}
    shown = json.loads(savoir("-w", studio, "show", told["run"], "--json").out)
    assert len(shown["citations"]) == told["citations"] == 10
    assert all(each["resolved"] for each in shown["citations"])
    markdown = next(Path(p) for p in told["published"] if p.endswith(".md")).read_text("utf-8")
    body = [line for line in markdown.splitlines() if line and line[0] not in "#["]
    assert body
    assert (body[-1] == LABELS[language]) is (mode == "offline")
    body = [line for line in body if line != LABELS[language]]
    assert all(line.rstrip().endswith("]") and "[^" in line for line in body)


def test_it_says_where_the_replies_come_from(savoir: Savoir, tmp_path: Path) -> None:
    """A person is told plainly that no model is called, and who approved."""
    replayed = savoir("demo", "--in", tmp_path / "one", "--yes").out
    assert "a language model's recorded replies are played again" in replayed
    offline = savoir("demo", "--in", tmp_path / "two", "--yes", "--model", "offline").out
    assert "put together from the sources' own sentences" in offline
    assert "Approved by the demo itself" in offline


def test_a_changed_word_in_a_prompt_fails(tmp_path: Path) -> None:
    """One changed word of a prompt makes the replay fail, naming the role and the difference."""
    for folder in ("agents", "src"):
        shutil.copytree(ROOT / folder, tmp_path / folder, symlinks=True)
    for folder in ("evals", "examples", "graphs", "knowledge", "tools"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    prompt = tmp_path / "agents" / "prompts" / "editor_plan.md"
    text = prompt.read_text(encoding="utf-8")
    prompt.write_text(text.replace("Place each item", "Put each item"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", START, "demo", "--json", "--in", str(tmp_path / "studio")],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "role editor_plan" in done.stderr
    assert "Place" in done.stderr
    assert "Put" in done.stderr


def test_recording_again_from_nothing(savoir: Savoir, tmp_path: Path) -> None:
    """Recording needs an endpoint, and says so before anything is asked."""
    said = savoir("demo", "--model", "record", "--in", tmp_path / "studio")
    assert said.code == 1
    assert "base_url" in said.err
