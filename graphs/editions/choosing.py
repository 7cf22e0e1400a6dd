"""The gate at which a person chooses the opening, and what their choices teach.

A choice is kept as a lesson of its own kind: the approach chosen, those passed over, the words. It
shapes which approaches are asked for next time, and is shown to whoever writes.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from savoirfaire.agents.forms import Draft, Entry, Section
from savoirfaire.agents.openings import Opening, preview_of
from savoirfaire.agents.role import fence
from savoirfaire.graphs import edition
from savoirfaire.graphs.background import NOTHING
from savoirfaire.graphs.editions.state import Newsletter, evidence_of, items_of, language_of
from savoirfaire.graphs.gates import Gate
from savoirfaire.graphs.rendering import citations, to_markdown
from savoirfaire.graphs.sublines import expected_words, performance_words
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.hashing import payload_hash

CHOICES = "newsletter.opening"
"""The name under which choices are kept among the lessons."""

_MANY = 30  # choices that are counted, the newest
_SHOWN = 3  # of which the words are shown
_LONGEST = 1200  # characters of one
_REASON = re.compile(r"chose (?P<chosen>\w+) over (?P<over>[\w, ]*)(?:; (?P<why>.*))?", re.DOTALL)


@dataclass(frozen=True)
class Choice:
    """A choice that somebody made: the approach, those it was preferred to, the words, and why."""

    approach: str
    over: tuple[str, ...]
    words: str
    reason: str


def taught(ledger: Ledger, scope: ClientScope) -> list[Choice]:
    """The choices made for a client so far, newest first."""
    found = []
    for lesson in ledger.lessons(scope, CHOICES, limit=_MANY):
        if said := _REASON.fullmatch(lesson.reason):
            over = tuple(each for each in said["over"].split(", ") if each)
            found.append(Choice(said["chosen"], over, lesson.after, said["why"] or ""))
    return found


def learn_choice(
    ledger: Ledger,
    scope: ClientScope,
    *,
    run: str,
    openings: Sequence[Opening],
    decision: Mapping[str, Any],
) -> None:
    """Keep which opening was chosen, over which; learned again, it is still one choice."""
    option = decision["arguments"]
    others = [each for each in openings if each.angle != option["angle"]]
    reason = f"chose {option['approach']} over {', '.join(each.approach for each in others)}"
    if why := " ".join(str(decision.get("reason", "")).split()):
        reason += f"; {why}"
    ledger.add_lesson(
        scope,
        payload_hash([run, CHOICES, option["markdown"], reason]),
        graph=CHOICES,
        run=run,
        before="\n\n".join(_words(each) for each in others)[:_LONGEST],
        after=option["markdown"][:_LONGEST],
        reason=reason,
        author=decision.get("decided_by", ""),
    )


def choice_words(choices: Sequence[Choice]) -> str:
    """What choices taught, as a prompt shows it: the count, and the words of the last ones."""
    if not choices:
        return NOTHING
    won = Counter(each.approach for each in choices)
    offered = Counter(name for each in choices for name in (each.approach, *each.over))
    told = [f"- {name}: chosen {won[name]} of {offered[name]} times" for name in sorted(offered)]
    for each in choices[:_SHOWN]:
        why = f", because: {each.reason}" if each.reason else ""
        told.append(f"Chosen ({each.approach}{why}):\n{fence(each.words, 'chosen')}")
    return "\n".join(told)


# --- the gate -------------------------------------------------------------------------------------


def _options(state: Newsletter) -> list[dict[str, Any]]:
    """Each opening as it would be printed, with its subject line and what it cites."""
    return [_option(state, Opening(**each)) for each in state["openings"]]


def _option(state: Newsletter, opening: Opening) -> dict[str, Any]:
    passages = evidence_of(items_of(state))
    section = Section(heading="", entries=[Entry(sentences=opening.sentences)])
    draft = Draft(title="", sections=[section])
    markdown = to_markdown(draft, passages, language=language_of(state))
    first = next(iter(opening.subjects), None)
    others = [f"{each.line} | {each.preview}" for each in opening.subjects[1:]]
    return {
        "approach": opening.approach,
        "angle": opening.angle,
        "subject": first.line if first else state["request"]["title"],
        "preview": first.preview if first else preview_of(opening.sentences),
        **({"other_subjects": others} if others else {}),
        "markdown": markdown.partition("\n\n")[2].partition("\n\n[^")[0],
        "citations": [
            {"number": each.number, **each.passage.model_dump()}
            for each in citations(draft, passages)
        ],
    }


def _description(state: Newsletter) -> str:
    return edition.choice(state["request"]["title"], len(state["openings"]), language_of(state))


def _notes(state: Newsletter) -> dict[str, Any]:
    """What past results let one expect of each subject line."""
    language, results = language_of(state), state.get("results", [])
    lines = [subject["line"] for each in state["openings"] for subject in each["subjects"]]
    return {
        "subjects": {
            line: expected_words(line, results, language) for line in dict.fromkeys(lines)
        },
        "past_subjects": performance_words(results, language),
    }


def _words(opening: Opening) -> str:
    return f"{opening.approach}: " + " ".join(each.text for each in opening.sentences)


OPENING = Gate(
    name="opening",
    action="open",
    options=_options,
    description=_description,
    notes=_notes,
)
