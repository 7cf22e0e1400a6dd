"""Graders that measure: length, sums, figures, cost, time."""

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, InvalidOperation

from savoirfaire.evals.graders.grading import Grade, Graded, Grader, spans_in

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_GAP = "[ \u00a0\u202f]?"
_NUMBER = re.compile(r"(?<!\d)-?\d[\d \u00a0\u202f.,']{0,40}")
_FIGURE = _NUMBER.pattern
_SUM = re.compile(rf"({_FIGURE}(?:{_GAP}\+{_GAP}{_FIGURE})+){_GAP}={_GAP}({_FIGURE})")
_TOTAL = re.compile(r"\b(?:grand )?(?:total|sum|somme)\b", re.IGNORECASE)
_FRACTION = 2  # digits at most after the last separator of a number that has one
_NEAR = Decimal("0.005")


def length(least: int = 0, most: int = 0) -> Grader:
    """The text has at least and at most so many words; 0: no limit."""

    def grade(graded: Graded) -> Grade:
        count = len(_WORD.findall(graded.body))
        short = count / least if least and count < least else 1.0
        long = most / count if most and count > most else 1.0
        score = min(short, long)
        return Grade("length", score, "" if score == 1 else f"{count} words")

    return grade


def arithmetic() -> Grader:
    """Sums that are written out are right, and so are the totals of tables."""

    def grade(graded: Graded) -> Grade:
        checked = [*_written_sums(graded.body), *_table_totals(graded.body)]
        wrong = [words for right, words in checked if not right]
        score = 1 - len(wrong) / len(checked) if checked else 1.0
        return Grade("arithmetic", score, "; ".join(wrong[:3]))

    return grade


def figures() -> Grader:
    """Every figure in the text is in one of the quotes that it cites, or in the request."""

    def grade(graded: Graded) -> Grade:
        said = " ".join(str(each["quote"]) for each in spans_in(graded.end.state))
        known = set(_figures(f"{said} {graded.task.request}"))
        found = list(dict.fromkeys(_figures(graded.body)))
        loose = [each for each in found if each not in known]
        score = 1 - len(loose) / len(found) if found else 1.0
        return Grade("figures", score, ", ".join(loose[:5]))

    return grade


def cost(most: float) -> Grader:
    """It cost at most so much, in the currency of the settings' prices."""
    return _at_most("cost", lambda graded: graded.cost, most)


def latency(most: float) -> Grader:
    """It took at most so many seconds."""
    return _at_most("latency", lambda graded: graded.seconds, most)


def tokens(most: int) -> Grader:
    """It read and wrote at most so many tokens."""
    return _at_most("tokens", lambda graded: float(sum(graded.tokens)), most)


def amount(words: str) -> Decimal | None:
    """The number that a text writes, in French or in English: `1 200,50`, `1,200.50`, `24.500`."""
    bare = re.sub(r"[  \u202f']", "", words).rstrip(".,")
    last = max(bare.rfind("."), bare.rfind(","))
    if last >= 0 and len(bare) - last - 1 > _FRACTION:
        last = -1  # three digits follow: it separates thousands
    whole = re.sub(r"[.,]", "", bare if last < 0 else bare[:last])
    try:
        return Decimal(whole if last < 0 else f"{whole}.{bare[last + 1 :]}")
    except InvalidOperation:
        return None


def _at_most(name: str, measure: Callable[[Graded], float], most: float) -> Grader:
    def grade(graded: Graded) -> Grade:
        value = measure(graded)
        score = 1.0 if value <= most else most / value
        return Grade(name, score, "" if value <= most else f"{value:g}")

    return grade


def _written_sums(text: str) -> Iterator[tuple[bool, str]]:
    for found in _SUM.finditer(text):
        parts = [amount(each) for each in found[1].split("+")]
        yield _adds_up(parts, amount(found[2])), found[0].strip()


def _table_totals(text: str) -> Iterator[tuple[bool, str]]:
    """Each number in a row of totals beside the sum of the numbers above it.

    A total may hold the one before it, as an amount with its tax does, or begin anew.
    """
    columns: dict[int, list[Decimal | None]] = {}
    totals: dict[int, Decimal] = {}
    for line in text.splitlines():
        if not line.lstrip().startswith("|"):
            columns, totals = {}, {}
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        numbers = {place: _alone(cell) for place, cell in enumerate(cells)}
        known = {place: value for place, value in numbers.items() if value is not None}
        if _TOTAL.search(cells[0]):
            for place, total in known.items():
                if parts := columns.get(place):
                    carried = [totals.get(place), *parts]
                    yield _adds_up(parts, total) or _adds_up(carried, total), line.strip()
            columns, totals = {}, totals | known
            continue
        for place, value in known.items():
            columns.setdefault(place, []).append(value)


def _alone(cell: str) -> Decimal | None:
    """The number that a cell is, its currency left out."""
    found = _NUMBER.findall(cell)
    words = re.sub(r"[\d  \u202f.,'€$£%*-]|EUR|USD|CHF|GBP", "", cell)
    return amount(found[0]) if len(found) == 1 and not words.strip() else None


def _adds_up(parts: Iterable[Decimal | None], total: Decimal | None) -> bool:
    known = [each for each in parts if each is not None]
    return total is not None and abs(sum(known, Decimal(0)) - total) <= _NEAR


def _figures(text: str) -> Iterator[str]:
    for found in _NUMBER.findall(text):
        value = amount(found)
        if value is not None:
            yield f"{value.normalize():f}"


FACTORIES: dict[str, Callable[..., Grader]] = {
    "length": length,
    "arithmetic": arithmetic,
    "figures": figures,
    "cost": cost,
    "latency": latency,
    "tokens": tokens,
}
