"""Recording: an ended run becomes a task that ends as the run did, without anybody's name."""

import re
from asyncio import to_thread
from typing import Any

import pytest

from savoirfaire.errors import SavoirError
from savoirfaire.evals.graders.calibrating import labelled
from savoirfaire.evals.recording.anonymising import Disguise
from savoirfaire.evals.recording.naming import spoken_of
from savoirfaire.evals.recording.pseudonyms import Pseudonyms
from savoirfaire.evals.recording.renewing import renew
from savoirfaire.evals.recording.seeing import elided
from savoirfaire.evals.recording.telling import Telling
from savoirfaire.evals.replaying.replay import replay
from savoirfaire.evals.tasks.folder import Task
from savoirfaire.knowledge.readers.frontmatter import head
from savoirfaire.testing import ENDPOINT, ScriptedTransport

Workshop = Any
SECRET = b"s" * 32


def kinds(outcome: Any) -> set[str]:
    """The kinds of what a replay found."""
    return {each.kind for each in outcome.findings}


@pytest.mark.parametrize(
    ("verdict", "answer"),
    [
        pytest.param("approve", {}, marks=pytest.mark.sweep),
        ("edit", {"edits": {"markdown": "On Monday.\n"}}),
        ("reject", {"reason": "too long"}),
    ],
)
async def test_recorded_and_replayed(workshop: Workshop, verdict: str, answer: Any) -> None:
    """What people approved, mended or rejected is answered again, and ends as it did."""
    run = await workshop.run(verdict, **answer)
    task = (await workshop.record(run)).task
    async with workshop.runs() as runs:
        (label,) = labelled(runs)
    assert (label.human, label.client) == (verdict == "approve", "acme")
    (decision,) = task.decisions.people
    assert (decision.gate, decision.verdict) == ("send", verdict)
    published = task.expected.effects.get("published", {})
    assert list(published) == ([] if verdict == "reject" else [f"acme/{run}/answer.md"])
    assert task.expected.steps[:2] == ["recall", "answer"]


async def test_only_what_was_seen(workshop: Workshop) -> None:
    """The tape has the run's exchanges and no other's, and the snapshot what could be found."""
    await workshop.run(question="What has the garden?")
    run = await workshop.run()
    task = (await workshop.record(run)).task
    lines = task.tape.read_text("utf-8").splitlines()
    assert len(lines) == 3
    assert "oven.md" in {each.path for each in task.snapshot.sources}
    assert task.header.clock
    assert set(task.header.prompts) == {"answer"}


async def test_offline_run(workshop: Workshop) -> None:
    """A run without a model is a task too: what was recalled is on its tape."""
    run = await workshop.run(model=None)
    task = (await workshop.record(run)).task
    assert task.header.model.mode == "offline"
    assert task.expected.played


async def test_not_ended(workshop: Workshop) -> None:
    """A run that waits for somebody is refused, and says what to do."""
    async with workshop.runs() as runs:
        scope = runs.knowledge.ledger.scope("acme")
        run = runs.submit(scope, "answer", {"question": "oven?"}, by="ann")
        await runs.drive(run)
    with pytest.raises(SavoirError, match="has not ended"):
        await workshop.record(run)


async def test_a_changed_source_cannot_be_recorded(workshop: Workshop) -> None:
    """Where the words that a run knew are gone, nothing is written but why."""
    run = await workshop.run()
    async with workshop.runs() as runs:
        scope = runs.knowledge.ledger.scope("acme")
        gone = [each.id for each in runs.knowledge.ledger.sources(scope)]
        runs.knowledge.remove(scope, gone)
    workshop.tape.write_text("\n".join(workshop.tape.read_text().splitlines()[:1]) + "\n")
    with pytest.raises(SavoirError, match="cannot be made again as it was"):
        await workshop.record(run)
    assert not (workshop.workspace.folder / "suites" / "oven" / "one").exists()


async def test_anonymised(workshop: Workshop) -> None:
    """Names, addresses, telephones and amounts are others, the same everywhere; quotes hold."""
    run = await workshop.run()
    disguise = Disguise(Pseudonyms(SECRET))
    made = await workshop.record(run, disguise=disguise)
    everything = "".join(
        path.read_text("utf-8") for path in sorted(made.task.folder.rglob("*")) if path.is_file()
    ).replace("savoir", "")
    for word in ("Nadia", "Ferrand", "n.ferrand@", "06 12 34", "12 000", "12000", '"acme"'):
        assert word not in everything, word
    replaced = {(kind, old): new for kind, old, new in made.replaced}
    amount = replaced["number", "12 000"]
    assert amount.replace(" ", "") == replaced["number", "12000"]
    assert len(replaced["word", "Nadia"]) == len("Nadia")
    assert replaced["word", "Nadia"] in str(made.task.expected.state)
    outcome = await to_thread(replay, made.task, find=workshop.find)
    assert outcome.verdict == "passed", outcome.findings


