"""From what a model read to proposals that can be reviewed: every quote checked, nothing guessed.

A proposal is dropped whole, with the reason, where one of its quotes is not in the words the model
was shown, where a figure of a value is not in the value's own quotes, or where the values do not
make a record of its kind.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from savoirfaire.agents.kinds import WORD_FOR_WORD, Field, field_at
from savoirfaire.agents.proposals import (
    Candidate,
    Dropped,
    DroppedError,
    Excerpt,
    Reading,
    ReadRecord,
    ReadValue,
    Reason,
)
from savoirfaire.agents.spans import Spotter
from savoirfaire.agents.values import checked
from savoirfaire.errors import SavoirError
from savoirfaire.knowledge.brandos.forms import KINDS
from savoirfaire.knowledge.brandos.records import Citation

MOST_RECORDS = 100
"""Proposals of one reply that are looked at; more are no reading of a few pages."""

_MOST_VALUES = 500
_LONGEST_QUOTE = 2000
_SHOWN = 160  # characters of what was dropped
_VALIDITY = ("valid_from", "valid_to")
_DATE = Field("", "date", required=False)


def settle(
    reading: Reading, excerpt: Excerpt, kinds: Collection[str]
) -> tuple[list[Candidate], list[Dropped]]:
    """The proposals of these kinds that stand, and those that do not."""
    spotter, kept, dropped = Spotter(excerpt.text), list[Candidate](), list[Dropped]()
    for record in reading.records[:MOST_RECORDS]:
        try:
            kept.append(_candidate(record, excerpt, spotter, kinds))
        except DroppedError as fault:
            words = " ".join(fault.words.split())[:_SHOWN]
            dropped.append(_dropped(record.kind, fault.reason, words, excerpt))
    dropped += [_dropped(each.kind, "many", "", excerpt) for each in reading.records[MOST_RECORDS:]]
    return kept, dropped


def _dropped(kind: str, reason: Reason, words: str, excerpt: Excerpt) -> Dropped:
    return Dropped(kind=kind[:_SHOWN], reason=reason, words=words, source=excerpt.path)


def _candidate(
    record: ReadRecord, excerpt: Excerpt, spotter: Spotter, kinds: Collection[str]
) -> Candidate:
    if record.kind not in kinds:
        raise DroppedError("kind", record.kind)
    if len(record.values) > _MOST_VALUES:
        raise DroppedError("many", record.kind)
    tree: dict[Any, Any] = {}
    validity: dict[str, str] = {}
    citations: list[Citation] = []
    for given in record.values:
        if not given.value.strip():
            continue  # strict replies cannot leave a key out: an empty value is none
        name, pointer = given.field.strip().strip("/"), ""
        if name in _VALIDITY:
            spans = [_span(quote, excerpt, spotter) for quote in given.quotes]
            validity[name] = checked(_DATE, given.value, given.quotes)
        else:
            pointer, spans = _placed(tree, record.kind, given, excerpt, spotter)
        citations += [each.model_copy(update={"field": pointer}) for each in spans]
    return _made(record.kind, tree, validity, citations)


def _made(
    kind: str, tree: dict[Any, Any], validity: Mapping[str, str], citations: Sequence[Citation]
) -> Candidate:
    moved: dict[str, str] = {"": ""}
    data = _compact(tree, "", "", moved)
    try:
        form = KINDS[kind].of(data)
    except (ValidationError, SavoirError) as error:
        raise DroppedError("form", _fault(error)) from error
    if not citations:
        raise DroppedError("no quote", kind)
    first, last = validity.get("valid_from"), validity.get("valid_to")
    if first and last and first >= last:
        raise DroppedError("value", f"{first} – {last}")
    placed = [each.model_copy(update={"field": moved[each.field]}) for each in citations]
    return Candidate(
        kind=kind,
        key=form.key,
        data=form.plain(),
        valid_from=first,
        valid_to=last,
        citations=list(dict.fromkeys(placed)),
    )


def _fault(error: Exception) -> str:
    """What is wrong, without repeating what was said."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"/{'/'.join(map(str, first['loc']))}: {first['msg']}"


def _span(quote: str, excerpt: Excerpt, spotter: Spotter) -> Citation:
    """The quote as the source has it, with its span."""
    found = spotter.find(quote) if len(quote) <= _LONGEST_QUOTE else None
    if found is None:
        raise DroppedError("quote", quote)
    start, end = found
    return Citation(
        source=excerpt.source,
        start=excerpt.start + start,
        end=excerpt.start + end,
        quote=excerpt.text[start:end],
    )


def _placed(
    tree: dict[Any, Any], kind: str, given: ReadValue, excerpt: Excerpt, spotter: Spotter
) -> tuple[str, list[Citation]]:
    """Put a value in its place in the record; return its pointer, and what it rests on."""
    pointer = "/" + given.field.strip().strip("/")
    field = field_at(kind, pointer)
    if field is None:
        raise DroppedError("field", given.field)
    if (kind, field.pointer) in WORD_FOR_WORD:
        spans = [_span(given.value, excerpt, spotter)]
        value = spans[0].quote
    else:
        spans = [_span(quote, excerpt, spotter) for quote in given.quotes]
        value = checked(field, given.value, given.quotes)
    return _put(tree, [_step(part) for part in pointer.split("/")[1:]], value), spans


def _put(tree: dict[Any, Any], steps: list[str | int], value: str) -> str:
    """Put a value at the end of `steps`, and return the pointer to it."""
    *way, last = steps
    node = tree
    for step in way:
        node = node.setdefault(step, {})
    if last == "-":
        last = max((each for each in node if isinstance(each, int)), default=-1) + 1
    pointer = "/" + "/".join(map(str, [*way, last]))
    if node.setdefault(last, value) != value:
        raise DroppedError("value", f"{pointer}: {node[last]} / {value}")
    return pointer


def _step(part: str) -> str | int:
    return int(part[:9]) if part.isdigit() else part


def _compact(node: Any, old: str, new: str, moved: dict[str, str]) -> Any:
    """The record with lists in place of numbered branches; `moved` says where each value went."""
    if not isinstance(node, dict):
        moved[old] = new
        return node
    if all(isinstance(step, int) for step in node) and node:
        items = enumerate(sorted(node.items()))
        return [_compact(v, f"{old}/{k}", f"{new}/{place}", moved) for place, (k, v) in items]
    return {k: _compact(v, f"{old}/{k}", f"{new}/{k}", moved) for k, v in node.items()}
