"""What a reviewer is told before they decide: a verdict with its reasons, and edits to take."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from savoirfaire.agents.findings import level_of
from savoirfaire.agents.forms import Breach, Language
from savoirfaire.agents.sensitive import GROUND
from savoirfaire.graphs.editions.patching import patches
from savoirfaire.graphs.editions.state import Newsletter, brand_of, breaches_of, language_of

Stands = Literal["stop", "mend", "open", "fits"]
"""`stop`: something that may not go out as it is. `mend`: something to change. `open`: nothing was
found, and not all was judged. `fits`: nothing was found."""

_GRAVE = ("claim.contradicted", "figure.unsupported", "quote.unsupported")

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "sensitive": "on sensitive ground: {count}",
        "grave": "not borne out by the sources: {count}",
        "errors": "against the brand's rules: {count}",
        "rest": "to look at: {count}",
        "not_found": "claims with something that no source has: {count}",
        "not_judged": "claims that nobody judged: {count}",
        "unread": "no model read it: only what can be checked to the letter was",
        "voice": "it does not read like the client's past editions",
        "unheard": "whether it reads like the client's past editions cannot be told",
        "heavy": "the mail is {size} kB, and Gmail cuts at {most}",
        "nothing": "nothing was found against it",
    },
    "fr": {
        "sensitive": "en terrain sensible\u00a0: {count}",
        "grave": "démenti ou introuvable dans les sources\u00a0: {count}",
        "errors": "contre les règles de la marque\u00a0: {count}",
        "rest": "à regarder\u00a0: {count}",
        "not_found": "affirmations dont un élément n'est dans aucune source\u00a0: {count}",
        "not_judged": "affirmations que personne n'a jugées\u00a0: {count}",
        "unread": "aucun modèle ne l'a lue\u00a0: seul l'a été ce qui se vérifie à la lettre",
        "voice": "elle ne se lit pas comme les éditions passées du client",
        "unheard": "on ne peut pas dire si elle se lit comme les éditions passées du client",
        "heavy": "le courriel pèse {size} ko, et Gmail coupe à {most}",
        "nothing": "rien n'a été trouvé contre elle",
    },
}


def verdict(state: Newsletter, markdown: str, *, size: int, most: int) -> dict[str, Any]:
    """The verdict on the edition as it is asked about, `size` bytes of mail, as plain JSON.

    `stands` is where it stands, `reasons` why in words, `claims` what became of them, `patches` the
    edits that a reviewer can take one by one.
    """
    breaches, language = breaches_of(state), language_of(state)
    claims = state.get("claims", [])
    counted = Counter(each["verdict"] for each in claims)
    found = _counted(state, breaches)
    words = _WORDS[language]
    reasons = [words[key].format(count=found[key]) for key in _KEYS if found[key]]
    reasons += [
        words[key].format(count=counted[key]) for key in ("not_found", "not_judged") if counted[key]
    ]
    reasons += [words["unread"]] if state["judgement"]["abstained"] else []
    voice = state.get("voice", {})
    reasons += [words["voice"]] if voice.get("fits") is False else []
    reasons += [words["unheard"]] if voice.get("fits", True) is None else []
    if size > most:
        reasons.append(words["heavy"].format(size=-(-size // 1000), most=most // 1000))
    return {
        "stands": _stands(found, counted, state),
        "reasons": reasons or [words["nothing"]],
        "claims": {
            **{key: counted[key] for key in ("supported", "contradicted", "not_found")},
            "not_judged": counted["not_judged"],
            "open": [each for each in claims if each["verdict"] != "supported"],
        },
        "voice": {key: voice[key] for key in _HEARD if key in voice},
        "patches": [each.model_dump() for each in patches(markdown, breaches)],
    }


_KEYS = ("sensitive", "grave", "errors", "rest")
_HEARD = ("fits", "score", "limit", "trust", "words", "findings")


def flags(state: Newsletter) -> list[str]:
    """What makes an edition one that a person always looks at."""
    rules = {each.rule for each in breaches_of(state)}
    found = ["sensitive"] if any(rule.startswith(GROUND) for rule in rules) else []
    return [*found, *(["contradicted"] if "claim.contradicted" in rules else [])]


def _counted(state: Newsletter, breaches: Sequence[Breach]) -> Counter[str]:
    brand = brand_of(state)
    return Counter(
        "sensitive"
        if each.rule.startswith(GROUND)
        else "grave"
        if each.rule in _GRAVE
        else "errors"
        if level_of(each.rule, brand) == "error"
        else "rest"
        for each in breaches
    )


def _stands(found: Counter[str], claims: Counter[str], state: Newsletter) -> Stands:
    if found["sensitive"] or found["grave"]:
        return "stop"
    if found.total() or state.get("voice", {}).get("fits") is False:
        return "mend"
    judged = not state["judgement"]["abstained"] and not claims["not_judged"]
    return "fits" if judged and not claims["not_found"] else "open"
