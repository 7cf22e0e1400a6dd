"""The go/no-go sheet: what a brief asks, by when, for how much, and what we have to show for it."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from savoirfaire.agents.bids.pricing import Quotation, money
from savoirfaire.agents.forms import Language
from savoirfaire.graphs.bidding.state import Proposal, language_of, priced
from savoirfaire.graphs.bidding.wording import day_words, inline

_MANY = 40  # requirements that a sheet quotes; the matrix has all of them
_LONG = 240
_WORDS = {
    "en": {
        "title": "Go or no-go: {title}",
        "asked": "Requirements: {must} mandatory, {should} desired, {client} for the client.",
        "days": "Days",
        "day": "{day} ({left} days left): “{quote}”",
        "past": "{day} (passed): “{quote}”",
        "money": "Money",
        "budget": "The brief's budget: {amount}.",
        "no_budget": "The brief names no budget.",
        "price": "Our price: {net} before tax.",
        "over": "Our price is above the budget by {amount}.",
        "under": "Our price is within the budget.",
        "unpriced": "Not priced yet.",
        "no_offer": "There is no rate card to price it by.",
        "waiting": (
            "There is no rate card to price it by: {count} wait for review: savoir review {client}."
        ),
        "work": "Past work that fits",
        "fit": "{name}: {result} (shares: {shared})",
        "no_fit": "No case study shares enough words with the brief.",
        "asks": "Questions to ask back",
        "must": "Mandatory requirements",
        "more": "… and {count} more: the matrix has them all.",
        "none": "None.",
    },
    "fr": {
        "title": "Répondre ou non\u00a0: {title}",
        "asked": "Exigences\u00a0: {must} impératives, {should} souhaitées, {client} du client.",
        "days": "Dates",
        "day": "{day} (dans {left} jours)\u00a0: «\u00a0{quote}\u00a0»",
        "past": "{day} (passée)\u00a0: «\u00a0{quote}\u00a0»",
        "money": "Argent",
        "budget": "Budget du brief\u00a0: {amount}.",
        "no_budget": "Le brief ne donne pas de budget.",
        "price": "Notre prix\u00a0: {net} hors taxes.",
        "over": "Notre prix dépasse le budget de {amount}.",
        "under": "Notre prix tient dans le budget.",
        "unpriced": "Pas encore chiffré.",
        "no_offer": "Aucune grille tarifaire ne permet de le chiffrer.",
        "waiting": (
            "Aucune grille tarifaire ne permet de le chiffrer, mais {count} à relire\u00a0:"
            " savoir review {client}."
        ),
        "work": "Références qui conviennent",
        "fit": "{name}\u00a0: {result} (mots communs\u00a0: {shared})",
        "no_fit": "Aucune étude de cas n'a assez de mots communs avec le brief.",
        "asks": "Questions à poser au client",
        "must": "Exigences impératives",
        "more": "… et {count} autres\u00a0: la matrice les a toutes.",
        "none": "Aucune.",
    },
}


def sheet(state: Proposal) -> str:
    """The sheet as Markdown; every figure in it is counted, computed or quoted."""
    language, words = language_of(state), _WORDS[language_of(state)]
    blocks = [f"# {words['title'].format(title=inline(state['title']))}", _counted(state)]
    for key, lines in (
        ("days", _days(state)),
        ("money", _money(state, language)),
        ("work", _work(state)),
        ("asks", [each["words"] for each in state["findings"]["asks"]]),
        ("must", _musts(state)),
    ):
        points = "\n".join(f"- {inline(each)}" for each in lines) or words["none"]
        blocks += [f"## {words[key]}", points]
    return "\n\n".join(blocks) + "\n"


def _counted(state: Proposal) -> str:
    count = Counter(
        each["force"] if each["party"] == "bidder" else "client" for each in state["requirements"]
    )
    said = {name: count[name] for name in ("must", "should", "client")}
    return _WORDS[language_of(state)]["asked"].format(**said)


def _days(state: Proposal) -> Iterator[str]:
    language, today = language_of(state), date.fromisoformat(state["request"]["date"])
    for each in state["findings"]["deadlines"]:
        left = (date.fromisoformat(each["day"]) - today).days
        said = {"day": day_words(each["day"], language), "quote": short(each["quote"])}
        yield _WORDS[language]["past" if left < 0 else "day"].format(left=left, **said)


def _money(state: Proposal, language: Language) -> Iterator[str]:
    words, found = _WORDS[language], state["findings"]["budgets"]
    for each in found:
        yield words["budget"].format(amount=each["words"])
    if not found:
        yield words["no_budget"]
    price = priced(state["offer"], state["pricing"])
    if price is None:
        yield _unpriced(state)
        return
    yield words["price"].format(net=money(price.net, price.currency, language))
    if over := _over(price, found):
        yield words["over"].format(amount=money(over, price.currency, language))
    elif any(each["value"] for each in found):
        yield words["under"]


def _unpriced(state: Proposal) -> str:
    """Why there is no price: no effort yet, no rate card, or one that nobody has looked at."""
    words = _WORDS[language_of(state)]
    if state["offer"]:
        return words["unpriced"]
    waiting = state.get("offers_waiting", {})
    said = [words["waiting"].format(client=name, count=n) for name, n in waiting.items() if n]
    return said[0] if said else words["no_offer"]


def _over(price: Quotation, found: list[dict[str, Any]]) -> Decimal | None:
    """By how much the net price is above the largest budget in its currency, where there is one."""
    own = [
        Decimal(each["value"])
        for each in found
        if each["value"] and each["currency"] == price.currency
    ]
    return price.net - max(own) if own and price.net > max(own) else None


def _work(state: Proposal) -> Iterator[str]:
    words = _WORDS[language_of(state)]
    for each in state["cases"]:
        yield words["fit"].format(
            name=each["data"]["name"],
            result=short(each["data"]["result"]),
            shared=", ".join(each["shared"][:8]),
        )
    if not state["cases"]:
        yield words["no_fit"]


def _musts(state: Proposal) -> Iterator[str]:
    musts = [e for e in state["requirements"] if (e["force"], e["party"]) == ("must", "bidder")]
    for each in musts[:_MANY]:
        yield f"{each['id']}: {short(each['words'])}"
    if len(musts) > _MANY:
        yield _WORDS[language_of(state)]["more"].format(count=len(musts) - _MANY)


def short(text: str) -> str:
    """`text` on one line, cut between words where it is long."""
    flat = " ".join(text.split())
    if len(flat) <= _LONG:
        return flat
    return f"{flat[:_LONG].rpartition(' ')[0] or flat[:_LONG]}…"
