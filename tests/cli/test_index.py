import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.cli.shelf import open_index, open_knowledge
from savoirfaire.errors import SettingsError
from savoirfaire.knowledge.engines.server import ServerIndex
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.settings import load_settings
from savoirfaire.workspace import Workspace

Call = Callable[..., Any]
CLIENTS = ("acme", "bolt")


@pytest.fixture
def filled(workspace: Workspace, savoir: Call) -> Workspace:
    """A workspace with two clients, each with one file."""
    (workspace.folder / "a.md").write_text("Rye bread and the oven.\n", encoding="utf-8")
    for client in CLIENTS:
        savoir("-w", workspace.folder, "client", "add", client)
        savoir("-w", workspace.folder, "ingest", client, workspace.folder / "a.md")
    return workspace


def spoil(workspace: Workspace, client: str) -> None:
    """Take the passages of a client from the index, behind the ledger's back."""
    with open_knowledge(workspace) as knowledge:
        scope = ClientScope(client)
        knowledge._index.rebuild(scope, [], knowledge.ledger.revision(scope))


def test_verify_and_rebuild(filled: Workspace, savoir: Call) -> None:
    """A client whose index differs is told with the way to mend it; a rebuild mends it."""
    at = ("-w", filled.folder, "index")
    assert savoir(*at, "verify", "--all").code == 0
    spoil(filled, "acme")
    said = savoir(*at, "verify", "--all", "--json")
    told = {each["client"]: each for each in json.loads(said.out)}
    assert said.code == 1
    assert [told[name]["holds"] for name in CLIENTS] == [False, True]
    assert (told["acme"]["passages"], len(told["acme"]["missing"])) == (1, 1)
    assert "savoir index rebuild acme" in savoir(*at, "verify", "acme").out
    assert json.loads(savoir(*at, "rebuild", "acme", "--json").out) == [
        {"client": "acme", "passages": 1}
    ]
    said = savoir(*at, "verify", "acme")
    assert (said.code, "differs" in said.out, "as the ledger" in said.out) == (0, False, True)


def test_rebuild_all(filled: Workspace, savoir: Call) -> None:
    """Every client's index is made again, and what is found stays the same."""
    ask = ("-w", filled.folder, "ask", "bolt", "oven", "--json")
    before = savoir(*ask).out
    spoil(filled, "bolt")
    said = savoir("-w", filled.folder, "index", "rebuild", "--all")
    assert said.out.splitlines() == ["acme: 1 passage", "bolt: 1 passage"]
    assert savoir(*ask).out == before


@pytest.mark.parametrize("command", ["rebuild", "verify"])
@pytest.mark.parametrize("arguments", [(), ("acme", "--all")], ids=str)
def test_one_client_or_all(
    workspace: Workspace, savoir: Call, command: str, arguments: tuple[str, ...]
) -> None:
    """Neither a client nor --all, or both, is a mistake in the command."""
    said = savoir("-w", workspace.folder, "index", command, *arguments)
    assert (said.code, "--all" in said.err) == (2, True)


@pytest.mark.parametrize("command", ["rebuild", "verify"])
def test_an_unknown_client(filled: Workspace, savoir: Call, command: str) -> None:
    """A client that does not exist is refused with the nearest name."""
    said = savoir("-w", filled.folder, "index", command, "acne")
    assert (said.code, "there is no client acne \u2192 acme?" in said.err) == (1, True)


def chosen(folder: Path, **environ: str) -> Workspace:
    """A workspace whose settings come from variables."""
    named = {f"SAVOIR_INDEX_{key.upper()}": value for key, value in environ.items()}
    return Workspace(folder, load_settings(folder, named))


def test_a_server_from_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server, its key and the collection's options are settings; QDRANT_URL helps out."""
    options = {"shards": "6", "quantization": "binary", "vectors_on_disk": "true"}
    given = chosen(tmp_path, engine="server", url="http://127.0.0.1:9", api_key="k", **options)
    index = open_index(given)
    assert isinstance(index, ServerIndex)
    made = index._collection.options
    assert (made.shards, made.quantization, made.vectors_on_disk) == (6, "binary", True)
    with pytest.raises(SettingsError, match=r"index\.url is needed too"):
        open_index(chosen(tmp_path, engine="server"))
    monkeypatch.setenv("QDRANT_URL", "http://127.0.0.1:9")
    assert isinstance(open_index(chosen(tmp_path, engine="server")), ServerIndex)


def test_a_server_that_is_not_there(filled: Workspace, savoir: Call) -> None:
    """Without its server a question is an error that says what to do, not an empty answer."""
    (filled.folder / "savoir.toml").write_text(
        '[index]\nengine = "server"\nurl = "http://127.0.0.1:9"\n', encoding="utf-8"
    )
    said = savoir("-w", filled.folder, "ask", "acme", "oven")
    assert said.code == 1
    assert "the Qdrant server does not answer" in said.err
    assert "index.url" in said.err
