"""The form a reply must have: how it is demanded of a model, and how it is read.

A model may be bound by a JSON schema, by one forced tool call, or by a JSON object and the schema
in words; which of them an endpoint does well is a setting. What comes back is read here, by the
role's own type, in all three. A reply that cannot be read raises UnreadableError with words that
tell the model what to mend.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from savoirfaire.agents.schema import strict_schema

ReplyT = TypeVar("ReplyT", bound=BaseModel)
ValueT_co = TypeVar("ValueT_co", covariant=True)
Structured = Literal["json_schema", "tool", "json"]
Message = dict[str, str]

_SHOWN = 5
_FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


class UnreadableError(ValueError):
    """A reply that is not what was asked for; the message tells the model why."""


@dataclass(frozen=True)
class Said:
    """A reply as it came: its text, and the tools it called as (name, arguments in JSON)."""

    text: str
    calls: tuple[tuple[str, str], ...] = ()

    def quoted(self) -> str:
        """The reply as a turn of the conversation."""
        return self.text or "\n".join(f"{name}({given})" for name, given in self.calls) or "(empty)"


class Form(Protocol[ValueT_co]):
    """What a reply must be: `options` ask the endpoint for it, `demand` names it in a repair."""

    demand: str
    options: dict[str, Any]

    def prepare(self, messages: Sequence[Message]) -> list[Message]:
        """The messages that ask for this form."""

    def read(self, said: Said) -> ValueT_co:
        """The reply's value; raises UnreadableError."""


class TextForm:
    """Any text that is not empty."""

    def __init__(self) -> None:
        self.demand = "words"
        self.options: dict[str, Any] = {}

    def prepare(self, messages: Sequence[Message]) -> list[Message]:
        """The messages as they are."""
        return list(messages)

    def read(self, said: Said) -> str:
        """The text."""
        if said.calls:
            raise UnreadableError(f"you called {said.calls[0][0]!r}, and no tool was offered")
        if not said.text.strip():
            raise UnreadableError("it is empty")
        return said.text


class JsonForm(Generic[ReplyT]):
    """A reply of a pydantic type, demanded in one of the three ways."""

    def __init__(self, reply: type[ReplyT], structured: Structured) -> None:
        self._reply = reply
        self._structured = structured
        self._schema = strict_schema(reply)
        self._name = re.sub(r"\W+", "_", reply.__name__)[:64]
        self.demand = f"a call of {self._name}" if structured == "tool" else "the JSON object"
        self.options = self._options()

    def prepare(self, messages: Sequence[Message]) -> list[Message]:
        """The messages, with the schema in words where nothing else carries it."""
        if self._structured != "json":
            return list(messages)
        schema = json.dumps(self._schema, ensure_ascii=False)
        words = f"Answer with one JSON object and nothing else, of this JSON schema:\n{schema}"
        first, rest = dict(messages[0]), list(messages[1:])
        if first["role"] != "system":
            return [{"role": "system", "content": words}, first, *rest]
        return [{**first, "content": f"{first['content']}\n\n{words}"}, *rest]

    def read(self, said: Said) -> ReplyT:
        """The reply as its type."""
        try:
            return self._reply.model_validate_json(self._json(said))
        except ValidationError as error:
            raise UnreadableError(_faults(error)) from error

    def _json(self, said: Said) -> str:
        tool = self._structured == "tool"
        for name, _ in said.calls:
            if not tool or name != self._name:
                raise UnreadableError(f"you called {name!r}, and no such tool was offered")
        if tool and len(said.calls) > 1:
            raise UnreadableError(f"you called {self._name} {len(said.calls)} times, not once")
        if tool and said.calls:
            return said.calls[0][1]
        # Some endpoints ignore a forced tool call and write its arguments as text.
        fenced = _FENCED.match(said.text)
        return fenced[1] if fenced else said.text

    def _options(self) -> dict[str, Any]:
        strict = {"name": self._name, "strict": True}
        if self._structured == "json_schema":
            response_format = {**strict, "schema": self._schema}
            return _body({"type": "json_schema", "json_schema": response_format})
        if self._structured == "json":
            return _body({"type": "json_object"})
        tool = {"type": "function", "function": {**strict, "parameters": self._schema}}
        choice = {"type": "function", "function": {"name": self._name}}
        return {"tools": [tool], "tool_choice": choice}


def _body(response_format: dict[str, Any]) -> dict[str, Any]:
    # As a field of the body, not as the client's own argument: given that one it parses replies
    # itself, and raises errors of its own for a finish reason before we see it.
    return {"extra_body": {"response_format": response_format}}


def json_form(reply: type[ReplyT], structured: Structured) -> JsonForm[ReplyT]:
    """The form of a type, converted once."""
    return _json_form(reply, structured)


_json_form = lru_cache(maxsize=256)(JsonForm)


def _faults(error: ValidationError) -> str:
    """What is wrong, field by field, without repeating what was said."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    words = [
        f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" if fault["loc"] else fault["msg"]
        for fault in faults
    ]
    more = [f"and {len(words) - _SHOWN} more"] if len(words) > _SHOWN else []
    return "; ".join(words[:_SHOWN] + more)
