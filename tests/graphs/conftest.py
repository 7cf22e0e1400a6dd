"""A newsroom to test graphs in: a workspace with two clients, and a model that follows a script."""

import json
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from savoirfaire.agents.forms import (
    EditionPlan,
    Entry,
    LeftOut,
    PlannedSection,
    Sentence,
    WrittenSection,
)
from savoirfaire.agents.guardian import Judgement
from savoirfaire.agents.model import open_gateway
from savoirfaire.cli.workspace import create_workspace
from savoirfaire.graphs.desk import Desk
from savoirfaire.graphs.registry import GraphSpec, Office, find_graph
from savoirfaire.graphs.runs import Progress, Runs
from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.database import connect, open_database, writing
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.ingest import ingest
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.settings import DatabaseSettings
from savoirfaire.testing import ENDPOINT, Scripted, ScriptedTransport, no_wait
from savoirfaire.tools.outbox import Outbox
from savoirfaire.tools.recall import Recall
from savoirfaire.workspace import FILE, Workspace
from tests.conftest import copy_tree, drop_database, own_database

EN = ClientScope("acme")
FR = ClientScope("durand")

REQUEST = {
    "title": "Letter 12",
    "date": "2026-05-04",
    "language": "en",
    "items": ["items"],
    "brief": "Two items.",
}

_FILES = {
    "acme": {
        "past/2026-04-04.md": """---
title: Letter 11
date: 2026-04-04
---
Two workshops and a new oven.

## News

- **Sourdough:** The bakery opened a workshop on sourdough bread. It took 10 people.

## Dates

- The oven is lit every Monday at 5 in the morning.
""",
        "items/oven.md": """---
title: A new oven
---
The bakery lights a new oven on Monday 11 May 2026. It bakes 80 loaves. It was built in Lyon. \
Neighbours may watch.
""",
        "items/rye.md": """---
title: A workshop on rye bread
---
The bakery opens a training session on rye bread on 4 May 2026. It lasts 3 hours and takes 12 \
people.
""",
        "brand.toml": """[brand]
name = "Acme"
language = "en"
voice = "Plain and warm."

[[rules]]
id = "workshop"
use = "workshop"
avoid = ["training session"]
reason = "the client's own word"

[edition]
required_sections = ["News"]
optional_sections = ["Dates"]
""",
    },
    "durand": {
        "items/four.md": """---
title: Un four neuf
---
La boulangerie allume un four neuf le 11 mai 2026. Il cuit 80 pains.
"""
    },
}


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose clients have their files; never used itself, only copied."""
    folder = tmp_path_factory.mktemp("newsroom") / "workspace"
    workspace = create_workspace(folder)
    engine = open_database(_on_server(folder) if ON_SERVER else workspace.ledger)
    with Knowledge(Ledger(engine), EdgeIndex(workspace.index, FORM)) as knowledge:
        for client, files in _FILES.items():
            scope = knowledge.ledger.add_client(client, "en" if client == "acme" else "fr")
            source = folder.parent / client
            for name, text in files.items():
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                (source / name).write_text(text, encoding="utf-8")
            assert not ingest(knowledge, scope, [source]).failed
    engine.dispose()
    return folder


ON_SERVER = os.environ.get("SAVOIR_TEST_NEWSROOM") == "postgresql"
"""Whether newsrooms keep their record on the tests' PostgreSQL server."""


_DATABASE = re.compile(r"^\[database\]\n(url = .*\n)?", re.MULTILINE)
_MADE: list[str] = []
"""The databases that were made there, to drop in the end."""


def _on_server(folder: Path, of: Path | None = None) -> str:
    """A database for the workspace in a folder, as that of another; its settings say where."""
    address = own_database((of / "address").read_text("utf-8") if of else "")
    (folder / "address").write_text(address, "utf-8")
    settings = folder / FILE
    named = _DATABASE.sub(f'[database]\nurl = "{address}"\n', settings.read_text("utf-8"))
    settings.write_text(named, "utf-8")
    _MADE.append(address)
    return address


