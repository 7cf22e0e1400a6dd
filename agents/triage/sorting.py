"""A client's mails, each with its route and its cues, from what the ledger has of them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from email.utils import getaddresses
from typing import Any

from savoirfaire.agents.triage.heads import Heads, Meanings
from savoirfaire.agents.triage.model import UNKNOWN, Guess
from savoirfaire.agents.triage.store import GRAPH
from savoirfaire.errors import NotFoundError
from savoirfaire.knowledge.analysis import fold
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.tools.hashing import payload_hash
from savoirfaire.tools.mail.cues import Cues, cues
from savoirfaire.tools.mail.words import Said, said_in

_MOST_CORRECTIONS = 1_000_000
_GREETING = re.compile(
    r"\A\s*(?:hi|hello|dear|hey|bonjour|bonsoir|salut|ch[eè]re?|coucou)\s+"
    r"(?:(?:mr|mrs|ms|m|mme|monsieur|madame)\.?\s+)?([^\W\d_][\w'’-]{1,40})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mail:
    """A mail as triage reads it: its source, who wrote it to whom and when, and its own words."""

    source: str
    path: str
    sender: str
    to: str
    cc: str
    sent: date | None
    thread: str
    said: Said


@dataclass(frozen=True)
class Sorted:
    """A mail with its route. `by` says who routed it: the model, or the person who corrected it.

    `answers` is who should answer, where the mail itself says it; empty is unknown.
    """

    mail: Mail
    guess: Guess
    cues: Cues
    answers: str
    by: str

    def as_dict(self) -> dict[str, Any]:
        """The mail as plain data, with the spans of each cue in `words`."""
        found = asdict(self.cues)
        mail = self.mail
        return {
            "mail": mail.source,
            "path": mail.path,
            "from": mail.sender,
            "subject": mail.said.subject,
            "sent": mail.sent.isoformat() if mail.sent else None,
            "thread": mail.thread,
            "words": mail.said.whole,
            "forwarded": mail.said.forwarded,
            **asdict(self.guess),
            "by": self.by,
            "answers": self.answers,
            **found,
        }


def mails(knowledge: Knowledge, scope: ClientScope) -> list[Mail]:
    """A client's mails, the newest first."""
    metas = dict(knowledge.ledger.mails(scope))
    listed = knowledge.ledger.listed(scope)
    return [
        _mail(knowledge, scope, each.id, each.thread or "", metas[each.path])
        for each in listed
        if each.path in metas
    ]


def find_mail(knowledge: Knowledge, scope: ClientScope, mail: str) -> Mail:
    """One mail by its id. Raises NotFoundError."""
    found = knowledge.ledger.mail(scope, mail)
    if found is None:
        metas = dict(knowledge.ledger.mails(scope))
        rows = knowledge.ledger.sources(scope)
        raise _no_mail(scope, mail, [each.id for each in rows if each.path in metas])
    return _mail(knowledge, scope, mail, *found)


def sort(
    found: Sequence[Mail],
    heads: Heads | None,
    corrected: Mapping[str, str],
    told: Meanings | None = None,
) -> list[Sorted]:
    """The mails with their routes; without a model, what nobody corrected is unknown.

    `told` has the embedding of each mail's words, where there is one.
    """
    blank = Guess(UNKNOWN, "", 0.0)
    texts = [mail.said.whole for mail in found]
    guesses = [blank] * len(found) if heads is None else heads.guess(texts, told)
    return [_sorted(*pair, corrected) for pair in zip(found, guesses, strict=True)]


def corrections(knowledge: Knowledge, scope: ClientScope) -> dict[str, str]:
    """The route that people gave each mail, the last word of each."""
    kept = knowledge.ledger.lessons(scope, GRAPH, limit=_MOST_CORRECTIONS)
    return {each.before: each.after for each in reversed(kept)}


def correct(
    knowledge: Knowledge, scope: ClientScope, mail: str, route: str, *, was: str, by: str
) -> None:
    """Keep what a person says a mail's route is. Raises NotFoundError for an unknown mail."""
    known = {each.id: each.path for each in knowledge.ledger.sources(scope)}
    if mail not in known:
        raise _no_mail(scope, mail, known)
    at = knowledge.ledger.now()
    knowledge.ledger.add_lesson(
        scope,
        payload_hash([mail, route, at]),
        graph=GRAPH,
        run="",
        before=mail,
        after=route,
        reason=was,
        author=by,
    )


def labelled(found: Iterable[Mail], corrected: Mapping[str, str]) -> dict[str, str]:
    """The words of the mails that people routed, with the route."""
    return {
        each.said.whole: corrected[each.source]
        for each in found
        if each.source in corrected and each.said.whole
    }


def _no_mail(scope: ClientScope, mail: str, known: Iterable[str]) -> NotFoundError:
    return NotFoundError(
        "{client} has no mail {mail}{near}",
        client=scope.client,
        mail=mail,
        near=near(mail, known),
        hint="`savoir mail triage CLIENT` lists them.",
    )


def _mail(
    knowledge: Knowledge, scope: ClientScope, source: str, thread: str, meta: Mapping[str, Any]
) -> Mail:
    row = knowledge.ledger.document(scope, source)
    sent = str(meta.get("sent") or "")
    return Mail(
        source,
        row.path,
        str(meta.get("from", "")),
        str(meta.get("to", "")),
        str(meta.get("cc", "")),
        datetime.fromtimestamp(int(sent), UTC).date() if sent.isdecimal() else None,
        thread,
        said_in(row.text, row.locators, str(meta.get("subject", row.title or ""))),
    )


def _sorted(mail: Mail, guess: Guess, corrected: Mapping[str, str]) -> Sorted:
    route = corrected.get(mail.source)
    if route is not None:
        guess = Guess(route, route, 1.0, guess.others)
    by = "person" if route is not None else "model"
    told = cues(mail.said.words, mail.sent)
    return Sorted(mail, guess, told, _who(mail), by)


def _who(mail: Mail) -> str:
    """The address of who is greeted by name, else of the only one it was sent to."""
    to = [(name, at) for name, at in getaddresses([mail.to]) if at]
    everybody = [*to, *((name, at) for name, at in getaddresses([mail.cc]) if at)]
    if greeted := _GREETING.match(mail.said.words):
        wanted = fold(greeted[1])
        named = [
            at for name, at in everybody if wanted in fold(f"{name} {at}".replace(".", " ")).split()
        ]
        if len(set(named)) == 1:
            return named[0]
    return to[0][1] if len({at for _, at in to}) == 1 else ""
