import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.cli.workspace import create_workspace, reviewer
from savoirfaire.errors import WorkspaceError
from savoirfaire.settings import Settings, fields, load_settings
from savoirfaire.workspace import Workspace, find_workspace, nearest_workspace

Call = Callable[..., Any]


def test_paths(tmp_path: Path) -> None:
    """Everything lies in the data folder, which may be elsewhere; the tape is the workspace's."""
    workspace = Workspace(tmp_path, Settings(data=Path("d"), model={"tape": "t.jsonl"}))
    assert workspace.ledger == tmp_path / "d" / "ledger.db"
    assert workspace.checkpoints == tmp_path / "d" / "checkpoints.db"
    folders = (workspace.index, workspace.outbox, workspace.locks, workspace.logs)
    assert folders == tuple(tmp_path / "d" / name for name in ("index", "outbox", "locks", "logs"))
    assert workspace.tape == tmp_path / "t.jsonl"
    assert Workspace(tmp_path, Settings(data=Path("/d"))).data == Path("/d")
    assert Workspace(tmp_path, Settings()).tape is None


def test_a_workspace_is_found_from_below(workspace: Workspace) -> None:
    """The nearest savoir.toml above the starting folder counts, as a file."""
    deep = workspace.folder / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "savoir.toml").mkdir()
    assert find_workspace(deep) == workspace.folder
    assert nearest_workspace(workspace.folder.parent) is None


def test_no_workspace(tmp_path: Path, savoir: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a workspace a command is refused, with the folder and what to do."""
    monkeypatch.chdir(tmp_path)
    said = savoir("settings")
    assert (said.code, said.out) == (1, "")
    assert str(tmp_path) in said.err
    assert "savoir init" in said.err.splitlines()[1]


def test_init(tmp_path: Path, savoir: Call) -> None:
    """A new workspace has its settings file and a private data folder that git ignores."""
    said = savoir("init", tmp_path / "new" / "one")
    made = tmp_path / "new" / "one"
    assert said.code == 0
    assert str(made) in said.out
    assert (made / "data").stat().st_mode & 0o777 == 0o700
    assert (made / "data" / ".gitignore").read_text() == "*\n"
    assert (made / "savoir.toml").stat().st_mode & 0o777 == 0o600
    laid_out = {"ledger.db", "checkpoints.db", "index", "outbox"}
    assert laid_out <= {path.name for path in (made / "data").iterdir()}
    assert load_settings(made, {}) == Settings()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_init_speaks_the_language(language: str, tmp_path: Path, savoir: Call) -> None:
    """The file sets its language, is written in it, and so is the answer."""
    said = savoir("init", tmp_path / "new", "--language", language)
    text = (tmp_path / "new" / "savoir.toml").read_text("utf-8")
    assert load_settings(tmp_path / "new", {}).language == language
    assert ("réglages" in said.out + text) is (language == "fr")


def test_init_follows_the_variable(
    tmp_path: Path, savoir: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --language the new workspace speaks the language spoken now."""
    monkeypatch.setenv("SAVOIR_LANGUAGE", "fr")
    savoir("init", tmp_path / "new")
    assert load_settings(tmp_path / "new", {}).language == "fr"


def test_the_file_explains_every_setting(workspace: Workspace) -> None:
    """Every setting stands in the new file; uncommented as it is, a default changes nothing."""
    lines = (workspace.folder / "savoir.toml").read_text("utf-8").splitlines()
    kept = [
        line.removeprefix("# ") for line in lines if line[:1] == "[" or " = " in line.split('"')[0]
    ]
    given = tomllib.loads(
        "\n".join(line for line in kept if not line.endswith("]") or line[:1] == "[")
    )
    names = [f"{top}.{key}" for top in ("model", "limits", "log") for key in given[top]]
    assert set(names) <= set(fields())
    text = "\n".join(lines)
    assert all(f"# {name.rpartition('.')[2]} =" in text for name in fields() if name != "language")


def test_init_refuses_an_existing_workspace(workspace: Workspace, savoir: Call) -> None:
    """A workspace is never overwritten."""
    before = (workspace.folder / "savoir.toml").read_bytes()
    said = savoir("init", workspace.folder, "--language", "fr")
    assert said.code == 1
    assert str(workspace.folder / "savoir.toml") in said.err
    assert (workspace.folder / "savoir.toml").read_bytes() == before


def test_init_where_a_file_stands(tmp_path: Path) -> None:
    """A folder that cannot be made is refused with the reason, and leaves nothing behind."""
    (tmp_path / "taken").write_text("x")
    with pytest.raises(WorkspaceError, match="cannot be made"):
        create_workspace(tmp_path / "taken")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_init_makes_an_existing_data_folder_private(tmp_path: Path) -> None:
    """A data folder that is there already keeps its files and loses its other readers."""
    (tmp_path / "data").mkdir(mode=0o755)
    (tmp_path / "data" / "kept").write_text("x")
    create_workspace(tmp_path)
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["kept"]


def test_opening_makes_a_missing_data_folder(workspace: Workspace, savoir: Call) -> None:
    """A workspace that came without its data, from version control, gets an empty private one."""
    (workspace.data / ".gitignore").unlink()
    workspace.data.rmdir()
    assert savoir("-w", workspace.folder, "settings").code == 0
    assert workspace.data.stat().st_mode & 0o777 == 0o700


def test_settings_json(workspace: Workspace, savoir: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """`settings --json` is one object: every setting with its value and origin, secrets masked."""
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setenv("SAVOIR_MODEL_API_KEY", "sk-not-to-be-seen")
    said = savoir("settings", "--json")
    shown = json.loads(said.out)
    assert set(shown) == set(fields())
    assert shown["language"] == {"value": "en", "origin": "savoir.toml"}
    assert shown["model.api_key"]["origin"] == "SAVOIR_MODEL_API_KEY"
    assert "sk-not" not in said.out + said.err


def test_settings_table(workspace: Workspace, savoir: Call) -> None:
    """Off a terminal the settings are plain aligned lines under a title."""
    said = savoir("--workspace", workspace.folder, "settings")
    lines = said.out.splitlines()
    assert lines[0].split() == ["setting", "value", "comes", "from"]
    assert len(lines) == len(fields()) + 1
    assert "\x1b" not in said.out


def test_a_chosen_folder_must_be_a_workspace(workspace: Workspace, savoir: Call) -> None:
    """--workspace takes the folder of a savoir.toml itself, not one below it."""
    said = savoir("-w", workspace.data, "settings")
    assert (said.code, said.out) == (1, "")
    assert "has no savoir.toml" in said.err


def test_bad_settings_are_one_line_and_a_hint(workspace: Workspace, savoir: Call) -> None:
    """A bad setting is said in the language of the workspace, with what to do."""
    (workspace.folder / "savoir.toml").write_text('language = "fr"\n[model]\nmode = "lives"\n')
    said = savoir("-w", workspace.folder, "settings")
    assert said.code == 1
    assert said.err.startswith("erreur\N{NO-BREAK SPACE}: ")
    assert "model.mode ne peut pas valoir «\N{NO-BREAK SPACE}lives\N{NO-BREAK SPACE}»" in said.err
    assert len(said.err.splitlines()) == 2


def test_reviewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who decides is the person of the settings, else the login name."""
    monkeypatch.setenv("LOGNAME", "zoe")
    assert reviewer(Workspace(tmp_path, Settings())) == "zoe"
    assert reviewer(Workspace(tmp_path, Settings(reviewer="Amélie"))) == "Amélie"
