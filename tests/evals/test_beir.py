"""Folders in BEIR's layout: what is malformed is said, and turns are known by what they share."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.errors import ReadError
from savoirfaire.evals.bench.beir import Record, read
from savoirfaire.evals.bench.retrieving import retrieving
from savoirfaire.evals.bench.turns import conversations

SUBJECTS = [
    ["budget", "coût", "devis", "facture", "prix"],
    ["vidéo", "tournage", "montage", "acteur", "studio"],
    ["logo", "police", "couleur", "charte", "papier"],
    ["salon", "stand", "badge", "hôtesse", "buffet"],
]


def write(folder: Path, corpus: list[Any], queries: list[Any], judged: str) -> Path:
    """Write a folder."""
    (folder / "qrels").mkdir()
    for name, lines in (("corpus", corpus), ("queries", queries)):
        said = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(said, encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(judged, encoding="utf-8")
    return folder


DOCUMENT = {"_id": "d1", "title": "Rye", "text": "Rye\u2028bread."}
QUERY = {"_id": "q1", "text": "rye"}
HEADER = "query-id\tcorpus-id\tscore\n"


@pytest.mark.parametrize(
    ("corpus", "queries", "judged", "told"),
    [
        ([DOCUMENT, "[1]"], [QUERY], "q1\td1\t1\n", r"corpus.jsonl, line 2: no _id"),
        ([{"_id": "d", "text": 3}], [QUERY], "q1\td1\t1\n", r"corpus.jsonl, line 1: no text"),
        ([DOCUMENT, DOCUMENT], [QUERY], "q1\td1\t1\n", "line 2: the same _id again"),
        ([], [QUERY], "q1\td1\t1\n", "corpus.jsonl is empty"),
        ([DOCUMENT], ["{"], "q1\td1\t1\n", r"queries.jsonl, line 1: not one JSON object"),
        ([DOCUMENT], [QUERY], "q1\td1\t1\nq1 d1 1\n", "test.tsv, line 2: not a query"),
        ([DOCUMENT], [QUERY], HEADER, "judges none of the queries"),
        ([DOCUMENT], [QUERY], "q1\td1\t0\n", "judges none of the queries"),
    ],
)
def test_malformed(
    tmp_path: Path, corpus: list[Any], queries: list[Any], judged: str, told: str
) -> None:
    """What a folder lacks is named, with its line."""
    with pytest.raises(ReadError, match=told):
        read(write(tmp_path, corpus, queries, judged))


def test_read(tmp_path: Path) -> None:
    """Only a line feed ends a line; a header is optional, and numbers may be ids."""
    corpus = [DOCUMENT, {"_id": 2, "text": "a\0b", "title": None, "client": 7}]
    found = read(write(tmp_path, corpus, [QUERY, {"_id": "q2", "text": "x"}], "q1\td1\t2.0\n"))
    assert found.corpus == [
        Record("d1", "Rye\u2028bread.", "Rye", "bench"),
        Record("2", "ab", "", "7"),
    ]
    assert ([each.id for each in found.queries], found.judged) == (["q1"], {"q1": {"d1": 2.0}})


def talks(order: random.Random, *, short: bool = True) -> list[Record]:
    """Turns of four people's talks, each about its subject for a while."""
    records = []
    for session, subject in enumerate((SUBJECTS * 6)[:22]):
        for turn in range(10):
            said = order.choices(subject, k=4) + order.choices(["oui", "voilà", "bien"], k=2)
            words = " ".join(said if short else said * 8)
            records.append(Record(f"s{session}:{turn}", words, "", "c"))
    return records


def test_turns_are_known() -> None:
    """Short records that continue one another are turns, divided where their ids are."""
    found = conversations(talks(random.Random(1)))  # noqa: S311 - no secret
    assert [len(each) for each in found] == [10] * 22
    assert [record.id for record in found[0]] == [f"s0:{turn}" for turn in range(10)]


def test_order_and_numbers_are_not_enough() -> None:
    """Shuffled turns, paragraphs and a handful of records are none, whatever their ids."""
    order = random.Random(1)  # noqa: S311 - no secret
    shuffled = talks(order)
    order.shuffle(shuffled)
    assert conversations(shuffled) == []
    assert conversations(talks(order, short=False)) == []
    assert conversations(talks(order)[:5]) == []
    assert conversations([Record(f"d{n}", "", "", "c") for n in range(20)]) == []


def test_titles_that_change_with_every_record_divide_nothing() -> None:
    """A speaker's name in the title does not cut a conversation into single turns."""
    records = [
        Record(each.id, each.text, "Ana" if n % 2 else "Luc", each.client)
        for n, each in enumerate(talks(random.Random(1)))  # noqa: S311 - no secret
    ]
    assert {len(each) for each in conversations(records)} == {10}


def test_turns_are_measured_as_conversations(tmp_path: Path) -> None:
    """Where the records are turns, the bench says so, and finds by their neighbours."""
    records = talks(random.Random(1))  # noqa: S311 - no secret
    answer = records[13]
    records[13] = Record(answer.id, "douze quokkas", "", "c")
    corpus = [{"_id": r.id, "text": r.text, "client": r.client} for r in records]
    queries = [{"_id": "q", "text": "douze au tournage", "client": "c"}]
    told = retrieving(write(tmp_path, corpus, queries, f"q\t{answer.id}\t1\n"))
    assert (told["conversations"], told["mrr@10"], told["cross_client_hits"]) == (22, 1.0, 0)
