"""`savoir brand`: the Brand OS of a client as a page, as Markdown and as JSON."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from savoirfaire.cli.brandmarkdown import escaped
from savoirfaire.cli.brandmodel import sparkline
from savoirfaire.cli.workspace import create_workspace
from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger, Source
from savoirfaire.knowledge.readers import markdown, table
from savoirfaire.knowledge.readers.document import Limits
from savoirfaire.knowledge.schema import records
from savoirfaire.workspace import Workspace

EXAMPLES = Path(__file__).parents[2] / "examples"
Savoir = Callable[..., Any]
HOSTILE = (
    "---\nrecord: win\nwhat: '[click](https://evil.example) <b>x</b> | y'\n---\n"
    "## Context\n\n1. no list\n\n## Result\n\n`\x1b[31mred` [^1]: no note\n"
)
RESULTS = b"date,channel,opens,open rate\n2025-01-06,mail,1200,24.5%\n2025-01-13,mail,1300,26.5%\n"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with one client, of whom a note and a table of results are known."""
    made = create_workspace(tmp_path_factory.mktemp("brand") / "workspace")
    ledger = Ledger(open_database(made.ledger))
    scope = ledger.add_client("acme", "en")
    for path, read in (
        ("note.md", markdown.read(HOSTILE.encode(), Limits())),
        ("mail.csv", table.read(RESULTS, Limits())),
    ):
        places = [asdict(each) for each in read.locators]
        source = Source(path, read.kind, "", None, None, "0", read.text, (), places)
        ledger.put(scope, [source])
    BrandOS(ledger.engine).fill(scope)
    ledger.close()
    return made


@pytest.fixture
def acme(savoir: Savoir, filled: Workspace) -> Callable[..., Any]:
    """Call `savoir brand acme` there."""
    return lambda *more: savoir("-w", filled.folder, "brand", "acme", *more)


def test_a_record_that_cannot_be_read(workspace: Workspace, savoir: Savoir) -> None:
    """One bad record is named, with its id; the page shows the others as ever."""
    ledger = Ledger(open_database(workspace.ledger))
    scope, brand_os = ledger.add_client("acme", "en"), BrandOS(ledger.engine)
    made = [
        brand_os.propose(acme, "industry", {"name": name}, citations=(), author="kim")
        for acme, name in ((scope, "bakery"), (scope, "fishing"))
    ]
    for each in made:
        brand_os.accept(scope, each.id, by="kim")
    with ledger.engine.begin() as connection:
        spoilt = update(records).where(records.c.id == made[0].id).values(data={"x": 1})
        connection.execute(spoilt)
    ledger.close()
    for more in ((), ("--markdown",)):
        said = savoir("-w", workspace.folder, "brand", "acme", *more)
        assert (said.code, said.err) == (0, "")
        assert made[0].id in said.out
        assert "fishing" in said.out
    told = json.loads(savoir("-w", workspace.folder, "brand", "acme", "--json").out)
    assert told["unreadable"] == [{"id": made[0].id, "kind": "industry"}]


def test_rules(workspace: Workspace, savoir: Savoir) -> None:
    """A client with a checked rule has a page, with the rule, its level and its reason."""
    ledger = Ledger(open_database(workspace.ledger))
    scope, brand_os = ledger.add_client("acme", "en"), BrandOS(ledger.engine)
    body = "extends: existence\nmessage: '%s'\ntokens: [webinar]\n"
    data = {"name": "words", "body": body, "level": "error", "reason": "Their own word."}
    made = brand_os.propose(scope, "rule", data, citations=(), author="kim")
    brand_os.accept(scope, made.id, by="kim")
    ledger.close()
    for more in ((), ("--markdown",)):
        said = savoir("-w", workspace.folder, "brand", "acme", *more)
        assert (said.code, said.err) == (0, "")
        assert "Checked rules" in said.out
        assert "words: error · Their own word." in said.out.replace("*", "")


def test_page(acme: Savoir) -> None:
    """The page has the results with their place, what waits, what is missing, and what to do."""
    said = acme()
    assert (said.code, said.err) == (0, "")
    assert "open rate" in said.out
    assert "+2 pts" in said.out
    assert "mail.csv, row 3," in said.out
    assert "savoir review acme" in said.out
    assert "No competitor is recorded." in said.out
    assert "\x1b" not in said.out


