"""A client's settings follow from its own questions, where these can tell."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from savoirfaire.errors import NotFoundError, ReadError
from savoirfaire.evals.judged import Judged, JudgedSpan, read_judged
from savoirfaire.evals.tuning import FOLDS, LEAST, _folds, _held_out, _needed, _sign_flip, tune
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

WORDS = ["budget", "tournage", "affiche", "salon", "devis", "charte", "podcast", "sondage"]
Savoir = Callable[..., int]


@pytest.fixture
def knowledge(tmp_path: Path) -> Iterator[Knowledge]:
    """A store."""
    with Knowledge.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def talks(knowledge: Knowledge) -> ClientScope:
    """A client whose answers follow the turn that was asked, and say nothing of it."""
    scope = knowledge.ledger.add_client("acme", "fr")
    batch = []
    for number in range(24):
        about = f"{WORDS[number % 8]} {WORDS[(number * 3 + 1) % 8]} numéro{number}"
        turns = [f"Et pour {about} ?", f"oui c'est fait {number % 5}"]
        for place, said in enumerate(turns):
            path = f"{number:02}-{place}"
            spans = cut(source_id(scope, path), said)
            batch.append(
                Source(path, "mail", "", None, None, "", said, spans, thread=path[:2], place=place)
            )
    knowledge.put(scope, batch)
    return scope


def questions(count: int, answer: int) -> list[Judged]:
    """Questions about the subject of a talk, answered by one of its turns."""
    return [
        Judged(text=f"numéro{n} {WORDS[n % 8]}", sources=(f"{n:02}-{answer}",))
        for n in range(count)
    ]


def test_tuned_where_it_holds(knowledge: Knowledge, talks: ClientScope) -> None:
    """Answers that stand next door make neighbours count; the evidence is kept, not the words."""
    knowledge.ledger.tune(talks, {"settings": {"near": 0.0}, "evidence": {}})
    asked = questions(24, 1)
    found = tune(knowledge, talks, asked)
    assert found.changed
    assert found.settings.near > 0
    assert found.after > found.before
    assert found.p < 0.05
    kept = found.kept(asked)
    assert "numéro" not in json.dumps(kept, ensure_ascii=False)
    knowledge.ledger.tune(talks, kept)
    stored = knowledge.ledger.retrieval(talks)
    assert stored
    assert stored["settings"]["near"] == found.settings.near
    assert stored["evidence"]["questions"] == 24


def test_refused_where_nothing_differs(knowledge: Knowledge, talks: ClientScope) -> None:
    """Questions that are answered perfectly as it is change nothing."""
    found = tune(knowledge, talks, questions(24, 0))
    assert (found.changed, found.before, found.gain, found.p) == (False, 1.0, 0.0, 1.0)
    assert knowledge.ledger.retrieval(talks) is None


def test_refused_where_luck_would_do(knowledge: Knowledge, talks: ClientScope) -> None:
    """A gain that two questions of many make is not taken for more than luck."""
    knowledge.ledger.tune(talks, {"settings": {"near": 0.0}, "evidence": {}})
    asked = [*questions(24, 0)[2:], *questions(2, 1)]
    found = tune(knowledge, talks, asked)
    assert found.gain > 0
    assert (found.changed, found.settings.near) == (False, 0.0)
    assert found.p > 0.05
    assert found.needed > len(asked)


def test_too_few_questions(knowledge: Knowledge, talks: ClientScope) -> None:
    """With a handful of questions nothing is even tried."""
    found = tune(knowledge, talks, questions(LEAST - 1, 1))
    assert (found.changed, found.tried, found.needed) == (False, 0, LEAST)


def test_noise_is_not_taken_for_a_gain() -> None:
    """Among many settings that differ by chance alone, hardly ever one is taken for better."""
    draw = np.random.default_rng(7)
    taken = 0
    for _ in range(60):
        quality = draw.random((20, 40))
        folds = np.arange(40) % FOLDS
        taken += _sign_flip(_held_out(quality, folds) - quality[0]) <= 0.05
    assert taken <= 8


def test_what_would_be_needed() -> None:
    """A clear gain is told by few questions, a faint one by many; the folds are of one size."""
    clear, faint = np.full(50, 0.2), np.tile([0.5, -0.48], 25)
    clear[0] = 0.1
    assert _needed(clear) == LEAST
    assert _needed(faint) > 5000
    sizes = np.bincount(_folds(questions(40, 0)))
    assert sizes.tolist() == [8] * FOLDS


def test_judged_spans(knowledge: Knowledge, talks: ClientScope) -> None:
    """A span counts where a passage overlaps it, once, and not for the rest of its source."""
    one = Judged(text="budget", spans=(JudgedSpan(source="00-0", start=3, end=9),))
    found = knowledge.search(talks, "numéro0 budget", limit=5)
    assert one.hits(found)[0] == 1.0
    assert sum(one.hits([*found, *found])) == 1.0
    other = Judged(text="budget", spans=(JudgedSpan(source="00-0", start=900, end=901),))
    assert sum(other.hits(found)) == 0


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        ('{"text": "a"}', ReadError, "line 1: .*neither sources nor spans"),
        ('{"text": "", "sources": ["00-0"]}', ReadError, "line 1"),
        ("nothing", ReadError, "line 1"),
        ('{"text": "a", "sources": ["00-9"]}', NotFoundError, "no source 00-9 → 00-"),
        (
            '{"text": "a", "spans": [{"source": "00-0", "start": 5, "end": 5}]}',
            *(ReadError, "not after"),
        ),
    ],
)
def test_files_that_cannot_be_read(
    knowledge: Knowledge,
    talks: ClientScope,
    tmp_path: Path,
    line: str,
    error: type[Exception],
    told: str,
) -> None:
    """A line that is no judged question is named, with what is wrong."""
    path = tmp_path / "q.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(error, match=told):
        read_judged(knowledge, talks, path)
