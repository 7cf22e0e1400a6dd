import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.agents.voice import Edition
from savoirfaire.errors import NotFoundError
from savoirfaire.evals.bench.editions import pieces, plain, read_editions
from savoirfaire.evals.bench.voicing import auc
from tests.agents.voice.letters import board, chatty


def _written(folder: Path, editions: Iterable[Edition]) -> Path:
    folder.mkdir()
    for each in editions:
        (folder / Path(each.path).name).write_text(each.text, encoding="utf-8")
    return folder


def test_the_benchmark(savoir: Callable[..., Any], tmp_path: Path) -> None:
    """The figures of a newsletter that is easily told from another, others given in both ways."""
    own = _written(tmp_path / "own", board(21))
    others = [_written(tmp_path / str(seed), chatty(4, seed)) for seed in (1, 2)]
    said = savoir(
        *("bench", "voice", "--own", own, "--others", *others, "--rolling", "1", "--json")
    )
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert (found["editions"], found["learned_from"], found["others"]) == (21, 13, 8)
    assert found["auc_edition"] == 1.0
    assert found["reject_others"] == 1.0
    assert found["accept_own"] >= 0.8
    assert found["rolling_editions"] == 1
    assert found["cliches_caught"] >= 0.8


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [([2, 3], [0, 1], 1.0), ([0, 1], [2, 3], 0.0), ([1, 2], [1, 2], 0.5), ([1], [0, 1, 2], 0.5)],
)
def test_auc(own: list[float], others: list[float], expected: float) -> None:
    """The chance that one of ours is above one of theirs; a tie is half."""
    assert auc(own, others) == expected


def test_editions_by_date(tmp_path: Path) -> None:
    """Editions come by the date in them, else in their name; a style guide is none of them."""
    (tmp_path / "2024").mkdir()
    (tmp_path / "2024" / "2024-03-01-b.md").write_text("two", encoding="utf-8")
    (tmp_path / "a.md").write_text("---\ndate: 2023-01-05\n---\none", encoding="utf-8")
    (tmp_path / "z.md").write_text("---\ndate: 2024-05-05\n---\nthree", encoding="utf-8")
    (tmp_path / "STYLE.md").write_text("no edition", encoding="utf-8")
    assert [each.text.splitlines()[-1] for each in read_editions(tmp_path)] == [
        "one",
        "two",
        "three",
    ]


def test_editions_by_number(tmp_path: Path) -> None:
    """Without dates, names are read as people number them."""
    for number in (10, 9, 100):
        (tmp_path / f"issue-{number}.md").write_text(str(number), encoding="utf-8")
    assert [each.text for each in read_editions(tmp_path)] == ["9", "10", "100"]


def test_no_editions(tmp_path: Path) -> None:
    """A folder without anything to read is named."""
    with pytest.raises(NotFoundError, match=tmp_path.name):
        read_editions(tmp_path)


def test_plain_and_pieces() -> None:
    """Plain text has the words without markup; pieces are whole blocks of 300 words and more."""
    text = "# Title\n\n- **Bold** [link](https://a.example) and `code`\n\n" + "word " * 310
    assert plain(text).startswith("Title\n\nBold link and\n\nword word")
    found = list(pieces(text))
    assert len(found) == 1
    assert found[0].startswith("# Title")
