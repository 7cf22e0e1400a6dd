"""Calibrating a judge: its verdicts beside what people decided at gates.

An approval without a change says that the work was good; an edit, a choice of something else and a
rejection say that it was not. Planted items and what the policy let pass were decided by nobody.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from savoirfaire.agents.model import Gateway
from savoirfaire.errors import ModelError, RequestError
from savoirfaire.evals.graders.judging import Rubric, judge
from savoirfaire.graphs.gates.answers import text_of
from savoirfaire.graphs.runs import Runs

_FEWEST = 10


@dataclass(frozen=True)
class Labelled:
    """A piece of work, and whether a person approved it as it stood."""

    item: str
    client: str
    text: str
    human: bool


def labelled(runs: Runs, client: str | None = None, *, limit: int = 200) -> list[Labelled]:
    """What people decided, newest runs first, of one client or of all."""
    found = []
    for run in runs.list(client, limit=10_000):
        if run.outcome == "planted":
            continue
        for each in runs.approvals.of_run(run.id):
            args = each.request["action_requests"][0]["args"]
            name = text_of(args)
            if each.decided_by and name is not None:
                verdict = each.decision["decisions"][0]["type"]
                found.append(Labelled(each.id, each.client, args[name], verdict == "approve"))
    return found[:limit]


async def judged(
    gateway: Gateway, rubric: Rubric, items: Sequence[Labelled]
) -> list[tuple[bool, bool | None]]:
    """Each item's human verdict and the judge's; None where it abstains or gives no reply."""
    told: list[tuple[bool, bool | None]] = []
    for each in items:
        try:
            said = (await judge(gateway, rubric, each.text, item=each.item)).verdict
        except ModelError:
            said = "cannot tell"
        told.append((each.human, {"pass": True, "fail": False}.get(said)))
    return told


def read_labels(path: Path) -> list[tuple[bool, bool | None]]:
    """Verdicts made elsewhere: JSON lines with `human` and `judge`, true or false, null abstains.

    Raises RequestError naming the line.
    """
    told: list[tuple[bool, bool | None]] = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError("{file} cannot be read", file=path.name) from error
    for number, line in enumerate(filter(str.strip, lines), start=1):
        human, said = _label(line)
        if not isinstance(human, bool) or not (said is None or isinstance(said, bool)):
            raise RequestError(
                "{file}, line {number}: this is no label",
                file=path.name,
                number=number,
                hint='A line is {"human": true, "judge": false}; null where the judge abstained.',
            )
        told.append((human, said))
    return told


def require_enough(labels: Sequence[tuple[bool, bool | None]]) -> None:
    """Raise RequestError where so few decisions say nothing of a judge."""
    good = sum(human for human, _ in labels)
    if min(good, len(labels) - good) < _FEWEST:
        raise RequestError(
            "there are {good} approvals and {bad} edits or rejections: too few to judge a judge by",
            good=good,
            bad=len(labels) - good,
            hint="It takes at least ten of each; a few dozen give useful intervals.",
        )


def _label(line: str) -> tuple[Any, Any]:
    try:
        row = json.loads(line)
        return row["human"], row["judge"]
    except (ValueError, TypeError, KeyError):
        return None, ""
