"""A rule as its YAML file says it: every key is known, and of the right form, or it is an error.

Values are read as they were written (`no` is the word no, not false), then made into what each
key asks for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import yaml

from savoirfaire.errors import UnreadableRuleError
from savoirfaire.knowledge.rules.alerts import LEVELS, Action, Level

UNSUPPORTED = frozenset({"sequence", "spelling", "script"})
"""Kinds of rules that Vale has and this engine names instead of running."""

_COMMON = MappingProxyType(
    {
        "extends": "text", "message": "text", "description": "text", "level": "text",
        "link": "text", "limit": "number", "name": "text", "scope": "texts", "action": "action",
    }
)  # fmt: skip
_KEYS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "existence": {
            "raw": "texts", "tokens": "texts", "exceptions": "texts", "append": "truth",
            "ignorecase": "truth", "nonword": "truth", "vocab": "truth",
        },
        "substitution": {
            "swap": "pairs", "exceptions": "texts", "ignorecase": "truth", "nonword": "truth",
            "vocab": "truth", "capitalize": "truth", "pos": "text",
        },
        "occurrence": {"token": "text", "max": "number", "min": "number", "ignorecase": "truth"},
        "repetition": {
            "tokens": "texts", "max": "number", "ignorecase": "truth", "alpha": "truth",
            "vocab": "truth", "exceptions": "texts",
        },
        "consistency": {"either": "pairs", "nonword": "truth", "ignorecase": "truth"},
        "conditional": {
            "first": "text", "second": "text", "exceptions": "texts", "ignorecase": "truth",
            "vocab": "truth",
        },
        "capitalization": {
            "match": "text", "style": "text", "exceptions": "texts", "indicators": "texts",
            "threshold": "decimal", "vocab": "truth", "prefix": "text",
        },
        "readability": {"metrics": "texts", "grade": "decimal"},
        "metric": {"formula": "text", "condition": "text"},
    }
)  # fmt: skip
KINDS = tuple(_KEYS)
_SIZED = frozenset({"readability", "metric"})
_MOST_TERMS = 100_000


_NO_ACTION = Action()


@dataclass(frozen=True)
class Definition:
    """What every rule says, and the keys of its kind in `values`."""

    name: str
    extends: str
    message: str
    level: Level = "warning"
    scope: tuple[str, ...] = ("text",)
    description: str = ""
    link: str = ""
    limit: int = 0
    action: Action = _NO_ACTION
    values: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""

    @property
    def supported(self) -> bool:
        """Whether this engine runs rules of that kind."""
        return self.extends not in UNSUPPORTED

    def fails(self, template: str, key: str = "", **values: str) -> UnreadableRuleError:
        """The error that says why this rule cannot be used."""
        template = "{file}: `{key}`: " + template if key else "{file}: " + template
        return UnreadableRuleError(template, file=self.path or self.name, key=key, **values)


class _Loader(yaml.BaseLoader):
    """Scalars stay text; an escaped apostrophe is one in double quotes, as Go reads it."""

    ESCAPE_REPLACEMENTS = {**yaml.BaseLoader.ESCAPE_REPLACEMENTS, "'": "'"}  # type: ignore[misc]  # noqa: RUF012


def loaded(text: str, path: str) -> dict[str, Any]:
    """The YAML of a rule as text, lists and mappings.

    Raises:
        UnreadableRuleError: It is no YAML, or no mapping.

    """
    try:
        found = _parsed(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        place = getattr(error, "problem_mark", None)
        raise UnreadableRuleError(
            "{file}: line {line}: this is no YAML ({why})",
            file=path,
            line=place.line + 1 if place else 1,
            why=getattr(error, "problem", None) or "it cannot be read",
        ) from error
    if not isinstance(found, dict):
        raise UnreadableRuleError("{file}: a rule is a mapping of keys to values", file=path)
    return found


def _parsed(text: str) -> object:
    try:
        return yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 - a loader that makes text only
    except (yaml.YAMLError, AttributeError):
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - the same


def defined(name: str, mapping: Mapping[str, Any], path: str = "") -> Definition:
    """The definition that a mapping says.

    Raises:
        UnreadableRuleError: A key is missing, unknown or of the wrong form; it names file and key.

    """
    given = {str(key).lower(): value for key, value in mapping.items()}
    bare = Definition(name, str(given.get("extends", "")), "", path=path)
    if bare.extends in UNSUPPORTED:
        return _unsupported(bare, given)
    if bare.extends not in _KEYS:
        raise bare.fails("must be one of {kinds}", "extends", kinds=", ".join(KINDS))
    if "message" not in given:
        raise bare.fails("is missing", "message")
    forms = {**_COMMON, **_KEYS[bare.extends]}
    for key in given:
        if key not in forms:
            known = ", ".join(sorted(forms))
            raise bare.fails(
                "is not a key of {kind}; known are {known}", key, kind=bare.extends, known=known
            )
    values = {key: _formed(bare, key, forms[key], value) for key, value in given.items()}
    return _made(bare, values)


def _unsupported(bare: Definition, given: Mapping[str, Any]) -> Definition:
    message = str(given.get("message", ""))
    return Definition(bare.name, bare.extends, message, path=bare.path)


def _made(bare: Definition, values: dict[str, Any]) -> Definition:
    level = values.get("level") or "warning"
    if level not in LEVELS:
        raise bare.fails("must be one of {levels}", "level", levels=", ".join(LEVELS))
    scope = (
        ("summary",) if bare.extends in _SIZED else tuple(values.get("scope") or ()) or ("text",)
    )
    _check_scopes(bare, scope)
    return Definition(
        name=bare.name,
        extends=bare.extends,
        message=values["message"],
        level=cast("Level", level),
        scope=scope,
        description=values.get("description", ""),
        link=values.get("link", ""),
        limit=values.get("limit", 0),
        action=values.get("action") or Action(),
        values={key: value for key, value in values.items() if key in _KEYS[bare.extends]},
        path=bare.path,
    )


def _check_scopes(bare: Definition, scopes: tuple[str, ...]) -> None:
    for scope in scopes:
        if "&" in scope:
            continue
        base = scope.removeprefix("~").split(".")[0]
        if base in {"code", "link", "strong", "emphasis"}:
            raise bare.fails("{scope} is no longer a scope; use raw", "scope", scope=base)
        if " " in base:
            raise bare.fails("{scope} contains spaces", "scope", scope=repr(base))


def _formed(bare: Definition, key: str, form: str, value: object) -> Any:
    try:
        return _FORMS[form](value)
    except (TypeError, ValueError, AttributeError):
        raise bare.fails("must be {form}", key, form=_NAMES[form]) from None


def _text(value: object) -> str:
    if isinstance(value, dict | list):
        raise TypeError
    return "" if value is None else str(value)


def _texts(value: object) -> list[str]:
    items = value if isinstance(value, list | tuple) else [value]
    if len(items) > _MOST_TERMS:
        raise ValueError
    return [_text(item) for item in items] if items not in (["", ""], [""], [None]) else []


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "on": True, "y": True, "1": True}
    words |= {"false": False, "no": False, "off": False, "n": False, "0": False, "": False}
    if str(value).lower() not in words:
        raise ValueError
    return words[str(value).lower()]


def _pairs(value: object) -> dict[str, str]:
    if value in ("", None):
        return {}
    parts = value if isinstance(value, list) else [value]
    pairs = {
        _text(key): _text(item)
        for part in parts
        for key, item in cast("dict[Any, Any]", part).items()
    }
    if len(pairs) > _MOST_TERMS:
        raise ValueError
    return pairs


def _action(value: object) -> Action | None:
    if value in ("", None):
        return None
    given = {str(key).lower(): item for key, item in cast("dict[Any, Any]", value).items()}
    if given.keys() - {"name", "params"}:
        raise ValueError
    return Action(_text(given.get("name")), tuple(_texts(given.get("params"))))


def _number(value: object) -> int:
    return int(_text(value) or 0)


def _decimal(value: object) -> float:
    return float(_text(value) or 0)


_FORMS: Mapping[str, Callable[[object], Any]] = MappingProxyType(
    {
        "text": _text, "texts": _texts, "truth": _truth, "pairs": _pairs, "action": _action,
        "number": _number, "decimal": _decimal,
    }
)  # fmt: skip
_NAMES = MappingProxyType(
    {
        "text": "a text", "texts": "a list of texts", "truth": "true or false",
        "pairs": "pairs of texts", "action": "a name and params", "number": "a whole number",
        "decimal": "a number",
    }
)  # fmt: skip


def read(path: Path, name: str) -> Definition:
    """The definition in a file.

    Raises:
        UnreadableRuleError: The file cannot be read, or the rule in it.

    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableRuleError(
            "{file} cannot be read ({why})", file=str(path), why=str(error)
        ) from error
    return defined(name, loaded(text, str(path)), str(path))
