"""Recording what rests on the agency's own records, and runs that broke off at their first step."""

import json
from asyncio import to_thread
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.agents.model import Endpoint
from savoirfaire.evals.graders.grading import Graded
from savoirfaire.evals.graders.looking import citations
from savoirfaire.evals.recording.anonymising import Disguise
from savoirfaire.evals.recording.ended import ended_run
from savoirfaire.evals.recording.pseudonyms import Pseudonyms
from savoirfaire.evals.recording.recording import record
from savoirfaire.evals.replaying.replay import replay
from savoirfaire.evals.tasks.folder import Task, snapshot_hash
from savoirfaire.evals.tasks.form import Snapshot
from savoirfaire.graphs.registry import find_graph
from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.ingest import ingest
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.testing import ScriptedTransport

Workshop = Any
HOUSE = {
    "rates.csv": "Service;Unit;Price (EUR)\nDesign;day;850.00\n",
    "work/museum.md": """---
record: case study
name: The museum's site
---
## Challenge
The site of the museum could not be read on a telephone.
## Approach
Odile Marchetti made the site again, for 73 100 €. Write to odile@brindle.example.
## Result
It has 640 readers a week.
""",
    "notes/party.mail.md": "---\nkind: mail\n---\nThe zebra party of the agency is on Friday.\n",
    "brief.md": "# Another brief\n\nA quagga park wants a site.\n",
    "brand.toml": '[brand]\nname = "Brindle Press"\nlanguage = "en"\nvoice = "Plain."\n',
}
BRIEF = "# Brief\n\n1. The agency shall make a site.\n\n2. The site must be read on a telephone.\n"
PRICING = {"vat": "20", "efforts": [{"lot": "Lot 1", "item": "Design", "quantity": "2"}]}
REQUEST = {"brief": "brief.md", "language": "en", "date": "2026-04-20", "pricing": PRICING}


def furnish(workshop: Workshop) -> None:
    """Give the workshop a house, with what a proposal uses and what it does not."""
    folder = workshop.workspace.folder
    with Knowledge(
        Ledger(open_database(workshop.workspace.ledger)), EdgeIndex(workshop.workspace.index, FORM)
    ) as knowledge:
        house = knowledge.ledger.add_client("house", "en")
        for scope, files in ((house, HOUSE), (ClientScope("acme"), {"brief.md": BRIEF})):
            for name, text in files.items():
                file = folder / "given" / scope.client / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, "utf-8")
            assert not ingest(knowledge, scope, [folder / "given" / scope.client]).failed
        with knowledge.index.using(house):
            knowledge.brand_os.fill(house)
        for each in knowledge.brand_os.list(house, status="proposed"):
            knowledge.brand_os.accept(house, each.id, by="Odile Marchetti")
        lesson = {"before": "", "after": "", "reason": "okapi", "author": "Odile Marchetti"}
        knowledge.ledger.add_lesson(house, "l1", graph="newsletter", run="r", **lesson)


async def propose(workshop: Workshop, wire: Any = None, **request: Any) -> str:
    """A proposal that is not made after all, where it comes to people; its id."""
    workshop.spec = find_graph("proposal")
    async with workshop.runs(wire) as runs:
        scope = runs.knowledge.ledger.scope("acme")
        run = runs.submit(scope, "proposal", REQUEST | request, by="Nadia Ferrand")
        progress = await runs.drive(run)
        for approval in progress.approvals:
            runs.approvals.decide(approval, "reject", by="Nadia Ferrand", reason="too far")
            await runs.drive(run)
    return str(run)


def everything(task: Task) -> str:
    """Every file of a task, one after the other."""
    files = sorted(path for path in task.folder.rglob("*") if path.is_file())
    return "".join(path.read_text("utf-8") for path in files)


def texts(task: Task) -> dict[str, str]:
    """What a task knows of the house, by path."""
    assert task.snapshot.house
    return {each.path: task.text(each.text) for each in task.snapshot.house.sources}


def words(outcome: Any) -> str:
    """All that a replay found."""
    return " ".join(f"{each.kind} {each.where} {each.words}" for each in outcome.findings)


