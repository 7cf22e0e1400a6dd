"""Results: one JSON line a trial, appended as it ends, so that a run goes on where it broke off.

The first line says what was run: suite, label, model, and the hashes of the work. Another version
under the same label is refused: its trials would be mixed with these.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from savoirfaire.errors import ConflictError, NotFoundError, SavoirError
from savoirfaire.evals.graders.grading import Grade, mean
from savoirfaire.evals.statistics.comparing import Scored, pass_hat

Status = Literal["done", "infrastructure"]
FORM = 1


@dataclass(frozen=True)
class Head:
    """What was run: which version of the work, on which suite, by which model.

    `judge` is the model that judged it, with the first digits of the hash of what it went by.
    """

    suite: str
    label: str
    mode: str
    model: str
    work: str
    judge: str = ""
    form: int = FORM


@dataclass(frozen=True)
class Trial:
    """One trial of a task. `infrastructure`: it says nothing of the work, and is tried again."""

    task: str
    client: str
    trial: int
    status: Status
    grades: list[Grade] = field(default_factory=list)
    error: str = ""
    seconds: float = 0.0
    tokens: tuple[int, int] = (0, 0)
    cost: float = 0.0
    text: str = ""
    end: str = ""
    assumed: int = 0

    @property
    def score(self) -> float:
        """The mean of the grades."""
        return mean(self.grades)


@dataclass
class Results:
    """The trials of one version, and the file they are in."""

    path: Path
    head: Head
    trials: list[Trial] = field(default_factory=list)

    @classmethod
    def open(cls, path: Path, head: Head) -> "Results":
        """New results, or those of the same version so far. Raises ConflictError for another's."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _append(path, asdict(head))
            return cls(path, head)
        known = read(path)
        if known.head != head:
            raise ConflictError(
                "{label} was run with another version: {file}",
                label=head.label,
                file=path.name,
                hint="Give this version a --label of its own, or move the file away.",
            )
        _mend(path)
        return known

    def add(self, trial: Trial) -> None:
        """Keep a trial, at once."""
        self.trials.append(trial)
        _append(self.path, {**asdict(trial), "score": trial.score})

    def done(self) -> set[tuple[str, int]]:
        """The trials that need not be made again."""
        return {(each.task, each.trial) for each in self.trials if each.status == "done"}

    def latest(self) -> list[Trial]:
        """Each trial once, as it was made last, by task and number."""
        last = {(each.task, each.trial): each for each in self.trials}
        return [last[key] for key in sorted(last)]

    def scored(self, grader: str = "") -> list[Scored]:
        """Each task with the scores of its trials, or with what one grader said of them.

        A trial that a judge abstained from has no score of its.
        """
        by_task: dict[str, list[Trial]] = defaultdict(list)
        for each in self.latest():
            if each.status == "done" and not _abstained(each, grader):
                by_task[each.task].append(each)
        return [
            Scored(
                task,
                trials[0].client,
                tuple(_score(each, grader) for each in trials),
                sum(each.cost for each in trials) / len(trials),
            )
            for task, trials in sorted(by_task.items())
        ]

    def metrics(self) -> dict[str, float]:
        """The mean of every grader, of the score, and pass^k, over the tasks.

        A judge that abstained from every task is no measure of them.
        """
        names = sorted({grade.name for each in self.trials for grade in each.grades})
        told = {name: _mean(scored) for name in names if (scored := self.scored(name))}
        scored = self.scored()
        return {
            "score": _mean(scored),
            **told,
            **{f"pass^{k}": v for k, v in pass_hat(scored).items()},
        }

    def summary(self) -> dict[str, Any]:
        """The figures of these results."""
        latest = self.latest()
        done = [each for each in latest if each.status == "done"]
        return {
            **{key: value for key, value in asdict(self.head).items() if key != "form"},
            "tasks": len({each.task for each in latest}),
            "trials": len(done),
            "passed": sum(each.score == 1 for each in done),
            "failed": sum(each.score < 1 for each in done),
            "errors": len(latest) - len(done),
            "metrics": self.metrics(),
            "tokens": [sum(each.tokens[i] for each in done) for i in (0, 1)],
            "cost": round(sum(each.cost for each in done), 6),
            "seconds": round(sum(each.seconds for each in done), 2),
        }


def read(path: Path) -> Results:
    """The results in a file; a half line at its end, of an interrupted run, is left out.

    Raises NotFoundError where there are none, SavoirError where the file is something else.
    """
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
        head, *rows = [json.loads(line) for line in lines]
        trials = [_trial(row) for row in rows]
        return Results(path, Head(**head), trials)
    except FileNotFoundError as error:
        raise NotFoundError(
            "there are no results in {file}",
            file=path,
            hint="`savoir evals run SUITE --label NAME` makes some.",
        ) from error
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise SavoirError(
            "{file} has no results of a suite: {reason}", file=path.name, reason=error
        ) from error


def find(name: str, homes: Iterable[Path]) -> Path:
    """The file of results: a path, `SUITE/LABEL`, or a label that only one suite has."""
    for home in homes:
        found = [home / f"{name}.jsonl"] if "/" in name else sorted(home.glob(f"*/{name}.jsonl"))
        if len(found) == 1 and found[0].is_file():
            return found[0]
        if len(found) > 1:
            raise SavoirError(
                "{name} is a label of several suites: {suites}",
                name=name,
                suites=", ".join(each.parent.name for each in found),
                hint="Say SUITE/LABEL.",
            )
    return Path(name)


def _trial(row: dict[str, Any]) -> Trial:
    row.pop("score")
    return Trial(
        **{
            **row,
            "grades": [Grade(**each) for each in row["grades"]],
            "tokens": tuple(row["tokens"]),
        }
    )


def _score(trial: Trial, grader: str) -> float:
    if not grader:
        return trial.score
    return next((each.score for each in trial.grades if each.name == grader), 0.0)


def _abstained(trial: Trial, grader: str) -> bool:
    return any(each.name == grader and each.abstained for each in trial.grades)


def _mean(scored: list[Scored]) -> float:
    return round(sum(each.mean for each in scored) / len(scored), 4) if scored else 0.0


def _append(path: Path, row: dict[str, Any]) -> None:
    with path.open("ab") as file:
        file.write(json.dumps(row, ensure_ascii=True, sort_keys=True).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _mend(path: Path) -> None:
    """Take off the half line that an interrupted run left."""
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole != len(data):
        with path.open("r+b") as file:
            file.truncate(whole)
