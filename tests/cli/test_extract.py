"""`savoir extract`: proposals from a client's sources, with a model, its recording, or none."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.workspace import Workspace

Savoir = Callable[..., Any]

EXAMPLES = Path(__file__).parents[2] / "examples"
EDITION = "past/2025-04-18-newsletter.md"
KINDS = ("--kind", "brand_voice", "--kind", "process_step", "--kind", "fail")


def ingested(savoir: Savoir, client: str, language: str) -> None:
    """Take an example's files in, as a client's."""
    assert savoir("client", "add", client, "--language", language).code == 0
    said = savoir("ingest", client, EXAMPLES / client)
    assert said.code == 0, said.err


@pytest.fixture(autouse=True)
def _here(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in the workspace; log nothing."""
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setenv("SAVOIR_LOG_LEVEL", "error")


@pytest.mark.parametrize(
    ("client", "language", "sources", "expected"),
    [
        ("optech", "en", ("STYLE.md", EDITION), ["brand_voice"] * 3 + ["fail"]),
        ("optech-fr", "fr", (EDITION,), ["fail"]),
    ],
)
def test_replay(
    workspace: Workspace,
    savoir: Savoir,
    monkeypatch: pytest.MonkeyPatch,
    client: str,
    language: str,
    sources: tuple[str, ...],
    expected: list[str],
) -> None:
    """A recorded model's replies become proposals, each word of them at its span; again, none."""
    ingested(savoir, client, language)
    monkeypatch.setenv("SAVOIR_MODEL_TAPE", str(EXAMPLES / "tapes" / f"{client}-extraction.jsonl"))
    named = [part for source in sources for part in ("--source", source)]
    said = savoir("extract", client, *named, *KINDS, "--model", "replay", "--json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert (told["status"], told["dropped"], told["left"]) == ("completed", [], 0)
    scope = ClientScope(client)
    with Knowledge.open(workspace.data) as knowledge:
        found = [knowledge.brand_os.get(scope, each) for each in told["proposed"]]
        assert sorted(each.kind for each in found) == expected
        for record in found:
            assert (record.status, record.author) == ("proposed", told["author"])
            assert record.citations
            for each in record.citations:
                assert each.start is not None
                text = knowledge.ledger.text(scope, each.source)
                assert text[each.start : each.end] == each.quote
    again = savoir("extract", client, *named, *KINDS, "--model", "replay", "--json")
    assert (json.loads(again.out)["parts"], json.loads(again.out)["proposed"]) == (0, [])


def test_a_tape_without_the_question(savoir: Savoir, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another question than the recorded one is a miss, which parks the run and says so."""
    ingested(savoir, "optech", "en")
    monkeypatch.setenv("SAVOIR_MODEL_TAPE", str(EXAMPLES / "tapes" / "optech-extraction.jsonl"))
    said = savoir("extract", "optech", "--source", "STYLE.md", "--model", "replay")
    assert said.code == 1
    assert "role extractor, node extract" in said.err


@pytest.mark.parametrize("options", [("--json",), ()])
def test_without_a_model(workspace: Workspace, savoir: Savoir, options: tuple[str, ...]) -> None:
    """Without a model structured files fill records, and the role says why it reads no text."""
    assert savoir("client", "add", "acme").code == 0
    Path("brand.toml").write_text(
        '[brand]\nname = "Acme"\nlanguage = "en"\nvoice = "Plain and warm."\n', encoding="utf-8"
    )
    assert savoir("ingest", "acme", "brand.toml").code == 0
    said = savoir("extract", "acme", *options)
    assert said.code == 0, said.err
    if options:
        told = json.loads(said.out)
        assert told["proposed"] == []
        assert told["abstained"] == "role extractor needs a language model"
    else:
        assert "Free text was not read: role extractor needs a language model" in said.err
        assert "Set model.base_url" in said.err
    with Knowledge.open(workspace.data) as knowledge:
        kinds = {each.kind for each in knowledge.brand_os.list(ClientScope("acme"))}
    assert "brand_voice" in kinds


def test_what_cannot_be_asked(savoir: Savoir, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client, source or kind that there is not is named with the nearest; nothing is asked."""
    monkeypatch.setenv("SAVOIR_MODEL_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("SAVOIR_MODEL_NAME", "m")
    assert savoir("client", "add", "acme").code == 0
    Path("notes.md").write_text("Words.", encoding="utf-8")
    assert savoir("ingest", "acme", "notes.md").code == 0
    for options, reason in (
        (("acne",), "there is no client acne"),
        (("acme", "--source", "note.md"), "acme has no source note.md"),
        (("acme", "--kind", "competitors"), "no kind of record competitors → competitor?"),
    ):
        said = savoir("extract", *options)
        assert said.code == 1
        assert reason in said.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--source", "nope"), "no source nope"),
        (("--kind", "ofer"), "kind of record ofer → offer?"),
    ],
)
def test_what_is_not_there(savoir: Savoir, options: tuple[str, ...], told: str) -> None:
    """A source or a kind that there is not is refused, with a model or without."""
    assert savoir("client", "add", "acme").code == 0
    said = savoir("extract", "acme", *options)
    assert said.code == 1
    assert told in said.err
