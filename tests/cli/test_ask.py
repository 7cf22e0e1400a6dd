"""`savoir ask` and `savoir tune retrieval` at the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.workspace import Workspace

Savoir = Callable[..., Any]


@pytest.fixture
def shop(workspace: Workspace, savoir: Savoir, tmp_path: Path) -> Savoir:
    """`savoir` in a workspace with a client and two dated notes."""
    folder = tmp_path / "notes"
    folder.mkdir()
    for month, word in enumerate(["budget", "campagne"], start=1):
        front = f"---\ndate: 2025-0{month}-01\nkind: note\n---\n"
        (folder / f"{word}.md").write_text(f"{front}\nLe {word} du client est prêt.\n", "utf-8")

    def call(*arguments: str | Path) -> Any:
        return savoir("-w", workspace.folder, *arguments)

    call("client", "add", "acme")
    call("ingest", "acme", folder)
    return call


def paths(shop: Savoir, *arguments: str) -> list[str]:
    """What `savoir ask` finds for both notes' words."""
    said = shop("ask", "acme", "budget campagne client", "--json", *arguments)
    assert said.code == 0, said.err
    return sorted(each["source"].split("/")[-1] for each in json.loads(said.out))


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), ["budget.md", "campagne.md"]),
        (("--since", "2025-02-01"), ["campagne.md"]),
        (("--until", "2025-01-31"), ["budget.md"]),
        (("--as-of", "2025-01-15"), ["budget.md"]),
        (("--as-of", "2025-12-31", "--known", "2001-01-01"), []),
        (("--as-of", "2025-12-31", "--known", "2999-01-01"), ["budget.md", "campagne.md"]),
        (("--kind", "item"), []),
        (("--kind", "note", "--kind", "item"), ["budget.md", "campagne.md"]),
        (("--author", "Ana"), []),
        (("--channel", "mail"), []),
    ],
)
def test_conditions(shop: Savoir, options: tuple[str, ...], found: list[str]) -> None:
    """Each option keeps to what it names."""
    assert paths(shop, *options) == found


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--since", "soon"), "'soon' is not a date such as 2025-03-01"),
        (("--known", "2025-01-01"), "--known needs --as-of"),
    ],
)
def test_conditions_that_are_none(shop: Savoir, options: tuple[str, ...], told: str) -> None:
    """A date that is none is refused, and so is a moment without a day."""
    said = shop("ask", "acme", "budget", *options)
    assert said.code != 0
    assert told in said.err


def test_reasons(shop: Savoir) -> None:
    """With --explain a score has its reasons, for people and for programs."""
    told = shop("ask", "acme", "budget", "--explain", "--limit", "1")
    assert "French stem" in told.out
    assert "usual here: 16" in told.out
    [found] = json.loads(shop("ask", "acme", "budget", "--explain", "--limit", "1", "--json").out)
    given = sum(each["own"] + each["near"] for each in found["why"]["terms"])
    assert given == pytest.approx(found["score"], abs=1e-3)
    assert "why" not in json.loads(shop("ask", "acme", "budget", "--json").out)[0]


def test_tuning_refuses(shop: Savoir, tmp_path: Path) -> None:
    """Two questions cannot tell anything; the answer says how many could."""
    questions = tmp_path / "q.jsonl"
    path = json.loads(shop("ask", "acme", "budget", "--json").out)[0]["source"]
    questions.write_text(json.dumps({"text": "budget", "sources": [path]}), encoding="utf-8")
    said = shop("tune", "retrieval", "acme", "--queries", questions)
    assert said.code == 0, said.err
    assert "1 question cannot tell. About 20 could." in said.out
    told = json.loads(shop("tune", "retrieval", "acme", "--queries", questions, "--json").out)
    assert (told["changed"], told["needed"], told["settings"]["near"]) == (False, 20, 0.3)
    assert shop("tune", "retrieval", "acme").code != 0
    assert "as any other" in shop("tune", "retrieval", "acme", "--reset").out
