"""Checkpoints: plain JSON in, plain JSON out, and nothing that could name code."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import ormsgpack
import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.types import Interrupt, Send
from structlog.testing import capture_logs

from savoirfaire.agents.forms import Sentence
from savoirfaire.errors import WorkspaceError
from savoirfaire.graphs.checkpoints import Checkpoints, open_checkpoints
from savoirfaire.knowledge.scope import ClientScope


@dataclass
class Own:
    """A class of ours that has no business in a state."""

    words: str


class Holding(TypedDict, total=False):
    """A state that holds anything."""

    held: Any


def plain(value: Any, place: str = "state") -> None:
    """Fail on anything that is not plain JSON, and say where it is."""
    if isinstance(value, dict):
        for key, each in value.items():
            assert type(key) is str, f"{place}: the key {key!r}"
            plain(each, f"{place}.{key}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            plain(each, f"{place}[{number}]")
    else:
        assert type(value) in {str, int, float, bool, type(None)}, f"{place}: {type(value)}"


@pytest.mark.parametrize("live", [False, True])
async def test_state_is_plain_json(newsroom: Any, model: Any, live: bool) -> None:  # noqa: FBT001
    """All that a run that ended keeps is plain JSON, and comes back as it was."""
    model.revise = model.plan = None
    progress = await newsroom.start(model.wire if live else None)
    await newsroom.decide(*progress.approvals, "edit", edits={"markdown": "# Edited\n\nText.\n"})
    state = await newsroom.state(progress.run)
    plain(state)
    assert state["schema_version"] == 2
    assert json.loads(json.dumps(state, allow_nan=False)) == state


@pytest.mark.usefixtures("in_files")
async def test_every_byte_on_disk_is_plain(newsroom: Any) -> None:
    """No checkpoint of a run names a class, but for LangGraph's own sends and interrupts."""
    progress = await newsroom.start()
    await newsroom.decide(*progress.approvals, "approve")
    connection = sqlite3.connect(newsroom.workspace.checkpoints)
    blobs = [
        row
        for query in ("SELECT type, checkpoint FROM checkpoints", "SELECT type, value FROM writes")
        for row in connection.execute(query)
    ]
    connection.close()
    assert len(blobs) > 30
    named: set[str] = set()

    def extension(_code: int, data: bytes) -> Any:
        module, name, *rest = ormsgpack.unpackb(data, ext_hook=extension)
        named.add(f"{module}.{name}")
        return rest

    for kind, blob in blobs:
        assert kind in {"msgpack", "null"}
        if kind == "msgpack":
            ormsgpack.unpackb(blob, ext_hook=extension)
    assert named <= {f"{Send.__module__}.Send", f"{Interrupt.__module__}.Interrupt"}


@pytest.mark.parametrize("held", [Own("x"), Sentence(text="x", cites=[])])
async def test_objects_do_not_come_back(tmp_path: Path, held: object) -> None:
    """An object that somebody puts into a state does not come back as one: it shows at once."""
    builder = StateGraph(Holding)
    builder.add_node("hold", lambda _state: {"held": held})
    builder.add_edge(START, "hold")
    builder.add_edge("hold", END)
    async with open_checkpoints(tmp_path / "checkpoints.db") as saver:
        graph: Any = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": "1"}}
        await graph.ainvoke({}, config, durability="sync")
        back = (await graph.aget_state(config)).values.get("held")
    assert not isinstance(back, Own | Sentence)


async def test_settings_of_the_database(tmp_path: Path) -> None:
    """Checkpoints are written ahead, and a write waits for another process's."""
    async with open_checkpoints(tmp_path / "checkpoints.db") as saver:
        found = [await pragma(saver, name) for name in ("journal_mode", "synchronous")]
        timeout = await pragma(saver, "busy_timeout")
    assert found == ["wal", 1]
    assert timeout == 30_000


async def pragma(saver: Any, name: str) -> Any:
    """What a connection's setting is."""
    cursor = await saver.conn.execute(f"PRAGMA {name}")
    (value,) = await cursor.fetchone()
    return value


async def test_opened_once_while_entered(tmp_path: Path) -> None:
    """While entered, all uses share a connection; else each has its own."""
    checkpoints = Checkpoints(tmp_path / "checkpoints.db")
    async with checkpoints.saver() as one:
        pass
    async with checkpoints.saver() as other:
        pass
    assert one is not other
    async with checkpoints:
        async with checkpoints.saver() as one, checkpoints.saver() as other:
            assert one is other
        async with checkpoints.saver() as again:
            assert again is one
    async with checkpoints.saver() as other:
        assert other is not one


@pytest.mark.usefixtures("in_files")
async def test_a_file_that_is_no_database(newsroom: Any) -> None:
    """A damaged checkpoints file parks the runs that need it, and stops nothing else."""
    newsroom.workspace.checkpoints.write_bytes(b"This is no database. " * 100)
    progress = await newsroom.start()
    assert progress.status == "needs_attention"
    assert progress.reason.startswith("checkpoints.db cannot be opened: file is not a database")
    async with newsroom.runs() as runs:
        assert [row.id for row in runs.list()] == [progress.run]
        with pytest.raises(WorkspaceError, match=r"checkpoints\.db cannot be opened"):
            await runs.state(progress.run)


@pytest.mark.usefixtures("in_files")
async def test_a_run_stores_no_more_than_it_needs(newsroom: Any) -> None:
    """A writer is sent its own section's items, not the whole edition once for each section."""
    filler = "Bread rises. " * 200
    files = {f"items/{n}.md": f"---\ntitle: Item {n}\n---\nNews {n}. {filler}" for n in range(20)}
    newsroom.ingest(ClientScope("acme"), files)
    with capture_logs():
        progress = await newsroom.start()
    state = await newsroom.state(progress.run)
    items = len(json.dumps(state["items"]))
    connection = sqlite3.connect(newsroom.workspace.checkpoints)
    query = "SELECT max(length(checkpoint)) FROM checkpoints"
    (largest,) = connection.execute(query).fetchone()
    connection.close()
    assert largest < 3.6 * items, largest / items
