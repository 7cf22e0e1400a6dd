"""Suites: a folder of tasks with the graders that score them.

A suite is found by its path, or by its name: among those shipped, or in the workspace's `suites`.
`suite.toml` has its title, its graders and its model judges; without one, a task is right where it
ends as recorded.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from savoirfaire.errors import NotFoundError, SavoirError
from savoirfaire.evals.tasks.folder import HEADER, Task, open_task
from savoirfaire.knowledge.nearest import near
from savoirfaire.workspace import is_name, within

SHIPPED = Path(__file__).resolve().parents[1] / "suites"
FILE = "suite.toml"


class _Judge(BaseModel):
    """What it says of a judge: its rubric, and what the work is compared with, if with anything."""

    model_config = ConfigDict(extra="forbid")

    rubric: str
    beside: Literal["", "recorded"] = ""


class _Said(BaseModel):
    """What `suite.toml` may say: a title by language, graders, and model judges."""

    model_config = ConfigDict(extra="forbid")

    title: dict[str, str] = {}
    graders: list[dict[str, Any]] = []
    judges: list[_Judge] = []


@dataclass(frozen=True)
class Suite:
    """Tasks, in the order of their names, and what scores them."""

    folder: Path
    titles: Mapping[str, str] = field(default_factory=dict)
    graders: tuple[dict[str, Any], ...] = ()
    judges: tuple[dict[str, Any], ...] = ()
    tasks: list[Task] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The suite's name: its folder's."""
        return self.folder.name

    def title(self, language: str) -> str:
        """What the suite is about, in a language if it says it in that one."""
        return self.titles.get(language) or next(iter(self.titles.values()), "")

    def task(self, name: str) -> Task:
        """One task. Raises NotFoundError with the nearest names."""
        for each in self.tasks:
            if each.name == name:
                return each
        known = [each.name for each in self.tasks]
        raise NotFoundError(
            "suite {suite} has no task {task}{near}",
            suite=self.name,
            task=name,
            near=near(name, known),
        )


def find_suite(name: str, homes: Sequence[Path] = ()) -> Suite:
    """The suite of a name or at a path; `homes` are folders of suites. Raises NotFoundError."""
    for folder in _candidates(name, homes):
        if folder.is_dir():
            return open_suite(folder)
    known = {each.name for home in (*homes, SHIPPED) for each in suites_in(home)}
    raise NotFoundError(
        "there is no suite {name}{near}",
        name=name,
        near=near(name, sorted(known)),
        hint="`savoir evals` lists the suites; `savoir evals record RUN --suite NAME` begins one.",
    )


def home_of(name: str, homes: Sequence[Path]) -> Path:
    """Where a suite is, or is to be made: at its path, else in the first of `homes`."""
    for folder in _candidates(name, homes):
        if folder.is_dir():
            return folder
    return Path(name) if "/" in name else within(homes[0] if homes else SHIPPED, name)


def open_suite(folder: Path) -> Suite:
    """The suite in a folder. Raises SavoirError where its file cannot be read."""
    said = _said(folder / FILE)
    tasks = [open_task(each) for each in sorted(_tasks(folder))]
    judges = tuple(each.model_dump() for each in said.judges)
    return Suite(folder, said.title, tuple(said.graders), judges, tasks)


def suites_in(home: Path) -> list[Path]:
    """The folders of suites in a home, by name."""
    found = home.iterdir() if home.is_dir() else ()
    return sorted(each for each in found if each.is_dir() and _tasks(each))


def _tasks(folder: Path) -> list[Path]:
    return [each.parent for each in folder.glob(f"*/{HEADER}") if is_name(each.parent.name)]


def _candidates(name: str, homes: Sequence[Path]) -> list[Path]:
    if "/" in name or name in {".", ".."}:
        return [Path(name)]
    if not is_name(name):
        return []
    return [*(home / name for home in homes), SHIPPED / name, Path(name)]


def _said(path: Path) -> _Said:
    try:
        return _Said.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return _Said()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise _bad(path, reason) from error
    except (OSError, ValueError) as error:
        raise _bad(path, str(error)) from error


def _bad(path: Path, reason: str) -> SavoirError:
    return SavoirError(
        "{file} of suite {suite} cannot be read: {reason}",
        file=FILE,
        suite=path.parent.name,
        reason=reason,
    )
