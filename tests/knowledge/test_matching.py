"""Terms are found where they stand in stored sketches, and counted as often as they do."""

import random
from collections import Counter

import numpy as np
import pytest

from savoirfaire.knowledge.matching import Matches
from savoirfaire.knowledge.sketches import Sketch


def sketch(stems: list[int], grams: list[int]) -> Sketch:
    """A sketch of these numbers; three stems stand for a word."""
    return Sketch(np.array(stems, np.uint32), np.array(grams, np.uint16))


def test_half_of_a_stem_is_not_the_stem() -> None:
    """Stems that share a half, and grams that look like one, are told apart."""
    held = sketch([0x0001_0005, 0x0002_0005, 0x0005_0001], [5, 1, 5])
    found = Matches.of([held.to_bytes()], [0x0001_0005, 0x0005_0001], [5])
    assert found.stems.counts([0x0001_0005, 0x0005_0001]).tolist() == [[1, 1]]
    assert found.grams.counts([5]).tolist() == [[2]]


@pytest.mark.parametrize("words", [0, 1, 3000])
def test_the_size_is_no_term(words: int) -> None:
    """How many stems a sketch has is a number before them, and counts for nothing."""
    size = 3 * words
    held = sketch([7] * size, [])
    found = Matches.of([held.to_bytes()] * 2, [size, 7], [size % 65536])
    assert found.stems.counts([7, size] if size > 7 else [size, 7]).sum() == 2 * size
    assert found.grams.counts([size % 65536]).sum() == 0
    assert found.lengths.tolist() == [words, words]


def test_counts_of_many_sketches() -> None:
    """Sketches of any size, one after the other, are counted as one by one."""
    draw = random.Random(3)  # noqa: S311 - no secret
    every = [
        sketch(
            [draw.choice((5, 65541, 65536, 9)) for _ in range(3 * size)],
            [draw.choice((5, 0, 9, 65535)) for _ in range(size)],
        )
        for size in (0, 1, 9000, 0, 40, 7000, 2)
    ]
    stems, grams = [5, 9, 65541], [0, 5, 65535]
    found = Matches.of([each.to_bytes() for each in every], stems, grams)
    for row, one in enumerate(every):
        held, seen = Counter(one.stems.tolist()), Counter(one.grams.tolist())
        assert found.stems.counts(stems)[row].tolist() == [held[each] for each in stems]
        assert found.grams.counts(grams)[row].tolist() == [seen[each] for each in grams]


def test_nothing_to_look_through() -> None:
    """No sketches, and nothing asked, give no counts."""
    assert Matches.of([], [5], [5]).stems.counts([5]).shape == (0, 1)
    assert Matches.of([sketch([5, 5, 5], [5]).to_bytes()], [], []).lengths.tolist() == [1]
