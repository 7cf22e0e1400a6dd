"""A process that ingests is killed, again and again: nothing that it reported is lost."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from savoirfaire.knowledge.ingest import ingest
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

ACME = ClientScope("acme")
FILES = 80

# Reports each file on its own line, and searches now and then so that the shard is loaded too.
CHILD = """
import sys
from pathlib import Path
from savoirfaire.knowledge import ingest as ingesting, intake
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

intake._BATCH_FILES = 4
acme = ClientScope("acme")
with Knowledge.open(Path(sys.argv[1])) as knowledge:
    print("ready", flush=True)
    def tell(name, outcome, _reason):
        if outcome == "read":
            print(name, flush=True)
    ingesting.ingest(knowledge, acme, [Path(sys.argv[2])], listen=tell)
    print("done", flush=True)
"""


def body(number: int, version: int) -> str:
    """A file's text: its own word, this version's word, and some to make it a few passages."""
    parts = [f"# Part {part}\n\n{'marque client budget ' * 40}" for part in range(5)]
    return "\n\n".join([f"file{number} version{version}", *parts])


def killed_after(data: Path, folder: Path, reports: int) -> list[str]:
    """Start an ingest, kill it after so many reports, and give the files it had reported."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(data), str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    assert child.stdout.readline() == "ready\n"
    said = [child.stdout.readline() for _ in range(reports)]
    time.sleep(0.004 * (reports % 5))  # at another moment of the next batch each time
    child.kill()
    said += child.stdout.readlines()
    child.stdout.close()
    child.wait()
    return [line.strip() for line in said if line.endswith(".md\n")]


def everything(knowledge: Knowledge) -> bytes:
    """Answers, as they could be printed."""
    found = [
        (each.passage.path, each.passage.start, each.passage.quote, each.score)
        for question in ("marque du client", "version1 budget", "file7 version2 file11")
        for each in knowledge.search(ACME, question, limit=30)
    ]
    return json.dumps(found).encode()


@pytest.fixture
def folder(data: Path) -> Path:
    """The files to ingest."""
    folder = data / "files"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("kills", [2, pytest.param(25, marks=pytest.mark.sweep)])
def test_killed_again_and_again(data: Path, folder: Path, kills: int) -> None:
    """After kill -9 at any moment, what was reported is found, and the index equals a new one."""
    with Knowledge.open(data) as knowledge:
        knowledge.ledger.add_client("acme", "fr")
    for kill in range(kills):
        for number in range(FILES):
            (folder / f"{number}.md").write_text(body(number, kill))
        reports = 1 + 9 * kill % 64
        reported = killed_after(data, folder, reports)
        assert len(reported) >= reports
        with Knowledge.open(data) as knowledge:
            for name in reported:
                word = f"file{Path(name).stem}"
                found = knowledge.search(ACME, f"{word} version{kill}", limit=2)
                assert found[0].passage.path == name
                assert f"version{kill}" in found[0].passage.quote
            as_found = everything(knowledge)
            knowledge._index.drop(ACME)
            assert everything(knowledge) == as_found
            with knowledge.ledger._engine.connect() as connection:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    with Knowledge.open(data) as knowledge:
        report = ingest(knowledge, ACME, [folder])
        assert report.read + report.unchanged == FILES
        assert report.unchanged >= len(reported)
        found = knowledge.search(ACME, f"version{kills - 1}", limit=FILES + 1)
        assert len(found) == FILES


def test_killed_while_only_reading(data: Path, folder: Path) -> None:
    """Killing a process that only searches costs nothing: the shard is still trusted."""
    (folder / "a.md").write_text(body(1, 1))
    with Knowledge.open(data) as knowledge:
        knowledge.ledger.add_client("acme", "fr")
        ingest(knowledge, ACME, [folder])
        (folder / "a.md").write_text(body(1, 2))
        ingest(knowledge, ACME, [folder])
    code = CHILD.split("    print", maxsplit=1)[0] + (
        "    knowledge.search(acme, 'budget')\n"
        "    print('ready', flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    assert child.stdout.readline() == "ready\n"
    child.kill()
    child.communicate()
    with Knowledge.open(data) as knowledge:
        assert knowledge._index.revision(ACME) == knowledge.ledger.revision(ACME)
