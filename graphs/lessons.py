"""What outcomes teach: a reviewer's edits, kept with the words before and after."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from savoirfaire.agents.role import fence
from savoirfaire.agents.weighing import stems
from savoirfaire.knowledge.ledger import Ledger, Lesson
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.hashing import payload_hash

NOTHING = "(none)"
_LONGEST = 1200  # characters of one side of a lesson
_NEWEST, _ALIKE = 4, 3  # lessons that a draft is written with
_MARK = re.compile(r"\[\^[^\]\s]+\]")
_NOTE = re.compile(r"\[\^[^\]\s]+\]:")


def keep_lesson(
    ledger: Ledger,
    scope: ClientScope,
    *,
    graph: str,
    run: str,
    shown: str,
    decision: Mapping[str, Any],
) -> bool:
    """Keep what the decision taught; an approval of the draft as shown teaches nothing.

    The lesson's key comes from its content: learning the same again changes nothing.
    """
    if decision["type"] == "edit":
        before, after = changed_lines(shown, decision["arguments"]["markdown"])
    else:
        before, after = "", ""
    reason = decision.get("reason", "")
    if not (before or after or (decision["type"] == "reject" and reason)):
        return False
    ledger.add_lesson(
        scope,
        payload_hash([run, before, after, reason]),
        graph=graph,
        run=run,
        before=before[:_LONGEST],
        after=after[:_LONGEST],
        reason=reason,
        author=decision.get("decided_by", ""),
    )
    return True


def changed_lines(before: str, after: str) -> tuple[str, str]:
    """The lines that an edit took away and those it put in, both in order."""
    old, new = _lines(before), _lines(after)
    gone, come = [], []
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            gone += old[old_start:old_end]
            come += new[new_start:new_end]
    return "\n".join(gone).strip(), "\n".join(come).strip()


def _lines(markdown: str) -> list[str]:
    """The lines of an edition without its footnotes, whose numbers teach nothing."""
    lines = [_MARK.sub("", line) for line in markdown.splitlines() if not _NOTE.match(line)]
    return [line for line in lines if line.strip()]


def telling(lessons: Sequence[Lesson], about: str) -> list[Lesson]:
    """The newest lessons, and of the older ones those whose words are most like `about`."""
    newest, older = list(lessons[:_NEWEST]), lessons[_NEWEST:]
    mine = stems(about)
    ranked = sorted(older, key=lambda each: -len(mine & stems(f"{each.before} {each.after}")))
    return [*newest, *ranked[:_ALIKE]]


def lesson_words(lessons: Sequence[Lesson]) -> str:
    """Lessons as a prompt shows them."""
    return "\n".join(_words(lesson) for lesson in lessons) or NOTHING


def _words(lesson: Lesson) -> str:
    """A lesson; the words of the edition are material, and fenced like all material."""
    why = f", because: {' '.join(lesson.reason.split())}" if lesson.reason else ""
    if not (lesson.before or lesson.after):
        return f"- An edition was rejected{why}"
    return (
        f"- A reviewer changed the text{why}\n{fence(lesson.before, 'before')}\n"
        f"{fence(lesson.after, 'after')}"
    )
