"""What a row of an archive may say: ids, dates, closed sets and plain data in the product's forms.

An archive is written by anybody. What is let in is read back by code that trusts the ledger: an id
that leads out of a folder, a status that there is not or a date that is none would break it later,
for good.
"""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from savoirfaire.errors import SavoirError
from savoirfaire.knowledge.brandos.forms import KINDS
from savoirfaire.knowledge.brandos.records import STATUSES, Citation
from savoirfaire.knowledge.describing import KIND
from savoirfaire.knowledge.facts.names import clean_name
from savoirfaire.knowledge.facts.periods import Period
from savoirfaire.knowledge.facts.rows import ACTIVE, ALIAS, PROPOSED, REPLACED, RETRACTED
from savoirfaire.knowledge.times import check_date, check_instant
from savoirfaire.workspace import is_name

Row = Mapping[str, Any]

_DEEPEST = 64  # levels of plain data: what is read from files has some ten
_ID = r"{}[0-9a-f]{{{}}}"
_RUN = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?"
_TOKEN = r"[\w.:|+@-]{1,200}"  # noqa: S105 - a name made of other names, not a secret
_SOURCE, _RECORD, _FACT, _ENTITY = (
    _ID.format(letter, digits) for letter, digits in (("s", 12), ("r", 24), ("f", 16), ("e", 16))
)
_OF_KEY = 2  # the client and the run, before what else is in an effect's key
_HASH = r"(?:[0-9a-f]{64})?"

IDS: Mapping[tuple[str, str], re.Pattern[str]] = {
    (table, column): re.compile(pattern)
    for pattern, named in {
        _SOURCE: "sources.id passages.source citations.source removed_citations.source"
        " extractions.source",
        _RECORD: "records.id records.supersedes records.superseded_by facts.record",
        _FACT: "facts.id facts.supersedes",
        _ENTITY: "entities.id aliases.entity facts.subject facts.object",
        f"{_RECORD}|{_FACT}": "citations.owner removed_citations.owner",
        _RUN: "runs.id run_events.run approvals.run effects.run lessons.run",
        _TOKEN: "lessons.id approvals.id effects.key",
        f"(?:{_TOKEN})?": "effects.bound_to",
        _HASH: "sources.sha256 containers.sha256 extractions.sha256 removed_citations.sha256",
        KIND.pattern: "sources.kind",
        "[a-z]{2,3}": "sources.language",
    }.items()
    for table, column in (each.split(".") for each in named.split())
}
"""What the ids of each column look like."""

_DATES = frozenset({"date", "valid_from", "valid_to"})
_INSTANTS = frozenset({"at", "known_from", "known_to"})
_MAY_BE_NEGATIVE = frozenset({("sources", "place")})
_SETS: Mapping[tuple[str, str], frozenset[str]] = {
    ("records", "kind"): frozenset(KINDS),
    ("records", "status"): frozenset(STATUSES) - {"expired"},
    ("facts", "status"): frozenset(
        {ACTIVE, PROPOSED, "accepted", "rejected", ALIAS, RETRACTED, REPLACED}
    ),
    ("runs", "status"): frozenset(
        {"queued", "running", "waiting", "needs_attention", "completed", "cancelled"}
    ),
}


def is_admitted(table: str, row: Row) -> bool:
    """Whether a row of the right columns and types says what a row of its table may say."""
    try:
        return all(_fits(table, *each) for each in row.items()) and _FORMS.get(table, _any)(row)
    except (SavoirError, ValueError, TypeError, LookupError, AttributeError):
        return False


def _fits(table: str, column: str, value: Any) -> bool:
    place = (table, column)
    if value is None:
        return True
    if column in _DATES:
        check_date(value)
    elif column in _INSTANTS or column.endswith("_at"):
        check_instant(value)
    elif type(value) is int:
        return value >= 0 or place in _MAY_BE_NEGATIVE
    elif isinstance(value, str):
        pattern = IDS.get(place)
        return value in _SETS.get(place, {value}) and (
            not pattern or bool(pattern.fullmatch(value))
        )
    return is_shallow(value)


def is_shallow(value: Any) -> bool:
    """Whether plain data is no deeper than what is read here by recursion."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [part for each in level for part in _parts(each)]
        if not level:
            return True
    return False


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


# --- what a row says as a whole -------------------------------------------------------------------


def _any(_row: Row) -> bool:
    return True


def _source(row: Row) -> bool:
    is_whole = bool(row["path"]) and isinstance(row["meta"], dict)
    return is_whole and isinstance(row["locators"], list) and _are_locators(row["locators"])


def _are_locators(given: list[Any]) -> bool:
    """Whether each has a span and a label; they are in the order of their starts."""
    for each in given:
        start, end = each["start"], each["end"]
        if each.keys() != {"start", "end", "label"} or not isinstance(each["label"], str):
            return False
        if type(start) is not int or type(end) is not int or not 0 <= start <= end:
            return False
    return all(one["start"] <= other["start"] for one, other in pairwise(given))


def _record(row: Row) -> bool:
    Period.of(row["valid_from"], row["valid_to"])
    is_proposed, is_active = row["status"] == "proposed", row["status"] == "active"
    decided = (row["known_from"], row["decided_by"], row["decided_at"])
    is_decided = None not in decided or not is_active
    return _is_in_order(row) and is_decided and not (is_proposed and row["known_from"])


def _fact(row: Row) -> bool:
    Period.of(row["valid_from"], row["valid_to"])
    has_one = (row["value"] is None) != (row["object"] is None)
    is_said = row["known_from"] is not None or row["status"] not in {ACTIVE, ALIAS}
    return has_one and is_said and _is_in_order(row) and row["supersedes"] != row["id"]


def _is_in_order(row: Row) -> bool:
    known = (row["known_from"], row["known_to"])
    return known[1] is None or (known[0] is not None and known[0] <= known[1])


def _citation(row: Row) -> bool:
    cited = Citation(**{name: row[name] for name in Citation.model_fields})
    return (cited.start is None) == (cited.end is None)


def _passage(row: Row) -> bool:
    return bool(row["start"] < row["end"])


def _entity(row: Row) -> bool:
    return bool(clean_name(row["name"]) == row["name"])


def _alias(row: Row) -> bool:
    return bool(row["alias"]) and clean_name(row["written"]) == row["written"]


def _asked(row: Row) -> bool:
    """An approval, whose id begins with its run's."""
    is_plain = isinstance(row["request"], dict) and isinstance(row["decision"], dict | None)
    return is_plain and row["id"].startswith(f"{row['run']}-")


def _effect(row: Row) -> bool:
    """An effect: under a key of its run's, with the files that it published there."""
    parts = row["key"].split(":")
    files = row["result"] if row["result"] is not None else []
    own = [[parts[0], row["run"]] == path.split("/")[:2] for path in files]
    names = [path.split("/", 2)[2] for path in files]
    return len(parts) > _OF_KEY and parts[1] == row["run"] and all(own) and all(map(is_name, names))


_FORMS: Mapping[str, Callable[[Row], bool]] = {
    "sources": _source,
    "passages": _passage,
    "records": _record,
    "facts": _fact,
    "citations": _citation,
    "entities": _entity,
    "aliases": _alias,
    "runs": lambda row: isinstance(row["request"], dict),
    "run_events": lambda row: isinstance(row["data"], dict),
    "approvals": _asked,
    "effects": _effect,
}
