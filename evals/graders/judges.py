"""A suite's model judges: each a rubric beside the suite, asked of every end of a live run.

    [[judges]]
    rubric = "reader"

    [[judges]]
    rubric = "reader"
    beside = "recorded"

The rubric is `rubrics/reader.toml` in the suite's folder. Alone, it passes or fails the text;
beside the recorded text, it says which is better, asked in both orders. A judge that abstains, or
turns with the order, says nothing, and what it did not say counts in no mean. What a judge is
worth: `savoir evals calibrate`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from savoirfaire.agents.model import Gateway
from savoirfaire.errors import MisconfiguredError, ModelError
from savoirfaire.evals.graders.grading import Grade, Graded, spans_in
from savoirfaire.evals.graders.judging import (
    Rubric,
    judge,
    judge_role,
    pair_role,
    prefer,
    read_rubric,
)
from savoirfaire.evals.tasks.folder import digest
from savoirfaire.evals.tasks.suites import Suite
from savoirfaire.tools.hashing import canonical
from savoirfaire.workspace import within

_SCORES: Mapping[str | None, float] = {"pass": 1.0, "b": 1.0, "fail": 0.0, "a": 0.0}
_LONGEST = 12_000  # characters of material that a judge is shown
_ABSTAINS = "the judge abstains"


@dataclass(frozen=True)
class SuiteJudge:
    """A rubric, and what the text is judged beside."""

    rubric: Rubric
    beside: Literal["", "recorded"] = ""

    @property
    def name(self) -> str:
        """What its grades are called."""
        return f"judge.{self.rubric.name}{f'.{self.beside}' if self.beside else ''}"

    async def grade(self, gateway: Gateway, graded: Graded) -> Grade:
        """What it says of an end. Raises MisconfiguredError where no judge can be asked at all."""
        old = Graded(graded.task, graded.task.expected).text
        if not graded.text or (self.beside and not old):
            return Grade(self.name, 0.0, "there is no text to judge", abstained=True)
        try:
            said, words = await self._said(gateway, graded, old)
        except MisconfiguredError:
            raise
        except ModelError as error:
            said, words = None, str(error)
        if said not in _SCORES:
            return Grade(self.name, 0.0, words or _ABSTAINS, abstained=True)
        return Grade(self.name, _SCORES[said], words if _SCORES[said] < 1 else "")

    async def _said(self, gateway: Gateway, graded: Graded, old: str) -> tuple[str | None, str]:
        item = graded.task.name
        if self.beside:
            if old == graded.text:
                return None, "both are the same text"
            found = await prefer(gateway, self.rubric, old, graded.text, item=item)
            return found, "the recorded text is better" if found == "a" else ""
        verdict = await judge(
            gateway, self.rubric, graded.text, material=_material(graded), item=item
        )
        return verdict.verdict, verdict.reason


async def judged(gateway: Gateway, judges: Sequence[SuiteJudge], graded: Graded) -> list[Grade]:
    """What each judge says of an end; `gateway` is that of the model that they are."""
    return [await each.grade(gateway, graded) for each in judges]


def judges_of(suite: Suite) -> tuple[SuiteJudge, ...]:
    """The judges that a suite names. Raises NotFoundError or SavoirError for a bad rubric."""
    return tuple(_made(suite, each) for each in suite.judges)


def work_of(judges: Sequence[SuiteJudge]) -> str:
    """The hash of what judges go by: grades by another rubric are not to be mixed with these."""
    rubrics = [[each.rubric.model_dump(), each.beside] for each in judges]
    prompts = [judge_role.prompt_hash, pair_role.prompt_hash]
    return digest(canonical([rubrics, prompts]).encode())


def _made(suite: Suite, said: Mapping[str, Any]) -> SuiteJudge:
    file = within(suite.folder, "rubrics", f"{said['rubric']}.toml")
    return SuiteJudge(read_rubric(file), said["beside"])


def _material(graded: Graded) -> str:
    """What the text rests on: the request, and the words that it cites, each once."""
    quotes = sorted({str(each["quote"]) for each in spans_in(graded.end.state)}, key=len)
    whole = [q for n, q in enumerate(quotes) if not any(q in longer for longer in quotes[n + 1 :])]
    brief = str(graded.task.request.get("brief", ""))
    return "\n\n".join(filter(None, (brief, *whole)))[:_LONGEST]
