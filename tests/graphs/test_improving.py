"""From edits to rules: counted, proposed, approved by a person, applied, and measured."""

from typing import Any

import pytest

from savoirfaire.agents.forms import Entry, Sentence, WrittenSection
from savoirfaire.graphs.improving import (
    AUTHOR,
    decided_editions,
    effects,
    propose_habits,
    with_habits,
)
from savoirfaire.knowledge.brand import Brand, BrandPack
from savoirfaire.knowledge.scope import ClientScope

EN, FR = ClientScope("acme"), ClientScope("durand")
PLAIN = BrandPack(brand=Brand(name="Acme", language="en", voice="Plain."))


async def editions(newsroom: Any, model: Any, edited: int, left: int) -> None:
    """Editions with a loud word and mark, which a reviewer takes out of so many."""
    model.write = lambda prompt: model._write(prompt) if "(the lead" in prompt else loud(prompt)
    for number in range(edited + left):
        progress = await newsroom.start(model.wire)
        async with newsroom.runs() as runs:
            shown = runs.approvals.get(*progress.approvals).request
            text = shown["action_requests"][0]["args"]["markdown"]
            assert "amazing oven!" in text
            calm = {"markdown": text.replace("amazing oven!", "new oven.")}
            verdict: Any = "edit" if number < edited else "approve"
            edits = calm if number < edited else None
            runs.approvals.decide(*progress.approvals, verdict, by="bob", edits=edits)
            await runs.drive(progress.run)


def loud(_prompt: str) -> Any:
    """A section that praises."""
    said = Sentence(text="See the amazing oven!", cites=["S1.1", "S2.1"])
    return WrittenSection(entries=[Entry(sentences=[said])])


async def test_from_edits_to_rules(newsroom: Any, model: Any) -> None:
    """What was changed in three editions of four is proposed once; approved, it is checked."""
    await editions(newsroom, model, 3, 1)
    async with newsroom.runs() as runs:
        knowledge = runs.knowledge
        assert len(decided_editions(knowledge.ledger, EN)) == 4
        assert decided_editions(knowledge.ledger, FR) == []
        made = propose_habits(knowledge, EN, "en")
        assert {habit.key for habit, _ in made} == {"mark: !", "swap: amazing > new"}
        again = propose_habits(knowledge, EN, "en")
        assert [record.id for _, record in again] == [record.id for _, record in made]
        assert all(record.author == AUTHOR for _, record in made)
        assert with_habits(knowledge, EN, PLAIN) == PLAIN  # nothing holds until a person says so
        records = {habit.key: record for habit, record in made}
        knowledge.brand_os.accept(EN, records["swap: amazing > new"].id, by="ann")
        knowledge.brand_os.accept(EN, records["mark: !"].id, by="ann")
        brand = with_habits(knowledge, EN, PLAIN)
        assert [(rule.avoid, rule.use) for rule in brand.rules] == [(["amazing"], "new")]
        assert [each.text for each in brand.guidance] == ["Edits: Write without “!”"]
        assert {record.kind for _, record in made} == {"rule"}
        assert with_habits(knowledge, FR, PLAIN) == PLAIN
    progress = await newsroom.start(model.wire)
    state = await newsroom.state(progress.run)
    assert "amazing" in {each["quote"] for each in state["found"]}
    async with newsroom.runs() as runs:
        runs.approvals.decide(*progress.approvals, "approve", by="bob")
        measured = {each.key: each.measured for each in effects(runs.knowledge, EN)}
    mark = measured["mark: !"]
    assert (mark["before"], mark["editions_before"], mark["editions_after"]) == (1.0, 4, 1)
    assert mark["after"] == 0.0  # the reviser took it out


@pytest.mark.sweep
async def test_turned_down(newsroom: Any, model: Any) -> None:
    """What a person turned down is not proposed again, and shapes nothing."""
    await editions(newsroom, model, 3, 0)
    async with newsroom.runs() as runs:
        brand_os = runs.knowledge.brand_os
        for _, record in propose_habits(runs.knowledge, EN, "fr"):
            assert "Relectures" in record.title
            brand_os.reject(EN, record.id, by="ann")
        statuses = {record.status for _, record in propose_habits(runs.knowledge, EN, "fr")}
        assert statuses == {"rejected"}
        assert with_habits(runs.knowledge, EN, PLAIN) == PLAIN
