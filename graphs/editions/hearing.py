"""An edition by ear: whether it is written like the client's own past ones."""

from typing import Any

from savoirfaire.agents.forms import Breach, Draft, Language
from savoirfaire.agents.voice import VoiceProfile, guidance, verify
from savoirfaire.agents.voice.shelf import learned_voice
from savoirfaire.graphs.background import NOTHING
from savoirfaire.graphs.rendering import unmarked
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope

_SECTION = "voice.section"  # which sections there may be, the brand pack says
_WORST = 6  # findings that a draft is sent back for


def manner(ledger: Ledger, scope: ClientScope, language: Language) -> str:
    """How past editions in this language are written, as measured, in a few lines for a prompt."""
    voice = _voice(ledger, scope, language)
    return guidance(voice) if voice else NOTHING


def heard(ledger: Ledger, scope: ClientScope, language: Language, markdown: str) -> dict[str, Any]:
    """What the verifier says of an edition, as plain JSON; empty where there are no past editions.

    Findings count in the text without footnotes, which are not the client's words.
    """
    voice = _voice(ledger, scope, language)
    if voice is None:
        return {}
    report: dict[str, Any] = verify(unmarked(markdown), voice).as_dict()
    return report


def voice_breaches(report: dict[str, Any], draft: Draft) -> list[Breach]:
    """What to mend in a draft that is not written like the client's; nothing where it is."""
    if report.get("fits") is not False:
        return []
    worst = sorted(report["findings"], key=lambda each: -each["weight"])
    placed = [each for each in worst if each["quote"].strip() and each["rule"] != _SECTION]
    placed = placed[:_WORST]
    return [
        Breach(
            rule=each["rule"],
            quote=each["quote"],
            where=_section_of(each["quote"], draft),
            message=each["message"],
            by="check",
        )
        for each in placed
    ]


def _voice(ledger: Ledger, scope: ClientScope, language: Language) -> VoiceProfile | None:
    return learned_voice(ledger, scope, language=language)


def _section_of(quote: str, draft: Draft) -> str:
    """The heading of the first section that has these words."""
    for section in draft.sections:
        said = [sentence.text for entry in section.entries for sentence in entry.sentences]
        if any(quote in each or each in quote for each in said):
            return section.heading
    return ""
