"""`savoir forget`, `savoir export` and `savoir import`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.workspace import Workspace

Savoir = Callable[..., Any]
NOTE = "# Oven\n\nZoé Quill lights the vurtzel oven.\n"


@pytest.fixture
def shop(workspace: Workspace, savoir: Savoir, monkeypatch: pytest.MonkeyPatch) -> Savoir:
    """The command line in a workspace with a client that has two files."""
    monkeypatch.setenv("SAVOIR_REVIEWER", "ann")
    files = workspace.folder / "files"
    files.mkdir()
    (files / "oven.md").write_text(NOTE, encoding="utf-8")
    (files / "Zoé Quill.md").write_text("She bakes rye.\n", encoding="utf-8")

    def call(*arguments: Any) -> Any:
        return savoir("-w", workspace.folder, *arguments)

    assert call("client", "add", "acme").code == 0
    assert call("ingest", "acme", files).code == 0
    return call


def has(workspace: Workspace, word: str) -> bool:
    """Whether the data folder has a word, in a name or in a file."""
    paths = list(workspace.data.rglob("*"))
    in_names = any(word in path.name for path in paths)
    return in_names or any(word.encode() in path.read_bytes() for path in paths if path.is_file())


def test_a_source(shop: Savoir, workspace: Workspace) -> None:
    """A forgotten source is gone, is not taken in again, and its certificate is printed."""
    before = shop("forget", "acme", "--source", "oven.md", "--dry-run")
    assert "oven.md" in before.out
    assert has(workspace, "vurtzel")
    said = shop("forget", "acme", "--source", "oven.md", "--yes", "--json")
    certificate = json.loads(said.out)
    assert (said.code, certificate["kind"], certificate["by"]) == (0, "source", "ann")
    assert certificate["counts"]["sources"] == 1
    assert not has(workspace, "vurtzel")
    again = shop("ingest", "acme", workspace.folder / "files")
    assert again.code == 1
    assert "forgotten" in again.err
    assert not has(workspace, "vurtzel")


def test_a_person(shop: Savoir, workspace: Workspace) -> None:
    """A forgotten person is gone from texts and names of files, and stays so at the next ingest."""
    said = shop("forget", "acme", "--person", "Zoé Quill", "--also", "zq@x.example", "--yes")
    assert said.code == 0
    assert "files outside the data folder" in said.out
    assert not has(workspace, "Quill")
    files = workspace.folder / "files"
    (files / "oven.md").write_text(NOTE.replace("oven", "stove"), encoding="utf-8")
    assert shop("ingest", "acme", files, "--json").code == 0
    assert has(workspace, "stove")
    assert not has(workspace, "Quill")
    listed = json.loads(shop("sources", "acme", "--json").out)
    assert "Quill" not in json.dumps(listed)


def test_a_client(shop: Savoir, workspace: Workspace) -> None:
    """A forgotten client comes back only when a person says so."""
    assert shop("forget", "acme", "--client", "--yes").code == 0
    assert not has(workspace, "acme")
    refused = shop("client", "add", "acme")
    assert refused.code == 1
    assert "forgotten" in refused.err
    assert "--again" in refused.err
    assert shop("client", "add", "acme", "--again").code == 0


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--client", "--person", "Zoé"),
        ("--also", "Zoé"),
        ("--source", "oven.md", "--client"),
        ("--source", "none.md", "--yes"),
        ("--person", "--", "--yes"),
    ],
)
def test_what_is_refused(shop: Savoir, workspace: Workspace, options: tuple[str, ...]) -> None:
    """Nothing, two things at once, or what is not there: refused, and nothing is changed."""
    assert shop("forget", "acme", *options).code != 0
    assert has(workspace, "vurtzel")


def test_it_asks(shop: Savoir, workspace: Workspace) -> None:
    """Without a yes, nothing is forgotten; off a terminal, nobody can say it."""
    said = shop("forget", "acme", "--client")
    assert said.code == 1
    assert "--yes" in said.err
    assert has(workspace, "vurtzel")


def test_leaving_and_coming_back(shop: Savoir, workspace: Workspace) -> None:
    """An exported client is read again, under its name or another, and gives the same answers."""
    file = workspace.folder / "acme.zip"
    answer = shop("ask", "acme", "who lights the oven", "--json").out
    exported = shop("export", "acme", file, "--json")
    assert json.loads(exported.out)["file"] == str(file)
    assert shop("import", file).code == 1
    other = shop("import", file, "--as", "bolt", "--json")
    assert json.loads(other.out) == {"client": "bolt", "sources": 2}
    assert shop("ask", "bolt", "who lights the oven", "--json").out == answer
    assert shop("forget", "acme", "--client", "--yes").code == 0
    assert shop("import", file).code == 1
    assert shop("import", file, "--again").code == 0
    assert shop("ask", "acme", "who lights the oven", "--json").out == answer
    assert shop("export", "acme", Path("no") / "such" / "a.zip").code == 1


MAIL = """From: {sender} <{address}>
To: "Quill, Zoé" <zq@oven.example>, Ann <shop@oven.example>, Zoé Quill <shop@oven.example>
Subject: Re: The loaves
Date: Thu, 20 Mar 2025 08:00:00 +0100

