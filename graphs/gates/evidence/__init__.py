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
    Event,
    FingerprintChanged,
    Incident,
    NeverLift,
    Passed,
    PolicyChanged,
    Ratified,
    Reviewed,
    SeedReviewed,
    SteppedDown,
    event_from_json,
    event_to_json,
)
from savoirfaire.graphs.gates.evidence.many import Key, e_bh, pooled
from savoirfaire.graphs.gates.evidence.policies import PRESETS, Policy, Risk, preset
from savoirfaire.graphs.gates.evidence.rubric import RUBRIC, Finding, catches, outcome
from savoirfaire.graphs.gates.evidence.seeds import Seeds, Weight, weigh
from savoirfaire.graphs.gates.evidence.standing import Obstacle, Standing, standing
from savoirfaire.graphs.gates.evidence.state import Evidence, begin, from_json

__all__ = [
    "PRESETS",
    "RUBRIC",
    "Asked",
    "Choice",
    "Event",
    "Evidence",
    "Finding",
    "FingerprintChanged",
    "Incident",
    "Key",
    "Mode",
    "NeverLift",
    "Obstacle",
    "Passed",
    "Policy",
    "PolicyChanged",
    "Ratified",
    "Reason",
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
    "pooled",
    "preset",
    "replay",
    "standing",
    "weigh",
]
