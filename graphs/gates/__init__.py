"""Gates: the points of a graph where a person may have to approve."""

from savoirfaire.graphs.gates.nodes import Gate, add_gate, granted

__all__ = ["Gate", "add_gate", "granted"]
