"""Whether the records of a folder are turns that continue one another.

A folder of records does not say what it is. Turns are short, and neighbours share clearly more
words than turns half a conversation apart; neither the order of a file nor numbered ids tell:
paragraphs and questions have them too. Measured over eleven sets and their shuffles: only
dialogues pass, by 26 standard errors and more.
"""

import math
import re
import statistics
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import groupby

from savoirfaire.evals.bench.beir import Record
from savoirfaire.knowledge.bm25 import idf
from savoirfaire.knowledge.sketches import Sketch, analyse
from savoirfaire.knowledge.tallies import Tally

TURN_LENGTH = 24  # content words, in the middle of all records; paragraphs of a newsletter have 31
LEAST_RATIO = 1.15
LEAST_ERRORS = 3.0

_SHORTEST = 8  # records: a shorter sequence says nothing of its order
_RUN = 4  # records: what changes more often on average does not divide conversations


def conversations(corpus: Sequence[Record]) -> list[list[Record]]:
    """The records as conversations, in order; none where they are not turns.

    A client's records are one conversation, or several where ids or titles divide them.
    """
    by_client: dict[str, list[Record]] = {}
    for record in corpus:
        by_client.setdefault(record.client, []).append(record)
    if not _are_turns(list(by_client.values())):
        return []
    return [part for records in by_client.values() for part in _divided(records)]


def _divided(records: Sequence[Record]) -> Iterator[list[Record]]:
    """The records of one client, divided where the id's prefix or the title changes."""
    keys: list[Callable[[Record], Hashable]] = [
        key
        for key in (_prefix, _title)
        if sum(1 for _ in groupby(records, key)) * _RUN <= len(records)
    ]
    for _, part in groupby(records, lambda record: tuple(key(record) for key in keys)):
        yield list(part)


def _prefix(record: Record) -> str:
    """What stands before the last number of an id."""
    return re.sub(r"\d+\D*$", "", record.id)


def _title(record: Record) -> str:
    return record.title


def _are_turns(sequences: Sequence[Sequence[Record]]) -> bool:
    sketches = [[analyse(record.text) for record in sequence] for sequence in sequences]
    middle = statistics.median(each.length for sequence in sketches for each in sequence)
    if middle > TURN_LENGTH:
        return False
    ratio, errors = cohesion(sketches)
    return ratio >= LEAST_RATIO and errors >= LEAST_ERRORS


def cohesion(sequences: Sequence[Sequence[Sketch]]) -> tuple[float, float]:
    """How many times more neighbours share than far texts, and by how many standard errors.

    A pair's share is the IDF of what both hold over the geometric mean of what each holds. Each
    text is compared with the next, and with the one half a sequence further.
    """
    near: list[float] = []
    far: list[float] = []
    for sequence in sequences:
        if len(sequence) >= _SHORTEST:
            bags = _bags(sequence)
            half = len(bags) // 2
            for place in range(len(bags) - 1):
                near.append(_share(bags[place], bags[place + 1]))
                far.append(_share(bags[place], bags[(place + half) % len(bags)]))
    gains = [one - other for one, other in zip(near, far, strict=True)]
    spread = statistics.stdev(gains) if len(gains) > 1 else 0.0
    if not spread:
        return 1.0, 0.0
    ratio = sum(near) / sum(far) if any(far) else math.inf
    return ratio, statistics.fmean(gains) / spread * math.sqrt(len(gains))


def _bags(sequence: Sequence[Sketch]) -> list[dict[int, float]]:
    """The IDF, within the sequence, of the terms of each text."""
    held = Tally(sequence).statistics().terms.as_dict()
    worth = {term: idf(len(sequence), count) for term, count in held.items()}
    return [{term: worth[term] for term in each.terms[0].tolist()} for each in sequence]


def _share(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    whole = math.sqrt(sum(one.values()) * sum(other.values()))
    return sum(one[term] for term in sorted(one.keys() & other.keys())) / whole if whole else 0.0
