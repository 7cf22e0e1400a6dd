"""Near names, for a name that is not known."""

import difflib
from collections.abc import Iterable


def near(name: str, known: Iterable[str]) -> str:
    """` → one, two?`: the known names most like `name`, to end a message with; may be empty."""
    found = difflib.get_close_matches(name, list(known), n=3)
    return f" → {', '.join(found)}?" if found else ""
