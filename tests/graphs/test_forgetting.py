"""G7: what was forgotten is in no byte of the data folder; the other client keeps every answer."""

import asyncio
import json
import os
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from savoirfaire.errors import BusyError, NotFoundError, RequestError, ScopeError
from savoirfaire.graphs.forgetting import Erasure, Target
from savoirfaire.graphs.forgetting.certificates import Certificates
from savoirfaire.graphs.leases import Leases
from savoirfaire.graphs.presence import Presence
from savoirfaire.knowledge.archives import export, restore
from savoirfaire.knowledge.citations import Citation
from savoirfaire.knowledge.database import connect, open_database
from savoirfaire.knowledge.mentions import MARK
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.tombstones import Tombstones
from savoirfaire.tools.tape import CallScope, Tape
from savoirfaire.workspace import Workspace, load_secret

EN, FR = ClientScope("acme"), ClientScope("durand")
PERSON = "Zoé Quillfeather"
ITEM = f"""---
title: The vurtzel oven
---
The vurtzel oven was lit by {PERSON} on 4 May 2026. It bakes 80 vurtzel loaves.
"""
OTHER = f"""---
title: A letter
---
{PERSON.upper()} (zoe.quillfeather@acme.example) says that Neighbours may watch the dunkel bread.
"""


_HOLE = bytes(4096)
_PACKED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")


def haystack(folder: Path) -> list[tuple[str, bytes]]:
    """Every file below a folder: its name, its bytes, and what is packed in them."""
    files = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        data = _data(path) if path.is_file() else b""
        files.append((name, b"\n".join([name.encode(), data, *map(unpack, _starts(data))]).lower()))
    return files


def _data(path: Path) -> bytes:
    """The bytes of a file but for its empty pages: the index's are mostly holes."""
    with path.open("rb", buffering=0) as file:
        size, data, at = path.stat().st_size, [], 0
        while at < size:
            try:
                at = os.lseek(file.fileno(), at, getattr(os, "SEEK_DATA", os.SEEK_SET))
            except OSError:
                break  # a hole up to the end
            end = os.lseek(file.fileno(), at, getattr(os, "SEEK_HOLE", os.SEEK_END))
            file.seek(at)
            data.append(file.read(end - at))
            at = end
    return b"".join(data).replace(_HOLE, b"")


def _starts(data: bytes) -> Iterator[bytes]:
    return (data[start.start() :] for start in _PACKED.finditer(data))


def unpack(data: bytes) -> bytes:
    """What zlib or gzip packed at the beginning of some bytes; nothing where it did not."""
    try:
        return zlib.decompressobj(47).decompress(data)
    except zlib.error:
        return b""


def found(folder: Path, words: Sequence[str], server: str = "") -> dict[str, list[str]]:
    """The files that have each word: in any case, as UTF-8, as UTF-16, or escaped as in JSON.

    Of a server's database, the tables whose rows have it.
    """
    files = [*haystack(folder), *(rows_of(server) if server else ())]
    return {word: [name for name, data in files if _has(data, word)] for word in words}


def _has(data: bytes, word: str) -> bool:
    forms = [word.encode(), word.encode("utf-16-le"), json.dumps(word)[1:-1].lower().encode()]
    return any(form in data for form in (*forms, word.encode("utf-16-be")))


def rows_of(address: str) -> list[tuple[str, bytes]]:
    """Every table of a database: its name, and all that its rows hold."""
    engine = connect(address)
    held = []
    with engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            rows = connection.execute(text(f'SELECT * FROM "{name}"'))
            parts = (part for row in rows for value in row for part in forms(value))
            held.append((name, b"\n".join(parts).lower()))
    engine.dispose()
    return held


def forms(value: Any) -> Iterator[bytes]:
    """A value of a row as bytes, and what is packed in them."""
    data = value if isinstance(value, bytes) else str(value).encode()
    yield data
    yield from map(unpack, _starts(data))


