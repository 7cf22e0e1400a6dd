"""LangSmith's tracing: off, unless its variables ask for it and a live model is asked anyway.

LangChain and LangGraph read `LANGSMITH_*` by themselves, wherever they run, and send client text
out. Whatever calls them does so inside `tracing()`, or inside `untraced()` where nothing may leave.
"""

from contextlib import AbstractContextManager, nullcontext


def tracing(mode: str) -> AbstractContextManager[None]:
    """A context in which LangSmith's variables count in mode `live`, and in no other."""
    return nullcontext() if mode == "live" else untraced()


def untraced() -> AbstractContextManager[None]:
    """A context in which nothing is traced, whatever the environment says."""
    from langsmith.run_helpers import tracing_context  # noqa: PLC0415 - comes with LangChain, late

    return tracing_context(enabled=False)
