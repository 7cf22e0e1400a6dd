"""A graph as a picture, without running or configuring anything."""

from typing import Any, cast

from savoirfaire.graphs.registry import GraphSpec, Office


def mermaid(spec: GraphSpec) -> str:
    """The graph as a Mermaid flowchart."""
    # A graph is wired from its collaborators, none of which is used before a run.
    idle = cast("Office", _Idle())
    return str(spec.build(idle).compile().get_graph().draw_mermaid())


class _Idle:
    """Stands where a collaborator will."""

    def __getattr__(self, name: str) -> Any:
        return _Idle()
