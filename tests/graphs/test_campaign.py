"""A campaign: graphs inside a graph, each with its own gates, and one account of them all."""

from typing import Any

import pytest
from pydantic import ValidationError

from savoirfaire.agents.campaigning import Angle, Piece, apart, pieces_offline, placed
from savoirfaire.agents.forms import Sentence
from savoirfaire.graphs.account import account
from savoirfaire.graphs.campaigning.expecting import awaited
from savoirfaire.graphs.campaigning.parts import told
from savoirfaire.graphs.campaigning.state import CampaignRequest
from savoirfaire.graphs.campaigning.wording import panel_words
from savoirfaire.knowledge.scope import ClientScope

EN = ClientScope("acme")
REQUEST = {
    "title": "A new oven",
    "date": "2026-05-04",
    "language": "en",
    "brief": "Everybody in town should hear of the oven and of the bread workshop.",
    "items": ["items"],
    "newsletter": {"title": "Letter 12"},
    "social": {"networks": [{"name": "linkedin"}, {"name": "mastodon", "longest": 60}]},
    "mail": {"to": "neighbours"},
    "proposal": {"brief": "brief.md"},
    "expects": [
        {"channel": "newsletter", "metric": "open_rate", "by": "2026-05-20", "value": 40},
        {"channel": "mail", "metric": "replies", "by": "2026-05-20"},
    ],
}
BRIEF = "# An oven\n\nThe supplier shall deliver an oven by 4 May 2027.\n\nIt must be quick.\n"
RESULTS = "date,channel,metric,value\n2026-05-11,newsletter,open_rate,41\n"


async def through(runs: Any, run: str, answers: dict[str, Any]) -> list[str]:
    """Answer every approval as told by its gate, one by one; the gates in the order they asked."""
    seen: list[str] = []
    progress = await runs.drive(run)
    while progress.status == "waiting":
        approval = runs.approvals.get(progress.approvals[0])
        seen.append(approval.gate)
        verdict, more = answers[approval.gate]
        runs.approvals.decide(approval.id, verdict, by="bob", **more)
        progress = await runs.drive(run)
    assert progress.status == "completed", progress.reason
    return seen


async def test_through(newsroom: Any) -> None:
    """Four graphs inside one run end each by its own gates; one that is rejected stops no other.

    Of what was rejected nothing is awaited, and no post is written from the brief of a proposal.
    """
    newsroom.ingest(EN, {"brief.md": BRIEF})
    answers = {
        "angle": ("choose", {"choice": 1, "reason": "the oven is old news"}),
        "publish": ("approve", {}),
        "post": ("edit", {"edits": {"markdown": "Come and bake.\n"}}),
        "mail": ("reject", {"reason": "too soon"}),
        "go": ("reject", {}),
    }
    async with newsroom.runs() as runs:
        run = runs.submit(EN, "campaign", REQUEST, by="ann")
        seen = await through(runs, run, answers)
        state = await runs.state(run)
        data = account(runs.knowledge.ledger, runs.get(run), runs.events(run), state)
        taught = runs.knowledge.ledger.lessons(EN, "campaign.angle", limit=5)
        waits = awaited(runs.knowledge, EN, today="2026-05-21")
    assert seen[0] == "angle"
    assert sorted(seen[1:]) == ["go", "mail", "post", "publish"]
    assert {name: each["went"] for name, each in state["parts"].items()} == {
        "newsletter": "published",
        "social": "published",
        "mail": "rejected",
        "proposal": "rejected",
    }
    files = newsroom.published()
    assert files["2026-05-04-posts.txt"] == "Come and bake.\n"
    assert "2026-05-04-letter-12.md" in files
    assert not [name for name in files if "mail" in name or "proposal" in name]
    assert data["decisions"]["mail.mail"]["decided_by"] == "bob"
    assert data["decisions"]["angle"]["chosen"] == state["angle"]["name"]
    assert data["usage_by_part"]["newsletter"]["calls"] > 1
    assert sum(each["calls"] for each in data["usage_by_part"].values()) == data["usage"]["calls"]
    assert taught[0].reason == "the oven is old news"
    assert not [each for each in state["passages"] if each["path"] == "brief.md"]
    assert [(each.standing, each.came) for each in waits] == [("overdue", None)]
    newsroom.ingest(EN, {"results.csv": RESULTS})
    async with newsroom.runs() as runs:
        knowledge = runs.knowledge
        knowledge.brand_os.fill(EN)
        for each in knowledge.brand_os.list(EN, status="proposed"):
            knowledge.brand_os.accept(EN, each.id, by="ann")
        came = awaited(knowledge, EN, today="2026-05-21", run=run)
    assert [(each.standing, each.came) for each in came] == [("arrived", 41.0)]


