"""The inbox: a mail is routed, noted, answered from what is known, and sent only once approved."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from savoirfaire.agents.forms import Sentence
from savoirfaire.agents.guardian import Judgement
from savoirfaire.agents.triage.replying import MailReply, RoutedMail
from savoirfaire.graphs.mailing.routing import answered as answering
from savoirfaire.graphs.runs import Progress
from savoirfaire.knowledge.database import writing
from savoirfaire.knowledge.schema import runs as table
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.testing import Scripted, ScriptedTransport

EN = ClientScope("acme")
MAIL = """From: Dora <dora@example.com>
To: team@agency.example
Subject: The new oven
Message-ID: <oven@example.com>
Date: Mon, 02 Mar 2026 10:00:00 +0000

Hello,

When does the bakery light the new oven? We are disappointed with the colours.
I will send you the photos by 12 March.

Regards
Dora
"""


def model(reply: MailReply, routed: RoutedMail | None = None) -> Callable[[dict[str, Any]], Any]:
    """A model that drafts one reply, routes one way, and finds every draft fit."""

    def answer(body: dict[str, Any]) -> Scripted:
        form = body["response_format"]["json_schema"]["name"]
        if form == "RoutedMail":
            assert routed is not None
            return routed
        return reply if form == "MailReply" else Judgement(fits=True, breaches=[])

    return answer


async def answered(
    newsroom: Any, wire: ScriptedTransport | None = None, body: str = "", **request: Any
) -> tuple[Progress, dict[str, Any]]:
    """Take the mail in and work on it until it rests."""
    newsroom.ingest(EN, {"mails/oven.eml": MAIL + body})
    async with newsroom.runs(wire) as runs:
        (mail,) = [row.id for row in runs.knowledge.ledger.sources(EN, kind="mail")]
        run = runs.submit(EN, "inbox", {"mail": mail, "route": "question", **request}, by="ann")
        progress = await runs.drive(run)
        return progress, await runs.state(run)


async def test_offline(newsroom: Any) -> None:
    """Without a model the draft is sentences of sources, each cited, and waits for a person."""
    progress, state = await answered(newsroom)
    assert progress.status == "waiting", progress.reason
    arguments = state["gates"]["send"]["arguments"]
    assert (arguments["to"], arguments["subject"]) == (
        "Dora <dora@example.com>",
        "Re: The new oven",
    )
    (approval,) = newsroom.rows("approvals")
    assert "Send Dora the reply to" in str(approval["request"])
    quotes = " ".join(re.sub(r"\s+", " ", each["quote"]) for each in arguments["citations"])
    assert arguments["text"]
    assert all(line in quotes for line in arguments["text"].split("\n"))
    assert newsroom.published() == {}
    done = await newsroom.decide(progress.approvals[0], "approve")
    assert done.status == "completed"
    assert arguments["text"] in newsroom.published()["reply-re-the-new-oven.txt"]


async def test_what_is_noted(newsroom: Any) -> None:
    """A complaint and a promise become proposals, word for word, and nothing active."""
    _, state = await answered(newsroom)
    async with newsroom.runs() as runs:
        found = {each.kind: each for each in runs.knowledge.brand_os.list(EN, status="proposed")}
    assert sorted(state["proposed"]) == sorted(each.id for each in found.values())
    assert found["feedback"].data.quote == "We are disappointed with the colours."
    assert found["feedback"].data.author == "Dora"
    assert str(found["brief"].data.deadline) == "2026-03-12"
    assert found["brief"].citations[0].quote == "I will send you the photos by 12 March"


async def test_with_a_model(newsroom: Any) -> None:
    """An uncertain mail is routed by the model; what no passage bears out is marked and flagged."""
    reply = MailReply(
        sentences=[
            Sentence(text="Hello Dora,", cites=[]),
            Sentence(text="The oven is lit on Monday 11 May 2026.", cites=["S1", "S99"]),
            Sentence(text="Thank you for the photos.", cites=[]),
            Sentence(text="You may visit it.", cites=[]),
        ],
        missing=["the colours"],
    )
    routed = RoutedMail(route="question", quote="When does the bakery light the new oven?")
    wire = ScriptedTransport(model(reply, routed))
    progress, state = await answered(newsroom, wire, route="unknown", routes=["question", "sales"])
    assert progress.status == "waiting", progress.reason
    assert (state["route"], state["routed_by"]) == ("question", "model")
    assert [each["label"] for each in state["gates"]["send"]["arguments"]["citations"]] == ["S1"]
    assert state["missing"] == ["the colours"]
    open_ = [(each["rule"], each["quote"]) for each in state["breaches"]]
    assert ("citation.missing", "You may visit it.") in open_
    assert not {"Hello Dora,", "Thank you for the photos."} & {quote for _, quote in open_}
    assert "citation.missing" in state["gates"]["send"]["flags"]


@pytest.mark.parametrize(
    "routed",
    [
        RoutedMail(route="rivals", quote="When does the bakery light the new oven?"),
        RoutedMail(route="sales", quote="words that nobody wrote"),
    ],
)
async def test_a_route_without_grounds(newsroom: Any, routed: RoutedMail) -> None:
    """A route that there is not, or a quote that the mail has not, leaves the mail unknown."""
    wire = ScriptedTransport(model(MailReply(sentences=[]), routed))
    progress, state = await answered(newsroom, wire, route="unknown", routes=["question", "sales"])
    assert (progress.status, state["route"]) == ("completed", "unknown")


async def test_a_full_inbox(newsroom: Any) -> None:
    """However many mails ask the same, a reply stands on what is known, and not on a mail."""
    alike = (MAIL.replace("oven@", f"oven{n}@") + f"P.S. This is my mail {n}." for n in range(20))
    newsroom.ingest(EN, {f"mails/{n}.eml": text for n, text in enumerate(alike)})
    async with newsroom.runs() as runs:
        mail = runs.knowledge.ledger.sources(EN, kind="mail")[0].id
        run = runs.submit(EN, "inbox", {"mail": mail, "route": "question"}, by="ann")
        await runs.drive(run)
        kinds = {each["kind"] for each in (await runs.state(run))["passages"]}
    assert kinds
    assert not kinds & {"mail", "brand"}


async def test_nothing_to_say(newsroom: Any) -> None:
    """A draft without a sentence is not judged, and nobody is asked to decide on it."""
    wire = ScriptedTransport([MailReply(sentences=[Sentence(text=" ", cites=[])], missing=["all"])])
    progress, state = await answered(newsroom, wire)
    assert (progress.status, progress.approvals) == ("completed", [])
    assert (state["missing"], "judgement" in state) == (["all"], False)


async def test_settings_answer_nobody(newsroom: Any) -> None:
    """What a client's own brand.toml says is no ground for a statement to a customer."""
    words = "the client's own word is workshop, to avoid a training session. Plain and warm?"
    _, state = await answered(newsroom, body=words)
    assert state["passages"]
    assert "brand" not in {each["kind"] for each in state["passages"]}