class Agency:
    """A newsroom in which everything there can be of a source, a person and a client was made."""

    waiting: str

    def __init__(self, newsroom: Any) -> None:
        self.newsroom = newsroom
        self.workspace: Workspace = newsroom.workspace
        self.files = self.workspace.folder / "more"

    async def fill(self) -> None:
        """Ingest, run, publish, edit, ask, propose, assert, record and log."""
        self.newsroom.ingest(EN, {"items/vurtzel.md": ITEM, "items/letter.md": OTHER})
        done = await self.newsroom.start(title=f"Letter of {PERSON}")
        text = self.newsroom.rows("approvals")[0]["request"]
        markdown = json.loads(text)["action_requests"][0]["args"]["markdown"]
        edited = markdown.replace("loaves", "vurtzel buns")
        await self.newsroom.decide(done.approvals[0], "edit", edits={"markdown": edited})
        self.waiting = (await self.newsroom.start(title="Open")).run
        await self.newsroom.start(scope=FR, items=["items"], language="fr", title="Lettre")
        with self.newsroom.knowledge() as knowledge:
            self._know(knowledge)
        self._record()

    def _know(self, knowledge: Knowledge) -> None:
        ids = {Path(row.path).name: row.id for row in knowledge.ledger.sources(EN)}
        quote = "It bakes 80 vurtzel loaves."
        oven = Citation(source=ids["vurtzel.md"], quote=quote)
        text = knowledge.ledger.text(EN, ids["letter.md"]).strip()
        letter = Citation(source=ids["letter.md"], quote=text.splitlines()[-1])
        for alone, rests in (("vurtzel", [oven]), ("shared", [oven, letter])):
            data = {"topic": f"The {alone} topic", "statement": quote, "context": f"by {PERSON}"}
            record = knowledge.brand_os.propose(
                EN, "learning", data, citations=rests, author="extractor"
            )
            knowledge.brand_os.accept(EN, record.id, by=PERSON)
        person = knowledge.facts.entity(EN, PERSON, "person")
        entity = knowledge.facts.entity(EN, "Vurtzel oven")
        say = knowledge.facts.assert_
        say(EN, entity.id, "lit by", object=person.id, citations=[oven], author="ann")
        say(EN, person.id, "says", value="watch", citations=[letter], author="ann")

    def _record(self) -> None:
        tape = Tape(self.workspace.data / "tape.jsonl")
        asked = {"messages": [{"role": "user", "content": f"Passages:\n{ITEM}"}]}
        tape.add("model", asked, CallScope("editor", "plan"), {"text": json.dumps({"a": PERSON})})
        tape.add("recall", {"client": "acme", "search": "x"}, CallScope("recall", "c"), [])
        other = {"messages": [{"role": "user", "content": "Un four neuf: il cuit 80 pains."}]}
        tape.add("model", other, CallScope("editor", "plan"), "Le four est neuf.")
        self.workspace.logs.mkdir(exist_ok=True)
        log = f"fine\nread items/vurtzel.md of acme for {PERSON}\n"
        (self.workspace.logs / "failed-1.txt").write_text(log, encoding="utf-8")

    def forget(self, target: Target) -> dict[str, Any]:
        """Forget as a process of its own would."""
        with self.newsroom.knowledge(wait=0.2) as knowledge:
            return Erasure(self.workspace, knowledge).forget(target, by="ann")

    def plan(self, target: Target) -> dict[str, Any]:
        """What would go."""
        with self.newsroom.knowledge(wait=0.2) as knowledge:
            return Erasure(self.workspace, knowledge).plan(target).as_dict()

    def ask(self, scope: ClientScope, question: str) -> str:
        """What a question finds, in full."""
        with self.newsroom.knowledge() as knowledge:
            return repr(knowledge.search(scope, question))

    def found(self, words: Sequence[str]) -> dict[str, list[str]]:
        """Where each word is, in files and on the server."""
        place = self.workspace.database
        return found(self.workspace.data, words, place if isinstance(place, str) else "")

    def others(self) -> str:
        """All that the other client has and is answered."""
        rows = [
            [row for row in self.newsroom.rows(table) if "durand" in repr(row)]
            for table in ("sources", "passages", "runs", "approvals", "statistics")
        ]
        tape = (self.workspace.data / "tape.jsonl").read_text("utf-8")
        return repr((rows, self.ask(FR, "four neuf"), "Un four neuf" in tape))


@pytest.fixture(scope="module")
def filled(
    ingested: Path, tmp_path_factory: pytest.TempPathFactory, newsroom_of: Callable[..., Any]
) -> Agency:
    """An agency with a past; never used itself, only copied."""
    made = Agency(newsroom_of(tmp_path_factory.mktemp("filled"), ingested))
    asyncio.run(made.fill())
    return made


