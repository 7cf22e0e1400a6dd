"""The last steps of an edition: a person decides, the files go out once, and it is learned from."""

from collections.abc import Sequence
from typing import Any

from savoirfaire.agents.forms import Draft, Passage
from savoirfaire.graphs import edition
from savoirfaire.graphs.account import findings, modes
from savoirfaire.graphs.editions.choosing import OPENING
from savoirfaire.graphs.editions.drafting import subject_of
from savoirfaire.graphs.editions.state import (
    Context,
    Newsletter,
    brand_of,
    draft_of,
    evidence_of,
    items_of,
    language_of,
)
from savoirfaire.graphs.editions.verdict import flags, verdict
from savoirfaire.graphs.gates import Gate, effect, granted
from savoirfaire.graphs.lessons import keep_lesson
from savoirfaire.graphs.mailing import CLIPPED, Envelope, mail
from savoirfaire.graphs.rendering import citations, to_markdown
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.tools.outbox import Outbox
from savoirfaire.tools.recall import Recall


class Publishing:
    """The effect, and the lesson."""

    def __init__(self, recall: Recall, outbox: Outbox) -> None:
        self._recall = recall
        self._outbox = outbox

    async def publish(self, state: Newsletter, runtime: Context) -> dict[str, Any]:
        """The effect: Markdown, the page of the mail, and the mail itself into the outbox, once."""
        arguments = granted(state, PUBLISH.name)
        title, markdown = arguments["title"], arguments["markdown"]
        name = edition.slug(f"{state['request']['date']} {title}")
        sent = runtime.context.clock or self._recall.knowledge.ledger.now()
        page, message = _mailed(state, arguments, sent)
        files = {f"{name}.md": markdown, f"{name}.html": page, f"{name}.eml": message}
        made = effect(PUBLISH, state, runtime, files)
        return {"published": self._outbox.publish(runtime.context.scope, made)}

    async def learn(self, state: Newsletter, runtime: Context) -> dict[str, Any]:
        """Keep what the reviewer changed, or why the edition or its openings were rejected."""
        decisions = state["decisions"]
        gate = PUBLISH.name if PUBLISH.name in decisions else OPENING.name
        kept = keep_lesson(
            self._recall.knowledge.ledger,
            runtime.context.scope,
            graph="newsletter",
            run=runtime.context.run,
            shown=state["gates"][gate]["arguments"].get("markdown", ""),
            decision=decisions[gate],
        )
        return {"lesson": kept}


def _mailed(state: Newsletter, arguments: dict[str, Any], sent: str) -> tuple[str, str]:
    """The page and the message of an edition."""
    brand = brand_of(state)
    envelope = Envelope(
        subject=arguments.get("subject") or arguments["title"],
        name=brand.brand.name,
        sent=sent,
        language=language_of(state),
        sender=brand.mail.sender,
        unsubscribe=brand.mail.unsubscribe,
    )
    return mail(
        arguments["markdown"],
        envelope,
        title=arguments["title"],
        preview=arguments.get("preview", ""),
        footer=_footer(brand),
    )


def _footer(brand: BrandPack) -> list[str]:
    """Who sends it, from where, and how to leave."""
    leave = {"en": "Unsubscribe", "fr": "Se désabonner"}[brand.brand.language]
    lines = [brand.brand.name, brand.mail.address]
    lines += [f"[{leave}]({brand.mail.unsubscribe})"] if brand.mail.unsubscribe else []
    return [line for line in lines if line.strip()]


# --- the gate -------------------------------------------------------------------------------------


def _arguments(state: Newsletter) -> dict[str, Any]:
    draft, passages = draft_of(state), evidence_of(items_of(state))
    subject = subject_of(state)
    return {
        "title": draft.title,
        "subject": subject["line"],
        "preview": subject["preview"],
        "markdown": _edition(state, draft, passages),
        "citations": [
            {"number": each.number, **each.passage.model_dump()}
            for each in citations(draft, passages)
        ],
    }


def _description(state: Newsletter) -> str:
    return edition.question(state["request"]["title"], len(state["breaches"]), language_of(state))


def _before(state: Newsletter) -> str:
    """The draft as it was before its last revision."""
    if "previous" not in state:
        return ""
    previous, passages = Draft(**state["previous"]), evidence_of(items_of(state))
    return _edition(state, previous, passages)


def _edition(state: Newsletter, draft: Draft, passages: Sequence[Passage]) -> str:
    """A draft as it would be published; at its end, that it was made without a model."""
    language, usage = language_of(state), state["usage"]
    wrote = [each.get("mode", "") for each in usage if each["node"] in _WRITE]
    label = edition.label(wrote, language)
    markdown = to_markdown(draft, passages, language=language)
    return f"{markdown}\n{label}\n" if label else markdown


_WRITE = {"open", "write", "revise"}


def _notes(state: Newsletter) -> dict[str, Any]:
    """Where the words come from, what was found against them, and what to make of it."""
    arguments = _arguments(state)
    page, _ = _mailed(state, arguments, "1970-01-01T00:00:00+00:00")
    size = len(page.encode("utf-8", "surrogatepass"))
    return {
        "model": modes(state["usage"]),
        **findings(state),
        "verdict": verdict(state, arguments["markdown"], size=size, most=CLIPPED),
    }


PUBLISH = Gate(
    name="publish",
    action="publish",
    arguments=_arguments,
    description=_description,
    before=_before,
    notes=_notes,
    flags=flags,
)
