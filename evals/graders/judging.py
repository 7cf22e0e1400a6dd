"""Model judges: a rubric that people wrote, a verdict with its reason, and the right to abstain.

Two pieces are compared in both orders; a judge that prefers whatever stands first has no opinion,
and is taken to abstain. What a judge is worth is measured against people's decisions: `calibrate`.
"""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from savoirfaire.agents.forms import Form
from savoirfaire.agents.model import Gateway
from savoirfaire.agents.role import Role, fence
from savoirfaire.errors import NotFoundError, SavoirError

_PROMPTS = Path(__file__).parent / "prompts"


class Criterion(BaseModel):
    """One point of a rubric."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    text: str = Field(min_length=1)


class Rubric(BaseModel):
    """What a judge is asked, and the points it goes by."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    question: str = Field(min_length=1)
    criteria: list[Criterion] = Field(min_length=1, max_length=20)

    def words(self) -> str:
        """The points as a prompt has them."""
        return "\n".join(f"- {each.name}: {each.text}" for each in self.criteria)


class Verdict(Form):
    """A judge's reason, and then its verdict."""

    reason: str
    verdict: Literal["pass", "fail", "cannot tell"]


class Preference(Form):
    """A judge's reason, and then the better one."""

    reason: str
    better: Literal["first", "second", "cannot tell"]


judge_role = Role("judge", Verdict, prompts=_PROMPTS)
pair_role = Role("judge_pair", Preference, prompts=_PROMPTS)


def read_rubric(path: Path) -> Rubric:
    """The rubric in a TOML file. Raises NotFoundError, SavoirError."""
    try:
        return Rubric.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise NotFoundError("there is no rubric {file}", file=path) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise _bad(path, reason) from error
    except (OSError, ValueError) as error:
        raise _bad(path, str(error)) from error


async def judge(
    gateway: Gateway, rubric: Rubric, work: str, *, material: str = "", item: str = ""
) -> Verdict:
    """What the judge says of a piece of work. Raises ModelError."""
    variables = {
        "question": rubric.question,
        "criteria": rubric.words(),
        "material": fence(material or "(not shown)", "material"),
        "work": fence(work, "work"),
    }
    answer = await judge_role.ask(gateway, variables, evidence={}, node=rubric.name, branch=item)
    return answer.reply


async def prefer(
    gateway: Gateway, rubric: Rubric, a: str, b: str, *, item: str = ""
) -> Literal["a", "b"] | None:
    """The better of two, asked in both orders; None where the judge abstains or turns with them."""
    first = await _pair(gateway, rubric, a, b, f"{item} ab")
    second = await _pair(gateway, rubric, b, a, f"{item} ba")
    if (first, second) == ("first", "second"):
        return "a"
    if (first, second) == ("second", "first"):
        return "b"
    return None


async def _pair(gateway: Gateway, rubric: Rubric, first: str, second: str, item: str) -> str:
    variables = {
        "question": rubric.question,
        "criteria": rubric.words(),
        "first": fence(first, "first"),
        "second": fence(second, "second"),
    }
    answer = await pair_role.ask(gateway, variables, evidence={}, node=rubric.name, branch=item)
    return answer.reply.better


def _bad(path: Path, reason: str) -> SavoirError:
    return SavoirError(
        "{file} is no rubric: {reason}",
        file=path.name,
        reason=reason,
        hint="A rubric has name, question, and [[criteria]] with name and text.",
    )
