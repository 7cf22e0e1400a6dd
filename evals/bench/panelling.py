"""How far a panel's recorded answers are from people's votes on the same question."""

from pathlib import Path
from typing import Any

from savoirfaire.agents.panel.report import report
from savoirfaire.agents.panel.survey import read_answers, read_survey


def panelling(survey: Path, answers: Path) -> dict[str, Any]:
    """The figures of the report, flat, with the columns that were read. Raises PanelError."""
    told = report(read_answers(answers), read_survey(survey))
    people, panel = told["people"], told["panel"]
    return {
        "bench": "panel",
        **told["comparison"],
        "sd": panel["sd"],
        "human_sd": people["sd"],
        "entropy": panel["entropy"],
        "human_entropy": people["entropy"],
        "mean_interval": panel["mean_interval"],
        "shares": [each["share"] for each in panel["points"]],
        "human_shares": [each["share"] for each in people["points"]],
        "ranks": told["ranks"],
        "probes": told["probes"],
        "refusals": told["refusals"]["share"],
        "near_duplicates": told["near_duplicates"]["share"],
        "scale": told["scale"],
        "vote_column": people["columns"]["vote"],
        "answer_column": panel["columns"]["vote"],
        "verdict": told["verdict"],
        "reasons": told["reasons"],
    }
