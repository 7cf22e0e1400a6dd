import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from savoirfaire.errors import RecordError, SavoirError, TapeMissError
from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.database import now, writing
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.tools.recall import Known, Recall
from savoirfaire.tools.tape import CallScope, Tape

ACME = ClientScope("acme")
TEXT = "Bolt sells cheap widgets. Acme sells good widgets since 1950. Widgets are blue.\n"
LATER = "2999-01-01T00:00:00.000Z"
LONG_AGO = "2000-01-01T00:00:00.000Z"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knowledge]:
    """A client with a source, a competitor on record and a fact, for what changes nothing."""
    with Knowledge.open(tmp_path_factory.mktemp("shared"), wait=2) as opened:
        opened.ledger.add_client("acme", "en")
        put(opened, "market.md", TEXT)
        rival = opened.brand_os.propose(
            ACME,
            "competitor",
            {"name": "Bolt", "positioning": "cheap widgets"},
            citations=[quote("Bolt sells cheap widgets.")],
            author="kim",
        )
        opened.brand_os.accept(ACME, rival.id, by="kim")
        say(opened, "Bolt", "founded", "1999", "Widgets are blue.")
        yield opened


@pytest.fixture
def knowledge(shared: Knowledge, tmp_path: Path) -> Iterator[Knowledge]:
    """A copy to write to; its index is made when it is needed."""
    shared.ledger.close()  # what is in the write-ahead log goes into the file
    shutil.copy(str(shared.ledger.engine.url.database), tmp_path / "ledger.db")
    with Knowledge.open(tmp_path, wait=2) as opened:
        yield opened


def put(knowledge: Knowledge, path: str, words: str, date: str | None = None) -> None:
    """A source of the client."""
    spans = cut(source_id(ACME, path), words)
    knowledge.put(ACME, [Source(path, "document", path, date, None, path, words, spans)])


def quote(words: str, path: str = "market.md") -> Citation:
    """Words of a source."""
    return Citation(source=source_id(ACME, path), quote=words)


def say(knowledge: Knowledge, subject: str, attribute: str, value: str, words: str) -> Any:
    """A fact with the words that say it."""
    return knowledge.facts.assert_(  # noqa: PT009
        ACME, subject, attribute, value=value, citations=[quote(words)], author="kim"
    )


def clock(knowledge: Knowledge) -> str:
    """The database's instant, as a run has it, with nothing recorded in the same one."""
    with writing(knowledge.ledger.engine) as connection:
        instant = now(connection)
        while now(connection) == instant:
            connection.execute(text("SELECT 1"))
        return instant


def known(recall: Recall, question: str = "what of Bolt’s widgets?", **more: Any) -> Known:
    """What is recalled of a question, with the competitors on record."""
    asked = {"clock": LATER, "node": "plan", "records": ["competitor"]} | more
    return recall.known(ACME, question, **asked)


def test_joined(shared: Knowledge) -> None:
    """Passages, facts and records come together, each with exact words of its sources."""
    found = known(Recall(shared))
    assert [each.path for each in found.passages] == ["market.md"]
    assert {f"{f.subject} {f.attribute} {f.says}" for f in found.facts} == {
        "acme competes_with Bolt",
        "Bolt positioning cheap widgets",
        "Bolt founded 1999",
    }
    assert [(r.kind, r.title, r.data["name"]) for r in found.records] == [
        ("competitor", "Bolt", "Bolt")
    ]
    spans = [each.spans for each in found.facts] + [each.spans for each in found.records]
    for several in spans:
        assert several
        for span in several:
            assert shared.ledger.text(ACME, span.source)[span.start : span.end] == span.quote


@pytest.mark.parametrize(
    ("question", "entities", "count"),
    [
        ("what of BOLT?", [], 3),
        ("what of the client?", ["acme"], 3),
        ("what of nobody?", [], 0),
        ("what of nobody?", ["nobody"], 0),
        ("", [], 0),
    ],
)
def test_entities(shared: Knowledge, question: str, entities: list[str], count: int) -> None:
    """Facts are those about what is named, and about what that leads to; unknown names are none."""
    found = known(Recall(shared), question, entities=entities, records=())
    assert len(found.facts) == count
    assert found.records == []


def test_limits(knowledge: Knowledge) -> None:
    """As many passages and facts as are asked for, the nearest first."""
    put(knowledge, "more.md", "More widgets, and widgets.\n")
    found = known(Recall(knowledge), limit=1, facts=2)
    assert (len(found.passages), len(found.facts)) == (1, 2)


