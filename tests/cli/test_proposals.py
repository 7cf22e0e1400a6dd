"""`savoir run proposal`: on a document, and as it was recorded with a language model."""

import json
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import yaml

from savoirfaire.tools.documents import Cover, to_docx

EXAMPLES = Path(__file__).parents[2] / "examples"
BRIEF = "# Site\n\nThe supplier shall provide a website by 4 May 2027.\n\nIt must be quick.\n"


@pytest.fixture(autouse=True)
def _office(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A workspace of its own, somebody who decides, and no other program."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SAVOIR_REVIEWER", "ann")


def mail(path: Path, attached: bytes) -> None:
    """A mail with a Word document."""
    message = EmailMessage()
    message["From"], message["Subject"] = "theatre@example.org", "Our brief"
    message["Message-ID"], message["Date"] = "<1@example.org>", "Mon, 20 Apr 2026 10:00:00 +0200"
    message.set_content("Please see the document.\n")
    message.add_attachment(
        attached,
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.wordprocessingml.document",
        filename="brief.docx",
    )
    path.write_bytes(bytes(message))


def test_on_a_document(savoir: Callable[..., Any], tmp_path: Path) -> None:
    """A brief is all that it takes: it is read in, its attachment where that asks for more."""
    savoir("init")
    savoir("client", "add", "acme")
    (tmp_path / "brief.md").write_text(BRIEF)
    mail(tmp_path / "mail.eml", to_docx(BRIEF, Cover("Site")))
    for name, path in (("brief.md", "brief.md"), ("mail.eml", "mail.eml!/brief.docx")):
        said = savoir("run", "proposal", "--client", "acme", "--input", name, "--json")
        begun = json.loads(said.out)
        assert begun["status"] == "waiting", said.err
        shown = json.loads(savoir("show", *begun["approvals"], "--json").out)
        sheet = shown["request"]["action_requests"][0]["args"]["markdown"]
        assert "4 May 2027" in sheet
        assert "It must be quick." in sheet
        runs = json.loads(savoir("runs", "--json").out)
        assert path in {each["request"]["brief"] for each in runs}
    refused = savoir("run", "proposal", "--client", "acme", "--input", tmp_path)
    assert "is a folder" in refused.err


@pytest.mark.parametrize(
    ("folder", "answered", "priced"),
    [("proposal", "2.2 level AA", "£23,412.00"), ("proposal-fr", "RGAA", "24\u202f612,60\u00a0€")],
)
def test_replayed(
    savoir: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    folder: str,
    answered: str,
    priced: str,
) -> None:
    """What a language model wrote once is played again: nothing taken out, every must answered."""
    example = EXAMPLES / folder
    request = yaml.safe_load((example / "request.yaml").read_text(encoding="utf-8"))
    savoir("init")
    for client in ("house", "theatre"):
        savoir("client", "add", client, "--language", request["language"])
    savoir("ingest", "house", example / "house")
    savoir("review", "house", "--accept-all")
    savoir("ingest", "theatre", example / request["brief"])
    monkeypatch.setenv("SAVOIR_MODEL_MODE", "replay")
    monkeypatch.setenv("SAVOIR_MODEL_NAME", "language-model")
    monkeypatch.setenv("SAVOIR_MODEL_TAPE", str(EXAMPLES / "tapes" / f"{folder}.jsonl"))
    begun = json.loads(
        savoir("run", "proposal", "-c", "theatre", "-i", example / "request.yaml", "--json").out
    )
    after = savoir("decide", *begun["approvals"], "approve", "--json")
    approval = begun["approvals"][0].replace("-go-", "-send-")
    shown = savoir("show", approval, "--json")
    assert shown.code == 0, after.err
    request_ = json.loads(shown.out)["request"]
    text, notes = request_["action_requests"][0]["args"]["markdown"], request_["notes"]
    assert (notes["model"], notes["taken out"], notes["not answered"]) == ("replay", [], [])
    assert answered in text
    assert priced in text
