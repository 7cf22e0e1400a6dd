"""The evidence of a gate: when it may be lifted, and when it comes back. Pure functions, no I/O.

    evidence = begin(policy, fingerprint)
    evidence = advance(policy, evidence, Reviewed((("run-1", outcome(["cosmetic"])),)))
    choice = decide_mode(policy, evidence, "run-2", fingerprint=fingerprint, secret=secret)

`replay` recomputes a state from the ledger's events alone. docs/gates.md explains the rule.
"""

from savoirfaire.graphs.gates.evidence.advancing import advance, replay
from savoirfaire.graphs.gates.evidence.drawing import Choice, Mode, Reason, decide_mode, draw
from savoirfaire.graphs.gates.evidence.events import (
    Asked,
    Carried,
    Event,
    FingerprintChanged,
    Incident,
    NeverLift,
    Passed,
    PolicyChanged,
    Ratified,
    Regrouped,
    Reviewed,
    SeedReviewed,
    SteppedDown,
    event_from_json,
    event_to_json,
)
from savoirfaire.graphs.gates.evidence.many import e_bh
from savoirfaire.graphs.gates.evidence.policies import PRESETS, Policy, Risk, preset
from savoirfaire.graphs.gates.evidence.rubric import RUBRIC, Finding, catches, outcome
from savoirfaire.graphs.gates.evidence.seeds import Seeds, Weight, weigh
from savoirfaire.graphs.gates.evidence.standing import Obstacle, Standing, standing
from savoirfaire.graphs.gates.evidence.state import Evidence, Fall, begin, from_json
from savoirfaire.graphs.gates.evidence.words import FALLS, FINDINGS, OBSTACLES, REASONS

__all__ = [
    "FALLS",
    "FINDINGS",
    "OBSTACLES",
    "PRESETS",
    "REASONS",
    "RUBRIC",
    "Asked",
    "Carried",
    "Choice",
    "Event",
    "Evidence",
    "Fall",
    "Finding",
    "FingerprintChanged",
    "Incident",
    "Mode",
    "NeverLift",
    "Obstacle",
    "Passed",
    "Policy",
    "PolicyChanged",
    "Ratified",
    "Reason",
    "Regrouped",
    "Reviewed",
    "Risk",
    "SeedReviewed",
    "Seeds",
    "Standing",
    "SteppedDown",
    "Weight",
    "advance",
    "begin",
    "catches",
    "decide_mode",
    "draw",
    "e_bh",
    "event_from_json",
    "event_to_json",
    "from_json",
    "outcome",
    "preset",
    "replay",
    "standing",
    "weigh",
]
