"""What a mail leaves in the Brand OS: what its writer thinks of the work, and what was promised."""

from collections.abc import Iterator, Mapping
from datetime import date
from email.utils import parseaddr
from typing import Any

from savoirfaire.agents.composing import sentences_of
from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.tools.mail.cues import cues

Noted = tuple[str, dict[str, Any], Citation]

_LONGEST = 200


def feedback(mail: Mapping[str, Any], text: str) -> Iterator[Noted]:
    """The sentences that praise or complain, word for word, as feedback of their writer."""
    for sentence in sentences_of(mail["words"]):
        told = cues(sentence, _sent(mail))
        if told.sentiment == "unknown" or text.count(sentence) != 1:
            continue
        data = {
            "about": mail["subject"][:_LONGEST] or "-",
            "quote": sentence,
            "verdict": "comment",
            "author": _name(mail["sender"]),
            "date": mail["sent"] or None,
        }
        yield "feedback", data, _citation(mail, text, sentence, "/quote")


def promises(mail: Mapping[str, Any], text: str) -> Iterator[Noted]:
    """What the mail says will be done, by the day it says, as a brief with a deadline."""
    for each in cues(mail["words"], _sent(mail)).promises:
        if not each.value or text.count(each.quote) != 1:
            continue
        data = {
            "name": " ".join(each.quote.split())[:_LONGEST],
            "date": mail["sent"] or None,
            "deliverables": [" ".join(each.quote.split())[:_LONGEST]],
            "deadline": each.value,
        }
        yield "brief", data, _citation(mail, text, each.quote, "")


def _citation(mail: Mapping[str, Any], text: str, quote: str, field: str) -> Citation:
    start = text.index(quote)
    return Citation(
        source=mail["source"], quote=quote, start=start, end=start + len(quote), field=field
    )


def _sent(mail: Mapping[str, Any]) -> date | None:
    return date.fromisoformat(mail["sent"]) if mail["sent"] else None


def _name(sender: str) -> str:
    name, address = parseaddr(sender)
    return (name or address)[:_LONGEST]
