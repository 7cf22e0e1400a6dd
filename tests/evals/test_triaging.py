"""The benchmarks of triage and panels: their figures, on files as people have them."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from savoirfaire.errors import TriageError
from savoirfaire.evals.bench.panelling import panelling
from savoirfaire.evals.bench.triaging import triaging

WORDS = {
    "invoice": ["invoice", "amount", "payment", "facture", "due"],
    "proof": ["proof", "colour", "layout", "maquette", "logo"],
    "meeting": ["meeting", "calendar", "tuesday", "créneau", "room"],
    "press": ["journalist", "interview", "quote", "presse", "article"],
}


def labelled(path: Path, count: int, seed: int, stranger: int = 0) -> Path:
    """A file of messages, and some of a category that is nowhere else."""
    draw = np.random.default_rng(seed)
    rows = [
        (" ".join([*draw.choice(said, 3), f"x{draw.integers(99)}"]), route)
        for route, said in WORDS.items()
        for _ in range(count)
    ]
    rows += [(f"parking permit {n} zebra", "parking") for n in range(stranger)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "category"), *rows])
    return path


def test_triage(tmp_path: Path) -> None:
    """Accuracy counts what is in scope; what is not makes the other figure, and no error."""
    train = labelled(tmp_path / "train.csv", 15, 1)
    told = triaging(train, labelled(tmp_path / "test.csv", 10, 2, stranger=6))
    assert (told["out_of_scope"], told["routes"]) == (6, 4)
    assert told["accuracy"] > 0.9
    assert told["oos_auroc"] > 0.9
    assert told["coverage@99"] <= told["coverage@97"] <= told["coverage@95"] <= 1
    inside = triaging(train, labelled(tmp_path / "in.csv", 10, 2))
    assert (inside["accuracy"], inside["oos_auroc"]) == (told["accuracy"], None)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "text,category\n ,x\n", "text,category\na,x\n"])
def test_no_labels(tmp_path: Path, text: str) -> None:
    """A file without texts and categories, or with one route, is refused."""
    path = tmp_path / "train.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TriageError):
        triaging(path, path)


class Meaning:
    """Gives a vector by the route's words, as a good model of meaning would."""

    name = "meaning"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A number for each route: how many of its words a text has."""
        return [
            [0.01, *(float(sum(word in text for word in said)) for said in WORDS.values())]
            for text in texts
        ]


def test_embeddings(tmp_path: Path) -> None:
    """With vectors that know the meaning, messages without a known word are routed too."""
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    rows = [(f"{said[n % 2]} x{n}", route) for route, said in WORDS.items() for n in range(8)]
    new = [(f"{said[4]} y{n}", route) for route, said in WORDS.items() for n in range(3)]
    for path, these in ((train, rows), (test, new)):
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "category"), *these])
    assert triaging(train, test)["accuracy"] < 0.6
    told = triaging(train, test, Meaning())
    assert (told["accuracy"], told["embeddings"]) == (1.0, "meaning")


def test_panel(tmp_path: Path) -> None:
    """The figures stand side by side, with what was read as the vote."""
    votes = "\n".join(str(1 + n % 5) for n in range(50))
    (tmp_path / "survey.csv").write_text(f"Vote\n{votes}\n", encoding="utf-8")
    (tmp_path / "answers.json").write_text(str([3] * 40 + [2] * 5 + [4] * 5), encoding="utf-8")
    told = panelling(tmp_path / "survey.csv", tmp_path / "answers.json")
    assert (told["verdict"], told["vote_column"]) == ("collapsed variance", "Vote")
    assert (told["n"], told["mean"], told["human_mean"]) == (50, 3.0, 3.0)
    assert told["ks_uniform"] == 0
