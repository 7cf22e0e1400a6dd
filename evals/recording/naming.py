"""Who is named in a task: by its decisions, its sources, its mails, its facts and records.

In plain text, who is named is known by a title, or by a given name that a word with a capital
follows: nothing else tells a person from a place or a work. What is not found so is listed in the
preview.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from savoirfaire.evals.recording.givennames import GIVEN
from savoirfaire.evals.recording.pseudonyms import fold
from savoirfaire.evals.tasks.folder import Task
from savoirfaire.evals.tasks.form import Snapshot

MAIL = r"[A-Za-z0-9](?:[\w.+'-]{0,63})@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
"""A mail address."""

_BESIDE = re.compile(rf"([^<>\[\]\n]{{1,80}})[<\[](?:mailto:)?{MAIL}[>\]]")
_HEADER_LINE = re.compile(r"^(?:From|To|Cc|De|À|Reply-To): *", re.IGNORECASE)
_CAP = r"[A-ZÀ-Þ][^\W\d_]*(?:[-’'][^\W\d_]+){0,3}"
_LINK = r"(?:[ \u00a0](?:de la|d[eu]|des|van der|van|von|der|den|le|la|el|bin|ben|al))?"
_FULL = re.compile(rf"\b({_CAP})((?:{_LINK}[ \u00a0]{_CAP}){{1,3}})")
_TITLES = r"M\.|Mr\.?|Mrs\.?|Ms\.?|Mme|Mlle|Dr\.?|Prof\.?|Monsieur|Madame|Docteur|Maître"
_TITLED = re.compile(rf"\b(?:{_TITLES})[ \u00a0]({_CAP}(?:{_LINK}[ \u00a0]{_CAP}){{0,2}})")
_FILE = re.compile(r"\.[a-z]{2,4}$")
_MACHINES = ("@", "policy ", "fill", "extractor")


def people(task: Task) -> Iterator[str]:
    """Everybody that the record of a run, its sources and its facts name."""
    for decision in task.decisions.people:
        yield _person(str(decision.answer.get("decided_by", "")))
    yield from spoken_of(str(task.request))
    for part in task.snapshot.parts:
        for source in part.sources:
            yield _person(source.author or "")
            yield from _written(task.text(source.text))
        yield from _in_rows(part)


def _written(text: str) -> Iterator[str]:
    """Whoever a source names: beside a mail address, in full, or by a title."""
    for found in _BESIDE.finditer(text):
        yield _person(_HEADER_LINE.sub("", found[1]).split(",")[-1].strip(' "'))
    yield from spoken_of(text)


def _in_rows(part: Snapshot) -> Iterator[str]:
    """Whoever the facts, lessons and records of a client name."""
    for row in part.rows.get("entities", ()):
        if row.get("kind") == "person":
            yield str(row["name"])
    for name, keys in {"lessons": ("author",), "records": ("author", "decided_by")}.items():
        for row in part.rows.get(name, ()):
            yield from (_person(str(row.get(key) or "")) for key in keys)


def spoken_of(text: str) -> Iterator[str]:
    """Whoever a text names in full, or by a title."""
    for found in _FULL.finditer(text):
        if fold(re.split(r"[-’']", found[1])[0]) in GIVEN:
            yield found[0]
    for found in _TITLED.finditer(text):
        yield found[1]


def houses(task: Task) -> Iterator[str]:
    """The client's name, and the brands that there are: its own, and the agency's."""
    yield task.header.client.replace("-", " ")
    for source in (each for part in task.snapshot.parts for each in part.sources):
        if source.kind == "brand":
            try:
                yield str(tomllib.loads(task.text(source.text))["brand"]["name"])
            except (ValueError, KeyError, TypeError):
                continue


@cache
def prompt_words() -> frozenset[str]:
    """Every word of a packaged prompt: one that is replaced would make another prompt of it."""
    folder = files("savoirfaire.agents") / "prompts"
    texts = [each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".md")]
    return frozenset(fold(word) for text in texts for word in re.findall(r"[^\W\d_]+", text))


def _person(name: str) -> str:
    """A name, unless it is a part of the product."""
    is_machine = any(sign in name for sign in _MACHINES) or _FILE.search(name)
    return "" if is_machine else name