@pytest.fixture
def agency(filled: Agency, tmp_path: Path, newsroom_of: Callable[..., Any]) -> Agency:
    """An agency with a past."""
    made = Agency(newsroom_of(tmp_path, filled.workspace.folder))
    made.waiting = filled.waiting
    return made


TARGETS = [
    (Target("source", "acme", ("items/vurtzel.md",)), ["vurtzel"]),
    (Target("person", "acme", (PERSON, "zoe.quillfeather@acme.example")), ["quillfeather"]),
    (Target("client", "acme"), ["vurtzel", "quillfeather", "acme", "dunkel", "sourdough"]),
]


@pytest.mark.parametrize(("target", "words"), TARGETS, ids=["source", "person", "client"])
def test_no_byte_is_left(agency: Agency, target: Target, words: list[str]) -> None:
    """After forgetting, no file of the data folder has the words; the other client has them all."""
    data = agency.workspace.data
    assert "vurtzel" in agency.ask(EN, "vurtzel oven")
    assert all(agency.found(words).values())
    others = agency.others()
    certificate = agency.forget(target)
    assert agency.found(words) == {word: [] for word in words}
    assert agency.others() == others
    assert not [*data.rglob("*-wal"), *data.rglob("*-shm"), *data.rglob("*.pending.json")]
    assert certificate["kind"] == target.kind


@pytest.mark.parametrize("target", [target for target, _ in TARGETS], ids=lambda t: t.kind)
def test_a_dry_run_changes_nothing(agency: Agency, target: Target) -> None:
    """What would go is told by name, and every byte stays."""
    before = haystack(agency.workspace.data)
    plan = agency.plan(target)
    assert haystack(agency.workspace.data) == before
    assert any(path.endswith("vurtzel.md") for path in plan["sources"])
    assert len(plan["runs"]) == (2 if target.kind != "person" else 1)
    assert plan["tape_entries"] == (2 if target.kind == "client" else 1)
    assert plan["log_lines"] == 1


def test_what_rests_on_others_stays(agency: Agency) -> None:
    """Of two records and two facts, what a source alone carried goes, the rest stays without it."""
    plan = agency.plan(TARGETS[0][0])
    assert (plan["records"], plan["facts"]) == (["learning: the vurtzel topic"], 1)
    agency.forget(TARGETS[0][0])
    with agency.newsroom.knowledge() as knowledge:
        kept = knowledge.brand_os.list(EN, kind="learning")
        facts = knowledge.facts.as_of(EN)
    assert [record.data.topic for record in kept] == ["The shared topic"]
    assert kept[0].data.statement == MARK
    assert [citation.source for citation in kept[0].citations] != []
    assert [(fact.subject.name, fact.says) for fact in facts] == [(PERSON, "watch")]


async def test_a_forgotten_person_leaves_all_else(agency: Agency) -> None:
    """Sources are found, quoted and cited as before, records and facts stand, without the name."""
    agency.forget(TARGETS[1][0])
    assert MARK in agency.ask(EN, "who lit the vurtzel oven")
    with agency.newsroom.knowledge() as knowledge:
        for record in knowledge.brand_os.list(EN, kind="learning"):
            assert record.data.context == f"by {MARK}"
            assert record.decided_by == MARK
            for citation in record.citations:
                text = knowledge.ledger.text(EN, citation.source)
                assert text[citation.start : citation.end] == citation.quote
        facts = {fact.attribute: fact for fact in knowledge.facts.as_of(EN)}
        for source in knowledge.ledger.sources(EN):
            for passage in knowledge.ledger.passages_of(EN, source.id):
                text = knowledge.ledger.text(EN, source.id)
                assert text[passage.start : passage.end] == passage.quote
    assert facts["lit_by"].says.startswith(MARK)
    assert facts["lit_by"].object == facts["says"].subject
    done = [row for row in agency.newsroom.rows("runs") if row["client"] == "acme"]
    assert [row["status"] for row in done] == ["completed"]
    state = await agency.newsroom.state(done[0]["id"])
    assert MARK in state["draft"]["title"]
    assert any(MARK in name and MARK in text for name, text in agency.newsroom.published().items())
    assert (await agency.newsroom.drive(done[0]["id"])).status == "completed"


