import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from savoirfaire.errors import BusyError, NotFoundError, SavoirError, ScopeError, TapeMissError
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.tools.recall import Recall, Recalled, TapeUse
from savoirfaire.tools.tape import CallScope, Tape

ACME, RIVAL = ClientScope("acme"), ClientScope("rival")
SOURCES = [
    ("items/b.md", "item", None),
    ("items/a.md", "item", None),
    ("items/deep/c.md", "item", None),
    ("items.md", "document", None),
    ("past/1.md", "edition", "2025-01-01"),
    ("past/2.md", "edition", "2025-02-01"),
    ("café.md", "document", None),
]
Ask = Callable[[Recall], list[Recalled]]
ASKED: dict[str, Ask] = {
    "search": lambda r: r.search(ACME, "budget", kinds=["item"], limit=9, node="collect"),
    "whole": lambda r: r.whole(ACME, ["items"], node="collect"),
    "latest": lambda r: r.latest(ACME, "edition", count=1, node="collect"),
}


def put(knowledge: Knowledge, scope: ClientScope, path: str, kind: str, date: str | None) -> None:
    """A source of two passages, with the client's name and the path in it."""
    front = "---\nsection: News\n---\n" if path.endswith("c.md") else ""
    body = (
        f"{front}# Budget\n\nbudget {scope.client} {path}\n\n# Suite\n\nnewsletter {scope.client}"
    )
    spans = cut(source_id(scope, path), body)
    knowledge.put(scope, [Source(path, kind, f"Title {path}", date, None, "", body, spans)])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knowledge]:
    """Two clients with sources of the same names, for what changes nothing."""
    with Knowledge.open(tmp_path_factory.mktemp("shared")) as opened:
        for scope in (ACME, RIVAL):
            opened.ledger.add_client(scope.client, "fr")
            for path, kind, date in SOURCES:
                put(opened, scope, path, kind, date)
        put(opened, RIVAL, "rival/only.md", "item", "2025-03-01")
        yield opened


@pytest.fixture
def knowledge(shared: Knowledge, tmp_path: Path) -> Iterator[Knowledge]:
    """A copy of the two clients, to write to; its index is made when it is needed."""
    shared.ledger.close()  # what is in the write-ahead log goes into the file
    shutil.copy(str(shared.ledger._engine.url.database), tmp_path / "ledger.db")
    with Knowledge.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def recall(shared: Knowledge) -> Recall:
    """Recall off any tape."""
    return Recall(shared)


def paths(found: list[Recalled]) -> list[str]:
    """The sources of what was recalled, each once, in order."""
    return list(dict.fromkeys(each.path for each in found))


# --- off the tape ---------------------------------------------------------------------------------


def test_search(recall: Recall, knowledge: Knowledge) -> None:
    """A search gives passages with source, span, quote and score, best first, of these kinds."""
    found = recall.search(ACME, "budget a.md", kinds=["item"], limit=2, node="collect")
    assert paths(found)[0] == "items/a.md"
    assert [each.score for each in found] == sorted((f.score for f in found), reverse=True)
    for each in found:
        assert knowledge.ledger.text(ACME, each.source)[each.start : each.end] == each.quote
        assert (each.kind, each.title) == ("item", f"Title {each.path}")
    assert recall.search(ACME, "quokka", kinds=["item"], limit=2, node="collect") == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["items/a.md"], ["items/a.md"]),
        (["items"], ["items/a.md", "items/b.md", "items/deep/c.md"]),
        (["items/"], ["items/a.md", "items/b.md", "items/deep/c.md"]),
        (["items/deep", "items/a.md"], ["items/deep/c.md", "items/a.md"]),
        (["items/b.md", "items"], ["items/b.md", "items/a.md", "items/deep/c.md"]),
        (["cafe\u0301.md"], ["café.md"]),
        (["items/a.md", "items/a.md"], ["items/a.md"]),
        ([], []),
    ],
)
def test_whole(recall: Recall, names: list[str], expected: list[str]) -> None:
    """Sources are named by path or by folder; each is given once, all its passages in order."""
    found = recall.whole(ACME, names, node="collect")
    assert paths(found) == expected
    assert [each.heading for each in found] == ["Budget", "Suite"] * len(expected)