async def test_a_house_that_was_used(workshop: Workshop) -> None:
    """A proposal from the house's records is replayed; of the house only what it used is there."""
    furnish(workshop)
    run = await propose(workshop)
    made = await workshop.record(run)
    task, known = made.task, texts(made.task)
    assert made.notes == []
    assert set(known) == {"rates.csv", "work/museum.md", "brand.toml"}
    assert "640 readers" in known["work/museum.md"]
    for unseen in ("zebra", "quagga", "okapi"):
        assert unseen not in everything(task), unseen
    outcome = await to_thread(replay, task, find=workshop.find)
    assert outcome.verdict == "passed", words(outcome)
    (lesson,) = task.expected.effects["lessons"]
    assert (lesson["client"], lesson["reason"]) == ("house", "too far")
    spans = [each for case in task.expected.state["cases"] for each in case["spans"]]
    quoting = task.expected.model_copy(update={"state": {"spans": spans}})
    assert citations(least=1)(Graded(task, quoting)).score == 1
    reprice(task, "910.00")
    found = words(await to_thread(replay, Task(task.folder)))
    assert "stale knowledge.json" in found
    assert "850.00” is now “910.00”" in found
    assert "stale source rates.csv of house" in found
    await disguised(workshop, run)


def reprice(task: Task, price: str) -> None:
    """Give what is on the house's rate card another price, and the card no words."""
    file = task.folder / "knowledge.json"
    data = json.loads(file.read_text("utf-8"))
    (offer,) = (row for row in data["house"]["rows"]["records"] if row["kind"] == "offer")
    offer["data"]["lines"][0]["amount"] = price
    file.write_text(json.dumps(data), "utf-8")
    (rates,) = (each for each in data["house"]["sources"] if each["path"] == "rates.csv")
    (task.folder / "texts" / rates["text"]).write_text("Nothing.\n", "utf-8")


async def disguised(workshop: Workshop, run: str) -> None:
    """Who works for the house and what it costs is replaced; that it is the house stays."""
    disguise = Disguise(Pseudonyms(b"s" * 32))
    made = await workshop.record(run, "two", disguise=disguise)
    told = everything(made.task)
    for word in ("Odile", "Marchetti", "Brindle", "73 100", "odile@", '"acme"', "zebra", "okapi"):
        assert word not in told, word
    assert [each.client for each in made.task.snapshot.parts][1] == "house"
    outcome = await to_thread(replay, made.task, find=workshop.find)
    assert outcome.verdict == "passed", words(outcome)


async def test_a_house_that_was_not_asked(workshop: Workshop) -> None:
    """Of a house that a run asked nothing of, nothing is in the task but that it is there."""
    furnish(workshop)
    task = (await workshop.record(await workshop.run(model=None))).task
    assert task.snapshot.house == Snapshot(client="house", language="en")
    assert "Brindle" not in everything(task)


def test_without_a_house() -> None:
    """A snapshot without a house is written as it was before there could be one."""
    plain = Snapshot(client="acme", language="en")
    assert set(plain.model_dump(mode="json")) == {
        "client",
        "language",
        "retrieval",
        "sources",
        "rows",
    }
    house = plain.model_copy(update={"house": Snapshot(client="house", language="fr")})
    assert snapshot_hash(house) != snapshot_hash(plain)
    assert Snapshot.model_validate(house.model_dump(mode="json")) == house


@pytest.mark.parametrize("tape", [None, "nothing.jsonl"])
async def test_broken_off_at_once(workshop: Workshop, tmp_path: Path, tape: str | None) -> None:
    """A run that failed before it asked a model anything is a task, and needed no tape."""
    wire = ScriptedTransport([])
    run = await propose(workshop, wire, brief="qqq")
    async with workshop.runs() as runs:
        given = await ended_run(runs, run, Endpoint(name="some-model"))
        task = (await record(given, tmp_path / "task", tape and tmp_path / tape)).task
    assert (task.header.model.mode, wire.requests) == ("replay", [])
    assert task.expected.words == "acme has no source qqq"
    outcome = await to_thread(replay, task)
    assert outcome.verdict == "passed", words(outcome)
