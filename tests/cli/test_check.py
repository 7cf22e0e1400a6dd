"""`savoir check` and `savoir rules` at the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.workspace import Workspace

Savoir = Callable[..., Any]

RULE = """extends: substitution
message: "Use '%s' rather than '%s'."
level: error
ignorecase: true
action: {name: replace}
swap:
  newsletter: lettre
examples:
  bad: ["La newsletter part."]
  good: ["La lettre part."]
"""
STYLE = "\n".join(line for line in RULE.split("examples:", maxsplit=1)[0].splitlines())


@pytest.fixture
def styles(tmp_path: Path) -> Path:
    """A folder of styles with one rule."""
    folder = tmp_path / "styles" / "House"
    folder.mkdir(parents=True)
    (folder / "Words.yml").write_text(STYLE, "utf-8")
    return folder.parent


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A text with a term in prose, in code and in a quotation."""
    path = tmp_path / "text.md"
    path.write_text("Une newsletter, `newsletter` et « la newsletter est de sortie ».\n", "utf-8")
    return path


def test_vale_json(savoir: Savoir, styles: Path, text: Path) -> None:
    """The JSON is in Vale's shape, and an error ends with exit code 1."""
    result = savoir("check", str(text), "--styles", str(styles), "--format", "json")
    alert = json.loads(result.out)[str(text)][0]
    assert result.code == 1
    assert (alert["Check"], alert["Line"], alert["Span"]) == ("House.Words", 1, [5, 14])
    assert alert.keys() == {
        "Action", "Span", "Check", "Description", "Link", "Message", "Severity", "Match", "Line",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("form", "part"),
    [
        ("text", "text.md:1:5: error: Use 'lettre' rather than 'newsletter'. [House.Words]"),
        ("github", "line=1,col=5,endColumn=14,title=House.Words::Use 'lettre'"),
        ("sarif", '"ruleId": "House.Words"'),
    ],
)
def test_formats(savoir: Savoir, styles: Path, text: Path, form: str, part: str) -> None:
    """Each form of output tells the place, the rule and the message."""
    result = savoir("check", str(text), "--styles", str(styles), "--format", form)
    assert part in result.out


def test_fix(savoir: Savoir, styles: Path, text: Path) -> None:
    """--fix replaces what is safe, leaves code and quotations alone, and shows what changed."""
    result = savoir("check", str(text), "--styles", str(styles), "--fix")
    assert text.read_text("utf-8").startswith("Une lettre, `newsletter` et « la newsletter est")
    assert "+Une lettre" in result.err


def test_levels(savoir: Savoir, styles: Path, text: Path) -> None:
    """The level that fails a check can be chosen, and folders are walked."""
    (styles / "House" / "Words.yml").write_text(STYLE.replace("error", "warning"), "utf-8")
    folder = str(text.parent)
    assert savoir("check", folder, "--styles", str(styles)).code == 0
    assert savoir("check", folder, "--styles", str(styles), "--fail", "warning").code == 1


def test_packs_by_language(savoir: Savoir, tmp_path: Path) -> None:
    """A text is checked with the packs of its language; where that is unclear, it is said."""
    path = tmp_path / "fr.md"
    path.write_text("Nous avons fini le projet pour vous et la suite est ici !\n", "utf-8")
    assert "[fr-typography." in savoir("check", str(path)).out
    path.write_text("Ok !\n", "utf-8")
    assert "--language" in savoir("check", str(path)).err


@pytest.fixture
def at_home(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace's folder, as the current one."""
    monkeypatch.chdir(workspace.folder)
    return workspace.folder


def test_life_of_a_rule(savoir: Savoir, at_home: Path, text: Path) -> None:
    """A rule holds once it passes its examples, replaces the one before, and is exported."""
    savoir("client", "add", "acme")
    file = at_home / "Words.yml"
    file.write_text(RULE.replace("La lettre part.", "La newsletter part."), "utf-8")
    refused = savoir("rules", "add", "acme", str(file), "--by", "Jane")
    assert refused.code == 1
    assert "good example 'La newsletter part.'" in refused.err
    file.write_text(RULE, "utf-8")
    assert savoir("rules", "add", "acme", str(file), "--by", "Jane").code == 0
    file.write_text(RULE.replace("level: error", "level: warning"), "utf-8")
    assert savoir("rules", "add", "acme", str(file), "--by", "Jane").code == 0
    listed = json.loads(savoir("rules", "acme", "--json").out)
    assert [each["data"]["level"] for each in listed if each["status"] == "active"] == ["warning"]
    history = json.loads(savoir("rules", "acme", "Words", "--json").out)
    assert {each["status"] for each in history} >= {"active", "superseded"}
    assert savoir("rules", "test", "acme").code == 0
    assert "[brand.Words]" in savoir("check", str(text), "--client", "acme").out
    out = at_home / "out"
    assert savoir("rules", "export", "acme", str(out)).code == 0
    again = savoir("check", str(text), "--config", str(out / ".vale.ini"))
    assert "[acme.Words]" in again.out


def test_context_stays_a_suggestion(savoir: Savoir, at_home: Path) -> None:
    """A rule whose terms depend on their context cannot be more than a suggestion."""
    savoir("client", "add", "acme")
    file = at_home / "Words.yml"
    file.write_text(RULE + "context: true\n", "utf-8")
    refused = savoir("rules", "add", "acme", str(file), "--by", "Jane")
    assert refused.code == 1
    assert "suggestion" in refused.err
