"""Turns of a dialogue are found through their neighbours, better than by their own words alone."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from py_rust_stemmers import SnowballStemmer

from savoirfaire.evals.bench.retrieving import retrieving
from savoirfaire.evals.measures import ndcg
from tests.evals.test_beir import write

HERE = Path(__file__).parent / "dialogues"
STEMMERS = [SnowballStemmer(language) for language in ("french", "english")]


def turns() -> dict[str, str]:
    """The text of each turn, by conversation and place."""
    found: dict[str, str] = {}
    for talk in (HERE / "talks.txt").read_text("utf-8").split("# ")[1:]:
        name, *said = talk.splitlines()
        found |= {f"{name}-{place}": turn for place, turn in enumerate(said)}
    return found


def questions() -> list[tuple[str, str]]:
    """Each question, and the turn that answers it."""
    lines = (HERE / "questions.txt").read_text("utf-8").splitlines()
    parts = [line.split(" ", 2) for line in lines]
    return [(asked, f"{talk}-{place}") for talk, place, asked in parts]


def stems(text: str) -> list[str]:
    """Both languages' stems of every word."""
    words = re.findall(r"\w+", text.lower())
    return [f"{n}{each.stem_word(word)}" for word in words for n, each in enumerate(STEMMERS)]


class Plain:
    """BM25 as in its textbook (k1 1.2, b 0.75), a turn a document."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._held = [Counter(stems(text)) for text in texts]
        self._usual = sum(held.total() for held in self._held) / len(texts)
        self._holding = Counter(term for held in self._held for term in held)

    def best(self, question: str, k: int = 10) -> list[int]:
        """The places of the texts with the highest scores, the first of equals first."""
        scores = [self._score(stems(question), held) for held in self._held]
        order = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
        return [place for place in order if scores[place] > 0][:k]

    def _score(self, asked: Sequence[str], held: Counter[str]) -> float:
        norm = 1.2 * (0.25 + 0.75 * held.total() / self._usual)
        return sum(self._idf(term) * held[term] * 2.2 / (held[term] + norm) for term in asked)

    def _idf(self, term: str) -> float:
        holding = self._holding[term]
        return math.log(1 + (len(self._held) - holding + 0.5) / (holding + 0.5))


def test_neighbours_find_turns(tmp_path: Path) -> None:
    """Five points of nDCG@10 at least over BM25 on single turns."""
    said, asked = turns(), questions()
    corpus = [{"_id": name, "text": text} for name, text in said.items()]
    queries = [{"_id": f"q{n}", "text": text} for n, (text, _) in enumerate(asked)]
    judged = [f"q{n}\t{answer}\t1" for n, (_, answer) in enumerate(asked)]
    told = retrieving(write(tmp_path, corpus, queries, "\n".join(judged)))
    plain, names = Plain(list(said.values())), list(said)
    alone = [
        ndcg([float(names[place] == answer) for place in plain.best(text)], [1], 10)
        for text, answer in asked
    ]
    assert told["conversations"] == 4
    assert told["ndcg@10"] >= sum(alone) / len(alone) + 0.05