async def test_a_rejected_reply(newsroom: Any) -> None:
    """A rejected reply is not sent, and what was wrong is kept."""
    progress, _ = await answered(newsroom)
    done = await newsroom.decide(progress.approvals[0], "reject", reason="too short")
    assert (done.status, newsroom.published()) == ("completed", {})
    assert [row["reason"] for row in newsroom.rows("lessons")] == ["too short"]


async def test_which_run_answers(newsroom: Any) -> None:
    """Of the runs of one mail the last one answers it, however they are stored; not a cancelled."""
    request = {"mail": "m", "route": "question"}
    async with newsroom.runs() as runs:
        newest, older, newer = (runs.submit(EN, "inbox", request, by="ann") for _ in range(3))
        with writing(runs.engine) as connection:
            for day, run in enumerate((older, newer, newest), start=1):
                row = update(table).where(table.c.id == run)
                connection.execute(row.values(created_at=f"2026-03-0{day}T00:00:00+00:00"))
        assert answering(runs.engine, EN)["m"].id == newest
        runs.cancel(newest, by="ann")
        assert {mail: row.id for mail, row in answering(runs.engine, EN).items()} == {"m": newer}
        assert answering(runs.engine, ClientScope("durand")) == {}


async def test_no_answer_is_wanted(newsroom: Any) -> None:
    """Where no answer is wanted, the mail is noted and nobody is asked anything."""
    progress, state = await answered(newsroom, answer="never")
    assert (progress.status, progress.approvals, "draft" in state) == ("completed", [], False)
    assert state["proposed"]
