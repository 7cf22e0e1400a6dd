"""The roles of the inbox: one routes what the model was not sure of, one drafts the reply.

Without a language model nothing uncertain is routed, and a reply is put together from the first
sentences of the passages found, word for word, each with its source.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from savoirfaire.agents.composing import sentences_of
from savoirfaire.agents.editor import NOTHING, passage_words
from savoirfaire.agents.forms import Form, Passage, Sentence
from savoirfaire.agents.guardian import guidance_words
from savoirfaire.agents.model import Gateway
from savoirfaire.agents.role import Answer, Role, fence
from savoirfaire.agents.triage.model import UNKNOWN
from savoirfaire.agents.verbatim import spaced
from savoirfaire.knowledge.brand import BrandPack

_OFFLINE = 3  # passages whose first sentence makes a reply without a model


class RoutedMail(Form):
    """Where a message belongs, and the words that tell."""

    route: str
    quote: str = ""


class MailReply(Form):
    """A reply, sentence by sentence, and what the mail asks that it leaves open."""

    sentences: list[Sentence]
    missing: list[str] = Field(default_factory=list)


def reply_offline(evidence: Mapping[str, Any]) -> MailReply:
    """The first sentence of each of the best passages, cited; nothing where there is none."""
    passages: Sequence[Passage] = evidence["passages"]
    firsts = ((each.label, sentences_of(each.quote)[:1]) for each in passages[:_OFFLINE])
    said = [Sentence(text=first[0], cites=[label]) for label, first in firsts if first]
    return MailReply(sentences=said)


async def route(
    gateway: Gateway, mail: str, routes: Sequence[str], *, branch: str
) -> tuple[str, Answer[RoutedMail]]:
    """The route of an uncertain mail; `unknown` where the reply names none or quotes wrongly.

    Raises AbstainedError without a model.
    """
    listed = "\n".join(f"- {' '.join(each.split())}" for each in routes)
    answer = await router.ask(
        gateway,
        {"routes": listed, "mail": fence(mail, "mail")},
        evidence={},
        node="route",
        branch=branch,
    )
    found = answer.reply
    quoted = bool(found.quote.strip()) and spaced(found.quote) in spaced(mail)
    return (found.route if found.route in routes and quoted else UNKNOWN), answer


async def reply(
    gateway: Gateway,
    mail: str,
    passages: Sequence[Passage],
    brand: BrandPack,
    *,
    language: str,
    branch: str,
) -> Answer[MailReply]:
    """A draft that answers a mail from passages."""
    variables = {
        "voice": brand.brand.voice,
        "guidance": guidance_words(brand) or NOTHING,
        "language": language,
        "mail": fence(mail, "mail"),
        "passages": passage_words(passages),
    }
    evidence = {"passages": list(passages)}
    return await replier.ask(gateway, variables, evidence=evidence, node="draft", branch=branch)


router = Role("mail_router", RoutedMail)
replier = Role("mail_reply", MailReply, offline=reply_offline)