@pytest.mark.parametrize(
    "name",
    [
        *("", "/", ".", "..", "../rival", "../acme/items", "rival", "rival/only.md", "rival/"),
        *("%", "items/%", "_tems", "*", "items*", "items/a.md/", "ITEMS", "items/a", "item", "\0"),
        *("' OR 1=1 --", "items//", "/items", "./items", "items\\a.md"),
    ],
)
def test_no_name_widens_the_scope(recall: Recall, name: str) -> None:
    """Patterns, paths above and another client's names match nothing; what is near is one's own."""
    if name == "items//":
        assert paths(recall.whole(ACME, [name], node="n"))[0] == "items/a.md"
        return
    with pytest.raises(NotFoundError) as raised:
        recall.whole(ACME, ["past", name], node="collect")
    assert "acme has no source" in str(raised.value)
    assert "only" not in str(raised.value).replace(name, "")


def test_sections(recall: Recall) -> None:
    """A source whose front matter names a section says so with each passage."""
    found = recall.whole(ACME, ["items"], node="collect")
    sections = {each.path: each.section for each in found}
    assert sections == {"items/a.md": "", "items/b.md": "", "items/deep/c.md": "News"}


def test_latest(recall: Recall) -> None:
    """The newest sources of a kind come first; another client's newer ones do not count."""
    assert paths(recall.latest(ACME, "edition", count=1, node="n")) == ["past/2.md"]
    assert paths(recall.latest(ACME, "edition", count=9, node="n")) == ["past/2.md", "past/1.md"]
    assert paths(recall.latest(ACME, "item", count=1, node="n")) == ["items/a.md"]
    assert recall.latest(ACME, "memo", count=1, node="n") == []
    with pytest.raises(ValueError, match="at least 1"):
        recall.latest(ACME, "edition", count=0, node="n")


@pytest.mark.parametrize("asked", ASKED)
def test_only_ones_own(recall: Recall, asked: str) -> None:
    """Nothing that is recalled for one client is another's."""
    found = ASKED[asked](recall)
    assert found
    assert not any("rival" in str(asdict(each)) for each in found)


# --- on the tape ----------------------------------------------------------------------------------


@pytest.fixture
def tape(knowledge: Knowledge, tmp_path: Path) -> Path:
    """A tape on which everything was asked once."""
    path = tmp_path / "tape.jsonl"
    recall = Recall(knowledge, tape=Tape(path), use="record")
    for ask in ASKED.values():
        ask(recall)
    return path


@pytest.mark.parametrize("asked", ASKED)
def test_replay_is_fixed(knowledge: Knowledge, tape: Path, asked: str) -> None:
    """A replay gives what was recalled then, whatever is known now; off the tape it is today's."""
    before = ASKED[asked](Recall(knowledge))
    put(knowledge, ACME, "items/0.md", "item", None)
    put(knowledge, ACME, "past/3.md", "edition", "2025-09-09")
    opened = Tape.load(tape)
    assert ASKED[asked](Recall(knowledge, tape=opened, use="replay")) == before
    assert len(opened.unplayed()) == 2
    assert ASKED[asked](Recall(knowledge, tape=opened, use="none")) != before


def test_nothing_recalled_is_recorded_too(knowledge: Knowledge, tmp_path: Path) -> None:
    """An empty answer is an answer: replaying it gives it again."""
    path = tmp_path / "empty.jsonl"

    def ask(use: TapeUse) -> list[Recalled]:
        recall = Recall(knowledge, tape=Tape(path), use=use)
        return recall.search(ACME, "quokka", kinds=["item"], limit=5, node="n")

    assert ask("record") == []
    put(knowledge, ACME, "items/quokka.md", "item", None)
    assert ask("replay") == []
    assert paths(ask("none")) == ["items/quokka.md"]


