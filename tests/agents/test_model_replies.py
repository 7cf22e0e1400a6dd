"""Reply forms: the schema that is demanded, and the reading of what comes."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, RootModel

from savoirfaire.agents.forms import Breach, Draft
from savoirfaire.agents.replies import Said, Structured, TextForm, UnreadableError, json_form
from savoirfaire.agents.schema import strict_schema


class Point(BaseModel):
    """A point."""

    x: int = 0


class Tree(BaseModel):
    """A form within itself."""

    name: str
    below: list["Tree"] = []


class Cat(BaseModel):
    """One of two."""

    kind: Literal["cat"]


class Dog(BaseModel):
    """The other."""

    kind: Literal["dog"]


class Everything(BaseModel):
    """Every kind of field a strict schema can say."""

    score: float = Field(ge=0, le=1, description="how sure")
    tags: list[str] = Field(default_factory=list, max_length=3)
    way: Literal["up", "down"] = "up"
    maybe: Point | None = None
    here: Point = Field(description="the place")
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]


def test_strict_schema() -> None:
    """Defaults, titles and limits go, everything is required, and what they meant is in words."""
    schema = strict_schema(Everything)
    assert schema["required"] == ["score", "tags", "way", "maybe", "here", "pet"]
    assert schema["additionalProperties"] is False
    assert schema["properties"] == {
        "score": {"type": "number", "description": "how sure (minimum: 0, maximum: 1)"},
        "tags": {
            "type": "array",
            "items": {"type": "string"},
            "description": "(maxItems: 3)",
        },
        "way": {"type": "string", "enum": ["up", "down"]},
        "maybe": {"anyOf": [{"$ref": "#/$defs/Point"}, {"type": "null"}]},
        "here": {"anyOf": [{"$ref": "#/$defs/Point"}], "description": "the place"},
        "pet": {"anyOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]},
    }
    assert schema["$defs"]["Point"] == {
        "type": "object",
        "description": "A point.",
        "properties": {"x": {"type": "integer"}},
        "required": ["x"],
        "additionalProperties": False,
    }


def test_recursive_schema() -> None:
    """A form within itself stays an object at the top."""
    schema = strict_schema(Tree)
    assert schema["type"] == "object"
    assert schema["properties"]["below"]["items"] == {"$ref": "#/$defs/Tree"}
    assert schema["$defs"]["Tree"]["required"] == ["name", "below"]


def _objects(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in _objects(item)]
    if not isinstance(node, dict):
        return []
    below = [found for item in node.values() for found in _objects(item)]
    return [node, *below] if node.get("type") == "object" else below


@pytest.mark.parametrize("form", [Draft, Breach, Tree, Everything])
def test_every_object_is_closed(form: type[BaseModel]) -> None:
    """However deep, an object takes all its keys and no other."""
    objects = _objects(strict_schema(form))
    assert objects
    for found in objects:
        assert found["additionalProperties"] is False
        assert found["required"] == list(found["properties"])


class Open(BaseModel):
    """An open mapping."""

    counts: dict[str, int]


class Loose(BaseModel):
    """A field of any kind."""

    value: Any


class Listed(BaseModel):
    """A list of anything."""

    values: list[Any]


class Numbers(RootModel[list[int]]):
    """Not an object."""


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (Open, "Open.counts is an open mapping"),
        (Loose, "Loose.value may be anything"),
        (Listed, "Listed.values is a list of anything"),
        (Numbers, "Numbers is no object"),
    ],
)
def test_not_strict(form: type[BaseModel], words: str) -> None:
    """A form that strict mode cannot express is refused, naming the field."""
    with pytest.raises(TypeError, match=words):
        strict_schema(form)


GOOD = '{"x": 4}'


@pytest.mark.parametrize(
    ("structured", "said"),
    [
        ("json_schema", Said(GOOD)),
        ("json", Said(f"```json\n{GOOD}\n```")),
        ("json", Said(f"\n```\n{GOOD}```  ")),
        ("tool", Said("", (("Point", GOOD),))),
        ("tool", Said("I call it.", (("Point", GOOD),))),
        ("tool", Said(GOOD)),
    ],
)
def test_read(structured: Structured, said: Said) -> None:
    """A reply is read where models put it."""
    assert json_form(Point, structured).read(said) == Point(x=4)


@pytest.mark.parametrize(
    ("structured", "said", "words"),
    [
        ("json_schema", Said(""), "EOF"),
        ("json_schema", Said("looks fine to me"), "Invalid JSON"),
        ("json_schema", Said(f"Here it is: {GOOD}"), "Invalid JSON"),
        ("json_schema", Said('{"x": "perhaps"}'), "x: Input should be a valid integer"),
        ("json_schema", Said("[]"), "Input should be an object"),
        ("json_schema", Said('{"x": "\\ud800"}'), "Invalid JSON"),
        ("json_schema", Said("[" * 100_000), "Invalid JSON"),
        ("json_schema", Said("", (("Point", GOOD),)), "called 'Point', and no such tool"),
        ("tool", Said("", (("send_mail", "{}"),)), "called 'send_mail', and no such tool"),
        ("tool", Said("", (("Point", GOOD), ("Point", GOOD))), "2 times, not once"),
        ("tool", Said("", (("Point", '{"x":'),)), "EOF"),
    ],
)
def test_unreadable(structured: Structured, said: Said, words: str) -> None:
    """What is not the form is unreadable, with words a model can mend it by."""
    with pytest.raises(UnreadableError, match=words):
        json_form(Point, structured).read(said)


def test_faults_are_listed_without_the_input() -> None:
    """Of many faults five are told, and nothing of the reply is repeated."""
    with pytest.raises(UnreadableError) as caught:
        json_form(Draft, "json").read(
            Said('{"title": 1, "a":1, "b":1, "c":1, "d":1, "e":"secret"}')
        )
    assert str(caught.value).endswith("; and 2 more")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "words"),
    [(Said(" \n"), "it is empty"), (Said("", (("f", "{}"),)), "called 'f', and no tool")],
)
def test_unreadable_text(said: Said, words: str) -> None:
    """Text must be there, and be text."""
    with pytest.raises(UnreadableError, match=words):
        TextForm().read(said)


def test_schema_in_words() -> None:
    """Where only a JSON object can be demanded, the schema stands in the system's part."""
    form = json_form(Point, "json")
    user = {"role": "user", "content": "Go."}
    assert [m["role"] for m in form.prepare([user])] == ["system", "user"]
    system, last = form.prepare([{"role": "system", "content": "You judge."}, user])
    assert system["content"].startswith("You judge.\n\nAnswer with one JSON object")
    assert '"additionalProperties": false' in system["content"]
    assert last == user
