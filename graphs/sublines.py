"""How subject lines did, from the channel's recorded results, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from savoirfaire.agents.forms import Language
from savoirfaire.agents.role import fence
from savoirfaire.agents.subjects import FEWEST, Result, expected
from savoirfaire.tools.statements import RecalledRecord

RATES = ("open_rate", "click_to_open_rate", "click_rate")
"""The results that a subject line answers for, the first that is known."""

_CHANNELS = {"newsletter", "newsletters", "email", "e-mail", "mail", "infolettre", "courriel"}
_SHOWN = 5  # best and worst

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "unknown": "not known: {known} past results, and {fewest} are the fewest that say anything",
        "apart": (
            "{value} expected, {low} to {high} in nine cases of ten: the mean of {similar} past"
            " lines of the same build, drawn towards the mean of all {results}"
        ),
        "mean": (
            "{value} expected, {low} to {high} in nine cases of ten: the mean of all {results} past"
            " lines, since those of one build did no better or worse"
        ),
        "past": "{metric} of {results} past subject lines, the best and the worst:",
    },
    "fr": {
        "unknown": (
            "inconnu\u00a0: {known} résultats passés, et il en faut au moins {fewest} pour dire"
            " quoi que ce soit"
        ),
        "apart": (
            "{value} attendu, de {low} à {high} neuf fois sur dix\u00a0: la moyenne des {similar}"
            " objets passés de même facture, ramenée vers celle des {results}"
        ),
        "mean": (
            "{value} attendu, de {low} à {high} neuf fois sur dix\u00a0: la moyenne des {results}"
            " objets passés, car aucune facture n'a fait mieux ou moins bien qu'une autre"
        ),
        "past": "{metric} de {results} objets passés, les meilleurs et les moins bons\u00a0:",
    },
}


def results_of(records: Sequence[RecalledRecord]) -> list[dict[str, Any]]:
    """The results of past subject lines: points of a channel's record whose label is the line."""
    for metric in RATES:
        found = [
            {
                "line": point["label"],
                "value": point["value"],
                "date": point["date"],
                "metric": metric,
                "unit": record.data.get("unit", ""),
            }
            for record in records
            if record.kind == "channel_performance"
            and record.data["metric"] == metric
            and record.data["channel"].casefold() in _CHANNELS
            for point in record.data["points"]
            if point.get("label", "").strip()
        ]
        if found:
            return sorted(found, key=lambda each: each["date"])
    return []


def expected_words(line: str, results: Sequence[Mapping[str, Any]], language: Language) -> str:
    """What a new line may bring, with how it was reckoned, or that it is not known."""
    past = [Result(each["line"], each["value"], each["date"]) for each in results]
    guess = expected(line, past)
    words = _WORDS[language]
    if guess is None:
        return words["unknown"].format(known=len(past), fewest=FEWEST)
    unit = str(results[0]["unit"])
    value, low, high = (
        _number(each, unit, language) for each in (guess.value, guess.low, guess.high)
    )
    return words["apart" if guess.apart else "mean"].format(
        value=value, low=low, high=high, similar=guess.similar, results=guess.results
    )


def performance_words(results: Sequence[Mapping[str, Any]], language: Language) -> str:
    """The best and the worst of past lines, with what they brought; fenced, since they are data."""
    if not results:
        return _WORDS[language]["unknown"].format(known=0, fewest=FEWEST)
    ranked = sorted(results, key=lambda each: -each["value"])
    shown = ranked if len(ranked) <= 2 * _SHOWN else [*ranked[:_SHOWN], *ranked[-_SHOWN:]]
    lines = [
        f"{_number(each['value'], each['unit'], language)} ({each['date']}): {each['line']}"
        for each in shown
    ]
    head = _WORDS[language]["past"].format(metric=results[0]["metric"], results=len(results))
    return f"{head}\n{fence(chr(10).join(lines), 'subjects')}"


def _number(value: float, unit: str, language: Language) -> str:
    said = f"{value:.1f}"
    said = said.replace(".", ",") if language == "fr" else said
    return f"{said}\u00a0{unit}" if unit and language == "fr" else f"{said}{unit}"