def test_nothing_after_the_clock(knowledge: Knowledge) -> None:
    """What was recorded, superseded, retracted or given a name after the clock does not show."""
    recall = Recall(knowledge)
    start = clock(knowledge)
    before = known(recall, clock=start)
    put(knowledge, "late.md", "Bolt widgets, late widgets.\n")
    for fact in knowledge.facts.as_of(ACME, subject="Bolt", attribute="founded"):
        knowledge.facts.retract(ACME, fact.id, by="kim", reason="wrong")
    say(knowledge, "Bolt", "motto", "cheap", "Widgets are blue.")
    say(knowledge, "Widgets", "colour", "blue", "Widgets are blue.")
    (record,) = knowledge.brand_os.list(ACME, kind="competitor")
    knowledge.brand_os.edit(ACME, record.id, {"name": "Bolt", "positioning": "loud"}, by="kim")
    knowledge.facts.alias(ACME, "Bolt", "Gizmo")
    assert known(recall, "a gizmo", clock=start).facts == []
    assert known(recall, "a gizmo").facts
    after = known(recall, clock=start)
    assert (after.facts, after.records) == (before.facts, before.records)
    assert {each.path for each in after.passages} == {"market.md"}
    today = known(recall)
    assert {each.path for each in today.passages} == {"market.md", "late.md"}
    assert {"motto", "colour"} <= {fact.attribute for fact in today.facts}
    assert "founded" not in {fact.attribute for fact in today.facts}
    assert today.records[0].data["positioning"] == "loud"


def test_before_anything(shared: Knowledge) -> None:
    """At a clock before all that is known there is nothing, and that is no error."""
    assert known(Recall(shared), clock=LONG_AGO) == Known(LONG_AGO, [], [], [])


def test_dated_later(knowledge: Knowledge) -> None:
    """What is dated after the clock's day is left out."""
    put(knowledge, "plan.md", "Widgets will be red.\n", date="2998-01-01")
    for at, shown in ((clock(knowledge), False), (LATER, True)):
        found = known(Recall(knowledge), clock=at).passages
        assert ("plan.md" in {each.path for each in found}) == shown


def test_what_no_source_says_any_more(knowledge: Knowledge) -> None:
    """A fact whose words have left its source is not recalled; the others are."""
    put(knowledge, "market.md", TEXT.replace("Widgets are blue.", "Widgets are red."))
    attributes = {fact.attribute for fact in known(Recall(knowledge)).facts}
    assert attributes == {"competes_with", "positioning"}


@pytest.mark.parametrize("wrong", ["", "2025-01-01", "now", None])
def test_no_clock(shared: Knowledge, wrong: Any) -> None:
    """Without an instant nothing is recalled, on a tape or off it."""
    with pytest.raises(SavoirError, match="is not an instant"):
        known(Recall(shared), clock=wrong)


def test_unknown_kind(shared: Knowledge) -> None:
    """A kind of record that there is not is refused."""
    with pytest.raises(RecordError, match="no records of the kind"):
        known(Recall(shared), records=["competitors"])


def test_replay(knowledge: Knowledge, tmp_path: Path) -> None:
    """A replay gives what was recalled then, at any later clock; another question is a miss."""
    path = tmp_path / "tape.jsonl"
    recorded = known(Recall(knowledge, tape=Tape(path), use="record"))
    say(knowledge, "Bolt", "motto", "cheap", "Widgets are blue.")
    tape = Tape.load(path)
    replayed = Recall(knowledge, tape=tape, use="replay")
    later = "2999-09-09T00:00:00.000Z"
    assert known(replayed, clock=later) == recorded
    assert asdict(known(replayed)) == asdict(recorded)
    assert tape.unplayed() == []
    with pytest.raises(TapeMissError, match="records"):
        known(replayed, records=())
    assert known(Recall(knowledge, tape=Tape(path), use="record-missing")) == recorded


@pytest.mark.parametrize("reply", [[], {}, {"clock": LATER, "passages": [], "facts": [{}]}, 3])
def test_a_tape_of_another_form(shared: Knowledge, tmp_path: Path, reply: Any) -> None:
    """A recorded answer of another form says so."""
    tape = Tape(tmp_path / "other.jsonl")
    asked = {"known": "q", "entities": [], "records": [], "kinds": [], "limit": 8, "facts": 50}
    tape.add("recall", {"client": "acme", **asked}, CallScope("recall", "plan"), reply)
    with pytest.raises(SavoirError, match="not in a form that is known here"):
        known(Recall(shared, tape=tape, use="replay"), "q", records=())