Mrs Quill, the loaves are good.
"""


@pytest.fixture
def mails(shop: Savoir, workspace: Workspace) -> Savoir:
    """The same with mails to and from the person."""
    folder = workspace.folder / "files"
    for name, sender, address in (("a", "Zoé Quill", "zq@oven.example"), ("b", "Bo", "bo@x.org")):
        text = MAIL.format(sender=sender, address=address)
        (folder / f"{name}.eml").write_text(text, encoding="utf-8")
    assert shop("ingest", "acme", folder).code == 0
    return shop


def test_what_else_a_person_is_called(mails: Savoir, workspace: Workspace) -> None:
    """An address beside the name alone goes too; what others share, or part of the name, is told.

    The certificate counts both and says neither.
    """
    asked = ("forget", "acme", "--person", "Zoé Quill")
    planned = json.loads(mails(*asked, "--dry-run", "--json").out)
    assert planned["addresses"] == ["zq@oven.example"]
    assert planned["remaining"] == {"Quill": 2, "shop@oven.example": 2}
    said = mails(*asked, "--yes")
    assert "Quill (2)" in said.out
    assert not has(workspace, "zq@oven.example")
    assert has(workspace, "bo@x.org")
    [certificate] = (workspace.data / "certificates").glob("*.json")
    told = certificate.read_text("utf-8")
    assert json.loads(told)["counts"]["addresses"] == 1
    assert "Quill" not in told
    mails("ingest", "acme", workspace.folder / "files")
    assert not has(workspace, "zq@oven.example")


def test_a_person_of_whom_there_is_nothing(shop: Savoir, workspace: Workspace) -> None:
    """A name that is nowhere is refused with the nearest one; nothing is certified."""
    assert shop("forget", "acme", "--person", "Zed Nobody", "--dry-run").out == "nothing\n"
    (workspace.folder / "files" / "a.eml").write_text(MAIL.format(sender="Bo", address="b@x.org"))
    shop("ingest", "acme", workspace.folder / "files")
    said = shop("forget", "acme", "--person", "Zoé Quilt", "--yes")
    assert (said.code, "Zoé Quill?" in said.err) == (1, True)
    assert not (workspace.data / "certificates").exists()


def test_what_was_decided_stays_decided(mails: Savoir, workspace: Workspace) -> None:
    """What a forgotten person said was decided on: the next ingest proposes none of it again."""
    assert mails("review", "acme", "--accept-all").code == 0
    before = json.loads(mails("brand", "acme", "--json").out)
    assert mails("forget", "acme", "--person", "Zoé Quill", "--yes").code == 0
    again = json.loads(mails("ingest", "acme", workspace.folder / "files", "--json").out)
    assert (again["read"], again["unchanged"], again["vanished"]) == (0, 4, [])
    assert json.loads(mails("review", "acme", "--json").out) == []
    after = json.loads(mails("brand", "acme", "--json").out)
    assert len(json.dumps(before)) > 500
    assert str(after).count("'status': 'active'") == str(before).count("'status': 'active'") > 0
