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
        told = ["author: Ana", "author: Bo Lemoine\nchannel: radio"][month - 1]
        front = f"---\ndate: 2025-0{month}-01\nkind: note\n{told}\n---\n"
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
        (("--kind", "note"), ["budget.md", "campagne.md"]),
        (("--author", "ana"), ["budget.md"]),
        (("--author", "LÉMOINE bo"), ["campagne.md"]),
        (("--channel", "Radio"), ["campagne.md"]),
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
        (("--kind", "notes"), "of the kind notes; there are: note"),
        (("--kind", "note", "--kind", "item"), "of the kind item; there are: note"),
        (("--author", "Lemoin"), "of the author Lemoin; there are: Bo Lemoine, Ana"),
        (("--channel", "radios"), "of the channel radios; there are: radio"),
        (
            ("--since", "2025-02-01", "--until", "2025-01-01"),
            "no day is both from 2025-02-01 on and up to 2025-01-01",
        ),
    ],
)
def test_conditions_that_are_none(shop: Savoir, options: tuple[str, ...], told: str) -> None:
    """A date that is none is refused, and so is a value that no source has, or a lack of days."""
    said = shop("ask", "acme", "budget", *options)
    assert said.code != 0
    assert told in said.err


@pytest.mark.parametrize("question", ["", "  ", "?!"])
def test_a_question_without_words(shop: Savoir, question: str) -> None:
    """What asks nothing is refused: it is no question that nothing answers."""
    said = shop("ask", "acme", question)
    assert said.code == 2
    assert "no words" in said.err


def test_sources_by_what_none_has(shop: Savoir) -> None:
    """The list of sources refuses the same values."""
    assert "there are: note" in shop("sources", "acme", "--kind", "item").err
    assert "budget.md" in shop("sources", "acme", "--author", "ana").out


def test_places(shop: Savoir, tmp_path: Path) -> None:
    """What is found says where in its file it stands, when it is from, and who has a copy."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "tarifs.csv").write_text("prestation,prix\naffiche,450\n")
    mail = (
        "From: Zoé <z@x.example>\nDate: Thu, 20 Mar 2025 08:00:00 +0100\nSubject: a\n\nOui, 48 h.\n"
    )
    (tmp_path / "one" / "m.eml").write_text(mail, "utf-8")
    assert shop("ingest", "acme", tmp_path / "one", tmp_path / "two").code == 0
    [found] = json.loads(shop("ask", "acme", "affiche", "--json").out)
    [copy] = found["also"]
    assert sorted([found["source"], copy["source"]]) == ["tarifs.csv", "two/tarifs.csv"]
    assert (found["place"], copy["place"]) == ("row 2", "row 2")
    told = shop("ask", "acme", "affiche").out
    assert f"also in {copy['source']} [{copy['start']}–{copy['end']}], row 2\n" in told
    [first, *_rest] = shop("ask", "acme", "48 h").out.splitlines()
    assert "body · Mar 20, 2025 · Zoé  (" in first
    [body, *_rest] = json.loads(shop("ask", "acme", "48 h", "--json").out)
    assert (body["author"], body["channel"], body["also"]) == ("Zoé", "email", [])


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


@pytest.mark.parametrize(
    ("question", "doubtful"), [("the budget of May", False), ("parachute wholesale", True)]
)
def test_doubt(shop: Savoir, tmp_path: Path, question: str, doubtful: bool) -> None:  # noqa: FBT001
    """What shares little with the question is shown with a word of doubt before it."""
    lines = "\n\n".join(f"Page {n}. The budget of May has a whole line." for n in range(140))
    (tmp_path / "book.md").write_text(lines, "utf-8")
    (tmp_path / "long.md").write_text("\n\n".join(f"# P{n}\n\nNote {n}." for n in range(140)))
    assert shop("ingest", "acme", tmp_path / "book.md", tmp_path / "long.md").code == 0
    said = shop("ask", "acme", question).out
    assert ("share little with the question" in said) is doubtful
    assert ("1. " in said.splitlines()[0]) is not doubtful
    (first, *_others) = json.loads(shop("ask", "acme", question, "--json").out)
    assert (first["share"] < 0.16) is doubtful
