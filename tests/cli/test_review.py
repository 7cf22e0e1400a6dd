"""Reviewing proposals: by keys, by lines, by options; nothing is active without a person."""

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from savoirfaire.cli.board import Board, Filter
from savoirfaire.cli.messages import speak
from savoirfaire.cli.proposals import page, values
from savoirfaire.cli.reviewing import Reviewing
from savoirfaire.cli.settling import settle
from savoirfaire.cli.workspace import create_workspace
from savoirfaire.knowledge.brandos.records import Citation, Record
from savoirfaire.knowledge.ingest import ingest
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.workspace import Workspace

Savoir = Callable[..., Any]

ACME = ClientScope("acme")
NOTES = """# Rivals

Crumbs & Co is our main rival. It sells pastry to hotels.
Loaf Ltd opened in May. \x1b[31mIt sells bread.
"""
CALLS = "The client said: more warmth, please. Nobody answered.\n"


class Scripted:
    """A person whose keys and answers are known beforehand."""

    def __init__(self, *said: str) -> None:
        self._said = list(said)
        self.asked: list[str] = []

    def key(self, prompt: str) -> str:
        """The next key; at the end, none."""
        return self.line(prompt) or ""

    def line(self, prompt: str) -> str | None:
        """The next answer; at the end, none."""
        self.asked.append(prompt)
        return self._said.pop(0) if self._said else None


@pytest.fixture(scope="module")
def _ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two clients, of whom one has two sources; only copied."""
    made = create_workspace(tmp_path_factory.mktemp("review") / "workspace")
    folder = made.folder.parent / "in"
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "rivals.md").write_text(NOTES, encoding="utf-8")
    (folder / "calls.md").write_text(CALLS, encoding="utf-8")
    with Knowledge.open(made.data) as opened:
        scope = opened.ledger.add_client("acme", "en")
        opened.ledger.add_client("bolt", "en")
        assert not ingest(opened, scope, [folder]).failed
    return made.folder


@pytest.fixture
def knowledge(
    _ingested: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Knowledge]:
    """The clients in a workspace of their own, which is the current folder."""
    monkeypatch.chdir(workspace.folder)
    # Not the index, whose sparse files are slow to copy.
    shutil.copytree(
        _ingested, workspace.folder, ignore=shutil.ignore_patterns("index"), dirs_exist_ok=True
    )
    with Knowledge.open(workspace.data) as opened:
        yield opened


def propose(
    knowledge: Knowledge, name: str, quote: str, *, author: str = "extractor@1", **data: Any
) -> Record:
    """A proposal of a competitor, quoted."""
    rows = {row.path: row.id for row in knowledge.ledger.sources(ACME)}
    source = rows["calls.md" if quote in CALLS else "notes/rivals.md"]
    cited = [Citation(source=source, quote=quote, field="/name")]
    return knowledge.brand_os.propose(
        ACME, "competitor", {"name": name, **data}, citations=cited, author=author
    )


@pytest.fixture(name="three")
def _three(knowledge: Knowledge) -> list[Record]:
    """Three proposals, in the order in which they are shown."""
    return [
        propose(knowledge, "Bakers", "more warmth", author="ann"),
        propose(knowledge, "Crumbs & Co", "Crumbs & Co is our main rival", site="crumbs.example"),
        propose(knowledge, "Loaf Ltd", "Loaf Ltd opened in May"),
    ]


def session(
    knowledge: Knowledge, *said: str, edited: Sequence[str] = (), chosen: Filter | None = None
) -> Scripted:
    """A session of Bob's, with these keys and answers and what he leaves in his editor."""
    keys, texts = Scripted(*said), list(edited)
    board = Board(knowledge, ACME, "bob")
    Reviewing(board, keys, chosen or Filter(), lambda _text: texts.pop(0)).run()
    return keys


def status(knowledge: Knowledge, records: Sequence[Record]) -> list[str]:
    """What became of proposals."""
    return [knowledge.brand_os.get(ACME, each.id).status for each in records]


# --- by keys --------------------------------------------------------------------------------------


