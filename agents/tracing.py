"""LangSmith's tracing, switched off: its variables would send client text out in every mode.

LangChain and LangGraph read `LANGSMITH_*` by themselves, wherever they run. Whatever calls them
does so inside `untraced()`.
"""

from contextlib import AbstractContextManager


def untraced() -> AbstractContextManager[None]:
    """A context in which nothing is traced, whatever the environment says."""
    from langsmith.run_helpers import tracing_context  # noqa: PLC0415 - comes with LangChain, late

    return tracing_context(enabled=False)