async def test_no_angle(newsroom: Any) -> None:
    """Where no angle is taken nothing is written for any channel, and nothing is awaited."""
    async with newsroom.runs() as runs:
        run = runs.submit(EN, "campaign", {**REQUEST, "proposal": None}, by="ann")
        seen = await through(runs, run, {"angle": ("reject", {"reason": "none of them"})})
        state = await runs.state(run)
        assert awaited(runs.knowledge, EN, today="2026-05-21") == []
    assert seen == ["angle"]
    assert state["reviewed"]["abstained"]
    assert "parts" not in state or not state["parts"]
    assert newsroom.published() == {}


def test_a_piece_finds_its_place() -> None:
    """A place's name comes back in plain typography; one that nobody wrote for has nothing."""
    said = [Sentence(text="Ouvert.", cites=["S1"])]
    made = [Piece(place="panneau d'affichage", sentences=said), Piece(place="x", sentences=said)]
    found = placed(made, ["mastodon", "panneau\u00a0d’affichage"])
    assert [(each.place, each.sentences) for each in found] == [
        ("mastodon", []),
        ("panneau\u00a0d’affichage", said),
    ]


@pytest.mark.parametrize(
    ("language", "voted", "declined", "said"),
    [
        ("en", 2, 0, "2.50 of 5, spread 0.10, 2 personas, relevance; directional only"),
        ("en", 1, 1, "2.50 of 5, spread 0.10, 1 persona, 1 declined, relevance; directional only"),
        ("fr", 1, 2, "2,50 sur 5, dispersion 0,10, 1 persona, 2 sans réponse, pertinence\u00a0;"),
    ],
)
def test_who_declined(language: Any, voted: int, declined: int, said: str) -> None:
    """Beside an angle stands how many of the panel spoke, and how many would not."""
    report = {
        "panel": {"mean": 2.5, "sd": 0.1, "n": voted},
        "measure": "relevance",
        "refusals": {"refused": declined},
    }
    assert panel_words(report, language).startswith(said)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"newsletter": None, "social": None, "mail": None, "proposal": None},
            "name at least one channel",
        ),
        ({"items": []}, "a newsletter needs items"),
        ({"social": {"networks": [{"name": "../etc"}]}}, "pattern"),
        ({"panel": "readers"}, "a panel needs its members"),
        ({"angles": 1}, "greater than or equal to 2"),
    ],
)
def test_refused(changed: dict[str, Any], said: str) -> None:
    """A request that no campaign can be made of is refused before anything is asked."""
    with pytest.raises(ValidationError, match=said):
        CampaignRequest.model_validate({**REQUEST, **changed})


def angle(name: str, text: str, *cites: str) -> Angle:
    """An angle of one sentence."""
    return Angle(name=name, bet="It bets.", sentences=[Sentence(text=text, cites=list(cites))])


@pytest.mark.parametrize(
    ("angles", "kept"),
    [
        ([angle("A", "The oven bakes eighty loaves."), angle("B", "It was built in Lyon.")], "AB"),
        ([angle("A", "The oven bakes loaves."), angle("B", "The oven bakes loaves!")], "A"),
        ([angle("A", "The oven bakes loaves."), angle("a", "It was built in Lyon.")], "A"),
        ([angle("A", " ")], ""),
    ],
)
def test_apart(angles: list[Angle], kept: str) -> None:
    """Angles that say the same, or are called the same, are no choice."""
    assert "".join(each.name for each in apart(angles, frozenset())) == kept


def test_unknown_labels() -> None:
    """An angle cites only what its writer was shown."""
    (kept,) = apart([angle("A", "The oven bakes.", "S1", "S9")], frozenset({"S1"}))
    assert kept.sentences[0].cites == ["S1"]


def test_no_longer_than_its_place() -> None:
    """Without a model a piece is as many of the angle's sentences as its place allows."""
    said = [Sentence(text="The oven bakes.", cites=["S1"]), Sentence(text="x" * 80, cites=["S2"])]
    places = [("wide", 200, False), ("narrow", 40, False), ("none", 3, True)]
    found = pieces_offline({"places": places, "sentences": said, "title": "Oven"})
    assert [len(each.sentences) for each in found.pieces] == [2, 1, 0]
    assert [each.subject for each in found.pieces] == ["", "", "Oven"]


def test_told_under_its_name() -> None:
    """Two graphs with a gate of the same name do not hide each other's decisions."""
    inner = {
        "decisions": {"publish": {"type": "approve"}},
        "usage": [{"node": "write", "calls": 1}],
    }
    one, other = told("newsletter", inner), told("social", inner)
    assert {**one["decisions"], **other["decisions"]}.keys() == {
        "newsletter.publish",
        "social.publish",
    }
    assert one["usage"] == [{"node": "newsletter.write", "calls": 1, "part": "newsletter"}]
