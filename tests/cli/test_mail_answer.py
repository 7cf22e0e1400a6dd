"""`savoir mail answer`, `starts` and `promises`: a mail, and the graph that its route starts."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.agents.triage.model import Guess
from savoirfaire.agents.triage.promising import promises
from savoirfaire.agents.triage.sorting import Mail, Sorted
from savoirfaire.agents.triage.starts import Starts
from savoirfaire.cli.mailtelling import undrafted
from savoirfaire.errors import TriageError
from savoirfaire.graphs.mailing.routing import inbox_requests
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.tools.mail.cues import cues
from savoirfaire.tools.mail.words import Said
from savoirfaire.workspace import Workspace

Savoir = Callable[..., Any]
CUES = cues("Hello.")
MAIL = """From: Dora <dora@example.com>
To: team@agency.example
Subject: {subject}
Message-ID: <{n}@example.com>
Date: Mon, 02 Mar 2026 10:00:00 +0000

{body}
"""
BODIES = (
    ("Our site", "The supplier must provide a website by 4 May 2027. It must be quick."),
    ("Photos", "I will send you the photos by 12 March 2026."),
)


@pytest.fixture(autouse=True)
def _here(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in the workspace; log nothing; somebody decides."""
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setenv("SAVOIR_LOG_LEVEL", "error")
    monkeypatch.setenv("SAVOIR_REVIEWER", "ann")


@pytest.mark.sweep
def test_each_mail_once(savoir: Savoir, tmp_path: Path) -> None:
    """A folder of mail is one batch, each mail has one run, and its route starts a proposal."""
    folder = tmp_path / "in"
    folder.mkdir()
    for n, (subject, body) in enumerate(BODIES):
        text = MAIL.format(n=n, subject=subject, body=body)
        (folder / f"{n}.eml").write_text(text, encoding="utf-8")
    savoir("client", "add", "acme")
    batch = savoir("batch", "inbox", "-c", "acme", "--items", folder, "--json")
    assert json.loads(batch.out)["counts"] == {"completed": 2}, batch.err
    again = savoir("batch", "inbox", "-c", "acme", "--items", folder, "--json")
    assert json.loads(again.out) == {"total": 0, "counts": {}}
    found = json.loads(savoir("mail", "triage", "acme", "--json").out)
    (tender,) = [each["mail"] for each in found if each["subject"] == "Our site"]
    assert savoir("mail", "correct", "acme", tender, "tender", "--new").code == 0
    assert savoir("mail", "starts", "acme", "tender").code == 2
    assert savoir("mail", "starts", "acme", "tendre", "proposal").code == 1
    assert savoir("mail", "starts", "acme", "tender", "proposal").code == 0
    told = savoir("mail", "answer", "acme", tender)
    assert "the mail asks nothing" in told.out, told.err
    text = MAIL.format(n=9, subject="Thanks", body="We love it.")
    (tmp_path / "thanks.eml").write_text(text, encoding="utf-8")
    savoir("mail", "fetch", "acme", tmp_path / "thanks.eml")
    assert "the mail asks nothing" in savoir("mail", "answer", "acme", "--all").out
    (proposal,) = json.loads(savoir("runs", "--graph", "proposal", "--json").out)
    assert proposal["status"] == "waiting"
    assert proposal["key"] == f"mail:{tender}"
    (promise,) = json.loads(savoir("mail", "promises", "acme", "--json").out)
    assert (promise["by"], promise["who"]) == ("2026-03-12", "Dora <dora@example.com>")


@pytest.mark.parametrize(
    ("route", "start", "answer"),
    [
        ("tender", "proposal", "if asked"),
        ("tender", "note", "never"),
        ("tender", "reply", "always"),
        ("unknown", "reply", "if asked"),
    ],
)
def test_what_the_inbox_is_asked(route: str, start: Any, answer: str) -> None:
    """Each mail is asked for, the oldest first, as its route says."""
    routed = [
        Sorted(
            replace(mail("Hello.", day), source=name), Guess(route, route, 1.0), CUES, "", "model"
        )
        for name, day in (("new", date(2026, 3, 2)), ("old", date(2026, 3, 1)))
    ]
    asked = inbox_requests(routed, routes=["tender"], starts={"tender": start}, language="en")
    assert [(each["mail"], each["answer"]) for each in asked] == [("old", answer), ("new", answer)]


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("Bonjour, où peut-on garer un camion ?", "fr"),
        ("Hello, do you have a dog?", "en"),
        ("Invoice 12", "fr"),
        ("", "fr"),
        ("Le devis est pour nous. The quote is for you.", "fr"),
    ],
)
def test_a_mail_is_answered_in_its_language(words: str, language: str) -> None:
    """A mail whose words tell its language is answered in it, any other in the client's."""
    routed = [Sorted(mail(words), Guess("a", "a", 1.0), CUES, "", "model")]
    (asked,) = inbox_requests(routed, routes=["a"], starts={}, language="fr")
    assert asked["language"] == language


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({}, ""),
        ({"draft": {"sentences": [{"text": "Yes."}]}}, ""),
        ({"draft": {"sentences": []}}, "nothing that is known answers it"),
        ({"draft": {"sentences": []}, "passages": [{}]}, "did not answer it"),
        ({"request": {"answer": "never"}}, "its route only notes"),
        ({"request": {"answer": "if asked"}}, "the mail asks nothing"),
        ({"request": {"answer": "if asked"}, "routed_by": "nobody"}, "No route"),
    ],
)
def test_why_there_is_no_reply(state: dict[str, Any], said: str) -> None:
    """A run that ends without a reply to decide on says why."""
    told = " ".join(undrafted({"route": "question", **state} if state else {}))
    assert said in told
    assert bool(told) == bool(said)


def mail(words: str, sent: date | None = date(2026, 3, 2)) -> Mail:
    """A mail that says this."""
    return Mail("s1", "a.eml", "Dora", "team", "", sent, "t", Said("Photos", words))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("I will send you the photos by 12 March 2026.", [("2026-03-12", "due")]),
        ("Nous vous enverrons la maquette avant le 4 mars 2026.", [("2026-03-04", "overdue")]),
        ("I will send you the photos.", [("", "undated")]),
        ("Please send the photos by 12 March 2026.", []),
    ],
)
def test_promises(words: str, found: list[tuple[str, str]]) -> None:
    """A promise has its day only where one is said, and is its writer's own."""
    passed_on = replace(mail(words), said=Said("Photos", words, forwarded=True))
    told = promises([mail(words), mail(words), passed_on], today=date(2026, 3, 5))
    assert [(each.by, each.standing) for each in told] == found


@pytest.mark.parametrize("text", ["{", "[]", '{"a": "burn it"}'])
def test_damaged_starts(tmp_path: Path, text: str) -> None:
    """A damaged list of what routes start is not read as an empty one."""
    engine = open_database(tmp_path / "ledger.db")
    scope = Ledger(engine).add_client("acme", "en")
    kept = Starts(engine, tmp_path)
    assert kept.put(scope, "tender", "proposal") == kept.of(scope)
    (tmp_path / "acme" / "starts.json").write_text(text, encoding="utf-8")
    with pytest.raises(TriageError, match="damaged"):
        kept.of(scope)
    engine.dispose()