@pytest.mark.parametrize("width", ["40", "60", "100", "200"])
def test_width(acme: Savoir, width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is no wider than the terminal, but for a word that is."""
    monkeypatch.setenv("COLUMNS", width)
    lines = acme().out.splitlines()
    assert max(len(line.rstrip()) for line in lines) <= max(int(width), 40)
    assert any("24" in line or "26.5 %" in line for line in lines)


def test_markdown(acme: Savoir) -> None:
    """Markdown has tables and footnotes, and what a source wrote stays words there."""
    out = acme("--markdown").out
    assert "| channel | metric |" in out
    assert "[^1]: mail.csv, row 3, " in out
    assert r"\[click\](https\://evil.example) \<b\>x\</b\> \| y" in out
    assert "](https://evil" not in out.replace(r"\](", "")
    numbers = {line.split("]")[0] for line in out.splitlines() if line.startswith("[^")}
    assert all(out.count(f"{number}]") >= 2 for number in numbers)


def test_json(acme: Savoir) -> None:
    """JSON has every record with its citations, the proposals, and what is missing."""
    told = json.loads(acme("--json").out)
    assert [each["data"]["metric"] for each in told["records"]] == ["open_rate", "opens"]
    assert [each["kind"] for each in told["proposed"]] == ["win"]
    assert told["records"][0]["citations"][0]["quote"] == "24.5%"
    assert {"what", "kind", "said", "advice", "command"} <= told["missing"][0].keys()
    assert set(told["sources"].values()) == {"note.md", "mail.csv"}


def test_known_then(acme: Savoir) -> None:
    """What was not yet known is not on the page of an earlier day."""
    told = json.loads(acme("--json", "--as-of", "2025-06-01", "--known", "2020-01-01").out)
    assert (told["records"], told["proposed"]) == ([], [])
    assert told["as_of"] == {"valid": "2025-06-01", "known": "2020-01-01T23:59:59.999Z"}


@pytest.mark.parametrize(
    "more", [["--as-of", "yesterday"], ["--known", "2025-02-30"], ["--known", "x" * 10]]
)
def test_no_date(acme: Savoir, more: list[str]) -> None:
    """What is no date is refused in a sentence."""
    said = acme(*more)
    assert said.code == 1
    assert f"'{more[1]}' is not a date such as 2025-03-01" in said.err


def test_unknown_client(savoir: Savoir, filled: Workspace) -> None:
    """A client that is not there is named, with the nearest one."""
    said = savoir("-w", filled.folder, "brand", "acne")
    assert said.code == 1
    assert "acme" in said.err


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([1, 2, 3], "▁▅█"),
        ([5, 5], "▄▄"),
        ([1], "▄"),
        ([-1, 1], "▁█"),
        (list(range(1000)), "▁▁▂▂▃▃▃▄▄▅▅▆▆▆▇▇██"),
    ],
)
def test_sparkline(values: list[float], bars: str) -> None:
    """A series is drawn between its least and its greatest value, a long one by means."""
    assert sparkline(values) == bars


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("# a", "\\# a"),
        ("- a", "\\- a"),
        ("1. a", "1\\. a"),
        ("2025) a", "2025\\) a"),
        ("~~~ a", "\\~~~ a"),
        ("a - 1. ~~~ b", "a - 1. ~~~ b"),
        ("http://a.b, www.c.d", "http\\://a.b, www\\.c.d"),
        ("a\n\n# b", "a # b"),
        ("[^1]: x", r"\[^1\]: x"),
        ("---", "\\---"),
    ],
)
def test_escaped(words: str, shown: str) -> None:
    """Words from a source make no Markdown of their own."""
    assert escaped(words) == shown


@pytest.mark.parametrize("client", ["optech", "optech-fr"])
def test_demo_client(savoir: Savoir, workspace: Workspace, client: str) -> None:
    """The demo's client has a page worth showing: voice, audience, results, editions, proposals."""
    tongue = "fr" if client.endswith("fr") else "en"
    savoir("-w", workspace.folder, "client", "add", client, "--language", tongue)
    assert savoir("-w", workspace.folder, "ingest", client, EXAMPLES / client).code == 0
    told = json.loads(savoir("-w", workspace.folder, "brand", client, "--json").out)
    kinds = [each["kind"] for each in told["records"]]
    assert kinds.count("past_edition") == 12
    assert kinds.count("channel_performance") == 9
    assert {"brand_voice", "audience_persona"} < set(kinds)
    proposed = {each["kind"] for each in told["proposed"]}
    assert proposed == {"audience_persona", "industry", "win", "fail", "process_step"}
    weekly = [each for each in told["records"] if len(each["data"].get("points", ())) > 50]
    assert len(weekly) == 3
    # What is counted in the folder is what its table says of the same editions.
    editions = {
        each["data"]["date"]: each["data"]["words"]
        for each in told["records"]
        if each["kind"] == "past_edition"
    }
    (words,) = [each for each in weekly if each["data"]["metric"] == "words"]
    table = {point["date"]: point["value"] for point in words["data"]["points"]}
    assert {day: table[day] for day in editions} == editions
