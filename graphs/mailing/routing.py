"""Mails on their way to graphs: what each one is asked of, once, and what its route starts.

A mail is answered by one run: asked for again, what has a run is left alone. A route that starts a
proposal starts one with the mail as its brief, under a key of the mail's own.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, Row, select

from savoirfaire.agents.forms import Language
from savoirfaire.agents.triage.sorting import Sorted
from savoirfaire.agents.triage.starts import Start
from savoirfaire.knowledge.access import reading
from savoirfaire.knowledge.rules.telling import language as told
from savoirfaire.knowledge.schema import runs
from savoirfaire.knowledge.scope import ClientScope, client_of

_LITTLE = 2  # little words that tell the language of a mail, which is short
INBOX, PROPOSAL = "inbox", "proposal"
_ANSWER = {"asked": "if asked", "proposal": "if asked", "reply": "always", "note": "never"}


def answered(engine: Engine, scope: ClientScope) -> dict[str, Row[Any]]:
    """The last run that answers each mail, by the mail's id; cancelled ones do not count."""
    mine = (
        runs.c.client == client_of(scope),
        runs.c.graph == INBOX,
        runs.c.status != "cancelled",
    )
    with reading(engine, scope) as connection:
        rows = connection.execute(select(runs).where(*mine).order_by(runs.c.created_at, runs.c.id))
        return {str(row.request.get("mail", "")): row for row in rows}


def inbox_requests(
    found: Iterable[Sorted],
    *,
    routes: Sequence[str],
    starts: Mapping[str, Start],
    language: Language,
) -> list[dict[str, Any]]:
    """What the inbox is asked for each mail, oldest first.

    A mail is answered in its own language where its words tell it, else in `language`. What triage
    is sure of keeps its route; only the rest goes to a language model, to choose among `routes`.
    """
    ordered = sorted(found, key=lambda each: (str(each.mail.sent or ""), each.mail.source))
    return [
        {
            "mail": each.mail.source,
            "route": each.guess.route,
            "routes": list(routes),
            "language": told(each.mail.said.words, enough=_LITTLE) or language,
            "answer": _ANSWER[starts.get(each.guess.route, "asked")],
        }
        for each in ordered
    ]


def begun(engine: Engine, scope: ClientScope) -> set[str]:
    """The keys under which mails of a client have started proposals."""
    mine = (runs.c.client == client_of(scope), runs.c.graph == PROPOSAL, runs.c.key.is_not(None))
    with reading(engine, scope) as connection:
        return set(connection.scalars(select(runs.c.key).where(*mine)))


def proposal_key(mail: str) -> str:
    """The key under which a mail starts one proposal, however often it is asked for."""
    return f"mail:{mail}"


def proposal_request(path: str, *, language: Language, today: str) -> dict[str, Any]:
    """What a proposal is asked for whose brief is the mail at `path`."""
    return {"brief": path, "language": language, "date": today}
