"""What a replay found: whether it was the recorded run, and where not, field by field."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from savoirfaire.evals.replaying.deciding import Answers
from savoirfaire.evals.tasks.form import Expected
from savoirfaire.tools.differences import differences
from savoirfaire.tools.tape import Tape

Kind = Literal["miss", "unplayed", "stale", "decision", "extra", "state", "error"]
_MOST = 50  # differences of one kind that are told; their number always is


@dataclass(frozen=True)
class Finding:
    """One thing that is not as recorded: what kind, where, and how it differs."""

    kind: Kind
    where: str
    words: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """A task replayed: it passed where nothing was found."""

    task: str
    client: str
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    ended: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> Literal["passed", "failed", "error"]:
        """Error: the task could not be run at all."""
        if any(each.kind == "error" for each in self.findings):
            return "error"
        return "failed" if self.findings else "passed"

    def count(self, *kinds: Kind) -> int:
        """How many findings of these kinds there are."""
        return sum(each.kind in kinds for each in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """The outcome as plain data; the same for the same outcome, whenever it was made."""
        told = [asdict(each) for each in self.findings]
        return {
            "task": self.task,
            "client": self.client,
            "verdict": self.verdict,
            "findings": told,
        }


def compared(
    expected: Expected, found: Expected, tape: Tape, answers: Answers, lanes: set[str]
) -> Iterator[Finding]:
    """Every way in which a replay was not the recorded run; `lanes` are those it had to play."""
    for miss in tape.misses:
        where = f"{miss.lane} · {miss.scope.role}/{miss.scope.node}"
        yield Finding("miss", where, list(miss.words[:_MOST]))
    for entry in tape.unplayed():
        if entry.lane in lanes:
            where = f"{entry.lane} · {entry.scope.role}/{entry.scope.node} {entry.scope.branch}"
            yield Finding("unplayed", where.rstrip(), ["was recorded, and never asked for"])
    for decision in answers.unused():
        yield Finding("unplayed", f"gate {decision.gate}", ["was decided, and never asked"])
    yield from _extra(expected, found, lanes)
    words = list(_ends(expected, found))
    if words:
        yield Finding("state", "end", words[:_MOST])


def _extra(expected: Expected, found: Expected, lanes: set[str]) -> Iterator[Finding]:
    for key, count in found.played.items():
        lane = key.partition(" ")[0]
        known = expected.played.get(key, 0)
        if lane in lanes and count > known:
            yield Finding("extra", key, [f"was asked {known} times, is now asked {count} times"])


def _ends(expected: Expected, found: Expected) -> Iterator[str]:
    kept = {"status", "error", "words", "state", "effects", "steps"}
    yield from differences(expected.model_dump(include=kept), found.model_dump(include=kept))