def test_accept_skip_reject(
    knowledge: Knowledge, three: list[Record], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each proposal is shown with its quote where it stands; a key decides, and who is kept."""
    session(knowledge, "s", "a", "r", "too old", "q")
    assert status(knowledge, three) == ["proposed", "active", "rejected"]
    assert knowledge.brand_os.get(ACME, three[1].id).decided_by == "bob"
    assert knowledge.brand_os.get(ACME, three[2].id).reason == "too old"
    shown = capsys.readouterr().out
    assert "⟦Crumbs & Co is our main rival⟧. It sells pastry" in shown
    assert "notes/rivals.md · 10–39" in shown
    assert "\x1b[31m" not in shown
    assert shown.rstrip().endswith("accepted: 1; rejected: 1; 1 proposal waits")


@pytest.mark.usefixtures("three")
def test_nothing_is_decided_by_looking(knowledge: Knowledge) -> None:
    """Moving, opening, asking for help, filtering and leaving change nothing."""
    before = knowledge.brand_os.list(ACME, status="proposed")
    session(knowledge, "j", "k", "k", "o", "?", "x", "f", "", "notes", "", "j", "j", "q")
    assert knowledge.brand_os.list(ACME, status="proposed") == before


@pytest.mark.parametrize("reason", ["", "  ", None])
def test_a_rejection_needs_its_reason(
    knowledge: Knowledge, three: list[Record], reason: str | None
) -> None:
    """Without a reason, or at the end of the input, a proposal is not rejected."""
    session(knowledge, "r", *([reason] if reason is not None else []))
    assert status(knowledge, three) == ["proposed"] * 3


def test_filters(knowledge: Knowledge, three: list[Record]) -> None:
    """A filter keeps to a kind, a source or folder, or an author; one that fits none is refused."""
    board = Board(knowledge, ACME, "bob")
    titles = [
        [each.title for each in board.waiting(chosen)]
        for chosen in (
            Filter(),
            Filter(kind="competitor", author="extractor"),
            Filter(source="notes"),
            Filter(source="calls.md"),
            Filter(kind="win"),
            Filter(author="ann"),
        )
    ]
    assert titles == [
        ["Bakers", "Crumbs & Co", "Loaf Ltd"],
        ["Crumbs & Co", "Loaf Ltd"],
        ["Crumbs & Co", "Loaf Ltd"],
        ["Bakers"],
        [],
        ["Bakers"],
    ]
    session(knowledge, "f", "", "notes", "", "A", "y", "f", "win", "-", "", "q")
    assert status(knowledge, three) == ["proposed", "active", "active"]


def test_accept_all_asks(knowledge: Knowledge, three: list[Record]) -> None:
    """All are accepted only once the person has seen how many and said yes; oui is yes."""
    keys = session(knowledge, "A", "n", "A", "oui")
    assert status(knowledge, three) == ["active"] * 3
    assert keys.asked[1].startswith("Accept 3 proposals without contradiction? 0 with one stay.")


# --- contradictions -------------------------------------------------------------------------------


@pytest.fixture
def contradicted(knowledge: Knowledge) -> tuple[Record, Record]:
    """An active record and a proposal that contradicts it."""
    old = propose(knowledge, "Crumbs & Co", "It sells pastry to hotels", site="old.example")
    knowledge.brand_os.accept(ACME, old.id, by="ann")
    new = propose(knowledge, "crumbs & co", "Crumbs & Co is our main rival", site="new.example")
    return old, new


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("1", ["superseded", "active"]),
        ("none", ["active", "active"]),
        ("aucun", ["active", "active"]),
        ("", ["active", "proposed"]),
        ("2", ["active", "proposed"]),
        ("yes", ["active", "proposed"]),
    ],
)
def test_what_an_accepted_record_replaces_is_asked(
    knowledge: Knowledge,
    contradicted: tuple[Record, Record],
    capsys: pytest.CaptureFixture[str],
    answer: str,
    expected: list[str],
) -> None:
    """Side by side with what it contradicts; nothing is replaced that the person did not name."""
    session(knowledge, "a", answer, "q")
    assert status(knowledge, contradicted) == expected
    shown = capsys.readouterr().out
    assert f"It contradicts the active record {contradicted[0].id}: name, site" in shown
    line = next(each for each in shown.splitlines() if each.startswith("≠ site"))
    assert [part.strip() for part in line[21:].split("│")] == ["new.example", "old.example"]


def test_accept_all_leaves_contradictions(
    knowledge: Knowledge, contradicted: tuple[Record, Record]
) -> None:
    """What contradicts an active record, or another that was just accepted, is left."""
    twins = [propose(knowledge, "Loaf Ltd", "Loaf Ltd opened", site=f"{n}.example") for n in "ab"]
    keys = session(knowledge, "A", "y", "q")
    assert "Accept 2 proposals without contradiction? 1 with one stay." in keys.asked[1]
    assert status(knowledge, contradicted) == ["active", "proposed"]
    assert sorted(status(knowledge, twins)) == ["active", "proposed"]


# --- editing --------------------------------------------------------------------------------------


def test_edit(knowledge: Knowledge, three: list[Record]) -> None:
    """What the person leaves in the editor becomes active, in the proposal's place."""
    session(knowledge, "e", "q", edited=["name: Bakers United\nsite: b.example\n"])
    (made,) = knowledge.brand_os.list(ACME)
    assert (made.title, made.decided_by, made.author) == ("Bakers United", "bob", "bob")
    assert made.citations == []  # the quote was of the name it had
    assert status(knowledge, three)[0] == "superseded"


def test_edit_again(
    knowledge: Knowledge, three: list[Record], capsys: pytest.CaptureFixture[str]
) -> None:
    """What does not make a record is shown and can be edited again; giving up changes nothing."""
    session(knowledge, "e", "y", "y", "n", "q", edited=["name: [", "nom: X", "site: only"])
    assert status(knowledge, three) == ["proposed"] * 3
    said = capsys.readouterr().err
    assert "this is not valid YAML" in said
    assert "nom: Extra inputs are not permitted" in said
    session(knowledge, "e", "y", "q", edited=["name: [", "name: Better\n"])
    assert [each.title for each in knowledge.brand_os.list(ACME)] == ["Better"]


def test_an_unchanged_text_decides_nothing(knowledge: Knowledge, three: list[Record]) -> None:
    """Leaving the editor without a change is no acceptance."""
    board = Board(knowledge, ACME, "bob")
    Reviewing(board, Scripted("e", "q"), Filter(), lambda text: text).run()
    assert status(knowledge, three) == ["proposed"] * 3


@pytest.mark.parametrize(
    ("answer", "expected"), [("1", "superseded"), ("none", "active"), ("", "active")]
)
def test_an_edit_that_contradicts(
    knowledge: Knowledge, contradicted: tuple[Record, Record], answer: str, expected: str
) -> None:
    """An edit into a contradiction asks too; left, the proposal is as it was."""
    old, new = contradicted
    session(knowledge, "e", answer, "q", edited=["name: Crumbs & Co\nsite: third.example\n"])
    assert status(knowledge, [old]) == [expected]
    active = {each.data.plain()["site"] for each in knowledge.brand_os.list(ACME)}
    assert ("third.example" in active) == bool(answer)
    waiting = knowledge.brand_os.list(ACME, status="proposed")
    assert [each.id for each in waiting] == ([] if answer else [new.id])


# --- several people, and none ---------------------------------------------------------------------


def test_two_reviewers(
    knowledge: Knowledge, three: list[Record], capsys: pytest.CaptureFixture[str]
) -> None:
    """Who comes second is told who was first, and goes on with the rest."""

    class Slow(Scripted):
        def line(self, prompt: str) -> str | None:
            if len(self.asked) == 0:
                knowledge.brand_os.reject(ACME, three[0].id, by="ann", reason="no")
                knowledge.brand_os.accept(ACME, three[1].id, by="ann")
            return super().line(prompt)

    board = Board(knowledge, ACME, "bob")
    Reviewing(board, Slow("a", "a", "q"), Filter(), str).run()
    assert status(knowledge, three) == ["rejected", "active", "active"]
    said = capsys.readouterr()
    assert f"record {three[0].id} is rejected already, by ann" in said.err
    assert "Crumbs & Co was decided on meanwhile by ann." in said.out


_KEYS = st.lists(
    st.sampled_from([*"aerAsfojkq?x", "", "y", "n", "none", "1", "notes", "-", "win", "because"]),
    max_size=12,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=_KEYS)
def test_active_only_by_a_person(knowledge: Knowledge, said: list[str]) -> None:
    """Whatever is typed, what is active was decided by the person, and nothing else by anybody."""
    for name, quote in (("A", "more warmth"), ("B", "Loaf Ltd"), ("C", "Crumbs & Co")):
        propose(knowledge, f"{name} {len(said)} {said}"[:200], quote)
    asks = sum(each in {"a", "A", "e"} for each in said)
    before = {each.id for each in knowledge.brand_os.list(ACME)}
    session(knowledge, *said, edited=["name: edited\n"] * 12)
    active = [each for each in knowledge.brand_os.list(ACME) if each.id not in before]
    assert all(each.decided_by == "bob" for each in active)
    assert asks or not active
    for each in knowledge.brand_os.list(ACME, status="proposed"):
        knowledge.brand_os.reject(ACME, each.id, by="ann", reason="next")


# --- by options -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("three")
def test_listing(savoir: Savoir) -> None:
    """Programs get each proposal with its quotes, their paths, and what it contradicts."""
    said = savoir("review", "acme", "--json", "--source", "notes")
    told = json.loads(said.out)
    assert [each["title"] for each in told] == ["Crumbs & Co", "Loaf Ltd"]
    assert told[0]["citations"][0]["path"] == "notes/rivals.md"
    assert told[0]["contradicts"] == []
    assert json.loads(savoir("review", "bolt", "--json").out) == []
    assert "no source nots" in savoir("review", "acme", "--json", "--source", "nots").err
    assert "there is no client acne" in savoir("review", "acne", "--json").err


def test_decisions_by_options(
    knowledge: Knowledge, three: list[Record], savoir: Savoir, tmp_path: Path
) -> None:
    """A script accepts, rejects and edits by id, in the name given."""
    file = tmp_path / "new.yaml"
    file.write_text("name: Loaf Limited\n", encoding="utf-8")
    one, two, three_ = (each.id for each in three)
    options = ("--accept", one, "--reject", two, "--reason", "no rival", "--by", "eve")
    said = savoir("review", "acme", *options, "--edit", three_, "--file", file, "--json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert (told["accepted"], told["rejected"]) == ([one], [two])
    assert status(knowledge, three) == ["active", "rejected", "superseded"]
    made = knowledge.brand_os.get(ACME, told["edited"][0])
    assert (made.title, made.decided_by) == ("Loaf Limited", "eve")
    said = savoir("review", "acme", "--accept", one)
    assert said.code == 1
    assert f"record {one} is active already, by eve" in said.err


def test_accept_all_by_options(
    knowledge: Knowledge, contradicted: tuple[Record, Record], three: list[Record], savoir: Savoir
) -> None:
    """All of a filter that contradict nothing are accepted; the others are named."""
    told = json.loads(savoir("review", "acme", "--accept-all", "--kind", "win", "--json").out)
    assert told["accepted"] == []
    said = savoir("review", "acme", "--accept-all", "--author", "extractor")
    assert three[2].id in said.out
    assert f"left: they contradict active records: {contradicted[1].id}" in said.out.replace(
        f"{three[1].id}, ", ""
    ).replace(f", {three[1].id}", "")
    assert status(knowledge, three) == ["proposed", "proposed", "active"]


def test_contradictions_by_options(
    knowledge: Knowledge, contradicted: tuple[Record, Record], savoir: Savoir
) -> None:
    """A script too says what an accepted record replaces, or that it replaces none."""
    old, new = contradicted
    said = savoir("review", "acme", "--accept", new.id)
    assert said.code == 1
    assert f"{new.id} contradicts active records: {old.id}" in said.err
    assert savoir("review", "acme", "--accept", new.id, "--supersedes", old.id).code == 0
    assert status(knowledge, contradicted) == ["superseded", "active"]


@pytest.mark.parametrize(
    "options",
    [
        ("--reject", "r1"),
        ("--edit", "r1"),
        ("--file", "a.yaml"),
        ("--supersedes", "r1"),
        ("--accept", "r1", "--accept", "r2", "--supersedes", "r3"),
    ],
)
@pytest.mark.usefixtures("knowledge")
def test_options_that_do_not_go_together(savoir: Savoir, options: Sequence[str]) -> None:
    """What would decide something else than was meant is refused before anything is done."""
    said = savoir("review", "acme", *options)
    assert (said.code, said.out) == (1, "")


def test_nobody_decides(
    knowledge: Knowledge, three: list[Record], savoir: Savoir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reviewer of the settings decides where no name is given."""
    monkeypatch.setenv("SAVOIR_REVIEWER", "zoé")
    assert savoir("review", "acme", "--accept", three[0].id).code == 0
    assert knowledge.brand_os.get(ACME, three[0].id).decided_by == "zoé"


# --- by lines and by a terminal -------------------------------------------------------------------


@pytest.mark.sweep
def test_lines(knowledge: Knowledge, three: list[Record], workspace: Workspace) -> None:
    """Without a terminal each line is a key or an answer; the end of the input leaves."""
    knowledge.release()
    program = "import sys; from savoirfaire.cli import main; sys.exit(main())"
    arguments = ["-w", str(workspace.folder), "review", "acme", "--by", "bob"]
    said = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        input="s\nr\nno rival\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert status(knowledge, three) == ["proposed", "rejected", "proposed"]


def test_a_terminal(knowledge: Knowledge, three: list[Record], workspace: Workspace) -> None:
    """On a terminal a single key decides; arrows move, and colours are the terminal's own."""
    knowledge.close()
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover - another process
        program = "import sys; from savoirfaire.cli import main; sys.exit(main())"
        arguments = ["-c", program, "-w", str(workspace.folder), "review", "acme", "--by", "bob"]
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606
    shown = _until(terminal, b"? > ")
    assert b"\x1b[32m\x1b[1mmore warmth\x1b[0m" in shown
    os.write(terminal, b"\x1b[B")
    assert b"Crumbs" in _until(terminal, b"? > ")
    os.write(terminal, b"a")
    assert b"accepted: Crumbs & Co" in _until(terminal, b"? > ")
    os.write(terminal, b"q")
    assert b"2 proposals wait" in _until(terminal, b"proposals wait")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with Knowledge.open(workspace.data) as again:
        assert status(again, three) == ["proposed", "active", "proposed"]


def _until(terminal: int, end: bytes) -> bytes:
    """What a terminal shows until it says `end`."""
    shown, limit = b"", time.monotonic() + 30
    while end not in shown and time.monotonic() < limit:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                shown += os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
    return shown


# --- pages ----------------------------------------------------------------------------------------


def test_a_quote_that_is_gone(knowledge: Knowledge, three: list[Record]) -> None:
    """A quote whose source does not have it any more is shown as such."""
    lost = three[0].citations[0].model_copy(update={"start": None, "end": None})
    board = Board(knowledge, ACME, "bob")
    view = board.view(three[0].model_copy(update={"citations": [lost]}))
    text = "".join(piece.text for line in page(view, 80) for piece in line)
    assert "no longer in its source: more warmth" in text


def test_french(knowledge: Knowledge, three: list[Record]) -> None:
    """In French the page says the same, its numbers and dates as French writes them."""
    speak("fr")
    record = three[0].model_copy(update={"valid_from": "2025-06-27"})
    view = Board(knowledge, ACME, "bob").view(record)
    assert "27 juin 2025" in "".join(piece.text for line in page(view, 80) for piece in line)
    assert dict(values({"a": [1.5, None, ""], "b": {"c": "d"}})) == {"/a/0": "1,5", "/b/c": "d"}


# --- what is active already -----------------------------------------------------------------------


def test_an_active_record_is_corrected(
    knowledge: Knowledge, three: list[Record], savoir: Savoir, tmp_path: Path
) -> None:
    """By its id it is written anew, taken back, and accepted again; the page says who wrote it."""
    file = tmp_path / "new.yaml"
    file.write_text("name: Bakers\nsite: b.example\n", encoding="utf-8")
    record = three[0].id
    assert savoir("review", "acme", "--accept", record).code == 0
    said = savoir("review", "acme", "--edit", record, "--file", file, "--by", "eve", "--json")
    (made,) = json.loads(said.out)["edited"]
    page_ = savoir("brand", "acme", "--markdown").out
    assert "b.example[^2]" in page_
    assert "[^2]: written by eve on" in page_
    assert savoir("review", "acme", "--reject", made, "--reason", "no").code == 0
    assert knowledge.brand_os.list(ACME) == []
    assert savoir("review", "acme", "--accept", made).code == 0
    (back,) = knowledge.brand_os.list(ACME)
    assert (back.supersedes, back.title) == (made, "Bakers")


@pytest.mark.parametrize("answer", ["2", "", "q", "9"])
def test_active_records_that_contradict(
    knowledge: Knowledge, contradicted: tuple[Record, Record], answer: str
) -> None:
    """Shown side by side after the proposals; only a number has one take the other's place."""
    knowledge.brand_os.accept(ACME, contradicted[1].id, by="ann")
    board = Board(knowledge, ACME, "bob")
    assert settle(board, Scripted(answer), Filter()) == 1
    ended = sorted(status(knowledge, contradicted))
    assert ended == (["active", "superseded"] if answer == "2" else ["active", "active"])


def test_a_contradiction_is_settled_by_options(
    knowledge: Knowledge, contradicted: tuple[Record, Record], savoir: Savoir
) -> None:
    """A script names the record that holds, and the one that does not."""
    old, new = contradicted
    knowledge.brand_os.accept(ACME, new.id, by="ann")
    assert savoir("review", "acme", "--supersede", old.id).code == 1
    assert savoir("review", "acme", "--supersede", old.id, "--with", new.id).code == 0
    assert status(knowledge, contradicted) == ["superseded", "active"]
