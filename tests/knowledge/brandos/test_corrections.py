"""What holds after a correction: quotes of what was not changed, and who wrote the rest."""

import pytest
from sqlalchemy import Engine

from savoirfaire.errors import ConflictError, RecordError
from savoirfaire.knowledge.brandos.agreeing import merged
from savoirfaire.knowledge.brandos.keeping import kept
from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.scope import ClientScope
from tests.knowledge.brandos.conftest import Cite, Put
from tests.knowledge.brandos.test_filling import ACROSS, csv, values
from tests.knowledge.brandos.test_store import forgotten

LINES = {"lines": [{"item": "Advice", "amount": "450"}, {"item": "Text", "amount": "80"}]}
NOTE = "---\nrecord: win\nwhat: A radio spot\n---\nIn town.\n\n## Result\n\n37 visits.\n"


@pytest.mark.parametrize(
    ("field", "after", "fields"),
    [
        ("/lines/0/amount", LINES, ["/lines/0/amount"]),
        (
            "/lines/0/amount",
            {"lines": [{"item": "Advice", "amount": "999"}, LINES["lines"][1]]},
            [],
        ),
        ("/lines/0/amount", {"lines": [{"item": "Other", "amount": "450"}]}, []),
        ("/lines/1/amount", {"lines": LINES["lines"][1:]}, ["/lines/0/amount"]),
        ("/lines", {"lines": LINES["lines"][1:]}, []),
        ("", {**LINES, "name": "Rates"}, ["/lines"]),
    ],
)
def test_kept(field: str, after: dict[str, object], fields: list[str]) -> None:
    """A quote stays with what it says, wherever that stands now, and with nothing else."""
    given = [Citation(source="s", quote="450", start=0, end=3, field=field)]
    assert [each.field for each in kept(given, LINES, after)] == fields


