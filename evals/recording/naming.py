"""Who is named in a task: by its decisions, its sources, its mails, its facts and records."""

import re
from collections.abc import Iterator

from savoirfaire.evals.tasks.folder import Task

MAIL = r"[A-Za-z0-9](?:[\w.+'-]{0,63})@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
"""A mail address."""

_BESIDE = re.compile(rf"([^<>\[\]\n]{{1,80}})[<\[](?:mailto:)?{MAIL}[>\]]")
_HEADER_LINE = re.compile(r"^(?:From|To|Cc|De|À|Reply-To): *", re.IGNORECASE)
_MACHINES = ("@", "policy ", "fill", "extractor")


def people(task: Task) -> Iterator[str]:
    """Everybody that the record of a run, its sources and its facts name."""
    for decision in task.decisions.people:
        yield _person(str(decision.answer.get("decided_by", "")))
    for source in task.snapshot.sources:
        yield _person(source.author or "")
        for found in _BESIDE.finditer(task.text(source.text)):
            yield _person(_HEADER_LINE.sub("", found[1]).split(",")[-1].strip(' "'))
    for row in task.snapshot.rows.get("entities", ()):
        if row.get("kind") == "person":
            yield str(row["name"])
    for name, keys in {"lessons": ("author",), "records": ("author", "decided_by")}.items():
        for row in task.snapshot.rows.get(name, ()):
            yield from (_person(str(row.get(key) or "")) for key in keys)


def _person(name: str) -> str:
    """A name, unless it is a part of the product."""
    return "" if any(sign in name for sign in _MACHINES) else name
