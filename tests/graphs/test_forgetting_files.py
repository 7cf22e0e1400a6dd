"""What an erasure does to published files, tapes, and what checkpoints are packed with."""

import asyncio
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Interrupt, Send

from savoirfaire.errors import WorkspaceError
from savoirfaire.graphs.checkpoints import open_checkpoints
from savoirfaire.graphs.forgetting.files import (
    drop_run,
    published,
    redact_file,
    rewrite_tape,
    without_people,
)
from savoirfaire.graphs.forgetting.threads import Threads, compact
from savoirfaire.graphs.forgetting.traces import Traces, own_lines, own_rows, texts, unmentioned
from savoirfaire.knowledge.mentions import MARK, Mentions
from savoirfaire.settings import Settings
from savoirfaire.tools.tape import CallScope, Tape
from savoirfaire.workspace import Workspace

ZOE = Mentions.of(["Zoé O'Neil"])


@pytest.mark.parametrize("run", ["../../../victim", "..", "", "/victim", "a/../../../victim"])
def test_a_run_that_leads_out_of_its_folder(tmp_path: Path, run: str) -> None:
    """Whatever a run is called, nothing outside its own folder is found or deleted."""
    workspace = Workspace(tmp_path, Settings())
    places = (workspace.outbox / "acme" / "n-1", workspace.locks, tmp_path / "victim")
    for place in places:
        place.mkdir(parents=True)
        (place / "precious.txt").write_text("x")
    assert published(workspace, "acme", run) == []
    drop_run(workspace, "acme", run)
    assert all((place / "precious.txt").exists() for place in places)
    assert [path.name for path in published(workspace, "acme", "n-1")] == ["precious.txt"]


@pytest.mark.parametrize(
    ("page", "bare"),
    [
        ("<p>Zo&eacute; O&#x27;Neil</p>", f"<p>{MARK}</p>"),
        ("<p><b>Zoé</b> <i>O’Neil</i>!</p>", f"<p><b>{MARK}</b><i></i>!</p>"),
        (
            '<a href="mailto:zoe.oneil@x.example">her</a>',
            f'<a href="mailto:{MARK}@x.example">her</a>',
        ),
        ("<p>1 &lt; 2 &amp; Zoé ONeil</p>", f"<p>1 &lt; 2 &amp; {MARK}</p>"),
        ("<p>1 &lt; 2 &eacute;</p>", "<p>1 &lt; 2 &eacute;</p>"),
    ],
)
def test_a_page(tmp_path: Path, page: str, bare: str) -> None:
    """Names are found through tags and entities, and the page stays a page."""
    file = tmp_path / "a.html"
    file.write_text(page, encoding="utf-8")
    assert redact_file(file, ZOE) == (page != bare)
    assert file.read_text("utf-8") == bare


def test_names_of_files(tmp_path: Path) -> None:
    """Files named after a person get other names, each its own."""
    for name in ("zoe-oneil.md", "Zoé O'Neil.md"):
        (tmp_path / name).write_text(name, encoding="utf-8")
        redact_file(tmp_path / name, ZOE)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"{MARK} 2.md", f"{MARK}.md"]
    assert {p.read_text("utf-8") for p in tmp_path.iterdir()} == {f"{MARK}.md"}


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    """Bytes that are no text stay as they are."""
    file = tmp_path / "a.bin"
    file.write_bytes(b"\xff\xfeZoe")
    assert not redact_file(file, ZOE)


def test_json_within_texts() -> None:
    """Escaped letters in JSON within a text are read as the letters that they are."""
    reply = {"content": json.dumps({"by": "Zoé O'Neil", "n": [1]})}
    assert "\\u00e9" in reply["content"]
    assert unmentioned(reply, ZOE) == {"content": f'{{"by": "{MARK}", "n": [1]}}'}
    assert "Zoé O'Neil" in list(texts(reply))
    assert unmentioned({"content": "{not json"}, ZOE) == {"content": "{not json"}


def test_traces() -> None:
    """A source is known by its id, its path as a whole text, and lines that only it has."""
    lines = own_lines(["A line of its own.\nA line of both."], ["A line of both.\n"])
    traces = Traces(frozenset({"s0123456789ab"}), frozenset({"a.md"}), lines)
    for told in ("see s0123456789ab.", "a.md", "x\n A line  of its own.\ny", {"k": ["a.md"]}):
        assert traces.are_in(told)
    for other in ("see s0123456789ac", "data.md", "A line of both.", "own", 7, None):
        assert not traces.are_in(other)


@pytest.mark.parametrize("begin", [0, 1000, 17_777])
def test_parts_of_a_long_line(begin: int) -> None:
    """A line longer than what is shown at once is known by any part of it, and not by others."""
    text, other = (
        " ".join(f"Sentence {n} of the {name} says {n * 7} things." for n in range(900))
        for name in ("transcript", "letter")
    )
    rows = own_rows([text], [other])
    traces = Traces(frozenset(), frozenset({"t.txt"}), own_lines([text], [other]), rows)
    assert traces.are_in({"content": f"<<<source x\n{text[begin : begin + 1200]}\n>>>"})
    assert not traces.are_in({"content": f"<<<source x\n{other[begin : begin + 1200]}\n>>>"})
    assert traces.are_in({"content": "Read this:\n<<<source t.txt\nYes.\n>>>"})
    assert not own_rows([text], [text])


