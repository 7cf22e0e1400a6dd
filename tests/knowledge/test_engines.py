import math
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from qdrant_client import QdrantClient

from savoirfaire.errors import BusyError, IndexMismatchError
from savoirfaire.knowledge.analysis import fold
from savoirfaire.knowledge.engines import Hit, Index, Item, SparseVector
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.engines.server import ServerIndex
from savoirfaire.knowledge.engines.shards import INDEXED_FROM
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.times import AsOf
from savoirfaire.knowledge.where import Where, keywords, numbers

URL = os.environ.get("SAVOIR_TEST_QDRANT_URL", "")
FORM = "a form"
pytestmark = [  # local mode says what it does without
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact"),
]
Make = Callable[..., Index]
ENGINES = ("edge", "edge, indexed", "local", "server")


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Make]:
    """A way to open an engine over and over on the same data, as other processes would.

    The server is skipped where SAVOIR_TEST_QDRANT_URL names none; it gets a collection of its own.
    """
    if name.startswith("edge"):
        least = 1 if name == "edge, indexed" else INDEXED_FROM
        yield partial(EdgeIndex, folder / "edge", indexed_from=least)
        return
    if name == "server" and not URL:
        pytest.skip("SAVOIR_TEST_QDRANT_URL names no Qdrant server")
    client = QdrantClient(URL) if name == "server" else QdrantClient(":memory:")
    collection = f"savoir-test-{uuid4().hex}"

    def again(form: str, *, wait: float = 5.0) -> Index:
        return ServerIndex(client, collection, form, locks=folder / "locks", wait=wait)

    yield again
    client.delete_collection(collection)
    client.close()


@dataclass(frozen=True)
class Row:
    """A passage as the ledger knows it, and its item."""

    item: Item
    kind: str
    channel: str | None
    author: str | None
    date: str | None
    known: str


KINDS = ("edition", "item", "brief", "feedback")
CHANNELS = ("LinkedIn", "Événement", "newsletter", None)
AUTHORS = ("Zoé", "Marc", "Inès", None, None)


