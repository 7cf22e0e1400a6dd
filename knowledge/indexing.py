"""What the index is given of passages: weights, what they are kept by, and vectors where wanted."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from savoirfaire.knowledge.bm25 import FORM, passage_weights
from savoirfaire.knowledge.embedding import Embedder, Vectors
from savoirfaire.knowledge.engines import Item, SparseVector
from savoirfaire.knowledge.rows import Change, Source
from savoirfaire.knowledge.sketches import Sketch
from savoirfaire.knowledge.snapshot import Snapshot, in_parts
from savoirfaire.knowledge.where import keywords, numbers

_TEXTS = 64  # embedded in one call


def form_of(embedder: Embedder | None) -> str:
    """What an index is made of; one of another form is made again."""
    return FORM if embedder is None else f"{FORM} + {embedder.name}"


def added_items(batch: Sequence[Source], change: Change, vectors: Vectors | None) -> Iterator[Item]:
    """What one write adds to the index."""
    words: dict[int, str] = {}
    items = []
    for source in {each.path: each for each in batch}.values():
        kept_by = keywords(source.kind, source.channel, source.author)
        places = numbers(source.date, change.at)
        for span in source.spans:
            if span.id in change.added:
                words[span.id] = source.index_text(span)
                vector = SparseVector(*passage_weights(change.added[span.id]))
                items.append(Item(span.id, vector, kept_by, places))
    return _with_vectors(items, lambda _ids: words, vectors)


def all_items(
    known: Snapshot, vectors: Vectors | None, only: Container[int] | None = None
) -> Iterator[Item]:
    """What the index has of every passage of a client, or of some by their ids.

    Passages for which there is no vector to be had now go without.
    """
    items = (
        Item(
            each.id,
            SparseVector(*passage_weights(Sketch.from_bytes(each.sketch))),
            each.keywords,
            each.numbers,
        )
        for each in known.sketches()
        if only is None or each.id in only
    )
    return _with_vectors(items, known.searched, vectors)


def _with_vectors(
    items: Iterable[Item],
    words_of: Callable[[Sequence[int]], Mapping[int, str]],
    vectors: Vectors | None,
) -> Iterator[Item]:
    if vectors is None:
        yield from items
        return
    for part in in_parts(items, _TEXTS):
        words = words_of([item.id for item in part])
        found = vectors.of([words[item.id] for item in part])
        if found is None:
            yield from part
            continue
        for item, vector in zip(part, found, strict=True):
            yield replace(item, dense=vector)
