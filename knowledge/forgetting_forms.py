"""Taking words out of a record's data: of its free texts alone, so that its form stays.

Names of fields, days, currencies and words of a closed list are no mentions of anybody, whatever
people are called.
"""

from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, StringConstraints

from savoirfaire.knowledge.brandos.fields import Day
from savoirfaire.knowledge.brandos.forms import KINDS

_CLOSED = get_args(Day)[1:]


def without_words(kind: str, data: Any, redact: Callable[[str], str]) -> Any:
    """A record's data with `redact` of each free text; of an unknown kind, of each text."""
    return _redacted(KINDS.get(kind, Any), data, redact)


def _redacted(form: Any, value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return redact(value) if _is_free(form) else value
    if isinstance(value, list):
        item = next(iter(_items(form)), Any)
        return [_redacted(item, each, redact) for each in value]
    if isinstance(value, dict):
        fields = _fields(form)
        return {key: _redacted(fields.get(key, Any), each, redact) for key, each in value.items()}
    return value


def _is_free(form: Any) -> bool:
    """Whether a text of this type may say anything."""
    if form in {Any, str}:
        return True
    if get_origin(form) is not Annotated:
        return any(_is_free(each) for each in _choices(form))
    bare, *said = get_args(form)
    patterns = any(isinstance(each, StringConstraints) and each.pattern for each in said)
    return not patterns and not any(each in _CLOSED for each in said) and _is_free(bare)


def _choices(form: Any) -> tuple[Any, ...]:
    """The types that a value may have, of a union; none of a list of words."""
    return tuple(each for each in get_args(form) if isinstance(each, type) or get_origin(each))


def _items(form: Any) -> tuple[Any, ...]:
    """What type a list's items have."""
    if get_origin(form) is Annotated:
        return _items(get_args(form)[0])
    if get_origin(form) in {tuple, list}:
        return tuple(each for each in get_args(form) if each is not ...)
    return next((found for each in _choices(form) if (found := _items(each))), ())


def _fields(form: Any) -> dict[str, Any]:
    """The types of the fields of a part of a record, by their names."""
    if isinstance(form, type) and issubclass(form, BaseModel):
        hints = get_type_hints(form, include_extras=True)
        return {name: hints[name] for name in form.model_fields}
    return next((found for each in _choices(form) if (found := _fields(each))), {})
