"""The calendar of promises: who said in a mail that something will be done, and by when.

It is read from the mails themselves: a mail that is forgotten promises nothing any more. A promise
without a day is kept too, behind the others: no day is guessed.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from savoirfaire.agents.triage.sorting import Mail
from savoirfaire.tools.mail.cues import cues

_LONGEST = 300  # characters of what was promised


@dataclass(frozen=True)
class Promise:
    """What somebody said will be done. `by` is a day in ISO form, empty where none was said."""

    by: str
    who: str
    to: str
    what: str
    said: str
    mail: str
    subject: str
    standing: Literal["due", "overdue", "undated"]

    def as_dict(self) -> dict[str, Any]:
        """The promise as plain data."""
        return asdict(self)


def promises(mails: Iterable[Mail], *, today: date) -> list[Promise]:
    """Every promise in the words of the mails' own writers, the soonest first.

    What is quoted or forwarded was somebody else's, and stands with the mail it came from.
    """
    found = {
        (each.who, each.by, each.what): each
        for mail in mails
        if not mail.said.forwarded
        for each in _of(mail, today.isoformat())
    }
    return sorted(found.values(), key=lambda each: (not each.by, each.by, each.said, each.what))


def _of(mail: Mail, today: str) -> list[Promise]:
    return [
        Promise(
            by=cue.value,
            who=mail.sender,
            to=mail.to,
            what=" ".join(cue.quote.split())[:_LONGEST],
            said=mail.sent.isoformat() if mail.sent else "",
            mail=mail.source,
            subject=mail.said.subject,
            standing=_standing(cue.value, today),
        )
        for cue in cues(mail.said.words, mail.sent).promises
    ]


def _standing(by: str, today: str) -> Literal["due", "overdue", "undated"]:
    if not by:
        return "undated"
    return "overdue" if by < today else "due"
