"""Benchmarks say what they measured."""

import json
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.errors import NotFoundError, ReadError
from savoirfaire.evals.bench.corpus import WORDS_OF_PASSAGE, sources
from savoirfaire.evals.bench.gating import gating
from savoirfaire.evals.bench.graphing import graphing
from savoirfaire.evals.bench.indexing import indexing
from savoirfaire.evals.bench.ingesting import ingesting
from savoirfaire.evals.bench.measuring import in_turns, median_ratio
from savoirfaire.evals.bench.retrieving import retrieving
from savoirfaire.knowledge.scope import ClientScope

CORPUS = [
    {"_id": "d1", "title": "Rye", "text": "The workshop on rye bread.", "client": "a"},
    {"_id": "d2", "title": "Oven", "text": "The oven is lit on Monday.", "client": "a"},
    {"_id": "d1", "title": "Rye", "text": "Rye prices of the rival.", "client": "b"},
]
QUERIES = [
    {"_id": "q1", "text": "rye workshop", "client": "a"},
    {"_id": "q2", "text": "rye", "client": "b"},
    {"_id": "q3", "text": "oven or rye", "client": "a"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in BEIR's layout with two clients that share an id."""
    (tmp_path / "qrels").mkdir()
    for name, lines in (("corpus", CORPUS), ("queries", QUERIES)):
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    judged = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td1\t1\nq3\td2\t1\nq3\td1\t0\n"
    (tmp_path / "qrels" / "test.tsv").write_text(judged, encoding="utf-8")
    return tmp_path


def test_retrieval_figures(folder: Path) -> None:
    """What is found first counts fully, and no hit is another client's."""
    told: dict[str, Any] = retrieving(folder)
    assert (told["ndcg@10"], told["recall@10"], told["mrr@10"]) == (1.0, 1.0, 1.0)
    assert (told["queries"], told["docs"], told["cross_client_hits"]) == (3, 3, 0)


def test_retrieval_misses_cost(folder: Path) -> None:
    """A query whose answer is not found lowers every figure."""
    line = json.dumps({"_id": "q4", "text": "sourdough", "client": "a"})
    with (folder / "queries.jsonl").open("a", encoding="utf-8") as queries:
        queries.write(line + "\n")
    with (folder / "qrels" / "test.tsv").open("a", encoding="utf-8") as judged:
        judged.write("q4\td1\t1\n")
    told = retrieving(folder)
    assert (told["ndcg@10"], told["recall@10"], told["mrr@10"]) == (0.75, 0.75, 0.75)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_retrieval_needs_its_files(folder: Path, name: str) -> None:
    """A folder without one of the files is refused, naming the file."""
    (folder / name).unlink()
    with pytest.raises(NotFoundError, match=name.rsplit("/", maxsplit=1)[-1]):
        retrieving(folder)


def test_retrieval_needs_json(folder: Path) -> None:
    """A corpus that is not JSON lines is refused."""
    (folder / "corpus.jsonl").write_text("not json\n", encoding="utf-8")
    with pytest.raises(ReadError, match="corpus"):
        retrieving(folder)


def test_ingest_figures(tmp_path: Path) -> None:
    """Ingest is measured on the folder given, first and again."""
    (tmp_path / "a.md").write_text("The oven is lit.\n" * 20_000, encoding="utf-8")
    told = ingesting(tmp_path, rounds=1)
    assert told["passages"] > 0
    assert told["mb_per_s"] > 0
    assert told["speedup"] > 0


@pytest.mark.sweep
def test_index_figures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each engine is measured in its own process, on the same passages and questions."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    told = indexing([60], 2)
    assert [row["engine"] for row in told["rows"]] == ["edge", "local"]
    for row in told["rows"]:
        assert (row["points"], row["clients"]) == (60, 2)
        assert min(row["ingest_per_s"], row["p50_ms"], row["p95_ms"], row["rss_mb"]) > 0
    assert told["rows"][0]["disk_mb"] > 0
    assert told["ratio"] == pytest.approx(
        told["rows"][1]["p50_ms"] / told["rows"][0]["p50_ms"], abs=0.1
    )
    assert told["met"] is False  # nothing is promised of so few


def test_a_corpus_is_the_same_again() -> None:
    """The passages are drawn, and the same each time, for each client others."""
    scope = ClientScope("acme")
    first, again, other = (list(sources(scope, 25, seed)) for seed in (1, 1, 2))
    assert [each.text for each in first] == [each.text for each in again]
    assert first[0].text != other[0].text
    assert sum(len(each.spans) for each in first) == 25
    words = [len(first[0].text[span.start : span.end].split()) for span in first[0].spans]
    assert set(words) == {WORDS_OF_PASSAGE}


def test_graph_figures() -> None:
    """Both graphs walk the same chain."""
    told = graphing(rounds=1, runs=1)
    assert told["ours_ms_per_run"] > 0
    assert told["plain_ms_per_run"] > 0


def test_ratios_are_of_pairs() -> None:
    """A ratio is the median of the rounds' own ratios, whatever the machine did between them."""
    one, other = in_turns(3, iter([2.0, 20.0, 3.0]).__next__, iter([1.0, 10.0, 3.0]).__next__)
    assert median_ratio(one, other) == 2.0


def test_gate_figures() -> None:
    """A long ledger's gates are listed and decided at, and the figures say so."""
    told = gating(6, 20, rounds=12)
    assert (told["gates"], told["entries"]) == (6, 120)
    assert 0 < told["list_s"] <= told["list_after_upgrade_s"]
    assert told["decision_ms"] == pytest.approx(told["plan_ms"] + told["answer_ms"], abs=0.01)
