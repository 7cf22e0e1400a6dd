"""What a grader is given and gives, and graders by name as a suite's file names them.

A grader is a function from an end to a grade. A factory makes it from the suite's parameters:

    [[graders]]
    name = "citations"
    least = 3
"""

import inspect
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from savoirfaire.errors import SavoirError
from savoirfaire.evals.tasks.folder import Task
from savoirfaire.evals.tasks.form import Expected
from savoirfaire.knowledge.nearest import near

_NOTES = re.compile(r"^\[\^[^\]\s]+\]:[^\n]*$|\[\^[^\]\s]+\]", re.MULTILINE)


@dataclass(frozen=True)
class Graded:
    """The end of a task, and what it took: seconds, tokens read and written, cost."""

    task: Task
    end: Expected
    seconds: float = 0.0
    tokens: tuple[int, int] = (0, 0)
    cost: float = 0.0

    @property
    def text(self) -> str:
        """The words that people would read: what was published, or was to be decided on."""
        published = self.end.effects.get("published", {})
        files = [words for name, words in sorted(published.items()) if name.endswith(".md")]
        if files:
            return "\n\n".join(files)
        plans = self.end.state.get("gates", {}).values()
        shown = [_main_text(plan.get("arguments", {})) for plan in plans]
        return "\n\n".join(filter(None, shown)) or self._records

    @property
    def body(self) -> str:
        """The text without its footnotes: what is said, and not where it was read."""
        return _NOTES.sub("", self.text)

    @property
    def _records(self) -> str:
        """What was proposed for the Brand OS, a record after the other, where that is the work."""
        rows = self.end.effects.get("records", [])
        return "\n\n".join(
            f"# {row['kind']}\n{json.dumps(row['data'], ensure_ascii=False, indent=1)}"
            for row in sorted(rows, key=lambda row: (row["kind"], str(row["data"])))
        )


@dataclass(frozen=True)
class Grade:
    """A score from 0 to 1, and why it is not 1; one that was `abstained` from counts nowhere."""

    name: str
    score: float
    words: str = ""
    abstained: bool = False


Grader = Callable[[Graded], Grade]
Factory = Callable[..., Grader]

_OWN: dict[str, Factory] = {}


@dataclass(frozen=True)
class Scale:
    """A task's graders together, and the model judges where there are any."""

    graders: tuple[Grader, ...] = field(default=())
    judged: Callable[[Graded], Awaitable[list[Grade]]] | None = None

    def grade(self, graded: Graded) -> list[Grade]:
        """What each grader says."""
        return [grader(graded) for grader in self.graders]


def mean(grades: Iterable[Grade]) -> float:
    """The score of an end: the mean of its grades; 0 where nothing graded it."""
    scores = [each.score for each in grades if not each.abstained]
    return round(sum(scores) / len(scores), 6) if scores else 0.0


def register(name: str, factory: Factory) -> None:
    """Offer a grader of your own under a name, for suites to use."""
    _OWN[name] = factory


def graders_of(given: Iterable[Mapping[str, Any]]) -> Scale:
    """The graders that a suite names; without any, the end has to be the recorded one.

    Raises SavoirError for a grader that there is not, or a parameter that it does not take.
    """
    named = list(given) or [{"name": "state"}]
    return Scale(tuple(_made(dict(each)) for each in named))


def spans_in(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every citation in plain data: what has a source, a start, an end and a quote.

    What has the keys and names no source cites nothing: it is how "not found" is kept.
    """
    if isinstance(value, Mapping):
        if {"source", "start", "end", "quote"} <= value.keys() and value["source"]:
            yield value
        for each in value.values():
            yield from spans_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from spans_in(each)


def _made(given: dict[str, Any]) -> Grader:
    from savoirfaire.evals.graders import looking, measuring  # noqa: PLC0415 - they import this

    known: dict[str, Factory] = {**looking.FACTORIES, **measuring.FACTORIES, **_OWN}
    name = str(given.pop("name", ""))
    if name not in known:
        raise SavoirError(
            "there is no grader {name}{near}", name=name or '""', near=near(name, sorted(known))
        )
    takes = set(inspect.signature(known[name]).parameters)
    if unknown := sorted(given.keys() - takes):
        raise SavoirError(
            "grader {name} takes {known}, not {unknown}",
            name=name,
            known=", ".join(sorted(takes)) or "nothing",
            unknown=", ".join(unknown),
        )
    return known[name](**given)


def _main_text(arguments: Mapping[str, Any]) -> str:
    if isinstance(arguments.get("markdown"), str):
        return str(arguments["markdown"])
    texts = [value for value in arguments.values() if isinstance(value, str)]
    return max(texts, key=len, default="")
