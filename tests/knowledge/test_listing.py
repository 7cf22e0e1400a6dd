"""The list of a client's sources, and where in its file a span stands."""

from pathlib import Path
from typing import Any

import pytest

from savoirfaire.errors import NotFoundError
from savoirfaire.knowledge.ingest import ingest
from savoirfaire.knowledge.locating import labels_at, locator_at
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.where import Where

LOCATORS: list[dict[str, Any]] = [
    {"start": 0, "end": 10, "label": "page 1"},
    {"start": 12, "end": 20, "label": "page 2"},
    {"start": 22, "end": 30, "label": "page 3"},
]


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (0, 5, "page 1"),
        (9, 12, "page 1"),
        (9, 13, "page 1 – page 2"),
        (0, 30, "page 1 – page 3"),
        (10, 12, ""),
        (20, 22, ""),
        (29, 99, "page 3"),
        (30, 31, ""),
    ],
)
def test_locator_at(start: int, end: int, said: str) -> None:
    """A span stands where the labels say that it touches, the last character not included."""
    assert locator_at(LOCATORS, start, end) == said


def test_labels_are_what_a_naive_search_finds() -> None:
    """Every span's labels are those of the locators that share a character with it."""
    for start in range(32):
        for end in range(start + 1, 33):
            naive = [
                at["label"]
                for at in LOCATORS
                if {*range(at["start"], at["end"])} & {*range(start, end)}
            ]
            assert labels_at(LOCATORS, start, end) == naive
    assert labels_at([], 0, 5) == []


@pytest.fixture
def full(knowledge: Knowledge, acme: ClientScope, tmp_path: Path) -> Knowledge:
    """Three sources that differ in all that they can be kept by."""
    texts = {
        "linkedin/a.md": "---\nauthor: Zoé\ndate: 2025-03-01\nkind: edition\n---\n# Un\n\nmot",
        "b.md": "---\nauteur: Kim\ndate: 2025-04-01\ncanal: Blog\n---\n# Deux\n\n# Trois\n\nmot",
        "c.csv": "a;b\n1;2\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    ingest(knowledge, acme, [tmp_path])
    return knowledge


@pytest.mark.parametrize(
    ("where", "paths"),
    [
        (Where(), ["b.md", "linkedin/a.md", "c.csv"]),
        (Where(kinds=("edition", "table")), ["linkedin/a.md", "c.csv"]),
        (Where(channels=("linkedin",)), ["linkedin/a.md"]),
        (Where(channels=("BLOG", "x")), ["b.md"]),
        (Where(authors=("zoe",)), ["linkedin/a.md"]),
        (Where(since="2025-03-01"), ["b.md", "linkedin/a.md"]),
        (Where(since="2025-03-02"), ["b.md"]),
        (Where(until="2025-03-31"), ["linkedin/a.md"]),
        (Where(authors=("kim",), kinds=("edition",)), []),
    ],
)
def test_listed(full: Knowledge, acme: ClientScope, where: Where, paths: list[str]) -> None:
    """A list keeps to kind, channel, author and period, newest first."""
    assert [each.path for each in full.ledger.listed(acme, where)] == paths


def test_described(full: Knowledge, acme: ClientScope) -> None:
    """One source is shown with each passage, its heading and its place in the file."""
    table = full.ledger.described(acme, "c.csv")
    assert [part.place for part in table.outline] == ["row 2"]
    said = full.ledger.described(acme, "b.md").as_dict()
    assert [part["heading"] for part in said["outline"]] == ["Deux", "Trois"]
    assert (said["author"], said["channel"], said["passages"]) == ("Kim", "Blog", 2)
    assert said["meta"]["canal"] == "Blog"
    with pytest.raises(NotFoundError, match=r"no source c\.cvs → c\.csv\?"):
        full.ledger.described(acme, "c.cvs")


def test_hostile_front_matter(knowledge: Knowledge, acme: ClientScope, tmp_path: Path) -> None:
    """However much a file says of itself, little is kept of it, in one line each."""
    keys = "".join(f"k{number}: {'v' * 3000}\n" for number in range(25))
    (tmp_path / "a.md").write_text(
        f"---\nauthor: {'a' * 9000}\nchannel: {'c' * 99}\n{keys}---\nmot"
    )
    ingest(knowledge, acme, [tmp_path])
    found = knowledge.ledger.described(acme, "a.md")
    assert (len(found.source.author or ""), len(found.source.channel or "")) == (200, 64)
    assert max(map(len, found.meta.values())) == 1000
    assert len(found.meta) <= 64
