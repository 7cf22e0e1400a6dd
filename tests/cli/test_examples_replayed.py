"""The recorded run of the inbox, in both languages, played again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("language", "house", "mail", "labels", "tape", "route", "said"),
    [
        ("en", "proposal", "mail.eml", "labels.csv", "tape.jsonl", "new work", "GBP 640.00"),
        (
            *("fr", "proposal-fr", "courriel.eml", "labels-fr.csv", "tape-fr.jsonl"),
            *("nouveau projet", "850,00 EUR"),
        ),
    ],
)
def test_inbox(
    savoir: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    language: str,
    house: str,
    mail: str,
    labels: str,
    tape: str,
    route: str,
    said: str,
) -> None:
    """A mail is routed and answered as a language model did once, and waits for a person."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAVOIR_REVIEWER", "ann")
    monkeypatch.setenv("SAVOIR_LANGUAGE", language)
    inbox = EXAMPLES / "inbox"
    savoir("init")
    savoir("client", "add", "house", "--language", language)
    savoir("ingest", "house", EXAMPLES / house / "house")
    savoir("review", "house", "--accept-all")
    savoir("mail", "fetch", "house", inbox / mail)
    savoir("mail", "learn", "house", "--from", inbox / labels)
    monkeypatch.setenv("SAVOIR_MODEL_MODE", "replay")
    monkeypatch.setenv("SAVOIR_MODEL_NAME", "language-model")
    monkeypatch.setenv("SAVOIR_MODEL_TAPE", str(inbox / tape))
    (found,) = json.loads(savoir("mail", "triage", "house", "--json").out)
    told = savoir("mail", "answer", "house", found["mail"], "--json")
    (approval,) = json.loads(told.out)["approvals"]
    request = json.loads(savoir("show", approval, "--json").out)["request"]
    assert request["notes"]["route"] == route
    assert said in request["action_requests"][0]["args"]["text"]
    (promise,) = json.loads(savoir("mail", "promises", "house", "--json").out)
    assert promise["by"] == "2026-03-20"