def test_an_edit_is_the_persons(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """An edited field has no quote, the others keep theirs, and the author is who wrote it."""
    put(acme, "mail.csv", csv(ACROSS))
    brand_os.fill(acme)
    first = brand_os.list(acme)[0]
    data = first.data.plain()
    data["points"][0]["value"] = 99
    made = brand_os.edit(acme, first.id, data, by="kim")
    assert (made.author, made.decided_by) == ("kim", "kim")
    assert [each.field for each in made.citations] == ["/points/1/value"]
    assert brand_os.fill(acme).replaced == 0
    assert made.id in {each.id for each in brand_os.list(acme)}


def test_edited_words_go_with_their_source(
    brand_os: BrandOS, acme: ClientScope, cite: Cite, engine: Engine
) -> None:
    """What was edited from a source is retired with it, as it was not a person's from the first."""
    quote = cite(acme, "Bolt", "/name")
    made = brand_os.propose(
        acme, "competitor", {"name": "Bolt", "notes": "a"}, citations=[quote], author="extractor@1"
    )
    mine = brand_os.edit(acme, made.id, {"name": "Bolt", "notes": "b"}, by="kim")
    forgotten(engine, acme, quote.source)
    brand_os.reexamine(acme)
    assert brand_os.get(acme, mine.id).status == "superseded"


def test_a_changed_file_withdraws_its_proposal(
    brand_os: BrandOS, acme: ClientScope, put: Put
) -> None:
    """What a file proposed and says no more is withdrawn; said again, it is proposed again."""
    put(acme, "radio.md", NOTE)
    assert (brand_os.fill(acme).proposed, brand_os.fill(acme).proposed) == (1, 0)
    (old,) = brand_os.list(acme, status="proposed")
    put(acme, "radio.md", NOTE.replace("37", "41"))
    filled = brand_os.fill(acme)
    assert (filled.proposed, filled.withdrawn, filled.waiting) == (1, 1, 1)
    (new,) = brand_os.list(acme, status="proposed")
    ended = brand_os.get(acme, old.id)
    assert (ended.status, ended.superseded_by) == ("superseded", new.id)
    assert ended.reason
    put(acme, "radio.md", NOTE)
    brand_os.fill(acme)
    (back,) = brand_os.list(acme, status="proposed")
    assert back.data == old.data
    put(acme, "radio.md", "Nothing.")
    assert (brand_os.fill(acme).withdrawn, brand_os.fill(acme).withdrawn) == (1, 0)


def test_copies_are_counted_once(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """A copy proposes nothing new, and a change of one leaves what the other still says."""
    for path in ("a.md", "b.md"):
        put(acme, path, NOTE)
    assert (brand_os.fill(acme).proposed, brand_os.fill(acme).proposed) == (1, 0)
    put(acme, "a.md", "Nothing.")
    assert brand_os.fill(acme).withdrawn == 0


def test_a_lost_quote_is_not_accepted(
    brand_os: BrandOS, acme: ClientScope, put: Put, cite: Cite
) -> None:
    """A proposal whose source says otherwise now is refused; a person may still write it."""
    quote = cite(acme, "Bolt", "/name", "a.md")
    data = {"name": "Bolt"}
    made = brand_os.propose(acme, "competitor", data, citations=[quote], author="x@1")
    put(acme, "a.md", "Crumbs.")
    assert brand_os.get(acme, made.id).citations[0].lost
    with pytest.raises(RecordError, match="no longer says"):
        brand_os.accept(acme, made.id, by="kim")
    own = brand_os.edit(acme, made.id, data, by="kim")
    assert (own.status, own.citations) == ("active", [])


def test_a_rejected_one_is_accepted_only_again(brand_os: BrandOS, acme: ClientScope) -> None:
    """What was rejected becomes active where that is meant, as a record of its own."""
    made = brand_os.propose(acme, "competitor", {"name": "Bolt"}, citations=[], author="x@1")
    brand_os.reject(acme, made.id, by="kim", reason="no")
    with pytest.raises(ConflictError):
        brand_os.accept(acme, made.id, by="kim")
    back = brand_os.accept(acme, made.id, by="kim", again=True)
    assert (back.status, back.supersedes) == ("active", made.id)
    assert brand_os.get(acme, made.id).status == "rejected"


def test_one_active_record_replaces_another(brand_os: BrandOS, acme: ClientScope) -> None:
    """Of two active records that contradict each other, a person says which one holds."""
    made = []
    for notes in "ab":
        data = {"name": "Bolt", "notes": notes}
        each = brand_os.propose(acme, "competitor", data, citations=[], author="x@1")
        made.append(brand_os.accept(acme, each.id, by="kim").id)
    assert brand_os.replace(acme, *made, by="kim").id == made[1]
    assert [each.id for each in brand_os.list(acme)] == [made[1]]
    assert brand_os.get(acme, made[0]).superseded_by == made[1]
    with pytest.raises(RecordError):
        brand_os.replace(acme, made[1], made[1], by="kim")


def test_series_that_go_on(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """Series of other dates do not contradict each other; of one date, another value does."""
    put(acme, "old/mail.csv", csv("date,opens\n2024-11-01,5\n2024-12-01,6\n"))
    put(acme, "new/mail.csv", csv("date,opens\n2024-12-01,6\n2025-01-01,7\n"))
    brand_os.fill(acme)
    one, _ = brand_os.list(acme)
    assert brand_os.contradictions(acme, one.id) == []
    put(acme, "new/mail.csv", csv("date,opens\n2024-12-01,8\n2025-01-01,7\n"))
    brand_os.fill(acme)
    first, _ = brand_os.list(acme)
    ((_, fields),) = brand_os.contradictions(acme, first.id)
    assert fields == ["points"]
    assert "contradicted" in {gap.what for gap in brand_os.gaps(acme, "2025-02-01")}


def test_merged(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """Series that go on are told as one, each point once with its own quotes."""
    put(acme, "old/mail.csv", csv("date,opens\n2024-11-01,5\n2024-12-01,6\n"))
    put(acme, "new/mail.csv", csv("date,opens\n2024-12-01,6\n2025-01-01,7\n"))
    brand_os.fill(acme)
    (one,) = merged(brand_os.list(acme))
    assert values(one) == [("2024-11-01", 5.0), ("2024-12-01", 6.0), ("2025-01-01", 7.0)]
    said = sorted((each.field, each.quote) for each in one.citations)
    assert said == [
        ("/points/0/value", "5"),
        ("/points/1/value", "6"),
        ("/points/1/value", "6"),
        ("/points/2/value", "7"),
    ]
