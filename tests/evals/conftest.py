"""A workshop: a workspace with a gated graph, whose runs are recorded as tasks."""

import importlib.util
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.agents.model import Endpoint, open_gateway
from savoirfaire.agents.role import Role
from savoirfaire.cli.workspace import create_workspace
from savoirfaire.evals.recording.anonymising import Disguise
from savoirfaire.evals.recording.ended import ended_run
from savoirfaire.evals.recording.recording import Recorded, record
from savoirfaire.evals.tasks.folder import Task
from savoirfaire.evals.tasks.suites import SHIPPED
from savoirfaire.graphs.registry import GraphSpec, Office
from savoirfaire.graphs.runs import Runs
from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.ingest import ingest
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.testing import ENDPOINT, Scripted, ScriptedTransport, no_wait
from savoirfaire.tools.outbox import Outbox
from savoirfaire.tools.recall import Recall
from savoirfaire.tools.tape import Tape
from savoirfaire.workspace import Workspace

EXAMPLE = Path(__file__).parents[2] / "examples" / "tiny_graph.py"
NOTES = {
    "oven.md": "---\ntitle: Ovens\n---\nThe oven is lit on Monday by Nadia Ferrand. It bakes 80"
    " loaves and cost 12 000 €. Ask Nadia on 06 12 34 56 78.\n",
    "secret.md": "---\ntitle: Elsewhere\n---\nThe garden has nothing to do with bread.\n",
    "mail.md": "---\ntitle: A mail\n---\nFrom: Nadia Ferrand <n.ferrand@acme.example>\nTo: all\n\n"
    "The budget of the oven is 12000 EUR.\n",
}
_LABEL = re.compile(r"^<<<source (P\d)$", re.MULTILINE)


def answering(body: dict[str, Any]) -> Scripted:
    """A model that repeats the first words of every passage."""
    text = str(body["messages"][-1]["content"])
    said = []
    for label, rest in zip(_LABEL.findall(text), _LABEL.split(text)[2::2], strict=True):
        first = rest.strip().split(".")[0].replace('"', "'").replace("\n", " ")
        said.append(f'{{"text": "{first}.", "cites": ["{label}"]}}')
    return f'{{"sentences": [{", ".join(said)}]}}'


@dataclass
class Workshop:
    """A workspace with a client, the example's graph, and a tape of all that a model said."""

    workspace: Workspace
    spec: GraphSpec
    prompts: Path

    @property
    def tape(self) -> Path:
        """Where replies are recorded."""
        return self.workspace.folder / "tape.jsonl"

    def find(self, name: str) -> GraphSpec:
        """The graph, as it is now."""
        del name
        return self.spec

    @asynccontextmanager
    async def runs(self, wire: ScriptedTransport | None = None) -> AsyncIterator[Runs]:
        """The runs of the workspace, recorded where there is a model, offline elsewhere."""
        engine, tape = open_database(self.workspace.ledger), Tape(self.tape)
        with Knowledge(Ledger(engine), EdgeIndex(self.workspace.index, FORM)) as knowledge:
            mode = "record" if wire else "offline"
            async with open_gateway(mode, ENDPOINT, tape, wire=wire, wait=no_wait) as gateway:
                office = Office(
                    gateway,
                    Recall(knowledge, tape=tape, use="record" if wire else "none"),
                    Outbox(engine, self.workspace.outbox),
                )
                async with Runs(
                    engine,
                    office,
                    checkpoints=self.workspace.checkpoints,
                    locks=self.workspace.locks,
                    find=self.find,
                ) as runs:
                    yield runs

    async def run(
        self,
        verdict: Any = "approve",
        *,
        model: Callable[[dict[str, Any]], Scripted] | None = answering,
        question: str = "When is the oven lit?",
        **answer: Any,
    ) -> str:
        """A run of the graph, decided on; its id."""
        async with self.runs(ScriptedTransport(model) if model else None) as runs:
            scope = runs.knowledge.ledger.scope("acme")
            run = runs.submit(scope, "answer", {"question": question}, by="Nadia Ferrand")
            progress = await runs.drive(run)
            for approval in progress.approvals:
                runs.approvals.decide(approval, verdict, by="Nadia Ferrand", **answer)
                await runs.drive(run)
            return run

    async def record(
        self, run: str, name: str = "one", disguise: Disguise | None = None
    ) -> Recorded:
        """The run as a task of the suite `oven`."""
        async with self.runs() as runs:
            given = await ended_run(runs, run, Endpoint(name=ENDPOINT.name))
            folder = self.workspace.folder / "suites" / "oven" / name
            tape = self.tape if self.tape.exists() else None
            return await record(given, folder, tape, disguise=disguise, find=self.find)

    def reword(self, old: str, new: str) -> None:
        """Change the graph's prompt."""
        file = self.prompts / "answer.md"
        file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
        self.spec = _spec(self.prompts)


def _spec(prompts: Path) -> GraphSpec:
    """The example's graph, with its prompt in a folder of the test's own."""
    found = importlib.util.spec_from_file_location("tiny_graph_of_tests", EXAMPLE)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    module.answerer = Role("answer", module.Reply, offline=module.offline, prompts=prompts)
    return GraphSpec("answer", "", module.Question, module.build, roles=(module.answerer,))


@pytest.fixture(scope="session")
def _furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workshop")
    workspace = create_workspace(folder / "workspace")
    for name, text in NOTES.items():
        (folder / "notes").mkdir(exist_ok=True)
        (folder / "notes" / name).write_text(text, "utf-8")
    with Knowledge.open(workspace.data) as knowledge:
        scope = knowledge.ledger.add_client("acme", "en")
        assert not ingest(knowledge, scope, [folder / "notes"]).failed
    return folder


@pytest.fixture
def workshop(_furnished: Path, tmp_path: Path) -> Workshop:
    """A workshop of the test's own."""
    copied = tmp_path / "workshop"
    shutil.copytree(
        _furnished / "workspace", copied, ignore=shutil.ignore_patterns("index", "*.lock")
    )
    settings = create_workspace(tmp_path / "settings").settings
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    shutil.copy(EXAMPLE.with_name("answer.md"), prompts)
    return Workshop(Workspace(copied, settings), _spec(prompts), prompts)


@pytest.fixture
def shipped(tmp_path: Path) -> Callable[[str], Task]:
    """Copies a task of the shipped suite, to be changed."""

    def copied(name: str) -> Task:
        folder = tmp_path / "suite" / name
        shutil.copytree(SHIPPED / "extraction" / name, folder)
        return Task(folder)

    return copied
