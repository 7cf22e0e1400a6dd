"""Gates: the points of a graph where a person may have to approve."""

from savoirfaire.graphs.gates.evidence.policies import Risk
from savoirfaire.graphs.gates.gate import Gate, Gated, Verdict, merge
from savoirfaire.graphs.gates.granting import answered, effect, granted
from savoirfaire.graphs.gates.nodes import add_gate

__all__ = [
    "Gate",
    "Gated",
    "Risk",
    "Verdict",
    "add_gate",
    "answered",
    "effect",
    "granted",
    "merge",
]