def test_many_short_lines() -> None:
    """A source of short lines alone is known by them in their order."""
    text = "\n".join(f"- item {n}" for n in range(9))
    traces = Traces(rows=own_rows([text], []))
    assert traces.are_in(f"You asked:\n{text}\nSo be it.")
    assert not traces.are_in("- item 1\n- item 5")


# --- tapes ----------------------------------------------------------------------------------------


def test_a_tape(tmp_path: Path) -> None:
    """Exchanges without the person stay byte for byte; the others get the key of what they ask."""
    tape, scope = Tape(tmp_path / "t.jsonl"), CallScope("editor", "plan")
    tape.add("model", {"ask": "rye"}, scope, "bread")
    tape.add("model", {"ask": "Zoé O'Neil"}, scope, "Zoé O'Neil bakes \ud800")
    before = tape.path.read_bytes().splitlines()
    assert rewrite_tape(tape.path, lambda entry: without_people(entry, ZOE)) == 1
    assert tape.path.read_bytes().splitlines()[:2] == before[:2]
    assert Tape.load(tape.path).play("model", {"ask": MARK}, scope).startswith(f"{MARK} bakes")
    assert rewrite_tape(tape.path, lambda entry: without_people(entry, ZOE)) == 0
    assert rewrite_tape(tape.path, lambda _entry: None) == 2
    assert len(Tape.load(tape.path)) == 0


# --- checkpoints ----------------------------------------------------------------------------------


_WRITES: list[tuple[str, Any]] = [
    ("__interrupt__", (Interrupt("Zoé O'Neil"),)),
    ("raw", b"raw bytes of Zoe ONeil"),
    ("number", 2**40),
    ("text", "by Zoé O'Neil"),
]


async def saved(path: Path, values: dict[str, Any]) -> None:
    """Checkpoints of two runs, one of each client."""
    async with open_checkpoints(path) as saver:
        for thread in ("acme:r1", "acme-2:r1"):
            config: Any = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
            checkpoint: Any = {
                "v": 4,
                "id": "1",
                "ts": "",
                "channel_values": values,
                "channel_versions": {},
                "versions_seen": {},
            }
            await saver.aput(config, checkpoint, {"source": "loop", "by": "Zoé O'Neil"}, {})  # type: ignore[typeddict-unknown-key]
            config["configurable"]["checkpoint_id"] = "1"
            await saver.aput_writes(config, _WRITES, "t")


def kept(path: Path, thread: str) -> str:
    """Everything that is kept of a thread, as LangGraph reads it."""
    serde = JsonPlusSerializer(allowed_msgpack_modules=None)
    database = sqlite3.connect(path)
    rows = database.execute(
        "SELECT type, checkpoint FROM checkpoints WHERE thread_id = ?", [thread]
    )
    values = [repr(serde.loads_typed(row)) for row in rows]
    rows = database.execute("SELECT type, value FROM writes WHERE thread_id = ?", [thread])
    values += [repr(serde.loads_typed(row)) for row in rows]
    rows = database.execute("SELECT metadata FROM checkpoints WHERE thread_id = ?", [thread])
    values += [row[0].decode() for row in rows]
    database.close()
    return "\n".join(values)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    """Checkpoints whose values are of classes, too."""
    values = {
        "a": {"Zoé O'Neil": [1, "é"]},
        "send": Send("write", {"to": "zoe oneil"}),
        "n": {1: 2},
    }
    asyncio.run(saved(tmp_path / "c.db", values))
    return tmp_path / "c.db"


def test_values_of_classes_are_redacted(checkpoints: Path) -> None:
    """What LangGraph wraps loses the names and can be read as before; the other thread stays."""
    before = kept(checkpoints, "acme:r1")
    other = kept(checkpoints, "acme-2:r1")
    assert len(re.findall("o'?neil", before, re.IGNORECASE)) == 6
    Threads(checkpoints).change("acme", "r1", lambda value: unmentioned(value, ZOE))
    after = kept(checkpoints, "acme:r1")
    assert after.count(MARK) + after.count(repr(MARK.encode())[2:-1]) == 6
    assert str(2**40) in after
    assert "neil" not in after.lower()
    assert "Interrupt(" in after
    assert "Send(" in after
    assert kept(checkpoints, "acme-2:r1") == other


def test_reading_and_deleting(checkpoints: Path) -> None:
    """A thread is read as plain data, and deleted without the thread of a client named alike."""
    threads = Threads(checkpoints)
    assert threads.names("acme") == ["r1"]
    assert "zoe oneil" in list(texts(list(threads.read("acme", "r1"))))
    threads.delete("acme", "r1")
    compact(checkpoints)
    assert list(threads.read("acme", "r1")) == []
    assert threads.names("acme-2") == ["r1"]


def test_no_checkpoints(tmp_path: Path) -> None:
    """Where no run was ever made, there is nothing to read, and no file is made."""
    threads = Threads(tmp_path / "c.db")
    assert (threads.names("acme"), list(threads.read("acme", "r1"))) == ([], [])
    threads.delete("acme", "r1")
    compact(tmp_path / "c.db")
    assert list(tmp_path.iterdir()) == []


def test_damaged_checkpoints(tmp_path: Path) -> None:
    """A file that is no database is refused with the reason."""
    (tmp_path / "c.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(WorkspaceError, match=r"c\.db cannot be opened"):
        Threads(tmp_path / "c.db").names("acme")
