"""The command line as an account team uses it, from files to a published edition."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.workspace import Workspace
from tests.cli.conftest import Ingested

Savoir = Callable[..., Any]

ITEM = """---
title: A workshop on rye bread
---
The bakery opens a workshop on rye bread on 4 May 2026. It lasts 3 hours and takes 12 people.
"""
EDITION = """---
title: Letter 11
date: 2026-04-04
---
## News

- **Sourdough:** The bakery opened a workshop on sourdough bread. It took 10 people.
"""
REQUEST = """
title: Letter 12
date: 2026-05-04
language: en
items: [items]
brief: One item.
"""


@pytest.fixture
def studio(workspace: Workspace, ingested: Ingested) -> Path:
    """A workspace with one client whose files are ingested; the current folder."""
    ingested({"items/rye.md": ITEM, "past/2026-04-04.md": EDITION}, REQUEST)
    return workspace.folder


def started(savoir: Savoir) -> dict[str, Any]:
    """Start the newsletter and stop at its gate."""
    said = savoir("run", "newsletter", "-c", "acme", "-i", "request.yaml", "--detach", "--json")
    assert said.code == 0, said.err
    told: dict[str, Any] = json.loads(said.out)
    return told


def test_ingest_reports_what_it_did(savoir: Savoir, studio: Path, tmp_path: Path) -> None:
    """The report counts what was read, what was unchanged, and names what failed."""
    assert studio
    (tmp_path / "files" / "empty.md").write_text("", encoding="utf-8")
    said = savoir("ingest", "acme", tmp_path / "files", "--json")
    report = json.loads(said.out)
    assert said.code == 1
    assert (report["read"], report["unchanged"]) == (0, 2)
    assert [each["path"] for each in report["failed"]] == ["empty.md"]
    assert set(report) >= {"read", "unchanged", "failed", "passages", "seconds"}


def test_ask_quotes_the_stored_text(savoir: Savoir, studio: Path, tmp_path: Path) -> None:
    """A quote is the text of its source at its span."""
    assert studio
    found = json.loads(savoir("ask", "acme", "workshop rye", "--json").out)
    text = (tmp_path / "files" / found[0]["source"]).read_text(encoding="utf-8")
    assert found[0]["source"] == "items/rye.md"
    assert text[found[0]["start"] : found[0]["end"]] == found[0]["quote"]


def test_run_waits_then_publishes_what_was_approved(savoir: Savoir, studio: Path) -> None:
    """A run stops at its gate, and an approval publishes what was shown."""
    told = started(savoir)
    assert told["status"] == "waiting"
    (approval,) = told["approvals"]
    assert approval in savoir("inbox").out
    assert "workshop on rye bread" in savoir("show", approval).out
    decided = json.loads(savoir("decide", approval, "approve", "--json").out)
    assert decided["status"] == "completed"
    published = [studio / "data" / "outbox" / path for path in decided["published"]]
    assert sorted(path.suffix for path in published) == [".eml", ".html", ".md"]
    markdown = next(path for path in published if path.suffix == ".md").read_text("utf-8")
    assert "takes 12 people.[^1]" in markdown


def test_citations_resolve_to_spans(savoir: Savoir, studio: Path) -> None:
    """Each footnote of a published edition is a span that its source still has."""
    assert studio
    told = started(savoir)
    savoir("decide", told["approvals"][0], "approve")
    shown = json.loads(savoir("show", told["run"], "--json").out)
    assert shown["citations"]
    assert all(each["resolved"] for each in shown["citations"])


def test_a_second_decision_is_a_conflict(savoir: Savoir, studio: Path) -> None:
    """Who decides second is told who decided first, when and what."""
    assert studio
    (approval,) = started(savoir)["approvals"]
    assert savoir("decide", approval, "reject", "--reason", "off topic").code == 0
    said = savoir("decide", approval, "approve")
    assert said.code == 1
    assert re.search(r"decided .* at \d{4}-.*: reject", said.err)


def test_an_edit_is_what_is_published_and_learned(savoir: Savoir, studio: Path) -> None:
    """The edited text is published as it is, and shown with its lesson in the next request."""
    (approval,) = started(savoir)["approvals"]
    Path("mine.md").write_text("# Letter 12\n\nRye it is.\n", encoding="utf-8")
    said = savoir("decide", approval, "edit", "-f", "mine.md", "-r", "shorter", "--json")
    (markdown,) = [p for p in json.loads(said.out)["published"] if p.endswith(".md")]
    assert (studio / "data" / "outbox" / markdown).read_text("utf-8").endswith("Rye it is.\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ask", "acne", "bread"), "there is no client acne → acme?"),
        (("run", "newslettre", "-c", "acme", "-i", "request.yaml"), "newslettre → newsletter?"),
        (("run", "newsletter", "-c", "acme", "-i", "none.yaml"), "none.yaml cannot be read"),
        (("show", "newsletter-zzzzzz"), "there is no run or approval newsletter-zzzzzz"),
        (("resume", "nothing"), "there is no run nothing"),
        (("decide", "nothing", "approve"), "there is no approval nothing"),
        (("client", "add", "Not A Name"), "cannot name a client"),
        (("client", "add", "acme"), "there is already a client acme"),
    ],
)
def test_unknown_names(
    savoir: Savoir, studio: Path, arguments: tuple[str, ...], words: str
) -> None:
    """A name that is not known gets an error with the nearest ones, and exit code 1."""
    assert studio
    said = savoir(*arguments)
    assert said.code == 1
    assert words in said.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no request"),
        ("- a\n- b\n", "holds no request"),
        ("title: [", "is not valid YAML"),
        ("title: x\ndate: soon\nlanguage: en\nitems: [items]\n", "date:"),
        ("title: x\ndate: 2026-05-04\nlanguage: en\nitems: [items]\ncolour: red\n", "colour:"),
        ("title: x\ndate: 2026-05-04\nlanguage: de\nitems: [items]\n", "language:"),
    ],
)
def test_bad_requests(savoir: Savoir, studio: Path, text: str, words: str) -> None:
    """A request the graph cannot take is refused with the key that is wrong."""
    assert studio
    Path("bad.yaml").write_text(text, encoding="utf-8")
    said = savoir("run", "newsletter", "-c", "acme", "-i", "bad.yaml", "--detach")
    assert said.code == 1
    assert words in said.err


def test_a_run_without_its_items_needs_attention_and_resumes(
    savoir: Savoir, studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run whose items are missing parks with the reason, and goes on once they are there."""
    assert studio
    Path("later.yaml").write_text(REQUEST.replace("[items]", "[late]"), encoding="utf-8")
    said = savoir("run", "newsletter", "-c", "acme", "-i", "later.yaml", "--detach", "--json")
    told = json.loads(said.out)
    assert (said.code, told["status"]) == (1, "needs_attention")
    assert "late" in told["reason"]
    assert told["reason"] in savoir("runs").out
    with monkeypatch.context() as french:
        french.setenv("SAVOIR_LANGUAGE", "fr")
        said = savoir("runs")
        assert "late" in said.out
        assert told["reason"] not in said.out
    late = tmp_path / "more" / "late"
    late.mkdir(parents=True)
    (late / "rye.md").write_text(ITEM, encoding="utf-8")
    savoir("ingest", "acme", tmp_path / "more", "--kind", "item")
    resumed = json.loads(savoir("resume", told["run"], "--json").out)
    assert resumed["status"] == "waiting"


def test_graphs_are_listed_and_drawn(savoir: Savoir) -> None:
    """Graphs are found by entry point, and drawn without a workspace or a model."""
    assert "newsletter" in savoir("graphs").out
    drawn = savoir("graphs", "--draw", "newsletter").out
    assert "plan_publish --> gate_publish" in drawn


def test_french_workspace_speaks_french(savoir: Savoir, studio: Path) -> None:
    """Messages are in the workspace's language."""
    file = studio / "savoir.toml"
    file.write_text(file.read_text("utf-8").replace('language = "en"', 'language = "fr"'), "utf-8")
    assert savoir("inbox").out == "Rien n’attend de décision.\n"


def test_a_rejected_run_says_so(savoir: Savoir, studio: Path) -> None:
    """A run that ended with a rejection is not shown like a published one."""
    assert studio
    told = started(savoir)
    savoir("decide", told["approvals"][0], "reject", "--reason", "off topic")
    assert "rejected, nothing was published" in savoir("runs").out
    assert "rejected, nothing was published" in savoir("show", told["run"]).out
