"""Graphs as pictures: without a workspace, a model or an index."""

from savoirfaire.graphs.drawing import mermaid
from savoirfaire.graphs.newsletter import spec


def test_the_newsletter() -> None:
    """The picture has every step and the ways between them, the gate's two ways too."""
    drawn = mermaid(spec)
    for way in (
        "__start__ --> collect",
        "collect --> plan",
        "plan -.-> write",
        "write --> assemble",
        "check -.-> revise",
        "revise --> assemble",
        "check -.-> plan_publish",
        "plan_publish --> gate_publish",
        "gate_publish -.-> publish",
        "gate_publish -.-> learn",
        "learn --> __end__",
    ):
        assert f"\t{way};" in drawn, way