def rows(count: int, seed: int = 1, size: int = 8) -> list[Row]:
    """Random passages over thirty terms, half of them dated, most with a dense vector."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    return [_row(draw, size) for _ in range(count)]


def _row(draw: random.Random, size: int) -> Row:
    kind, channel = draw.choice(KINDS), draw.choice(CHANNELS)
    author = draw.choice(AUTHORS)
    date = _day(draw) if draw.random() < 0.6 else None
    known = _instant(draw)
    terms = sorted(draw.sample(range(30), draw.randrange(1, 12)))
    vector = SparseVector(terms, [draw.choice((0.5, 1.0, 1.25)) for _ in terms])
    dense = [draw.choice((-1.0, 0.0, 0.5, 1.0)) for _ in range(size)]
    item = Item(
        draw.getrandbits(53),
        vector,
        keywords(kind, channel, author),
        numbers(date, known),
        dense if draw.random() < 0.9 and any(dense) else None,
    )
    return Row(item, kind, channel, author, date, known)


def _day(draw: random.Random) -> str:
    """One of few days, so that bounds and dates meet."""
    return f"{draw.randrange(2023, 2026)}-{draw.choice((1, 6, 12)):02}-{draw.choice((1, 28)):02}"


def _instant(draw: random.Random) -> str:
    return f"2025-0{draw.randrange(1, 10)}-15T05:00:00.00{draw.randrange(2)}Z"


def items(several: Sequence[Row]) -> list[Item]:
    """The items of some rows."""
    return [row.item for row in several]


ACME, RIVAL = ClientScope("acme"), ClientScope("rival")
ALL = dict.fromkeys(range(30), 1.0)


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest, data: Path) -> Iterator[Make]:
    """A way to open each engine."""
    with opened(request.param, data) as again:
        yield again


@pytest.fixture
def index(make: Make) -> Iterator[Index]:
    """Each engine, empty."""
    made = make(FORM, wait=0.2)
    yield made
    made.release()


# --- answers --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def corpus() -> list[Row]:
    """Passages enough that ties and empty answers occur."""
    return rows(100)


@pytest.fixture(scope="module", params=ENGINES)
def filled(request: pytest.FixtureRequest, common: Path, corpus: list[Row]) -> Iterator[Index]:
    """Each engine, with the passages of one client, and others of a rival."""
    with opened(request.param, common / f"filled {request.param}") as again:
        made = again(FORM)
        made.rebuild(RIVAL, items(rows(20, seed=2)), 1)
        made.rebuild(ACME, items(corpus), 1)
        with made.using(ACME):
            yield made
        made.release()


def test_filters(filled: Index, corpus: list[Row]) -> None:
    """On 600 random filters, both ways of searching answer as a plain loop over the passages.

    Local mode is slow: it gets 200.
    """
    draw = random.Random(4)  # noqa: S311 - no secret
    empty = 0
    times = 600 if isinstance(filled, EdgeIndex) else 200
    for number in range(times):
        where, limit = _where(draw), draw.choice((1, 5, 40))
        kept = [row.item for row in corpus if _keeps(where, row)]
        weights = {term: draw.choice((0.5, 1.5, 2.25)) for term in draw.sample(range(40), 4)}
        found = filled.search(ACME, weights, limit=limit, where=where)
        assert found == _best(_weighed(kept, weights), limit)
        asked = [draw.choice((-1.0, 0.5, 1.0)) for _ in range(8)]
        near = _best(_cosines(kept, asked), limit)
        if number % 3 == 0:
            assert filled.nearest(ACME, asked, limit=limit, where=where) == near
        if number % 3 == 1:
            both = filled.legs(ACME, weights, asked, limit=limit, where=where)
            assert both == (sorted(hit.id for hit in found), [hit.id for hit in near])
        empty += not kept
    assert 0.05 * times < empty < 0.66 * times


def _where(draw: random.Random) -> Where:
    def some(values: Sequence[str | None]) -> tuple[str, ...]:
        known = [value for value in values if value]
        return tuple(draw.sample([*known, "NOBODY"], draw.randrange(1, 3)))

    chosen = draw.sample(("kinds", "channels", "authors", "since", "until", "as_of"), 3)
    first, last = sorted((_day(draw), _day(draw)))
    given = {
        "kinds": some(KINDS),
        "channels": tuple(value.upper() for value in some(CHANNELS)),
        "authors": tuple(fold(value) for value in some(AUTHORS)),
        "since": first,
        "until": last,
        "as_of": AsOf(_day(draw), _instant(draw) if draw.random() < 0.6 else None),
    }
    return Where(**{key: given[key] for key in chosen if draw.random() < 0.7})  # type: ignore[arg-type]


def _keeps(where: Where, row: Row) -> bool:
    """What the docstring of Where says, in words of its own."""
    point = where.as_of
    return (
        (not where.kinds or row.kind in where.kinds)
        and _among(row.channel, where.channels)
        and _among(row.author, where.authors)
        and (where.since is None or (row.date is not None and row.date >= where.since))
        and (where.until is None or (row.date is not None and row.date <= where.until))
        and (point is None or row.date is None or row.date <= point.valid)
        and (point is None or point.known is None or row.known <= point.known)
    )


def _among(value: str | None, wanted: tuple[str, ...]) -> bool:
    plain = str.maketrans("éè", "ee")
    names = {name.lower().translate(plain) for name in wanted}
    return not wanted or (value is not None and value.lower().translate(plain) in names)


def _weighed(kept: Sequence[Item], weights: Mapping[int, float]) -> list[Hit]:
    found = []
    for each in kept:
        held = dict(zip(*each.vector, strict=True))
        if held.keys() & weights.keys():
            total = math.fsum(held[term] * weights[term] for term in held if term in weights)
            found.append(Hit(each.id, round(total, 6)))
    return found


def _cosines(kept: Sequence[Item], asked: Sequence[float]) -> list[Hit]:
    found = []
    for each in kept:
        if each.dense is not None:
            product = sum(a * b for a, b in zip(each.dense, asked, strict=True))
            length = math.hypot(*each.dense) * math.hypot(*asked)
            found.append(Hit(each.id, round(product / length, 4)))
    return found


def _best(hits: list[Hit], limit: int) -> list[Hit]:
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]


def test_ties_are_in_order(index: Index) -> None:
    """Of many passages that are equally good, those of lowest id come first, both ways."""
    numbers = random.Random(3).sample(range(10**9), 140)  # noqa: S311 - no secret
    index.rebuild(ACME, [_item(number, dense=[1.0, 1.0]) for number in numbers], 1)
    first = sorted(numbers)[:8]
    assert [hit.id for hit in index.search(ACME, {1: 2.0}, limit=8)] == first
    assert [hit.id for hit in index.nearest(ACME, [3.0, 3.0], limit=8)] == first
    assert index.legs(ACME, {1: 2.0}, [3.0, 3.0], limit=8) == (first, first)
    assert index.legs(ACME, {1: 2.0}, None, limit=200) == (sorted(numbers), [])


def test_nearly_as_good(index: Index) -> None:
    """Sums that differ by a hundred thousandth are told apart, in whatever order they came."""
    numbers = random.Random(5).sample(range(140), 140)  # noqa: S311 - no secret
    index.rebuild(ACME, [_weighing(number, 3 + number * 2e-5) for number in numbers], 1)
    best = [hit.id for hit in index.search(ACME, {1: 1.0}, limit=8)]
    assert best == list(range(139, 131, -1))
    assert index.legs(ACME, {1: 1.0}, None, limit=8).sparse == sorted(best)


def _weighing(number: int, weight: float) -> Item:
    return Item(number, SparseVector([1], [weight]), {})


def test_passages_without_a_dense_vector(index: Index) -> None:
    """They are found by their words, and never by nearness; a client may have none at all."""
    index.rebuild(ACME, [_item(1), _item(2)], 1)
    assert index.nearest(ACME, [1.0, 0.0], limit=5) == []
    assert index.legs(ACME, {1: 1.0}, [1.0, 0.0], limit=5) == ([1, 2], [])
    index.update(ACME, [_item(3, dense=[0.0, 2.0])], set(), 2)
    assert index.nearest(ACME, [0.0, 1.0], limit=5) == [Hit(3, 1.0)]
    assert index.legs(ACME, {}, [0.0, 1.0], limit=5) == ([], [3])
    assert [hit.id for hit in index.search(ACME, {1: 1.0}, limit=5)] == [1, 2, 3]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_a_number_of_hits(index: Index, limit: int) -> None:
    """A search for less than one hit is refused."""
    with pytest.raises(ValueError, match="at least 1"):
        index.search(ACME, ALL, limit=limit)
    with pytest.raises(ValueError, match="at least 1"):
        index.nearest(ACME, [1.0], limit=limit)


# --- what is held ---------------------------------------------------------------------------------


def test_items_come_back(make: Make) -> None:
    """What was written is held as it was, in another index object too; updates replace it."""
    index, several = make(FORM), items(rows(40))
    index.rebuild(ACME, several, 1)
    changed = _item(several[0].id, dense=[1.0] * 8)
    index.update(ACME, [changed], {several[1].id}, 2)
    index.release()
    index = make(FORM)
    expected = [changed, *several[2:]]
    assert index.revision(ACME) == 2
    assert index.ids(ACME) == {each.id for each in expected}
    bare = {each.id for each in expected if each.dense is None}
    assert bare
    assert index.bare(ACME) == bare
    index.rebuild(RIVAL, [_item(7)], 1)
    assert index.bare(RIVAL) == {7}
    assert sorted(map(_plain, index.items(ACME))) == sorted(map(_plain, expected))
    index.release()


def _item(number: int, dense: Sequence[float] | None = None) -> Item:
    return Item(number, SparseVector((1,), (1.0,)), {"kind": "item"}, {"date": 0}, dense)


def _plain(item: Item) -> tuple[object, ...]:
    """An item to compare; of its dense vector only the direction is kept."""
    length = math.hypot(*item.dense or ())
    return (
        item.id,
        sorted(zip(*item.vector, strict=True)),
        sorted(item.keywords.items()),
        sorted(item.numbers.items()),
        [round(value / length, 4) for value in item.dense or ()],
    )


def test_what_is_not_built(make: Make) -> None:
    """Without a revision a client's index is neither read nor changed; another form has none."""
    index = make(FORM)
    paths: list[Callable[[Index], object]] = [
        lambda i: i.search(ACME, ALL, limit=5),
        lambda i: i.nearest(ACME, [1.0], limit=5),
        lambda i: i.legs(ACME, ALL, [1.0], limit=5),
        lambda i: i.ids(ACME),
        lambda i: i.bare(ACME),
        lambda i: list(i.items(ACME)),
        lambda i: i.update(ACME, [_item(1)], set(), 2),
    ]
    for path in paths:
        with pytest.raises(IndexMismatchError, match="the index of acme is not built"):
            path(index)
    index.rebuild(ACME, [_item(1)], 1)
    index.release()
    other = make("another form")
    assert other.revision(ACME) is None
    for path in paths:
        with pytest.raises(IndexMismatchError):
            path(other)
    other.rebuild(ACME, [], 2)
    assert (other.revision(ACME), other.search(ACME, ALL, limit=5)) == (2, [])
    other.release()


