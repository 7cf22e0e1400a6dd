"""The reviewer's desk: what each key means, without a terminal, a store or a person."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from savoirfaire.cli.desk import Desk
from savoirfaire.cli.yamltext import as_yaml, from_yaml
from savoirfaire.errors import RequestError

DESK = Desk(("r1", "r2", "r3"), 1)
UP, DOWN = "\x1b[A", "\x1b[B"


@pytest.mark.parametrize(
    ("key", "place", "move"),
    [
        ("j", 2, "show"),
        ("s", 2, "show"),
        (DOWN, 2, "show"),
        ("\r", 2, "show"),
        ("k", 0, "show"),
        (UP, 0, "show"),
        ("a", 1, "accept"),
        ("A", 1, "accept_all"),
        ("e", 1, "edit"),
        ("r", 1, "reject"),
        ("f", 1, "filter"),
        ("o", 1, "open"),
        ("?", 1, "help"),
        ("q", 1, "quit"),
        ("", 1, "quit"),
        ("é", 1, "unknown"),
        ("\x1b[5~", 1, "unknown"),
    ],
)
def test_keys(key: str, place: int, move: str) -> None:
    """Moving keys move, the others name what is to be done; nothing is decided by a key alone."""
    desk, found = DESK.press(key)
    assert (desk.place, found, desk.waiting, desk.decided) == (place, move, DESK.waiting, ())


def test_ends() -> None:
    """Before the first and after the last there is nothing."""
    assert Desk(("r1",)).press("k") == (Desk(("r1",)), "end")
    assert Desk(("r1",)).press("j") == (Desk(("r1",)), "end")
    assert Desk(()).current is None


def test_decisions() -> None:
    """What was decided leaves the desk and is counted; what came after it is looked at next."""
    desk = DESK.without("r2", "accepted")
    assert (desk.current, desk.decided) == ("r3", ("accepted",))
    desk = desk.without("r3", "rejected")
    assert (desk.current, desk.decided) == ("r1", ("accepted", "rejected"))
    desk = desk.without("r1")
    assert (desk.current, len(desk.decided)) == (None, 2)


def test_another_filter() -> None:
    """With other proposals on the desk, the one shown stays if it is among them."""
    assert DESK.laid(["r0", "r2"]).current == "r2"
    assert DESK.laid(["r7", "r8", "r9"]).current == "r8"
    assert DESK.laid([]).current is None


_IDS = st.sampled_from(["r1", "r2", "r3", "r4"])
_STEPS = st.one_of(
    st.tuples(st.just("press"), st.sampled_from(["j", "k", "a", "q", UP, "x"])),
    st.tuples(st.just("without"), _IDS),
    st.tuples(st.just("laid"), st.lists(_IDS, unique=True)),
)


@given(st.lists(_STEPS))
def test_there_is_always_a_proposal_to_show(steps: list[tuple[str, Any]]) -> None:
    """Whatever is pressed and decided, the desk shows one of what waits, or says that none does."""
    desk = Desk(("r1", "r2", "r3"))
    for name, value in steps:
        if name == "press":
            desk, _ = desk.press(value)
        elif name == "without":
            before = desk.current
            desk = desk.without(value, "accepted")
            assert value not in desk.waiting
            assert before in {value, desk.current}
        else:
            desk = desk.laid(value)
        assert (desk.current in desk.waiting) if desk.waiting else desk.current is None


# --- the text of an edit --------------------------------------------------------------------------


def test_text_to_edit() -> None:
    """A record's data comes back from its text, whatever its values look like."""
    data = {
        "name": "No",
        "date": "2025-06-27",
        "price": "1250.50",
        "none": None,
        "list": ["é", "~"],
    }
    assert from_yaml(as_yaml(data)) == data


def test_what_a_person_types_stays_as_it_was_typed() -> None:
    """A date, a price or a `No` typed without quotes is a text, for the form to read."""
    typed = "date: 2025-06-27\nprice: 1250.50\nname: No\nyear: 2025\nempty:\n"
    assert from_yaml(typed) == {
        "date": "2025-06-27",
        "price": "1250.50",
        "name": "No",
        "year": "2025",
        "empty": None,
    }
    assert from_yaml('{"name": "Émile"}') == {"name": "Émile"}


@pytest.mark.parametrize(
    "text", ["a: [", "- a", "", "word", "a: !!python/name:os.system x", "[" * 5000]
)
def test_no_record(text: str) -> None:
    """What holds no keys and values, or would name code, is refused with the reason."""
    with pytest.raises(RequestError):
        from_yaml(text)