@pytest.mark.parametrize(
    ("ask", "difference"),
    [
        (lambda r: r.search(ACME, "budgets", kinds=["item"], limit=5, node="collect"), "budgets"),
        (lambda r: r.search(ACME, "budget", kinds=["memo"], limit=5, node="collect"), "memo"),
        (lambda r: r.search(ACME, "budget", kinds=["item"], limit=10, node="collect"), "10"),
        (lambda r: r.search(ACME, "budget", kinds=["item"], limit=9, node="plan"), "plan"),
        (lambda r: r.search(RIVAL, "budget", kinds=["item"], limit=9, node="collect"), "rival"),
        (lambda r: r.whole(ACME, ["past"], node="collect"), "past"),
        (lambda r: r.latest(ACME, "edition", count=2, node="collect"), "2"),
    ],
)
def test_a_miss(knowledge: Knowledge, tape: Path, ask: Ask, difference: str) -> None:
    """What was not asked when the tape was made is a miss that names what differs."""
    opened = Tape.load(tape)
    with pytest.raises(TapeMissError, match="role recall") as raised:
        ask(Recall(knowledge, tape=opened, use="replay"))
    assert difference in str(raised.value)
    assert len(opened.misses) == 1


def test_record_what_is_missing(knowledge: Knowledge, tape: Path) -> None:
    """Recording what is missing keeps what is on the tape, and adds the rest."""
    before = ASKED["latest"](Recall(knowledge))
    put(knowledge, ACME, "past/3.md", "edition", "2025-09-09")
    opened = Tape(tape)
    recall = Recall(knowledge, tape=opened, use="record-missing")
    assert ASKED["latest"](recall) == before
    new = recall.latest(ACME, "edition", count=2, node="collect")
    assert paths(new) == ["past/3.md", "past/2.md"]
    assert len(opened) == 4
    again = Recall(knowledge, tape=Tape.load(tape), use="replay")
    assert again.latest(ACME, "edition", count=2, node="collect") == new


def test_record_anew(knowledge: Knowledge, tape: Path) -> None:
    """Recording replaces what was on the tape by what is known now."""
    put(knowledge, ACME, "past/3.md", "edition", "2025-09-09")
    assert paths(ASKED["latest"](Recall(knowledge, tape=Tape(tape), use="record"))) == ["past/3.md"]
    replayed = ASKED["latest"](Recall(knowledge, tape=Tape.load(tape), use="replay"))
    assert paths(replayed) == ["past/3.md"]


@pytest.mark.parametrize("use", ["none", "record", "record-missing", "replay"])
@pytest.mark.parametrize("scope", [None, "acme", ClientScope("nobody")], ids=str)
def test_no_scope(knowledge: Knowledge, tape: Path, use: TapeUse, scope: ClientScope) -> None:
    """On a tape or off it, nothing is recalled without the scope of a client that exists."""
    opened = Tape(tape)
    before = tape.read_bytes()
    recall = Recall(knowledge, tape=opened, use=use)
    with pytest.raises(ScopeError):
        recall.whole(scope, ["items"], node="collect")
    assert tape.read_bytes() == before


def test_a_tape_of_another_form(knowledge: Knowledge, tmp_path: Path) -> None:
    """A recorded answer that is not passages as they are known here says so."""
    tape = Tape(tmp_path / "other.jsonl")
    request = {"client": "acme", "latest": "edition", "count": 1}
    tape.add("recall", request, CallScope("recall", "collect"), [{"words": "old form"}])
    with pytest.raises(SavoirError, match="not in a form that is known here"):
        ASKED["latest"](Recall(knowledge, tape=tape, use="replay"))


def test_without_a_tape(knowledge: Knowledge) -> None:
    """Without a tape there is nothing to replay: recall asks the store."""
    assert ASKED["whole"](Recall(knowledge, use="replay"))


def test_rest(tmp_path: Path) -> None:
    """Who rests keeps the index for those beside it, and gives it to other processes shortly."""
    with Knowledge.open(tmp_path) as mine:
        mine.ledger.add_client("acme", "fr")
        put(mine, ACME, "items/a.md", "item", None)
        recall = Recall(mine)
        for _ in range(2):
            ASKED["search"](recall)
            recall.rest()
        with Knowledge.open(tmp_path, wait=0.01) as hasty, pytest.raises(BusyError):
            hasty.search(ACME, "budget", limit=1)
        with Knowledge.open(tmp_path, wait=10) as patient:
            assert patient.search(ACME, "budget", limit=1)
