"""The demo under other choices than its own: passages searched anew, a model that fails."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Savoir = Callable[..., Any]


def test_recall_live(savoir: Savoir, tmp_path: Path) -> None:
    """Searched anew, the passages are those recorded, and the recorded replies answer them."""
    said = savoir("demo", "--recall", "live", "--in", tmp_path / "studio", "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["status"] == "completed"
    settings = savoir("-w", tmp_path / "studio", "settings", "--json").out
    assert json.loads(settings)["model.recall"]["value"] == "live"


def test_a_fault_that_is_no_tape_s(
    savoir: Savoir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Live, an endpoint that does not answer is said as that, with what to do about it."""
    for name, value in (("BASE_URL", "http://127.0.0.1:9/v1"), ("NAME", "m"), ("RETRIES", "0")):
        monkeypatch.setenv(f"SAVOIR_MODEL_{name}", value)
    said = savoir("demo", "--model", "live", "--in", tmp_path / "studio", "--json")
    assert said.code == 1
    assert "needs attention: " in said.err
    assert "savoir models check" in said.err
    assert "tape" not in said.err
