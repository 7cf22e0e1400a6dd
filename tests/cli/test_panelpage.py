"""The report on a panel as a page: numbers as its language writes them, nothing that cannot be."""

import json
from pathlib import Path

import pytest

from savoirfaire.agents.panel.report import report
from savoirfaire.agents.panel.survey import Reading, read_answers
from savoirfaire.cli.messages import Language, speak
from savoirfaire.cli.panelpage import page

VOTES = [1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 2, 3]


def reading(folder: Path) -> Reading:
    """Answers with some votes, read from a file."""
    rows = [{"persona": f"p{n}", "vote": vote} for n, vote in enumerate(VOTES)]
    (folder / "a.json").write_text(json.dumps(rows), encoding="utf-8")
    return read_answers(folder / "a.json")


@pytest.mark.parametrize(("language", "mean"), [("en", "2.92"), ("fr", "2,92")])
def test_numbers_of_the_language(tmp_path: Path, language: Language, mean: str) -> None:
    """Decimals are the language's, tables can be scrolled, and titles are escaped."""
    speak(language)
    told = page(report(reading(tmp_path), None), "<b>", language)
    assert f"<td class=n>{mean}</td>" in told
    assert "&lt;b&gt;" in told
    assert told.count("<table") == told.count('<div class="wide">')


def test_no_people(tmp_path: Path) -> None:
    """Without people there is no column for them, and nothing is drawn of them."""
    told = page(report(reading(tmp_path), None), "x", "en")
    assert "people</th>" not in told
    alike = reading(tmp_path)
    assert "people</th>" in page(report(alike, alike), "x", "en")
