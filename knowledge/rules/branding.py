"""A client's own rules as one set: terms of its brand.toml, packs, rules of its Brand OS."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.rules import definitions, shipped
from savoirfaire.knowledge.rules.definitions import Definition
from savoirfaire.knowledge.rules.ruleset import Ruleset

STYLE = "brand"
"""The style that a client's own rules are named under."""


def terms(brand: BrandPack) -> list[Definition]:
    """The terms of a brand.toml as rules `brand.<id>`."""
    return [definitions.defined(f"{STYLE}.{rule.id}", _mapping(rule)) for rule in brand.rules]


def _mapping(rule: Any) -> dict[str, Any]:
    found = [rf"(?<!\w){re.escape(term)}(?!\w)" for term in rule.avoid]
    common = {
        "level": rule.level,
        "ignorecase": not rule.case,
        "nonword": True,
        "vocab": False,
        "description": rule.reason,
    }
    if not rule.use:
        return {**common, "extends": "existence", "message": "%s", "tokens": found} | {
            "message": "“%s”: " + rule.reason.replace("%", "%%")
        }
    wanted = rule.use.replace("|", "\\|")
    return {
        **common,
        "extends": "substitution",
        "message": "%s ← “%s”: " + rule.reason.replace("%", "%%"),
        "swap": dict.fromkeys(found, wanted),
        "action": {"name": "replace"},
        "capitalize": True,
    }


def record(name: str, data: Mapping[str, Any]) -> Definition:
    """The rule in the data of a record of the kind `rule`.

    Raises:
        UnreadableRuleError: Its body cannot be used.

    """
    mapping = definitions.loaded(data["body"], name)
    mapping["level"] = data.get("level") or mapping.get("level") or "warning"
    return definitions.defined(f"{STYLE}.{slug(name)}", mapping, name)


def slug(name: str) -> str:
    """A rule's name as a part of a check's name and of a file's."""
    return re.sub(r"[^\w-]+", "-", name).strip("-") or "rule"


def mapped(definition: Definition) -> dict[str, Any]:
    """The definition as the mapping that a Vale file holds."""
    plain = {
        "extends": definition.extends,
        "message": definition.message,
        "level": definition.level,
        "description": definition.description,
        "link": definition.link,
        "scope": list(definition.scope),
        "limit": definition.limit,
    }
    if definition.action.name:
        action = dataclasses.asdict(definition.action)
        plain["action"] = {"name": action["name"], "params": list(action["params"])}
    return {key: value for key, value in plain.items() if value} | dict(definition.values)


def of(
    brand: BrandPack | None, records: Sequence[Definition] = (), packs: Sequence[str] = ()
) -> Ruleset:
    """All rules of a client as one set."""
    own = [*(terms(brand) if brand else ()), *records]
    together = shipped.together(*packs)
    return Ruleset(own) + together if own else together


@lru_cache(maxsize=32)
def enabled(packs: tuple[str, ...]) -> Ruleset:
    """The rules of the packs that a brand.toml enables."""
    return shipped.together(*packs)