@dataclass
class Newsroom:
    """A workspace, and the runs in it under any model and any graphs."""

    workspace: Workspace

    @asynccontextmanager
    async def runs(
        self,
        wire: ScriptedTransport | None = None,
        find: Callable[[str], GraphSpec] = find_graph,
        desk: Desk | None = None,
    ) -> AsyncIterator[Runs]:
        """The runs, offline or live over `wire`, as another process would open them."""
        engine = open_database(self.workspace.database)
        with Knowledge(Ledger(engine), EdgeIndex(self.workspace.index, FORM)) as knowledge:
            mode = "live" if wire else "offline"
            async with open_gateway(mode, ENDPOINT, wire=wire, wait=no_wait) as gateway:
                office = Office(gateway, Recall(knowledge), Outbox(engine, self.workspace.outbox))
                async with Runs(
                    engine,
                    office,
                    checkpoints=self.workspace.states,
                    locks=self.workspace.locks,
                    find=find,
                    desk=desk,
                ) as runs:
                    yield runs

    async def start(
        self,
        wire: ScriptedTransport | None = None,
        *,
        scope: ClientScope = EN,
        **request: Any,
    ) -> Progress:
        """Submit a newsletter and drive it until it rests."""
        async with self.runs(wire) as runs:
            run = runs.submit(scope, "newsletter", {**REQUEST, **request}, by="ann")
            return await runs.drive(run)

    async def drive(self, run: str, wire: ScriptedTransport | None = None) -> Progress:
        """Go on with a run, as another process would."""
        async with self.runs(wire) as runs:
            return await runs.drive(run)

    async def decide(self, approval: str, verdict: Any, **answer: Any) -> Progress:
        """Answer an approval and go on, as another process would."""
        async with self.runs() as runs:
            decided = runs.approvals.decide(approval, verdict, by="bob", **answer)
            return await runs.drive(decided.run)

    async def state(self, run: str) -> dict[str, Any]:
        """What a run's steps have written."""
        async with self.runs() as runs:
            return await runs.state(run)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """A table of the workspace's database, with JSON as text."""
        engine = open_database(self.workspace.database)
        try:
            with engine.connect() as connection:
                found = connection.exec_driver_sql(f"SELECT * FROM {table}")
                rows = [dict(row) for row in found.mappings()]
                return [{key: _plain(value) for key, value in row.items()} for row in rows]
        finally:
            engine.dispose()

    def published(self) -> dict[str, str]:
        """Every file in the outbox, by its name."""
        files = sorted(self.workspace.outbox.rglob("*"))
        return {file.name: file.read_text(encoding="utf-8") for file in files if file.is_file()}

    def ingest(self, scope: ClientScope, files: dict[str, str]) -> None:
        """Add files to a client's knowledge."""
        source = self.workspace.folder / "more"
        for name, text in files.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(text, encoding="utf-8")
        with self.knowledge() as knowledge:
            assert not ingest(knowledge, scope, [source]).failed

    def knowledge(self, *, wait: float = 30.0) -> Knowledge:
        """What is known here, as another process would open it."""
        engine = open_database(self.workspace.database, wait=wait)
        return Knowledge(Ledger(engine), EdgeIndex(self.workspace.index, FORM, wait=wait))

    def execute(self, statement: str) -> None:
        """Change the record behind everybody's back."""
        engine = connect(self.workspace.database)
        with writing(engine) as connection:
            connection.execute(sa.text(statement))
        engine.dispose()


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


@pytest.fixture
def in_files() -> None:
    """For what a test says of SQLite's own files."""
    if ON_SERVER:
        pytest.skip("this is about SQLite's files, and the newsroom is on a server")


@pytest.fixture(scope="session")
def newsroom_of() -> Iterator[Callable[[Path, Path], Newsroom]]:
    """Makes a newsroom in a folder, from the workspace that another folder is."""

    def copied(folder: Path, of: Path) -> Newsroom:
        copy_tree(of, folder / "workspace")
        settings = create_workspace(folder / "settings").settings
        if ON_SERVER:
            there = DatabaseSettings(url=SecretStr(_on_server(folder / "workspace", of)))
            settings = settings.model_copy(update={"database": there})
        return Newsroom(Workspace(folder / "workspace", settings))

    yield copied
    while _MADE:
        drop_database(_MADE.pop())


@pytest.fixture
def newsroom(
    ingested: Path, tmp_path: Path, newsroom_of: Callable[[Path, Path], Newsroom]
) -> Newsroom:
    """A workspace of its own, with both clients' files in it."""
    return newsroom_of(tmp_path, ingested)


Answer = Callable[[str], Scripted]

_LABEL = re.compile(r"^<<<source (S\d+(?:\.\d+)?)$", re.MULTILINE)


@dataclass
class Model:
    """A language model that does its work, unless a test gives it an answer of its own.

    `plan`, `open`, `write`, `judge`, `revise` take the prompt and give the reply; `asked` counts.
    """

    plan: Answer | None = None
    open: Answer | None = None
    write: Answer | None = None
    judge: Answer | None = None
    revise: Answer | None = None
    asked: Counter[str] = field(default_factory=Counter)
    prompts: list[tuple[str, str]] = field(default_factory=list)

    @property
    def wire(self) -> ScriptedTransport:
        """The endpoint to reach it at."""
        return ScriptedTransport(self)

    def __call__(self, body: dict[str, Any]) -> Scripted:
        """Answer a request by the role that asks."""
        form = body["response_format"]["json_schema"]["name"]
        prompt = "\n\n".join(str(message["content"]) for message in body["messages"])
        mends = "You mend one section" in prompt
        role = {"EditionPlan": "plan", "Judgement": "judge", "Openings": "open"}.get(
            form, "revise" if mends else "write"
        )
        self.asked[role] += 1
        self.prompts.append((role, prompt))
        return (getattr(self, role) or getattr(self, f"_{role}"))(prompt)

    def _plan(self, prompt: str) -> Scripted:
        return planned({"News": labels(prompt)})

    def _write(self, prompt: str) -> Scripted:
        return written(*labels(prompt))

    def _judge(self, _prompt: str) -> Scripted:
        return Judgement(fits=True, breaches=[])

    def _revise(self, prompt: str) -> Scripted:
        return written(*labels(prompt.split("Passages to write from")[1]), text="It is mended.")


@pytest.fixture(name="planned")
def _planned() -> Any:
    """Makes a plan."""
    return planned


@pytest.fixture(name="written")
def _written() -> Any:
    """Makes a section."""
    return written


def labels(prompt: str) -> list[str]:
    """The labels that a prompt shows, in order."""
    return list(dict.fromkeys(_LABEL.findall(prompt)))


def planned(sections: dict[str, list[str]], left_out: dict[str, str] | None = None) -> EditionPlan:
    """A plan."""
    return EditionPlan(
        title="",
        lead="What is new.",
        sections=[PlannedSection(heading=h, angle="", items=i) for h, i in sections.items()],
        left_out=[LeftOut(item=i, reason=r) for i, r in (left_out or {}).items()],
    )


def written(*cited: str, text: str = "The bakery has news.") -> WrittenSection:
    """A section with one entry, a sentence for each label."""
    return WrittenSection(
        entries=[Entry(headline="", sentences=[Sentence(text=text, cites=[c]) for c in cited])]
    )


@pytest.fixture
def model() -> Model:
    """A model that does its work."""
    return Model()