def test_a_tape_without_a_person_still_plays(agency: Agency) -> None:
    """What is asked without the name finds the reply without the name."""
    asked = {"messages": [{"role": "user", "content": f"Passages:\n{ITEM}".replace(PERSON, MARK)}]}
    agency.forget(TARGETS[1][0])
    tape = Tape.load(agency.workspace.data / "tape.jsonl")
    assert tape.play("model", asked, CallScope("editor", "plan")) == {"text": f'{{"a": "{MARK}"}}'}


# --- the tombstone and the certificate ------------------------------------------------------------


def test_what_is_forgotten_is_known_again(agency: Agency) -> None:
    """The bytes of the source and the name of the person are known by keyed hashes."""
    sha256 = next(
        row["sha256"] for row in agency.newsroom.rows("sources") if "vurtzel" in row["path"]
    )
    agency.forget(TARGETS[0][0])
    agency.forget(TARGETS[1][0])
    engine = open_database(agency.workspace.database)
    stones = Tombstones(engine, load_secret(agency.workspace.secret))
    assert stones.forgotten(EN, sha256)
    assert not stones.forgotten(FR, sha256)
    assert stones.redact(EN, f"by {PERSON}.") == f"by {MARK}."
    engine.dispose()


def test_the_certificate(agency: Agency) -> None:
    """It has hashes, counts, time and author, is kept, and shows when it was changed."""
    target = TARGETS[1][0]
    certificate = agency.forget(target)
    kept = agency.workspace.certificates / f"{certificate['id']}.json"
    assert json.loads(kept.read_text("utf-8")) == certificate
    assert certificate["by"] == "ann"
    assert certificate["counts"]["redacted_runs"] == 1
    assert "files outside the data folder" in certificate["out_of_reach"]
    engine = open_database(agency.workspace.database)
    key = load_secret(agency.workspace.secret)
    certificates = Certificates(kept.parent, Tombstones(engine, key), key)
    assert certificates.is_genuine(certificate)
    assert not certificates.is_genuine({**certificate, "by": "bob"})
    engine.dispose()


def test_one_who_forgets_themselves(agency: Agency) -> None:
    """The author of a certificate is hashed where they are who is forgotten."""
    with agency.newsroom.knowledge() as knowledge:
        erasure = Erasure(agency.workspace, knowledge)
        certificate = erasure.forget(TARGETS[1][0], by="Zoe Quillfeather")
    assert re.fullmatch("[0-9a-f]{64}", certificate["by"])


def test_who_forgot_is_forgotten(agency: Agency) -> None:
    """No certificate of an earlier erasure keeps the name of who is forgotten; all stay genuine."""
    with agency.newsroom.knowledge() as knowledge:
        erasure = Erasure(agency.workspace, knowledge)
        first = erasure.forget(TARGETS[0][0], by="Jean Dupont")
        assert erasure.plan(Target("person", "acme", ("Jean Dupont",))).rows == {"certificates": 1}
        erasure.forget(Target("person", "acme", ("Jean Dupont",)), by="ann")
        key = load_secret(agency.workspace.secret)
        stones = Tombstones(knowledge.ledger.engine, key)
        certificates = Certificates(agency.workspace.certificates, stones, key)
        kept = json.loads((agency.workspace.certificates / f"{first['id']}.json").read_text())
        assert certificates.is_genuine(kept)
    assert kept["by"] == stones.hash("target", "acme", "Jean Dupont")
    assert found(agency.workspace.data, ["dupont"]) == {"dupont": []}


@pytest.mark.parametrize("line", ["failed for client acmetech", "acme-2: no", "an acmeist"])
def test_lines_of_others(agency: Agency, line: str) -> None:
    """A line of a log in which the client's name is a part of another word stays."""
    log = agency.workspace.logs / "failed-2.txt"
    log.write_text(f"{line}\nacme: failed\nclient=acme\n", encoding="utf-8")
    agency.forget(TARGETS[2][0])
    assert log.read_text("utf-8") == f"{line}\n"


def test_what_another_client_says_too(agency: Agency) -> None:
    """What is forgotten of a client goes from its runs, whether another client has it or not."""
    agency.newsroom.ingest(FR, {"items/same.md": ITEM})
    plan = agency.plan(TARGETS[0][0])
    assert (len(plan["runs"]), plan["tape_entries"]) == (2, 1)


