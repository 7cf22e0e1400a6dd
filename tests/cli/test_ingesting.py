"""`savoir ingest` and `savoir sources`, as people and programs see them."""

import ast
import contextlib
import json
import os
import pty
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.cli.catalogue import texts
from savoirfaire.cli.messages import say
from savoirfaire.cli.places import place
from savoirfaire.errors import Phrase
from savoirfaire.knowledge import readers
from savoirfaire.knowledge.readers import UnreadableError
from savoirfaire.knowledge.readers.refusal import in_words
from savoirfaire.workspace import Workspace

Savoir = Callable[..., Any]
SAVOIR = "import sys; from savoirfaire.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Two notes, a table, and an archive with a file that cannot be read."""
    folder = tmp_path / "files"
    (folder / "past").mkdir(parents=True)
    (folder / "past" / "mai.md").write_text("---\nauthor: Zoé\ndate: 2025-05-01\n---\n# Mai\n\nmot")
    (folder / "note.md").write_text("# Note\n\nUne note.")
    (folder / "t.csv").write_text("Canal;Vues\nBlog;1 234,5\nSite;2\n")
    with zipfile.ZipFile(folder / "pack.zip", "w") as archive:
        archive.writestr("x.md", "un fichier")
        archive.writestr("logo.png", b"\x89PNG")
    return folder


@pytest.fixture
def at(workspace: Workspace, savoir: Savoir) -> Savoir:
    """Run `savoir` in a workspace with a client."""

    def run(*arguments: object) -> Any:
        return savoir("-w", workspace.folder, *arguments)

    assert run("client", "add", "acme").code == 0
    return run


def test_ingest_in_words(at: Savoir, files: Path) -> None:
    """What was read is counted by kind; a part that was not is named with the reason."""
    said = at("ingest", "acme", files)
    assert said.code == 1
    assert "read: pack.zip!/x.md" in said.out
    assert "kinds: document 2, edition 1, table 1" in said.out
    assert said.err.startswith(
        "not read: pack.zip!/logo.png has a type that is not read yet (.png)\n"
    )


def test_vanished_files(at: Savoir, files: Path) -> None:
    """Vanished files are listed and kept; the option removes them, and says how many."""
    at("ingest", "acme", files)
    (files / "pack.zip").unlink()
    (files / "note.md").unlink()
    said = at("ingest", "acme", files)
    assert said.code == 0
    assert "  note.md\n  pack.zip\nThey are kept. `--remove-vanished` removes" in said.out
    listed = json.loads(at("ingest", "acme", files, "--json").out)
    assert (listed["vanished"], listed["removed"]) == (["note.md", "pack.zip"], 0)
    said = at("ingest", "acme", files, "--remove-vanished")
    assert "2 sources removed" in said.out
    assert "They are kept" not in said.out
    left = json.loads(at("sources", "acme", "--json").out)
    assert [each["path"] for each in left] == ["past/mai.md", "t.csv"]


@pytest.mark.parametrize(
    ("answer", "left"),
    [("oui", 1), ("", 2)],
)
def test_asked_on_a_terminal(
    workspace: Workspace, at: Savoir, files: Path, answer: str, left: int
) -> None:
    """At a terminal the person is asked once, in either language; no answer keeps everything."""
    for name in ("pack.zip", "t.csv"):
        (files / name).unlink()
    at("ingest", "acme", files)
    (files / "note.md").unlink()
    said = on_a_terminal(["-w", str(workspace.folder), "ingest", "acme", str(files)], answer)
    assert said.count("note.md") == 1
    assert ("1 source removed" in said) == (left == 1)
    assert len(json.loads(at("sources", "acme", "--json").out)) == left