def test_pseudonyms_need_the_secret() -> None:
    """The same word has one pseudonym, whatever its accents and case; another secret, another."""
    ours, theirs = Pseudonyms(SECRET), Pseudonyms(b"t" * 32)
    assert ours.word("Émile") == ours.word("Emile")
    assert ours.word("ÉMILE") == ours.word("Émile").upper()
    assert ours.word("Emile") != theirs.word("Emile")
    assert ours.digits("12000").endswith("000")
    assert ours.mail("a.b@c.fr").endswith(".fr")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "by Ines Calloway, ABC and Jean-Pierre de la Tour.",
            ["Ines Calloway", "Jean-Pierre de la Tour"],
        ),
        ("Mme Verrine et M. Aubry ; Dr Ok", ["Verrine", "Aubry", "Ok"]),
        ("The Lamp Trimmer of Salt Roads, on Saturday", []),
    ],
)
def test_who_a_text_names(text: str, found: list[str]) -> None:
    """Whoever has a title, or a given name and a family name, is named; works and days are not."""
    assert list(spoken_of(text)) == found


@pytest.mark.parametrize(
    ("kind", "name", "text", "left"),
    [
        (
            "house",
            "node circle",
            "Node Circle, node-circle, nodecircle: a Node, a circle",
            "a Node, a circle",
        ),
        (
            "house",
            "brindle press",
            "Brindle is a press. Press on, Brindle.",
            "is a press. Press on,",
        ),
        (
            "person",
            "Rose Baker",
            "Rose Baker met a baker. A rose, Rose! Baker left.",
            "met a baker. A rose, Rose! left.",
        ),
        ("person", "jdupont", "jdupont said so", "said so"),
        ("person", "rose", "A rose", "A"),
        ("given", "Rose", "A rose, Rose", "A rose,"),
        ("person", "Ann Voice", "The Voice of Ann", "The Voice of"),
    ],
)
def test_which_words_tell(kind: Any, name: str, text: str, left: str) -> None:
    """Whole names tell, and of their words those that are no ordinary ones, and family names."""
    telling = Telling()
    telling.read([text])
    telling.add(name, kind)
    told = telling.places(text)
    words = re.sub(r"[^\W\d_]+", lambda m: "" if m.start() in told else m[0], text)
    assert re.findall(r"\w+", words) == re.findall(r"\w+", left)


def test_elided() -> None:
    """What was not seen cannot be read, and every span stays where it was."""
    assert elided("one two\nthree", [(4, 7)]) == "··· two\n·····"
    assert elided("one", []) == "···"
    assert elided("one two", [(0, 5), (2, 7)]) == "one two"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("---\nsection: News\n---\nOne two.\n", "---\nsection: News\n---"),
        ("---\nOne two.\n", ""),
        ("One.\n---\nx: y\n---\n", ""),
    ],
)
def test_front_matter_is_seen(text: str, kept: str) -> None:
    """The front matter of a source says where its words belong, and stays readable."""
    assert text[: head(text)] == kept


async def test_renewed(workshop: Workshop) -> None:
    """Only what a changed prompt made stale is asked again; what still replays is left alone."""
    run = await workshop.run()
    task = (await workshop.record(run)).task
    before = task.tape.read_bytes()
    wire = ScriptedTransport(lambda _: '{"sentences": [{"text": "Monday.", "cites": ["P1"]}]}')
    untouched = await to_thread(renew, [task], ENDPOINT, wire=wire, find=workshop.find)
    assert untouched[0]["changed"] is False
    assert (wire.requests, task.tape.read_bytes()) == ([], before)
    workshop.reword("two to five plain sentences", "one plain sentence")
    stale = await to_thread(replay, Task(task.folder), find=workshop.find)
    assert kinds(stale) >= {"stale", "miss", "unplayed"}
    (told,) = await to_thread(renew, [Task(task.folder)], ENDPOINT, wire=wire, find=workshop.find)
    assert (told["asked"], told["assumed"]) == (1, 1)
    again = await to_thread(replay, Task(task.folder), find=workshop.find)
    assert again.verdict == "passed", again.findings
    assert len(wire.requests) == 1
