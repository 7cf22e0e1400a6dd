"""Facts and graphs as they are shown: as JSON, as a tree of lines, as a Mermaid diagram."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from savoirfaire.cli.messages import _, labelled, short_day
from savoirfaire.cli.output import printable

if TYPE_CHECKING:
    from savoirfaire.knowledge.brandos.records import Citation
    from savoirfaire.knowledge.facts import Entity, Fact, Neighbourhood
    from savoirfaire.knowledge.ledger import Ledger
    from savoirfaire.knowledge.scope import ClientScope

_LONGEST = 80  # characters of a diagram's label
_SIGN = re.compile(r"[^\w ,.…'\-]")
_END = re.compile(r"\b(e)(nd)\b", re.IGNORECASE)

Paths = Mapping[str, str]
"""The path of each source, by its id."""


def source_paths(ledger: "Ledger", scope: "ClientScope") -> Paths:
    """The path of each of a client's sources, by its id."""
    return {row.id: row.path for row in ledger.sources(scope)}


# --- for programs ---------------------------------------------------------------------------------


def fact_json(fact: "Fact", paths: Paths) -> dict[str, Any]:
    """A fact with both its times and its citations. `entity` where it leads to another entity."""
    return {
        "id": fact.id,
        "subject": {"id": fact.subject.id, "name": fact.subject.name},
        "attribute": fact.attribute,
        "value": fact.value,
        "entity": {"id": fact.object.id, "name": fact.object.name} if fact.object else None,
        "valid": {"from": fact.valid_from, "to": fact.valid_to},
        "known": {"from": fact.known_from, "to": fact.known_to},
        "status": fact.status,
        "supersedes": fact.supersedes,
        "record": fact.record,
        "author": fact.author,
        "citations": [
            {
                "source": paths.get(each.source, each.source),
                "start": each.start,
                "end": each.end,
                "quote": each.quote,
            }
            for each in fact.citations
        ],
    }


def graph_json(around: "Neighbourhood", paths: Paths) -> dict[str, Any]:
    """A neighbourhood: its nodes with their distance, its edges with their times and sources."""
    return {
        "centre": around.centre.id,
        "nodes": [
            {
                "id": node.entity.id,
                "name": node.entity.name,
                "kind": node.entity.kind,
                "distance": node.distance,
            }
            for node in around.nodes
        ],
        "edges": [fact_json(fact, paths) for fact in around.edges],
        "cut": around.cut,
    }


# --- for people -----------------------------------------------------------------------------------


def tree(around: "Neighbourhood", paths: Paths) -> list[str]:
    """A neighbourhood as lines: each fact once, under the nearer of its ends, with its source."""
    distances = {node.entity.id: node.distance for node in around.nodes}
    below: dict[str, list[Fact]] = defaultdict(list)
    for fact in around.edges:
        ends = [fact.subject] if fact.object is None else [fact.subject, fact.object]
        below[min(ends, key=lambda end: distances[end.id]).id].append(fact)
    centre = _flat(f"{around.centre.name} ({around.centre.kind})")
    return [centre, *_branches(around.centre.id, below, paths, "", {around.centre.id})]


def _branches(
    entity: str, below: Mapping[str, list["Fact"]], paths: Paths, indent: str, seen: set[str]
) -> Iterator[str]:
    """The lines under an entity; one that was shown before is not gone into again."""
    held = below.get(entity, [])
    for place, fact in enumerate(held, start=1):
        last = place == len(held)
        yield f"{indent}{'└─ ' if last else '├─ '}{fact_line(fact, paths, entity)}"
        other = _other(fact, entity)
        if other is not None and other.id not in seen:
            seen.add(other.id)
            yield from _branches(
                other.id, below, paths, f"{indent}{'   ' if last else '│  '}", seen
            )


def _other(fact: "Fact", entity: str) -> "Entity | None":
    return fact.object if fact.subject.id == entity else fact.subject


def fact_line(fact: "Fact", paths: Paths, entity: str | None = None) -> str:
    """A fact on one line, as seen from one of its ends: what it says, when, and where from."""
    if fact.object is None:
        words = labelled(fact.attribute, str(fact.value))
    elif entity in {None, fact.subject.id}:
        words = f"{fact.attribute} → {fact.object.name}"
    else:
        words = f"← {fact.attribute} {fact.subject.name}"
    return "  ".join(filter(None, (_flat(words), period(fact), sources(fact, paths))))


def period(fact: "Fact") -> str:
    """When a fact holds; empty where that is open on both sides."""
    if fact.valid_from is None and fact.valid_to is None:
        return ""
    return f"({short_day(fact.valid_from) or '…'} → {short_day(fact.valid_to) or '…'})"


def sources(fact: "Fact", paths: Paths) -> str:
    """Where a fact is said; who says it, where no source does."""
    places = [_place(each, paths) for each in fact.citations]
    return "; ".join(places) or _("said by {author}").format(author=_flat(fact.author))


def _place(citation: "Citation", paths: Paths) -> str:
    path = _flat(paths.get(citation.source, citation.source))
    if citation.lost:
        return _("{path} (no longer says so)").format(path=path)
    return f"{path} [{citation.start}–{citation.end}]"


def _flat(words: str) -> str:
    return printable(" ".join(words.split()))


# --- as a diagram ---------------------------------------------------------------------------------


def mermaid(around: "Neighbourhood") -> str:
    """A neighbourhood as a Mermaid flowchart: https://mermaid.js.org/syntax/flowchart.html."""
    names = {node.entity.id: f"n{place}" for place, node in enumerate(around.nodes)}
    lines = ["flowchart LR"]
    lines += [f'    {names[node.entity.id]}["{label(node.entity.name)}"]' for node in around.nodes]
    for place, fact in enumerate(around.edges):
        target = names[fact.object.id] if fact.object else f"v{place}"
        if fact.object is None:
            lines.append(f'    {target}("{label(fact.value or "")}")')
        lines.append(f'    {names[fact.subject.id]} -->|"{label(fact.attribute)}"| {target}')
    return "\n".join(lines)


def label(words: str) -> str:
    """Words that Mermaid shows and never reads as its own: signs become character codes.

    The word `end` would end a chart, wherever it stands.
    """
    flat = _flat(words)
    short = flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1]}…"
    escaped = _SIGN.sub(lambda sign: f"#{ord(sign[0])};", short)
    return _END.sub(lambda word: f"#{ord(word[1])};{word[2]}", escaped)
