"""Asking a persona: a reaction in free words, which is rated afterwards.

Without a language model nobody is asked: a persona's reaction is never made up.
"""

from typing import Literal

from pydantic import Field

from savoirfaire.agents.forms import Form
from savoirfaire.agents.model import Gateway
from savoirfaire.agents.panel.anchors import QUESTIONS, Measure, Tongue
from savoirfaire.agents.personas.evidence import Persona
from savoirfaire.agents.role import Answer, Role, fence

Variant = Literal["base", "retest", "paraphrase", "flattery"]
VARIANTS: tuple[Variant, ...] = ("base", "retest", "paraphrase", "flattery")

_LANGUAGES = {"en": "English", "fr": "French"}
_FLATTERY = {
    "en": "My team put a year of love into this and everybody so far adores it. ",
    "fr": "Mon équipe y a mis un an de sa vie, et jusqu'ici tout le monde adore. ",
}


class Reaction(Form):
    """What a persona says of what it is shown."""

    words: str = Field(min_length=1, max_length=5000)


async def ask(
    gateway: Gateway,
    persona: Persona,
    stimulus: str,
    measure: Measure,
    language: Tongue,
    *,
    variant: Variant = "base",
    branch: str,
) -> Answer[Reaction]:
    """What one persona says of one thing. Raises AbstainedError without a model."""
    plain, other = QUESTIONS[language][measure]
    variables = {
        "persona": fence(persona.words(), "persona"),
        "language": _LANGUAGES[language],
        "tone": _FLATTERY[language] if variant == "flattery" else "",
        "question": other if variant == "paraphrase" else plain,
        "stimulus": fence(stimulus, "shown"),
    }
    return await reactor.ask(gateway, variables, evidence={}, node="ask", branch=branch)


reactor = Role("persona", Reaction)
