"""`savoir mail` and `savoir panel`: what an account team types, from a mail to its route."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.workspace import Workspace

Savoir = Callable[..., Any]
MAIL = """From: Dora <dora@example.com>
To: Team <team@agency.example>
Subject: {subject}
Message-ID: <{n}@example.com>
Date: Mon, 02 Mar 2026 10:00:00 +0000

{body}
"""
LABELS = "text,category\n" + "".join(
    f"{words} {extra},{route}\n"
    for route, words in (("facture", "facture montant paiement"), ("maquette", "maquette logo"))
    for extra in ("svp", "merci", "bonjour", "urgent", "vite", "encore")
)


@pytest.fixture(autouse=True)
def _here(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in the workspace; log nothing."""
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setenv("SAVOIR_LOG_LEVEL", "error")


def test_from_mail_to_route(savoir: Savoir, tmp_path: Path) -> None:
    """Mail comes in once, is routed by what was learned, corrected, and learned from again."""
    folder = tmp_path / "in"
    folder.mkdir()
    said = [("Facture", "La facture, avant le 12 mars 2026."), ("Parking", "Un badge ?")]
    for n, (subject, body) in enumerate(said):
        text = MAIL.format(n=n, subject=subject, body=body)
        (folder / f"{n}.eml").write_text(text, encoding="utf-8")
    (tmp_path / "labels.csv").write_text(LABELS, encoding="utf-8")
    assert savoir("client", "add", "acme").code == 0
    assert json.loads(savoir("mail", "fetch", "acme", folder, "--json").out)["new"] == 2
    assert json.loads(savoir("mail", "fetch", "acme", folder, "--json").out)["known"] == 2
    assert "Nothing was learned yet" in savoir("mail", "triage", "acme").out
    learned = savoir("mail", "learn", "acme", "--from", tmp_path / "labels.csv", "--json")
    assert json.loads(learned.out)["status"] == "active", learned.err
    found = {each["subject"]: each for each in _mails(savoir)}
    assert found["Facture"]["best"] == "facture"
    assert found["Facture"]["deadline"] == "2026-03-12"
    assert found["Facture"]["answers"] == "team@agency.example"
    assert found["Parking"]["route"] == "unknown"
    assert len({each["thread"] for each in found.values()} - {""}) == 2
    mail = found["Parking"]["mail"]
    refused = savoir("mail", "correct", "acme", mail, "factures")
    assert refused.code == 1
    assert "facture?" in refused.err
    assert savoir("mail", "correct", "acme", mail, "accueil", "--new").code == 0
    assert savoir("mail", "correct", "acme", "s000000000000", "accueil").code == 1
    again = json.loads(savoir("mail", "learn", "acme", "--json").out)
    assert (again["number"], again["routes"]) == (2, 3)
    (corrected,) = [each for each in _mails(savoir) if each["by"] == "person"]
    assert (corrected["route"], corrected["subject"]) == ("accueil", "Parking")
    listed = savoir("mail", "routes", "acme")
    assert "accueil" in listed.out


def _mails(savoir: Savoir) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(savoir("mail", "triage", "acme", "--json").out)
    return found


def test_a_forgotten_client_leaves_no_model(savoir: Savoir, workspace: Workspace) -> None:
    """With the client goes what was learned for it, with any source the embeddings of its mail."""
    Path("labels.csv").write_text(LABELS, encoding="utf-8")
    assert savoir("client", "add", "acme").code == 0
    assert savoir("mail", "learn", "acme", "--from", "labels.csv").code == 0
    (workspace.data / "triage" / "acme" / "meanings-0a.npz").touch()
    Path("note.md").write_text("A note.", encoding="utf-8")
    assert savoir("ingest", "acme", "note.md").code == 0
    assert savoir("forget", "acme", "--source", "note.md", "--yes").code == 0
    kept = {each.name for each in (workspace.data / "triage" / "acme").iterdir()}
    assert kept == {"v0001.npz", "versions.json"}
    assert savoir("forget", "acme", "--client", "--yes").code == 0
    assert not (workspace.data / "triage" / "acme").exists()


def test_panel_page(savoir: Savoir, tmp_path: Path) -> None:
    """The report is one page that fetches nothing, and no word of a file becomes markup."""
    answers = [{"vote": 1 + n % 3, "words": "<script>alert(1)</script> so so"} for n in range(30)]
    (tmp_path / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    page = tmp_path / "report.html"
    told = savoir("panel", "report", tmp_path / "answers.json", "--html", page)
    assert told.code == 0, told.err
    assert "directional only" in told.out
    text = page.read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert "http" not in text.replace("http-equiv", "")
    assert "<svg" in text
