"""Questions with what answers them, from a client's own people: one JSON object a line.

    {"text": "When is the launch?", "sources": ["plans/launch.md"]}
    {"text": "What did it cost?", "spans": [{"source": "costs.md", "start": 120, "end": 310}]}

A source counts as found where one of its passages is, a span where a passage overlaps it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from savoirfaire.errors import NotFoundError, ReadError
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.rows import StoredPassage
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.searching import Found
from savoirfaire.knowledge.store import Knowledge


class JudgedSpan(BaseModel):
    """A part of a source's text: `[start, end)` in characters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    start: int = Field(ge=0)
    end: int

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end <= self.start:
            raise ValueError("the end is not after the start")
        return self


class Judged(BaseModel):
    """A question, and the sources or spans that answer it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    sources: tuple[str, ...] = ()
    spans: tuple[JudgedSpan, ...] = ()

    @model_validator(mode="after")
    def _answered(self) -> Self:
        if not self.sources and not self.spans:
            raise ValueError("neither sources nor spans")
        return self

    @property
    def wanted(self) -> int:
        """How much there is to find."""
        return len(set(self.sources)) + len(set(self.spans))

    def hits(self, found: Sequence[Found]) -> list[float]:
        """The gain of each thing found, in order: an answer counts where it is found first."""
        open_: set[str | JudgedSpan] = {*self.sources, *self.spans}
        gains: list[float] = []
        seen: set[str] = set()
        for each in found:
            answered = {one for one in open_ if _answers(each, one)}
            open_ -= answered
            gains += [1.0] * len(answered)
            if not answered and each.passage.path not in seen:
                gains.append(0.0)
            seen.add(each.passage.path)
        return gains


def _answers(found: Found, wanted: str | JudgedSpan) -> bool:
    """Whether what was found is what was wanted, or a copy of it."""
    return any(_is(passage, wanted) for passage in (found.passage, *found.also))


def _is(passage: StoredPassage, wanted: str | JudgedSpan) -> bool:
    if isinstance(wanted, str):
        return passage.path == wanted
    return (
        passage.path == wanted.source and passage.start < wanted.end and wanted.start < passage.end
    )


def read_judged(knowledge: Knowledge, scope: ClientScope, path: Path) -> list[Judged]:
    """The questions of a file, each once. Raises ReadError, and NotFoundError for a source."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError as error:
        raise NotFoundError("{file} is missing", file=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError("{file} cannot be read", file=path) from error
    found: dict[str, Judged] = {}
    paths = {row.path for row in knowledge.ledger.sources(scope)}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            one = _parsed(path, number, line)
            _require_known(scope, one, paths)
            found[one.text] = one
    return list(found.values())


def _parsed(path: Path, number: int, line: str) -> Judged:
    try:
        return Judged.model_validate_json(line)
    except ValidationError as error:
        raise ReadError(
            "{file}, line {number}: {reason}",
            file=path.name,
            number=number,
            reason=error.errors()[0]["msg"],
            hint='A line is {"text": "…", "sources": ["path"]}.',
        ) from error


def _require_known(scope: ClientScope, one: Judged, paths: set[str]) -> None:
    for named in (*one.sources, *(span.source for span in one.spans)):
        if named not in paths:
            raise NotFoundError(
                "{client} has no source {source}{near}",
                client=scope.client,
                source=named,
                near=near(named, paths),
            )
