import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savoirfaire.tools.hashing import canonical, payload_hash

HERE = settings(derandomize=True, deadline=None, database=None, max_examples=150)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def test_canonical() -> None:
    """Keys are sorted, there are no spaces, and letters stay letters."""
    assert canonical({"b": [1, 2.5, None], "a": {"é": True}}) == '{"a":{"é":true},"b":[1,2.5,null]}'


@given(plain)
@HERE
def test_content_decides(value: Any) -> None:
    """The form says all there is: reading it back gives the same value, and the same form."""
    assert json.loads(canonical(value)) == value
    assert canonical(json.loads(canonical(value))) == canonical(value)
    assert len(payload_hash(value)) == 64


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
@HERE
def test_order_of_keys_does_not(value: dict[str, int]) -> None:
    """The order in which keys were set changes nothing."""
    turned = dict(reversed(value.items()))
    assert payload_hash(turned) == payload_hash(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(({}, []), (None, {}), ("1", 1), (1, 1.0), (True, 1), ("", None), ([1, 2], [2, 1])),
        *(({"a": 1}, {"a": "1"}), ("é", "e\u0301"), ("a", "a "), ({"a": {}}, {"a": None})),
        *((["ab"], ["a", "b"]), ({"a": {"b": 1}}, {"a.b": 1})),
    ],
)
def test_what_differs_has_another_hash(one: Any, other: Any) -> None:
    """Contents that a reader could tell apart have different hashes."""
    assert payload_hash(one) != payload_hash(other)


def test_the_hash_is_for_ever() -> None:
    """Hashes are stored: this one is SHA-256 of the canonical form in UTF-8."""
    expected = hashlib.sha256('{"a":"é"}'.encode()).hexdigest()
    assert payload_hash({"a": "é"}) == expected
    assert expected.startswith("b3a092a6")


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object(), {"a": {"b": object}}, 1j])
def test_what_is_not_json(value: Any) -> None:
    """What has no form in JSON is refused, wherever it stands."""
    with pytest.raises(TypeError):
        payload_hash(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [-float("inf")]}])
def test_numbers_that_json_has_not(value: Any) -> None:
    """NaN and infinities are refused: other readers could not read them."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(value)


def test_half_a_surrogate_pair() -> None:
    """A string with half a surrogate pair, as a model may send, has a hash of its own too."""
    assert payload_hash("\ud800") != payload_hash("\ud801") != payload_hash("?")
