"""`savoir run campaign`: what a panel's name stands for, what is told of it, and its recordings."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.cli.campaigning import awaited_words, parts_spent
from savoirfaire.cli.runs import step_words

EXAMPLES = Path(__file__).parents[2] / "examples"
AWAITED = {
    "channel": "newsletter",
    "metric": "open_rate",
    "by": "2026-05-20",
    "value": 40.0,
    "unit": "%",
    "came": None,
    "standing": "awaited",
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "awaited by May 20, 2026: newsletter, open rate (40 %)"),
        ({"value": None}, "awaited by May 20, 2026: newsletter, open rate"),
        ({"standing": "overdue"}, "overdue since May 20, 2026: newsletter, open rate (40 %)"),
        (
            {"standing": "arrived", "came": 41.5},
            "arrived: newsletter, open rate (40 %): 41.5 %",
        ),
    ],
)
def test_awaited(changed: dict[str, Any], said: str) -> None:
    """An expectation says what, how much, by when, and what came."""
    assert awaited_words({**AWAITED, **changed}) == said


def test_what_each_part_cost() -> None:
    """Each graph inside has a line of its own; where no model was called there is none."""
    spent = {"calls": 2, "input_tokens": 1000, "output_tokens": 20}
    data = {"model": "live", "usage_by_part": {"": spent, "social": spent}}
    assert list(parts_spent(data)) == [
        "  the campaign itself: 2 calls, 1,000 tokens read, 20 written",
        "  posts: 2 calls, 1,000 tokens read, 20 written",
    ]
    assert not list(parts_spent({**data, "model": "offline"}))
    assert step_words("newsletter.publish") == "newsletter, publishing"


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("folder", "client", "readers", "said"),
    [
        ("campaign", "optech", "readers.csv", "Does any software write uppercase-H"),
        ("campaign-fr", "optech-fr", "lecteurs.csv", "Un logiciel écrit-il un H majuscule"),
    ],
)
def test_replayed(
    savoir: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    folder: str,
    client: str,
    readers: str,
    said: str,
) -> None:
    """What a language model wrote once for a whole campaign is played again, to the last file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAVOIR_REVIEWER", "ann")
    example = EXAMPLES / folder
    savoir("init")
    savoir("client", "add", client, "--language", "fr" if folder.endswith("fr") else "en")
    savoir("ingest", client, EXAMPLES / client)
    savoir("ingest", client, example / readers)
    savoir("review", client, "--accept-all")
    monkeypatch.setenv("SAVOIR_MODEL_MODE", "replay")
    monkeypatch.setenv("SAVOIR_MODEL_NAME", "language-model")
    monkeypatch.setenv("SAVOIR_MODEL_TAPE", str(example / "tape.jsonl"))
    begun = savoir("run", "campaign", "-c", client, "-i", example / "request.yaml", "--json")
    run = json.loads(begun.out)["run"]
    for gate, *answer in (
        ("angle", "choose", "--option", "1"),
        ("opening", "choose", "--option", "1"),
        ("mail", "approve"),
        ("post", "approve"),
        ("publish", "approve"),
    ):
        done = savoir("decide", f"{run}-{gate}-1", *answer)
        assert done.code == 0, done.err
    told = json.loads(savoir("show", run, "--json").out)
    assert (told["status"], told["usage"]["calls"], len(told["published"])) == ("completed", 24, 7)
    (post,) = tmp_path.rglob("*mastodon.txt")
    assert post.read_text(encoding="utf-8").startswith(said)
