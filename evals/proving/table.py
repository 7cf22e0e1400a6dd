"""The proof as Markdown: `python -m savoirfaire.evals.proving.table docs/gates.md` renews it there.

What stands between the two markers is replaced; a test fails when it differs from the proof.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from savoirfaire.errors import NotFoundError
from savoirfaire.evals.proving.proof import proof

BEGIN, END = "<!-- the proof begins -->", "<!-- the proof ends -->"
BESIDE = "client-facing"
"""The preset whose promise the common rules are held against in the table."""

COLUMNS = (
    "rule",
    "too bad from",
    "promised chance of lifting it",
    "chance at that rate",
    "at twice that rate",
    "reviews to the first step, good work",
    "published bad: good work",
    "work at the limit",
    "slow drift",
    "sudden break",
    "in batches",
    "reviewers miss 1 in 5",
)
SCENARIOS = (
    "constant",
    "constant_at_p0",
    "slow_drift",
    "sudden_break",
    "batches",
    "reviewers_miss_1_in_5",
)


def markdown(figures: Mapping[str, Any]) -> str:
    """The table: the shipped presets, then the common rules at one preset's promise."""
    others = [other for other in figures["others"] if other["preset"] == BESIDE]
    rows = [COLUMNS, ["---"] * len(COLUMNS)]
    rows += [_row(f"**{preset['name']}**", preset) for preset in figures["presets"]]
    rows += [_row(other["name"], other) for other in others]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def renewed(text: str, table: str) -> str:
    """The text with the table between its markers. Raises NotFoundError where there are none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NotFoundError("the page has no place for the table of the proof")
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def _row(name: str, entry: Mapping[str, Any]) -> list[str]:
    published = entry["published_defects"]
    reviews = entry["reviews_to_first_step_at_p0/5"]
    return [
        name,
        percent(entry["p0"]),
        percent(entry["alpha"]),
        percent(entry["false_lift_at_p0"]),
        percent(entry["false_lift_at_2p0"]),
        "never" if reviews is None else f"{reviews:.0f}",
        *(percent(published.get(scenario, {}).get("published")) for scenario in SCENARIOS),
    ]


def percent(share: float | None) -> str:
    """A share for people: one decimal, and nothing rounded to 0 that is not."""
    if share is None:
        return ""
    if 0 < share < 0.0005:  # noqa: PLR2004 - half of the last decimal shown
        return "< 0.1 %"
    return f"{100 * share:.1f} %"


def main(pages: Sequence[str]) -> None:
    """Renew the table in each of these pages."""
    table = markdown(proof())
    for page in map(Path, pages):
        page.write_text(renewed(page.read_text("utf-8"), table), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
