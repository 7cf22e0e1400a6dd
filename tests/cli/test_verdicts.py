"""A verdict on the terminal, edits taken from it, and what edits teach."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ingested

Savoir = Callable[..., Any]

ITEM = """---
title: A workshop on rye bread
---
The bakery opens a training session on rye bread on 4 May 2026. It has an amazing oven.
"""
BRAND = """[brand]
name = "Acme"
language = "en"
voice = "Plain."
[[rules]]
id = "workshop"
use = "workshop"
avoid = ["training session"]
reason = "their word"
[[rules]]
id = "praise"
use = "new"
avoid = ["amazing"]
reason = "no praise"
"""
REQUEST = "title: Letter 12\ndate: 2026-05-04\nlanguage: en\nitems: [items]\n"


@pytest.fixture
def approval(savoir: Savoir, ingested: Ingested) -> str:
    """An edition that waits for its decision, with two edits proposed."""
    ingested({"items/rye.md": ITEM, "brand.toml": BRAND}, REQUEST)
    said = savoir("run", "newsletter", "-c", "acme", "-i", "request.yaml", "--detach", "--json")
    (asked,) = json.loads(said.out)["approvals"]
    return str(asked)


def test_verdict_and_edits(savoir: Savoir, approval: str) -> None:
    """The verdict says where it stands and why; of the edits only those taken are made."""
    page = savoir("show", approval).out
    assert "Verdict: to be mended" in page
    assert "only what can be checked to the letter was" in page
    assert "Claims: 3 supported, 0 contradicted" in page
    offered = json.loads(savoir("show", approval, "--json").out)
    patches = offered["request"]["notes"]["verdict"]["patches"]
    numbers = [each["number"] for each in patches if each["before"] == "training session"]
    assert numbers
    taken = ",".join(map(str, numbers))
    decided = json.loads(savoir("decide", approval, "edit", "--take", taken, "--json").out)
    assert decided["status"] == "completed"
    folder = Path("data") / "outbox"
    (markdown,) = [p for p in decided["published"] if p.endswith(".md")]
    text = (folder / markdown).read_text("utf-8").partition("[^1]:")[0]
    assert "opens a workshop on rye bread" in text
    assert "amazing" in text
    taught = json.loads(savoir("lessons", "acme", "--json").out)
    assert (taught["editions"], taught["edited"], taught["habits"]) == (1, 1, [])
    assert "Nothing was changed often enough" in savoir("lessons", "acme", "--propose").out


REFUSED = [
    (("approve", "--take", "1"), "--take goes with an edit"),
    (("edit", "--take", "one"), "--take needs numbers, not one"),
    (("edit", "--take", "99"), "there is no proposed edit 99"),
    (("edit", "--take", "1", "--file", "request.yaml"), "without a file"),
]


def test_edits_that_cannot_be_taken(savoir: Savoir, approval: str) -> None:
    """What is not offered, or goes with another answer, is refused, and the question stays."""
    for answer, words in REFUSED:
        said = savoir("decide", approval, *answer)
        assert said.code == 1
        assert words in said.err
    assert approval in savoir("inbox").out
