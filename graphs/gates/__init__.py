"""Gates: the points of a graph where a person may have to approve."""

from savoirfaire.graphs.gates.nodes import Gate, Gated, add_gate, effect, granted, merge

__all__ = ["Gate", "Gated", "add_gate", "effect", "granted", "merge"]