def test_vectors_of_another_size(index: Index) -> None:
    """A client's dense vectors have one size: another is refused until the index is rebuilt."""
    index.rebuild(ACME, [_item(1, dense=[1.0, 0.0])], 1)
    index.rebuild(RIVAL, [_item(1, dense=[1.0, 0.0, 0.0])], 1)
    with pytest.raises(IndexMismatchError, match="vectors of 2 numbers, not 3"):
        index.nearest(ACME, [1.0, 0.0, 0.0], limit=1)
    with pytest.raises(IndexMismatchError, match="vectors of 2 numbers, not 3"):
        index.update(ACME, [_item(2, dense=[1.0, 0.0, 0.0])], set(), 2)
    assert index.revision(ACME) is None
    index.rebuild(ACME, [_item(2, dense=[1.0, 0.0, 0.0])], 2)
    assert index.nearest(ACME, [1.0, 0.0, 0.0], limit=3) == [Hit(2, 1.0)]


@pytest.mark.parametrize("write", ["rebuild", "update"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_interrupted_while_writing(make: Make, write: str, error: type[BaseException]) -> None:
    """An index that was interrupted while it was written has no revision, now or later."""

    def interrupted() -> Iterator[Item]:
        yield from items(rows(600))
        raise error

    index = make(FORM)
    index.rebuild(ACME, [_item(1)], 1)
    index.rebuild(RIVAL, [_item(2)], 1)
    changes: dict[str, Callable[..., None]] = {
        "rebuild": index.rebuild,
        "update": partial(index.update, removed={1}),
    }
    with pytest.raises(error):
        changes[write](ACME, interrupted(), revision=2)
    assert index.revision(ACME) is None
    index.release()
    index = make(FORM)
    assert (index.revision(ACME), index.revision(RIVAL)) == (None, 1)
    index.rebuild(ACME, [_item(3)], 2)
    assert index.ids(ACME) == {3}
    index.release()


def test_clients_are_apart(index: Index) -> None:
    """Two clients with the same ids: whatever is done to one, the other stays as it was."""
    index.rebuild(ACME, items(rows(30)), 1)
    index.rebuild(RIVAL, items(rows(30)), 1)

    def seen() -> tuple[object, ...]:
        near = index.nearest(ACME, [1.0] * 8, limit=40)
        held = sorted(map(_plain, index.items(ACME)))
        return index.search(ACME, ALL, limit=40), near, held, index.revision(ACME)

    before = seen()
    index.update(RIVAL, items(rows(9, seed=5)), index.ids(RIVAL), 2)
    assert seen() == before
    index.drop(RIVAL)
    assert (index.revision(RIVAL), seen()) == (None, before)
    index.drop(ACME)
    assert index.revision(ACME) is None


def test_another_owner_waits(make: Make) -> None:
    """While one index keeps a client, another is told so, and does no harm; both keep on after."""
    first, second = make(FORM), make(FORM, wait=0.05)
    first.rebuild(ACME, items(rows(30)), 1)
    with first.using(ACME):
        with pytest.raises(BusyError, match=r"using the knowledge of acme \(waited 0.05 s\)"):
            second.revision(ACME)
        with pytest.raises(BusyError):
            second.drop(ACME)
        assert second.revision(RIVAL) is None
        first.update(ACME, items(rows(5, seed=9)), set(), 2)
    first.release()
    assert (second.revision(ACME), len(second.ids(ACME))) == (2, 35)
    second.release()
