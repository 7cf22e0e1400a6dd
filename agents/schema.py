"""The JSON schema of a reply type, in the dialect that strict structured replies take."""

import json
from typing import Any

from pydantic import BaseModel

# Keywords that constrained decoding does not take everywhere; our own reading checks them all.
_IN_WORDS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minItems",
    "maxItems",
    "uniqueItems",
)
_DROPPED = {"title", "default", "examples", "deprecated", "discriminator", *_IN_WORDS}


def strict_schema(reply: type[BaseModel]) -> dict[str, Any]:
    """The type's JSON schema as strict mode takes it.

    Every object is closed and all its keys are required, defaults are dropped, limits go into the
    descriptions. A form strict mode cannot express (an open mapping, Any, a tuple) is a TypeError.
    """
    schema = reply.model_json_schema()
    definitions = schema.pop("$defs", {})
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if schema.get("type") != "object":
        raise TypeError(f"{reply.__name__} is no object, and a reply must be one")
    made = _strict(schema, reply.__name__)
    if definitions:
        made["$defs"] = {name: _strict(item, name) for name, item in definitions.items()}
    return made


def _strict(node: dict[str, Any], at: str) -> dict[str, Any]:
    """One node of the schema, and those below it."""
    limits = [f"{key}: {json.dumps(node[key])}" for key in _IN_WORDS if key in node]
    made = {key: value for key, value in node.items() if key not in _DROPPED}
    if limits:
        made["description"] = f"{made.get('description', '')} ({', '.join(limits)})".strip()
    if "$ref" in made:
        return _reference(made)
    if "oneOf" in made:
        made["anyOf"] = made.pop("oneOf")
    if "anyOf" in made:
        made["anyOf"] = [_strict(option, at) for option in made["anyOf"]]
    elif made.get("type") == "object":
        made |= _closed(made, at)
    elif made.get("type") == "array":
        if not made.get("items"):
            raise TypeError(f"{at} is a list of anything, which no strict schema can say")
        made["items"] = _strict(made["items"], f"{at}[]")
    elif not made.keys() & {"type", "enum", "const"}:
        raise TypeError(f"{at} may be anything, which no strict schema can say")
    return made


def _closed(node: dict[str, Any], at: str) -> dict[str, Any]:
    if node.get("additionalProperties") or "properties" not in node:
        raise TypeError(f"{at} is an open mapping, which no strict schema can say")
    fields = {key: _strict(item, f"{at}.{key}") for key, item in node["properties"].items()}
    return {"properties": fields, "required": list(fields), "additionalProperties": False}


def _reference(node: dict[str, Any]) -> dict[str, Any]:
    """A reference stands alone in strict mode; a description beside it goes around it."""
    if "description" not in node:
        return {"$ref": node["$ref"]}
    return {"anyOf": [{"$ref": node["$ref"]}], "description": node["description"]}
