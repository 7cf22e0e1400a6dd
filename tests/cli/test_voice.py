import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.workspace import Workspace
from tests.agents.voice.letters import board, chatty


@pytest.fixture
def taught(workspace: Workspace, savoir: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """The command line in a workspace whose client has published eight editions."""
    folder = tmp_path / "past"
    folder.mkdir()
    for each in board(8):
        (folder / Path(each.path).name).write_text(each.text, encoding="utf-8")
    savoir("-w", workspace.folder, "client", "add", "acme", "--language", "en")
    savoir("-w", workspace.folder, "ingest", "acme", folder, "--kind", "edition")
    return lambda *arguments: savoir("-w", workspace.folder, "voice", *arguments)


def test_learn_then_show(taught: Callable[..., Any], tmp_path: Path) -> None:
    """A voice is learned and shown: how sure it is, its rhythm and skeleton, a plot, as JSON."""
    assert not json.loads(taught("show", "acme", "--json").out)["learned"]
    learned = taught("learn", "acme")
    assert learned.code == 0, learned.err
    assert "English: learned from 8 editions. Take its verdicts with care" in learned.out
    shown = taught("show", "acme", "--svg", tmp_path / "voice.svg")
    for expected in ("Decisions", "words in a sentence", "hardly ever", "│", "All past editions"):
        assert expected in shown.out
    assert "</svg>" in (tmp_path / "voice.svg").read_text(encoding="utf-8")
    found = json.loads(taught("show", "acme", "--json").out)
    voice = found["voices"][0]
    assert found["learned"]
    assert (voice["language"], voice["trust"], len(voice["editions"])) == ("en", "low", 8)
    assert all(len(each["sha256"]) == 64 for each in voice["editions"])


def test_check(taught: Callable[..., Any], tmp_path: Path) -> None:
    """A text of the same hand passes; another ends with code 1 and says what is off where."""
    file = tmp_path / "draft.md"
    for text, code in ((board(1, seed=5), 0), (chatty(1), 1)):
        file.write_text(text[0].text, encoding="utf-8")
        said = taught("check", file, "--client", "acme")
        assert said.code == code, said.err
        assert ("1:7  voice.address" in said.out) == bool(code)
        report = json.loads(taught("check", file, "--client", "acme", "--json").out)
        assert report["fits"] == (code == 0)


def test_what_is_not_there(taught: Callable[..., Any]) -> None:
    """A client, a language or a file that there is not is an error that names it."""
    for arguments, told in (
        (("show", "nobody"), "there is no client nobody"),
        (("show", "acme", "--language", "fr"), "no past edition in this language: fr"),
        (("check", "missing.md", "--client", "acme"), "missing.md"),
        (("show", "acme", "--language", "de"), "--language takes fr or en"),
    ):
        said = taught(*arguments)
        assert said.code != 0
        assert told in said.err


def test_no_editions(workspace: Workspace, savoir: Callable[..., Any]) -> None:
    """A client without editions is told what to ingest."""
    savoir("-w", workspace.folder, "client", "add", "acme")
    said = savoir("-w", workspace.folder, "voice", "learn", "acme")
    assert said.code != 0
    assert "--kind edition" in said.err