def on_a_terminal(arguments: list[str], answer: str) -> str:
    """What `savoir` prints on a terminal where a person types one line."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", SAVOIR, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    said = b""
    with contextlib.suppress(OSError):  # which is how a terminal ends
        while more := os.read(ours, 4096):
            said += more
    os.close(ours)
    child.wait()
    return said.decode()


def test_a_forgotten_file(at: Savoir, files: Path, workspace: Workspace) -> None:
    """What was forgotten is refused with the reason, until a person asks for it."""
    (files / "pack.zip").unlink()
    at("ingest", "acme", files)
    assert at("forget", "acme", "--source", "note.md", "--yes").code == 0
    said = at("ingest", "acme", files)
    assert said.code == 1
    assert said.err.startswith(
        "not read: note.md was forgotten; take it in again with --allow-forgotten\n"
    )
    assert at("ingest", "acme", files, "--allow-forgotten").code == 0
    assert workspace.secret.exists()


def test_limits_are_settings(at: Savoir, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit that a message names can be set under that name."""
    monkeypatch.setenv("SAVOIR_LIMITS_MEMBERS", "1")
    assert at("ingest", "acme", files).err.startswith(
        "not read: pack.zip holds more than 1 files in all (limits.members)\n"
    )


def test_sources(at: Savoir, files: Path) -> None:
    """The list has a line for each source and keeps to what is asked for."""
    at("ingest", "acme", files)
    said = at("sources", "acme", "--author", "zoe", "--since", "2025-01-01")
    lines = said.out.splitlines()
    assert len(lines) == 2
    dated = ["past/mai.md", "edition", "Mai", "May", "1,", "2025", "Zoé"]
    assert lines[1].split()[:7] == dated
    assert at("sources", "acme", "--since", "2999-01-01").out == "acme has no such source.\n"
    assert at("sources", "acme", "--since", "soon").code != 0


def test_one_source(at: Savoir, files: Path) -> None:
    """One source is shown with the places of its passages; a wrong name with the nearest."""
    at("ingest", "acme", files)
    said = at("sources", "acme", "t.csv")
    assert "row 2 to row 3" in said.out
    assert json.loads(at("sources", "acme", "t.csv", "--json").out)["locators"]
    assert "pack.zip!/x.md" in at("sources", "acme", "pack.zip!/y.md").err


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([], ""),
        (["page 3"], "page 3"),
        (["page 3", "page 4", "page 5"], "page 3 to page 5"),
        (["slide 2 comment by Zoé"], "slide 2 comment by Zoé"),
        (["odd"], "odd"),
    ],
)
def test_places(labels: list[str], said: str) -> None:
    """A place is said by its label, of several by the first and the last."""
    assert place(labels) == said


# --- reasons, ready to be translated --------------------------------------------------------------


def _raised() -> list[ast.Call]:
    folder = Path(str(readers.__file__)).parent
    return [
        node
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "UnreadableError"
    ]


def test_every_reason_is_a_template() -> None:
    """No reason is put together where it is raised, and the catalogue has each of them."""
    reasons = [call.args[1] for call in _raised()]
    assert len(reasons) > 40
    assert all(isinstance(each, ast.Constant) for each in reasons)
    assert {each.value for each in reasons if isinstance(each, ast.Constant)} <= texts()


def test_a_reason_crosses_processes() -> None:
    """A reason arrives with its code, its template and its values, phrases included."""
    error = UnreadableError(
        "too_large", "is {size}; {what} {n}", size=in_words(212_000_001), what=Phrase("x"), n=1.5
    )
    back = UnreadableError.from_json(json.loads(json.dumps(error.as_json())))
    assert (back.code, str(back), back.template) == (error.code, str(error), error.template)
    assert say(back) == str(error) == "is 212.1 MB; x 1.5"


@pytest.mark.parametrize("name", ["nothing", "nothing.md", "nothing.zip", "note.md/x"])
def test_a_path_that_is_not_there(at: Savoir, files: Path, name: str) -> None:
    """A path that does not exist says so, whatever it is called."""
    said = at("ingest", "acme", files / name)
    assert (said.code, "does not exist" in said.err) == (1, True)
