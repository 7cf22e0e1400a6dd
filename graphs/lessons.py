"""What outcomes teach: a reviewer's edits, kept with the words before and after."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from savoirfaire.knowledge.ledger import Ledger, Lesson
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.hashing import payload_hash

NOTHING = "(none)"
_LONGEST = 1200  # characters of one side of a lesson


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
    old, new = before.splitlines(), after.splitlines()
    gone, come = [], []
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            gone += old[old_start:old_end]
            come += new[new_start:new_end]
    return "\n".join(gone).strip(), "\n".join(come).strip()


def lesson_words(lessons: Sequence[Lesson]) -> str:
    """Lessons as a prompt shows them."""
    return "\n".join(_words(lesson) for lesson in lessons) or NOTHING


def _words(lesson: Lesson) -> str:
    why = f" because: {lesson.reason}" if lesson.reason else ""
    if not (lesson.before or lesson.after):
        return f"- An edition was rejected{why}"
    return f"- A reviewer replaced <{lesson.before}> by <{lesson.after}>{why}"
