"""Whatever a file has in it, looking through it takes time in proportion to its length."""

import time

import pytest

from savoirfaire.knowledge.brandos import filling
from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.brandos.structured.days import moments
from savoirfaire.knowledge.brandos.structured.figures import figure
from savoirfaire.knowledge.brandos.structured.material import Material, Place
from savoirfaire.knowledge.readers import markdown, table
from savoirfaire.knowledge.readers.catalogue import Reader
from savoirfaire.knowledge.readers.document import Limits
from savoirfaire.knowledge.scope import ClientScope
from tests.knowledge.brandos.conftest import Put

SIZE = 200_000
SECONDS = 2.0  # of the processor; what grew with the square of the length took minutes
SPACES, TABS = " " * SIZE, "\t" * SIZE

Made = dict[str, str]
HOSTILE: dict[str, Made] = {
    "rule": {"text": f"| a | b |\n|{'-|' * (SIZE // 2)}x\n| c | d |"},
    "rule of spaces": {"text": f"| a | b |\n|{SPACES}-{SPACES}x|\n| c | d |"},
    "long rule": {"text": f"| a | b |\n|{'-' * SIZE}x|\n|{'|' * SIZE}"},
    "pipes": {"text": "|" * SIZE + "\n" + "|-" * SIZE + "\n" + "|" * SIZE},
    "rules": {"text": "|-|\n" * (SIZE // 4)},
    "heading": {"text": f"# a{'#' * SIZE}b"},
    "heading of spaces": {"text": f"---\nrecord: win\n---\n# a{SPACES}b\n# a{TABS}b"},
    "bullet": {"text": f"---\nrecord: persona\n---\n# Traits\n- a{SPACES}b\n- a{TABS}b"},
    "front matter": {"text": f"---\nrecord: win\nwhat: a\n{' b' * 9}\n" + " b\n" * (SIZE // 3)},
    "front matter of rules": {"text": "---\n" + f"---{' ' * 60}x\n" * (SIZE // 64)},
    "keys": {"text": f"---\n{'a' * 60}{SPACES}x\n---\n"},
    "links": {"text": "[a](" * (SIZE // 4), "kind": "edition"},
    "brackets": {"text": "[" * SIZE + "]" * SIZE, "kind": "edition"},
    "tags": {"text": "<a" * (SIZE // 2) + "{%" * (SIZE // 2), "kind": "edition"},
    "addresses": {"text": "<http://" * (SIZE // 8) + "](" * SIZE, "kind": "edition"},
    "targets": {"text": f"[a]:{SPACES}\n" + f"[a]:{TABS}", "kind": "edition"},
    "words": {"text": "a-" * (SIZE // 2), "kind": "edition"},
    "brand": {"text": '[brand]\nname = "' + "a" * SIZE + '"\nvoice = """' + '""\\"' * SIZE},
    "sender": {"text": f"From: a{SPACES}<b\n\nYes.", "label": "header"},
    "senders": {"text": f"{'From: ' * (SIZE // 6)}\n\nYes.", "label": "header"},
    "subject": {"text": "From: a\n\nYes.", "title": f"{SPACES}re{SPACES}x", "label": "header"},
    "cell": {"text": f"Date: 2025-01-06; Clicks: ({SPACES}x; mail: b", "label": "row 1"},
    "cells": {"text": f"Date: 2025-01-06; Clicks{'; 1' * (SIZE // 3)}", "label": "row 1"},
    "columns": {"text": "; ".join(f"c{n}: 1" for n in range(SIZE // 9)), "label": "row 1"},
    "rows": {"text": f"Date: 2025-01-06{SPACES}", "label": "row 1"},
    "comment": {"text": f"Comment by {SPACES}: ", "label": f"comment by {SPACES}"},
}


def material(text: str, *, label: str = "", kind: str = "document", title: str = "a") -> Material:
    """A source with this text, all of it under one locator where that is given."""
    places = [Place(0, len(text), label)] if label else []
    if label == "header":
        places = [Place(0, text.find("\n"), label), Place(text.find("\n"), len(text), "body")]
    return Material("s1", "a.md", kind, title, None, None, text, places=places)


@pytest.mark.parametrize("name", HOSTILE)
def test_time(name: str) -> None:
    """A hostile text of 200,000 characters and more takes less than two seconds."""
    made = material(**HOSTILE[name])
    assert len(made.text) + len(made.title) >= SIZE
    started = time.process_time()
    filling.look(made)
    assert time.process_time() - started < SECONDS


def test_many_places() -> None:
    """Tables that a source has in the same place a thousand times are read once."""
    rows = "| Competitor | Site |\n| --- | --- |\n" + "| Ann | a.example |\n" * 400
    places = [Place(0, len(rows), f"table {n}") for n in range(1000)]
    made = Material("s1", "a.docx", "document", "a", None, None, rows, places=places)
    assert len(filling.look(made)) == 400


@pytest.mark.parametrize(
    ("path", "written", "read"),
    [
        ("a.md", f"| a | b |\n|{'-|' * (SIZE // 2)}x", markdown.read),
        ("b.md", f"# a{'#' * SIZE}b", markdown.read),
        ("c.csv", f"Date,Clicks\n2025-01-06,({SPACES}x\n", table.read),
    ],
)
def test_whole_way(
    brand_os: BrandOS, acme: ClientScope, put: Put, path: str, written: str, read: Reader
) -> None:
    """Such files, read and filled, take less than two seconds too."""
    put(acme, path, read(written.encode(), Limits()))
    started = time.process_time()
    brand_os.fill(acme)
    assert time.process_time() - started < SECONDS


def test_too_long(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """A text longer than is read is not looked through, and a person is told."""
    rows = "| Date | Channel | Clicks |\n| --- | --- | --- |\n| 2025-01-06 | mail | 1 |\n"
    put(acme, "a.md", rows)
    put(acme, "b.md", rows.replace("6", "7") + "x" * filling.MOST_CHARACTERS)
    filled = brand_os.fill(acme)
    assert filled.proposed == 1
    assert [each.path for each in filled.skipped] == ["b.md"]
    assert "characters" in str(filled.skipped[0].why)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["S1 2025", "S2 2025"], [None, None]),
        (["2025-S1"], [None]),
        (["S1 2025", "S3 2025"], ["2024-12-30", "2025-01-13"]),
        (["S01 2025"], ["2024-12-30"]),
        (["W1 2025", "sem. 2 2025"], ["2024-12-30", "2025-01-06"]),
    ],
)
def test_weeks_or_halves(written: list[str], read: list[str | None]) -> None:
    """`S1 2025` is a week or half a year: it is not read, unless the column has other weeks."""
    assert [each and each.day for each in moments(written)] == read


@pytest.mark.parametrize(
    ("words", "value"),
    [("(12", None), ("12)", None), ("(12)", -12), ("(1 250 €)", -1250), ("(12 (HT)", None)],
)
def test_brackets(words: str, value: int | None) -> None:
    """An amount in brackets is below zero; one with half of them is none."""
    read = figure(words)
    assert set(read.readings.values() if read else []) == {each for each in [value] if each}
