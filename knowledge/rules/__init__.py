"""Brand rules in Vale's format: deterministic, exact, and quick."""

from savoirfaire.knowledge.rules.alerts import LEVELS, Action, Alert, Level
from savoirfaire.knowledge.rules.ruleset import Checked, Ruleset

__all__ = ["LEVELS", "Action", "Alert", "Checked", "Level", "Ruleset"]
