"""The tape: what is recorded is found again, and only that."""

import json
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.errors import SavoirError, TapeMissError
from savoirfaire.tools.tape import CallScope, Tape, tape_key

PLAN = CallScope("editor", "plan")
DRAFT = CallScope("editor_section", "draft", branch="news")


def asked(words: str = "Say hello.", **more: Any) -> dict[str, Any]:
    """A request of a model."""
    return {"model": "m", "messages": [{"role": "user", "content": words}], **more}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the tape is."""
    return tmp_path / "tapes" / "demo.jsonl"


def test_key_ignores_order() -> None:
    """Equal requests have one key, however their fields are ordered."""
    assert tape_key({"a": 1, "b": [2]}, PLAN) == tape_key({"b": [2], "a": 1}, PLAN)


@pytest.mark.parametrize(
    ("request_", "scope"),
    [
        (asked("Say hello!"), PLAN),
        (asked(temperature=0.5), PLAN),
        (asked(), CallScope("editor", "draft")),
        (asked(), CallScope("guardian", "plan")),
        (asked(), CallScope("editor", "plan", branch="b")),
        (asked(), CallScope("editor", "plan", trial=1)),
        (asked(), CallScope("editor", "plan", task="t")),
    ],
)
def test_key_changes(request_: dict[str, Any], scope: CallScope) -> None:
    """Any change of what is asked, or of who asks, is another key."""
    assert tape_key(request_, scope) != tape_key(asked(), PLAN)


def test_round_trip(path: Path) -> None:
    """What one process records, another plays; nothing is on disk before that."""
    tape = Tape(path)
    assert not path.exists()
    tape.add("model", asked(), PLAN, {"content": "Bonjour, l’été\u2028!"})
    again = Tape.load(path)
    assert again.play("model", asked(), PLAN) == {"content": "Bonjour, l’été\u2028!"}
    assert len(again) == 1


def test_lines(path: Path) -> None:
    """The file is a header and one readable line per exchange, the same on every recording."""
    for _ in range(2):
        path.unlink(missing_ok=True)
        Tape(path).add("recall", {"b": 1, "a": "é"}, PLAN, ["x"])
        header, line = path.read_text(encoding="utf-8").splitlines()
        assert json.loads(header) == {"format": "savoirfaire-tape", "version": 1}
        assert list(json.loads(line)) == ["key", "lane", "reply", "request", "scope"]
        assert '"request":{"a":"é","b":1}' in line


def test_later_wins(path: Path) -> None:
    """A request recorded again replaces its first reply."""
    tape = Tape(path)
    tape.add("model", asked(), PLAN, "first")
    tape.add("model", asked(), PLAN, "second")
    assert tape.play("model", asked(), PLAN) == "second"
    assert Tape(path).play("model", asked(), PLAN) == "second"


def test_lanes_are_apart(path: Path) -> None:
    """A recall is not found among what models said."""
    tape = Tape(path)
    tape.add("recall", asked(), PLAN, [])
    with pytest.raises(TapeMissError):
        tape.play("model", asked(), PLAN)


def test_half_a_line(path: Path) -> None:
    """The line an interrupted recording left is dropped, and overwritten by the next."""
    tape = Tape(path)
    tape.add("model", asked("one"), PLAN, 1)
    tape.add("model", asked("two"), PLAN, 2)
    path.write_bytes(path.read_bytes()[:-9])
    cut = Tape(path)
    assert len(cut) == 1
    cut.add("model", asked("three"), PLAN, 3)
    assert [Tape(path).play("model", asked(w), PLAN) for w in ("one", "three")] == [1, 3]


@pytest.mark.parametrize("kept", [0, 7])
def test_half_a_header(path: Path, kept: int) -> None:
    """A recording interrupted in its header begins again."""
    Tape(path).add("model", asked(), PLAN, 1)
    path.write_bytes(path.read_bytes()[:kept])
    Tape(path).add("model", asked(), PLAN, 2)
    assert Tape(path).play("model", asked(), PLAN) == 2


def test_no_last_newline(path: Path) -> None:
    """A whole last line counts even where an editor took its newline."""
    Tape(path).add("model", asked("one"), PLAN, 1)
    path.write_bytes(path.read_bytes().rstrip())
    Tape(path).add("model", asked("two"), PLAN, 2)
    assert [Tape(path).play("model", asked(w), PLAN) for w in ("one", "two")] == [1, 2]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{not json", "line 3: it is not an exchange"),
        ("[]", "line 3: it is not an exchange"),
        ("[" * 100_000, "line 3: it is not an exchange"),
        ('{"lane": "model"}', "line 3: it is not an exchange"),
        (
            '{"key":"0","lane":"model","reply":1,"request":{},"scope":{"role":"r","node":"n"}}',
            "line 3: its request was changed",
        ),
        (
            '{"key":"0","lane":"dream","reply":1,"request":{},"scope":{"role":"r","node":"n"}}',
            "line 3: there is no lane 'dream'",
        ),
    ],
)
def test_bad_line(path: Path, line: str, reason: str) -> None:
    """A line that is no exchange is refused, and named."""
    Tape(path).add("model", asked(), PLAN, 1)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    with pytest.raises(SavoirError, match=reason):
        Tape(path)


def test_other_file(path: Path) -> None:
    """A file that is no tape is refused, and left as it was."""
    path.parent.mkdir()
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SavoirError, match="line 1: this is not a savoirfaire tape"):
        Tape(path)
    assert path.read_text(encoding="utf-8") == "a,b\n1,2\n"


def test_no_file(path: Path) -> None:
    """A tape to be played must be there."""
    with pytest.raises(SavoirError, match="there is no tape"):
        Tape.load(path)


def test_ledger(path: Path) -> None:
    """The ledger counts what was played, what was never asked for, and what was missed."""
    first = Tape(path)
    first.add("model", asked("one"), PLAN, 1)
    first.add("model", asked("two"), DRAFT, 2)
    assert first.unplayed() == []
    tape = Tape(path)
    tape.play("model", asked("one"), PLAN)
    tape.play("model", asked("one"), PLAN)
    with pytest.raises(TapeMissError):
        tape.play("model", asked("three"), PLAN)
    assert tape.played.total() == 2
    assert [entry.reply for entry in tape.unplayed()] == [2]
    assert [miss.scope for miss in tape.misses] == [PLAN]


def test_prune(path: Path) -> None:
    """Pruning keeps what was played and what is new, on disk and in memory."""
    first = Tape(path)
    for number, words in enumerate(["played", "stale", "replaced"]):
        first.add("model", asked(words), PLAN, number)
    tape = Tape(path)
    tape.play("model", asked("played"), PLAN)
    tape.add("model", asked("replaced"), PLAN, "new")
    tape.add("recall", asked("new"), DRAFT, [])
    assert tape.prune() == 1
    tape.add("model", asked("later"), PLAN, 9)
    again = Tape(path)
    assert len(again) == len(tape) == 4
    assert again.find("model", tape_key(asked("stale"), PLAN)) is None
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_miss_names_the_difference(path: Path) -> None:
    """A miss names role and node, and shows the changed words in their place."""
    old = "Write about the offchain transaction of last week, and cite each claim."
    tape = Tape(path)
    tape.add("model", asked("Something else entirely."), DRAFT, 1)
    tape.add("model", asked(old), DRAFT, 2)
    with pytest.raises(TapeMissError) as caught:
        tape.play("model", asked(old.replace("offchain", "off-chain")), DRAFT)
    assert str(caught.value) == (
        "role editor_section, node draft: messages[0].content differs: "
        "“Write about the offchain transaction of…” is now "
        "“Write about the off-chain transaction of…”"
    )


def test_miss_is_short(path: Path) -> None:
    """Three differences are told, and how many more there are; the ledger has all."""
    tape = Tape(path)
    tape.add("model", asked(a=1, b=2, c=3, d=4, e=5), PLAN, 1)
    with pytest.raises(TapeMissError, match=r"a was 1, is now 0; b .* 0; and 2 more$") as caught:
        tape.play("model", asked(a=0, b=0, c=0, d=0, e=0), PLAN)
    assert len(tape.misses[0].words) == 5
    assert "c was 3" in str(caught.value)


def test_miss_of_another_branch(path: Path) -> None:
    """The same request from another branch is told as that."""
    tape = Tape(path)
    tape.add("recall", asked(), DRAFT, 1)
    with pytest.raises(TapeMissError, match=r"draft: recall: scope\.branch differs: “news” is now"):
        tape.play("recall", asked(), CallScope("editor_section", "draft", branch="other"))


@pytest.mark.parametrize(
    ("recorded", "held"), [([], "nothing"), ([PLAN, DRAFT], "editor/plan, editor_section/draft")]
)
def test_miss_of_another_role(path: Path, recorded: list[CallScope], held: str) -> None:
    """A role that is not on the tape is told what is."""
    tape = Tape(path)
    for scope in recorded:
        tape.add("model", asked(), scope, 1)
    with pytest.raises(TapeMissError, match=rf"nothing of this role is on the tape.*{held}$"):
        tape.play("model", asked(), CallScope("persona", "react"))


def test_nearest_prefers_unplayed(path: Path) -> None:
    """Of two like requests, the one nobody has asked for is compared with."""
    tape = Tape(path)
    tape.add("model", asked("Draft the first section."), PLAN, 1)
    tape.add("model", asked("Draft the second section."), PLAN, 2)
    tape.play("model", asked("Draft the first section."), PLAN)
    near = tape.nearest("model", asked("Draft the firsT section."), PLAN)
    assert near is not None
    assert near.reply == 2


def test_lone_surrogates(path: Path) -> None:
    """Text that has no UTF-8 form is kept as it is."""
    Tape(path).add("recall", asked("\ud800"), PLAN, "\udfff")
    assert Tape(path).play("recall", asked("\ud800"), PLAN) == "\udfff"


def test_two_writers(path: Path) -> None:
    """Two tapes on one file keep each other's lines."""
    one, other = Tape(path), Tape(path)
    one.add("model", asked("one"), PLAN, 1)
    other.add("model", asked("two"), PLAN, 2)
    one.add("model", asked("three"), PLAN, 3)
    assert len(Tape(path)) == 3
