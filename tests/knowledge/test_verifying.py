from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text

from savoirfaire.knowledge.engines import Item
from savoirfaire.knowledge.ledger import Source
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.verifying import Verification

MakeSource = Callable[..., Source]
Change = Callable[[list[Item]], list[Item]]


@pytest.fixture
def filled(knowledge: Knowledge, acme: ClientScope, make: MakeSource) -> Knowledge:
    """A store whose client has some passages."""
    words = ("budget of the spring", "rye bread", "the oven is lit")
    knowledge.put(acme, [make(acme, f"{n}.md", each) for n, each in enumerate(words)])
    return knowledge


def test_nothing_differs(filled: Knowledge, acme: ClientScope) -> None:
    """What an ingest wrote is as the texts say, and so is what a rebuild makes; and of nothing."""
    empty = filled.ledger.add_client("empty", "en")
    assert filled.verify(empty) == Verification("empty", 0)
    assert filled.verify(acme) == Verification("acme", 3)
    filled.rebuild(acme)
    found = filled.verify(acme)
    assert (found, found.holds) == (Verification("acme", 3), True)


CHANGES: list[tuple[Change, dict[str, int]]] = [
    (lambda items: items[1:], {"missing": 1}),
    (lambda items: [*items, replace(items[0], id=5)], {"surplus": 1}),
    (lambda items: [replace(items[0], keywords={"kind": "item"}), *items[1:]], {"wrong": 1}),
    (lambda items: [replace(each, numbers={}) for each in items], {"wrong": 3}),
    (lambda items: [replace(items[0], vector=items[1].vector), *items[1:]], {"wrong": 1}),
    (lambda items: [replace(items[0], dense=[1.0]), *items[1:]], {"wrong": 1}),
    (lambda items: [replace(items[0], id=5), *items[1:]], {"missing": 1, "surplus": 1}),
]


@pytest.mark.parametrize(("change", "told"), CHANGES)
def test_an_index_that_differs(
    filled: Knowledge, acme: ClientScope, change: Change, told: dict[str, int]
) -> None:
    """Whatever is not as in the ledger is found, and mended by a rebuild."""
    index = filled._index
    items = change(sorted(index.items(acme), key=lambda item: item.id))
    index.rebuild(acme, items, filled.ledger.revision(acme))
    found = filled.verify(acme)
    assert not found.holds
    places = ("missing", "surplus", "wrong")
    counts = {name: len(getattr(found, name)) for name in places if getattr(found, name)}
    assert counts == told
    filled.rebuild(acme)
    assert filled.verify(acme).holds


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("UPDATE statistics SET passages = passages + 1", "terms"),
        ("UPDATE statistics SET terms = x'0500000001000000' WHERE client = 'acme'", "terms"),
        ("UPDATE statistics SET words = words + 1", "grams"),
    ],
)
def test_statistics_that_differ(
    filled: Knowledge, acme: ClientScope, statement: str, name: str
) -> None:
    """A count that is not what the texts give is found, and mended by a rebuild."""
    with filled.ledger.engine.begin() as connection:
        connection.execute(text(statement))
    found = filled.verify(acme)
    wrong = {each for each in ("terms", "grams") if getattr(found, each)}
    assert (found.holds, wrong) == (False, {name})
    filled.rebuild(acme)
    assert filled.verify(acme).holds


def test_an_index_that_is_not_built(filled: Knowledge, acme: ClientScope) -> None:
    """An index at another revision is not looked into; asking anything makes it again."""
    filled._index.drop(acme)
    found = filled.verify(acme)
    assert (found.built, found.holds, found.missing) == (False, False, ())
    filled.search(acme, "budget")
    assert filled.verify(acme).holds


def test_verifying_changes_nothing(filled: Knowledge, acme: ClientScope) -> None:
    """A comparison leaves the ledger's revision and the index as they are."""
    index, before = filled._index, filled.ledger.revision(acme)
    index.rebuild(acme, [], before)
    assert len(filled.verify(acme).missing) == 3
    assert (filled.ledger.revision(acme), index.ids(acme)) == (before, set())
