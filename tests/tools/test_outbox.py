import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from savoirfaire.errors import EffectError, PayloadMismatchError, ScopeError
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.schema import effects
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.outbox import Effect, Outbox

ACME = ClientScope("acme")
EFFECT = Effect(
    key="acme:run-1:task-9",
    run="run-1",
    kind="publish",
    files={"edition.md": "# Édition\n\nUn mot.\n", "edition.html": "<h1>Édition</h1>"},
    bound_to="approval-1",
)
PATHS = ["acme/run-1/edition.html", "acme/run-1/edition.md"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A ledger with two clients."""
    engine = open_database(tmp_path / "ledger.db")
    for name in ("acme", "rival"):
        Ledger(engine).add_client(name, "fr")
    yield engine
    engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where published files are."""
    return tmp_path / "outbox"


@pytest.fixture
def outbox(engine: Engine, folder: Path) -> Outbox:
    """An outbox."""
    return Outbox(engine, folder)


def recorded(engine: Engine) -> list[Any]:
    """The effects on record."""
    with engine.connect() as connection:
        return list(connection.execute(select(effects).order_by(effects.c.key)))


def files(folder: Path) -> dict[str, bytes]:
    """Every file in the outbox, hidden ones too."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_publish(outbox: Outbox, engine: Engine, folder: Path) -> None:
    """Files are written as they are, below the client and the run, and the effect is on record."""
    assert outbox.publish(ACME, EFFECT) == PATHS
    assert files(folder) == {
        "acme/run-1/edition.md": "# Édition\n\nUn mot.\n".encode(),
        "acme/run-1/edition.html": "<h1>Édition</h1>".encode(),
    }
    [row] = recorded(engine)
    assert (row.key, row.client, row.run) == (EFFECT.key, "acme", "run-1")
    assert (row.kind, row.bound_to, row.result) == ("publish", "approval-1", PATHS)
    assert row.planned_at <= row.made_at
    assert outbox.folder() == folder


def test_once(outbox: Outbox, engine: Engine, folder: Path) -> None:
    """The same key again gives the first result, and leaves what a person did to the file."""
    outbox.publish(ACME, EFFECT)
    before = recorded(engine)
    (folder / PATHS[1]).write_text("edited by hand")
    (folder / PATHS[0]).unlink()
    assert outbox.publish(ACME, EFFECT) == PATHS
    assert files(folder) == {PATHS[1]: b"edited by hand"}
    assert recorded(engine) == before


@pytest.mark.parametrize(
    "change",
    [
        {"files": {**EFFECT.files, "edition.md": "other"}},
        {"files": {"edition.md": EFFECT.files["edition.md"]}},
        {"files": {}},
        {"bound_to": "approval-2"},
        {"run": "run-2"},
        {"kind": "send"},
    ],
    ids=str,
)
@pytest.mark.parametrize("first", ["made", "planned"])
def test_something_else_under_the_same_key(
    engine: Engine, folder: Path, change: dict[str, Any], first: str
) -> None:
    """What was not decided under this key is refused, were the first made or only planned."""
    if first == "made":
        Outbox(engine, folder).publish(ACME, EFFECT)
    else:
        with pytest.raises(EffectError):
            Outbox(engine, _taken(folder)).publish(ACME, EFFECT)
    before = recorded(engine), files(folder)
    with pytest.raises(PayloadMismatchError):
        Outbox(engine, folder).publish(ACME, replace(EFFECT, **change))
    assert (recorded(engine), files(folder)) == before


def test_another_clients_key(outbox: Outbox, engine: Engine, folder: Path) -> None:
    """One client's key is no other client's; the result of the first is not told."""
    outbox.publish(ACME, EFFECT)
    with pytest.raises(PayloadMismatchError, match="allowed by another decision"):
        outbox.publish(ClientScope("rival"), EFFECT)
    with pytest.raises(ScopeError):
        outbox.publish(ClientScope("nobody"), replace(EFFECT, key="k"))
    assert len(recorded(engine)) == 1
    assert not (folder / "rival").exists()


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", ".hidden", "../a.md", "a/b.md", "/a.md", "a\\b.md", "a:b.md", "C:a.md"),
        *("a\0.md", "a\n.md", "a\x1b[31m.md", "\u202ea.md", "a?.md", "a*.md", "a|b", "\ud800.md"),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("where", ["file", "run"])
def test_names_that_lead_elsewhere(
    outbox: Outbox, engine: Engine, folder: Path, name: str, where: str
) -> None:
    """A file or a run whose name is more than a name is refused before anything is planned."""
    effect = replace(EFFECT, run=name) if where == "run" else replace(EFFECT, files={name: "x"})
    with pytest.raises(EffectError, match="is not a file name"):
        outbox.publish(ACME, effect)
    assert recorded(engine) == []
    assert not folder.exists()


def test_text_that_has_no_bytes(outbox: Outbox, engine: Engine) -> None:
    """Half a surrogate pair cannot be written, and the message says where it is."""
    with pytest.raises(EffectError, match=r"a\.md has half a surrogate pair at 3"):
        outbox.publish(ACME, replace(EFFECT, files={"a.md": "un \udc00"}))
    assert recorded(engine) == []


# --- what goes wrong ------------------------------------------------------------------------------


def _taken(folder: Path) -> Path:
    """A folder that cannot be made: a file is in its place."""
    taken = folder.with_name("taken")
    taken.write_text("a file")
    return taken


def test_a_folder_that_fails_once(engine: Engine, folder: Path) -> None:
    """An effect that could not be made stays planned, and is made by the next try."""
    taken = _taken(folder)
    outbox = Outbox(engine, taken)
    with pytest.raises(EffectError, match="publish could not be written: ") as raised:
        outbox.publish(ACME, EFFECT)
    assert "resume" in raised.value.hint
    [row] = recorded(engine)
    assert (row.made_at, row.result) == (None, None)
    taken.unlink()
    assert outbox.publish(ACME, EFFECT) == PATHS
    [made] = recorded(engine)
    assert made.made_at
    assert made.planned_at == row.planned_at
    assert len(files(taken)) == 2


def test_the_second_file_fails(outbox: Outbox, engine: Engine, folder: Path) -> None:
    """With one file written and the other not, the next try leaves both, and no scraps."""
    in_the_way = folder / PATHS[1]
    in_the_way.mkdir(parents=True)
    with pytest.raises(EffectError):
        outbox.publish(ACME, EFFECT)
    assert files(folder).keys() == {PATHS[0]}
    in_the_way.rmdir()
    assert outbox.publish(ACME, EFFECT) == PATHS
    assert files(folder).keys() == set(PATHS)
    assert recorded(engine)[0].made_at


def test_killed_between_writing_and_marking(outbox: Outbox, engine: Engine, folder: Path) -> None:
    """Files that were written, but not marked as made, are written again: one result is left."""
    outbox.publish(ACME, EFFECT)
    with engine.begin() as connection:
        connection.execute(effects.update().values(made_at=None, result=None))
    (folder / PATHS[0]).write_text("half wri")
    assert outbox.publish(ACME, EFFECT) == PATHS
    assert files(folder)[PATHS[0]] == "<h1>Édition</h1>".encode()
    assert len(files(folder)) == 2
    assert recorded(engine)[0].result == PATHS


CHILD = """
import sys
from pathlib import Path
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.outbox import Effect, Outbox

engine = open_database(Path(sys.argv[1]))
outbox = Outbox(engine, Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
for n in range(20):
    files = {"a.md": f"text {n} " * 5000, "b.md": "other"}
    print(outbox.publish(ClientScope("acme"), Effect(f"k{n}", f"run-{n}", "publish", files, "a")))
engine.dispose()
"""


def test_two_processes_with_the_same_keys(engine: Engine, folder: Path, tmp_path: Path) -> None:
    """Two processes that publish the same effects at once both get the one result of each."""
    command = [sys.executable, "-c", CHILD, str(tmp_path / "ledger.db"), str(folder)]
    children = [
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for child in children:
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
        assert child.stdin
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    said = [child.communicate(timeout=60) for child in children]
    expected = "".join(f"{[f'acme/run-{n}/a.md', f'acme/run-{n}/b.md']}\n" for n in range(20))
    assert said == [(expected, "")] * 2
    assert len(recorded(engine)) == 20
    assert files(folder).keys() == {f"acme/run-{n}/{name}.md" for n in range(20) for name in "ab"}
    assert files(folder)["acme/run-7/a.md"] == b"text 7 " * 5000


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such modes there")
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_mode(outbox: Outbox, folder: Path, mask: int, mode: int) -> None:
    """A published file may be read by whom the person's umask lets read."""
    before = os.umask(mask)
    try:
        paths = outbox.publish(ACME, EFFECT)
    finally:
        os.umask(before)
    assert {(folder / path).stat().st_mode & 0o777 for path in paths} == {mode}