def test_an_archive_of_all_this(agency: Agency, tmp_path: Path) -> None:
    """What runs, people and models leave behind may all be exported, and comes back as it was."""
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    with agency.newsroom.knowledge() as knowledge:
        export(EN, knowledge.ledger.engine, agency.workspace.outbox, first)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with Knowledge.open(elsewhere) as knowledge:
        engine = knowledge.ledger.engine
        restore(engine, first, elsewhere / "outbox", Tombstones(engine, bytes(32)))
        export(EN, engine, elsewhere / "outbox", second)
    assert second.read_bytes() == first.read_bytes()


# --- others at work, and interruptions ------------------------------------------------------------


class Stop(Exception):  # noqa: N818 - it stands for a process that dies
    """The moment at which a process dies."""


def dying_at(place: int) -> type[Erasure]:
    """An erasure that dies after some of its steps."""

    class Dying(Erasure):
        def _forget_files(self, *given: Any) -> None:
            super()._forget_files(*given)
            if place == 0:
                raise Stop

        def _forget_rows(self, *given: Any) -> None:
            super()._forget_rows(*given)
            if place == 1:
                raise Stop

        def _compact(self) -> None:
            raise Stop

    return Dying


@pytest.mark.parametrize(
    ("target", "words", "place"),
    [
        pytest.param(
            *each, place, id=f"{each[0].kind}-{place}", marks=[pytest.mark.sweep] * (place != at)
        )
        for at, each in enumerate(TARGETS)
        for place in (0, 1, 2)
    ],
)
def test_interrupted(agency: Agency, target: Target, words: list[str], place: int) -> None:
    """An erasure that dies at any step is completed by asking again, and leaves a usable store."""
    with agency.newsroom.knowledge() as knowledge, pytest.raises(Stop):
        dying_at(place)(agency.workspace, knowledge).forget(target, by="ann")
    if place == 1:
        assert "four" in agency.ask(FR, "four neuf")
    agency.forget(target)
    assert agency.found(words) == {word: [] for word in words}
    assert not list(agency.workspace.certificates.glob("*pending*"))


def test_busy(agency: Agency) -> None:
    """While another process uses the client's knowledge, nothing is forgotten."""
    before = haystack(agency.workspace.data / "outbox")
    with agency.newsroom.knowledge() as other:
        other.search(EN, "oven")
        with pytest.raises(BusyError):
            agency.forget(TARGETS[2][0])
    assert haystack(agency.workspace.data / "outbox") == before
    assert "vurtzel" in agency.ask(EN, "vurtzel")


def test_a_run_being_worked_on(agency: Agency) -> None:
    """While a run of the client is worked on, nothing is forgotten."""
    engine = open_database(agency.workspace.database)
    presence = Presence(engine, agency.workspace.locks)
    states = connect(agency.workspace.states)
    presence.enter()
    Leases(states, presence.id, presence.is_gone).take(f"acme:{agency.waiting}")
    other = Target("person", "acme", ("Nobody Here",))
    for target in (TARGETS[0][0], other):
        with pytest.raises(BusyError, match=agency.waiting):
            agency.forget(target)
    presence.leave()
    states.dispose()
    engine.dispose()
    assert "vurtzel" in agency.ask(EN, "vurtzel")


@pytest.mark.parametrize(
    ("target", "error"),
    [
        (Target("source", "acme", ("items/vurzel.md",)), NotFoundError),
        (Target("client", "acne"), ScopeError),
        (Target("person", "acne", (PERSON,)), ScopeError),
    ],
    ids=["source", "client", "person"],
)
def test_what_is_not_there(newsroom: Any, target: Target, error: type[Exception]) -> None:
    """What is not there is refused, and nothing is written down."""
    agency = Agency(newsroom)
    with pytest.raises(error):
        agency.forget(target)
    assert not agency.workspace.certificates.exists()


@pytest.mark.parametrize("names", [(), ("",), ("/",), ("--",)])
def test_a_target_without_a_name(names: tuple[str, ...]) -> None:
    """A person or source without a name is none."""
    with pytest.raises(RequestError):
        Target("person", "acme", names)


def test_forgotten_twice(agency: Agency) -> None:
    """A person may be forgotten again; a source is not there any more."""
    for _ in range(2):
        agency.forget(TARGETS[1][0])
    agency.forget(TARGETS[0][0])
    with pytest.raises(NotFoundError):
        agency.forget(TARGETS[0][0])
