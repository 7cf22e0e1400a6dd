"""What is found more than once: copies of a text, and the heads of mails."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.knowledge.ingest import ingest
from savoirfaire.knowledge.repeating import heads_after
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.where import Where

Make = Callable[..., Any]
MAIL = """From: Ann <ann@x.example>
To: Bo <bo@x.example>
Subject: Délais de livraison
Message-ID: <{number}@x>

{body}
"""


@pytest.mark.parametrize("limit", [1, 2, 8])
def test_copies(knowledge: Knowledge, acme: ClientScope, make: Make, limit: int) -> None:
    """A text that several sources have is given once, however it is spaced, with the others named.

    What else there is takes the places that its copies would have had.
    """
    same = [make(acme, path, "budget  vidéo") for path in ("a", "b", "c")]
    batch = [*same, make(acme, "d", "budget\nvidéo"), make(acme, "e", "budget vidéo douze")]
    knowledge.put(acme, batch)
    found = knowledge.search(acme, "budget vidéo", limit=limit)
    given = [(each.passage.path, [other.path for other in each.also]) for each in found]
    [copied] = [each for each in given if each[0] != "e"]
    assert sorted([copied[0], *copied[1]]) == ["a", "b", "c", "d"]
    assert given.count(("e", [])) == (limit > 1)


def test_copies_that_do_not_count(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """A filter keeps copies out too; a copy is one word for word."""
    batch = [make(acme, path, "budget vidéo", kind=path) for path in ("note", "item")]
    knowledge.put(acme, [*batch, make(acme, "turned", "vidéo budget", kind="note")])
    found = knowledge.search(acme, "budget vidéo", where=Where(kinds=("note",)))
    assert sorted(each.passage.path for each in found) == ["note", "turned"]
    assert [each.also for each in found] == [(), ()]


def test_the_head_of_a_mail(knowledge: Knowledge, acme: ClientScope, tmp_path: Path) -> None:
    """The words of a mail stand before its head, but where the head alone answers."""
    bodies = ["Nous avons promis à tous nos clients une livraison en 48 h.", "Oui.\n\nAnn"]
    for number, body in enumerate(bodies):
        text = MAIL.format(number=number, body=body)
        (tmp_path / f"{number}.eml").write_text(text, encoding="utf-8")
    ingest(knowledge, acme, [tmp_path])
    asked = knowledge.search(acme, "Quel est le délai de livraison ?")
    starts: dict[str, list[int]] = {}
    for each in asked:
        starts.setdefault(each.passage.path, []).append(each.passage.start)
    assert [places[0] > 0 for places in starts.values()] == [True, True]
    assert knowledge.search(acme, "ann@x.example bo@x.example")[0].passage.start == 0


@pytest.mark.parametrize(
    ("scores", "order"),
    [
        ({1: 10.0, 2: 10.0}, [2, 1]),
        ({1: 10.0, 2: 8.6}, [2, 1]),
        ({1: 10.0, 2: 8.4}, [1, 2]),
        ({1: 10.0, 2: 2.0, 3: 9.9}, [1, 3, 2]),
        ({1: 10.0}, [1]),
    ],
)
def test_heads_after(scores: dict[int, float], order: list[int]) -> None:
    """A head gives way to another passage of its own mail that scores nearly as well."""
    late = heads_after(scores, {1: "mail", 2: "mail", 3: "other"}, {1})
    assert sorted(late, key=lambda each: -late[each]) == order
