"""Openings to choose from: asked for once, chosen by a person, and learned from."""

import json
from typing import Any

import pytest

from savoirfaire.agents.forms import Sentence
from savoirfaire.agents.openings import Opening, Openings, Subject
from savoirfaire.graphs.editions.choosing import choice_words, taught
from savoirfaire.knowledge.scope import ClientScope

EN, FR = ClientScope("acme"), ClientScope("durand")


def opening(approach: str, text: str, cites: str = "S1.1") -> Opening:
    """An opening of one sentence with two subject lines."""
    return Opening.model_validate(
        {
            "approach": approach,
            "angle": f"by {approach}",
            "sentences": [Sentence(text=text, cites=[cites])],
            "subjects": [
                Subject(line=f"{approach} first", preview="p"),
                Subject(line="other", preview="q"),
            ],
        }
    )


THREE = [
    opening("news", "The bakery lights a new oven on Monday 11 May 2026."),
    opening("reader", "Neighbours may watch what is lit."),
    opening("thread", "Rye and fire share a month.", "S2.1"),
]


@pytest.fixture
def writer(model: Any) -> Any:
    """A model that writes three openings."""
    model.open = lambda _prompt: Openings(openings=THREE)
    return model


def request(newsroom: Any) -> dict[str, Any]:
    """What the last approval asks."""
    return dict(json.loads(newsroom.rows("approvals")[-1]["request"]))


async def test_chosen(newsroom: Any, writer: Any) -> None:
    """The opening that a person chose is the edition's, with its subject; the choice is kept."""
    progress = await newsroom.start(writer.wire, openings=3)
    asked = request(newsroom)
    options = asked["action_requests"][0]["args"]["options"]
    assert asked["action_requests"][0]["description"] == "Choose how “Letter 12” opens, of 3."
    assert [each["approach"] for each in options] == ["news", "reader", "thread"]
    assert options[2]["markdown"] == "Rye and fire share a month.[^1]"
    assert options[2]["citations"][0]["path"] == "items/rye.md"
    assert options[0]["other_subjects"] == ["other | q"]
    assert set(asked["notes"]["subjects"]) == {*(f"{o.approach} first" for o in THREE), "other"}
    assert writer.asked["write"] == 0
    async with newsroom.runs(writer.wire) as runs:
        runs.approvals.decide(*progress.approvals, "choose", by="bob", choice=2, reason="warmer")
        progress = await runs.drive(progress.run)
    assert writer.asked["write"] == 1
    shown = request(newsroom)["action_requests"][0]["args"]
    assert (shown["subject"], shown["preview"]) == ("thread first", "p")
    assert shown["markdown"].startswith("# Letter 12\n\nRye and fire share a month.[^1]\n\n## News")
    async with newsroom.runs() as runs:
        (choice,) = taught(runs.knowledge.ledger, EN)
        assert taught(runs.knowledge.ledger, FR) == []
    assert (choice.approach, choice.over, choice.reason) == ("thread", ("news", "reader"), "warmer")
    await newsroom.decide(*progress.approvals, "approve")
    (mail,) = [text for name, text in newsroom.published().items() if name.endswith(".eml")]
    assert "Subject: thread first" in mail


async def test_as_the_person_left_it(newsroom: Any, writer: Any) -> None:
    """Words and subject that a person changed are taken as they left them, marks and all."""
    progress = await newsroom.start(writer.wire, openings=3)
    edits = {"subject": "Mine", "markdown": "Rye it is.[^1] And fire."}
    async with newsroom.runs(writer.wire) as runs:
        runs.approvals.decide(*progress.approvals, "choose", by="bob", choice=2, edits=edits)
        await runs.drive(progress.run)
        state = await runs.state(progress.run)
    (entry,) = state["written"]["0"]["entries"]
    assert entry["sentences"] == [
        {"text": "Rye it is.", "cites": ["S2.1"]},
        {"text": "And fire.", "cites": []},
    ]
    assert request(newsroom)["action_requests"][0]["args"]["subject"] == "Mine"
    assert "citation.missing" in {each["rule"] for each in state["breaches"]}


async def test_what_was_chosen_is_told(newsroom: Any, writer: Any) -> None:
    """The next edition is opened by one who knows what people chose, and why."""
    for _ in range(2):
        progress = await newsroom.start(writer.wire, openings=2)
        async with newsroom.runs(writer.wire) as runs:
            runs.approvals.decide(*progress.approvals, "choose", by="bob", choice=1, reason="calm")
            await runs.drive(progress.run)
    prompt = [prompt for role, prompt in writer.prompts if role == "open"][-1]
    assert "- reader: chosen 1 of 1 times" in prompt
    assert "Chosen (reader, because: calm):" in prompt
    assert prompt.index("- reader: what these") < prompt.index(
        "- ", prompt.index("- reader: what") + 5
    )


@pytest.mark.parametrize(
    ("openings", "asked", "lead"),
    [
        ([THREE[0], THREE[0]], 0, "The bakery lights a new oven"),
        ([], 0, "The bakery has news."),
        ([opening("news", " ")], 0, "The bakery has news."),
    ],
)
async def test_no_choice(
    newsroom: Any, writer: Any, openings: list[Opening], asked: int, lead: str
) -> None:
    """Where openings are alike nobody is asked; where none came, the lead is written as ever."""
    writer.open = lambda _prompt: Openings(openings=openings)
    await newsroom.start(writer.wire, openings=3)
    gates = [json.loads(row["request"])["gate"] for row in newsroom.rows("approvals")]
    assert gates.count("opening") == asked
    assert f"# Letter 12\n\n{lead}" in request(newsroom)["action_requests"][0]["args"]["markdown"]


async def test_rejected(newsroom: Any, writer: Any) -> None:
    """Where none of them will do, nothing is written, and the reason is learned."""
    progress = await newsroom.start(writer.wire, openings=3)
    ended = await newsroom.decide(*progress.approvals, "reject", reason="all dull")
    assert (ended.status, newsroom.published()) == ("completed", {})
    assert [row["reason"] for row in newsroom.rows("lessons")] == ["all dull"]


async def test_offline(newsroom: Any) -> None:
    """Without a model each opening begins with another item, and says that nobody wrote it."""
    progress = await newsroom.start(openings=4)
    options = request(newsroom)["action_requests"][0]["args"]["options"]
    assert len(options) == 2
    assert all(each["angle"].startswith("Without a language model") for each in options)
    progress = await newsroom.decide(*progress.approvals, "choose", choice=1)
    assert "Put together without a language model" in str(request(newsroom))
    assert (await newsroom.decide(*progress.approvals, "approve")).status == "completed"


def test_nothing_chosen_yet() -> None:
    """Before any choice there is nothing to tell."""
    assert choice_words([]) == "(none)"
