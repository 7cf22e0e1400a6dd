"""The panel graph: personas with sources are asked by a model, and never made to speak without."""

from typing import Any

import pytest

from savoirfaire.agents.personas.asking import Reaction
from savoirfaire.agents.personas.evidence import from_table
from savoirfaire.agents.personas.store import PanelStore, find_personas, people_of
from savoirfaire.errors import NotFoundError, PanelError, ScopeError
from savoirfaire.graphs.runs import Progress
from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.testing import Scripted, ScriptedTransport

EN = ClientScope("acme")
SURVEY = "Responder #,Vote,Why,City,Age\n" + "".join(
    f"{n},{n % 5 + 1},I like bread very much indeed,{'Lyon' if n % 2 else 'Metz'},{20 + n}-30\n"
    for n in range(1, 13)
)


def speaks(body: dict[str, Any]) -> Scripted:
    """A model that loves what is flattered, and doubts the rest."""
    asked = str(body["messages"][-1]["content"])
    words = (
        "I would definitely buy this." if "adores" in asked else "I would probably not buy this."
    )
    return Reaction(words=words)


async def asked(
    newsroom: Any, wire: ScriptedTransport | None, **request: Any
) -> tuple[Progress, dict[str, Any]]:
    """Ask three people of the survey about a loaf."""
    newsroom.ingest(EN, {"survey.csv": SURVEY})
    async with newsroom.runs(wire) as runs:
        (source,) = [row.id for row in runs.knowledge.ledger.sources(EN, kind="table")]
        people = from_table(runs.knowledge, EN, source)
        members = [each.id for each in people[:3]]
        run = runs.submit(
            EN, "panel", {"members": members, "shown": ["A loaf of rye"], **request}, by="ann"
        )
        return await runs.drive(run), await runs.state(run)


async def test_offline(newsroom: Any) -> None:
    """Without a model nobody is asked, and the run says why."""
    progress, state = await asked(newsroom, None)
    assert progress.status == "completed"
    assert "needs a language model" in state["abstained"]
    assert "reports" not in state


async def test_asked(newsroom: Any) -> None:
    """Each persona speaks in words, which are rated; without people it is directional only."""
    wire = ScriptedTransport(speaks)
    progress, state = await asked(newsroom, wire, checks=True)
    assert progress.status == "completed", progress.reason
    assert len(wire.requests) == 12
    (report,) = state["reports"]
    assert (report["verdict"], report["rated_by"]) == ("directional only", "lexical/1")
    assert sum(report["distribution"]) == pytest.approx(1, abs=1e-3)
    shifts = {each["variant"]: each["shift"] for each in report["probes"]}
    assert shifts["retest"] == 0
    assert shifts["flattery"] > 0
    assert "City: " in wire.prompts[0]
    assert "Vote" not in wire.prompts[0]


async def test_everybody_declines(newsroom: Any) -> None:
    """Where nobody has a word for one of two lines the run goes on, and tells why none is rated."""

    def shy(body: dict[str, Any]) -> Scripted:
        about_rye = "rye" in str(body["messages"][-1]["content"])
        return Reaction(words="I prefer not to answer that." if about_rye else "I would buy it.")

    wire = ScriptedTransport(shy)
    progress, state = await asked(newsroom, wire, shown=["A loaf of rye", "A bun"])
    assert (progress.status, state["reports"]) == ("completed", [])
    assert state["abstained"] == "everybody on the panel declined to answer"
    assert len(state["reactions"]) == 6


def test_personas(newsroom: Any) -> None:
    """A trait has its source or is assumed; a member that was removed is told of as gone."""
    newsroom.ingest(EN, {"survey.csv": SURVEY, "notes.md": "Bakers get up at 3 in the morning."})
    with newsroom.knowledge() as knowledge:
        rows = {row.path.rpartition("/")[2]: row.id for row in knowledge.ledger.sources(EN)}
        people = from_table(knowledge, EN, rows["survey.csv"])
        assert [(t.attribute, t.value) for t in people[0].traits] == [("City", "Lyon")]
        assert people[0].traits[0].source.endswith("survey.csv")
        traits = [
            {"attribute": "hour", "value": "3 in the morning"},
            {"attribute": "mood", "value": "cheerful"},
        ]
        cited = Citation(source=rows["notes.md"], quote="3 in the morning", field="/traits/0/value")
        record = knowledge.brand_os.propose(
            EN,
            "audience_persona",
            {"name": "Baker", "traits": traits},
            citations=[cited],
            author="a",
        )
        knowledge.brand_os.accept(EN, record.id, by="kim")
        (baker,) = people_of(knowledge, EN)
        assert [each.assumed for each in baker.traits] == [False, True]
        assert "cheerful (assumed)" in baker.words()
        store = PanelStore(knowledge.ledger.engine, newsroom.workspace.data / "panels")
        saved = store.save(EN, "bakers", [baker, *people], {"City": {"Lyon": 0.5}}, 0)
        assert store.save(EN, "bakers", [baker], {}, 0).version == saved.version + 1
        assert store.get(EN, "bakers", 1).members == saved.members
        with pytest.raises(NotFoundError, match="bakers"):
            store.get(EN, "baker")
        with pytest.raises(ScopeError):
            store.saved(ClientScope("acne"))
        knowledge.remove(EN, [rows["survey.csv"]])
        found, gone = find_personas(knowledge, EN, saved.members)
        assert (len(found), gone) == (1, 12)
        (newsroom.workspace.data / "panels" / "acme" / "bakers.v0002.json").write_text("[1]")
        with pytest.raises(PanelError, match="damaged"):
            store.get(EN, "bakers")
