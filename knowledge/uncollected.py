"""A while without looking for cycles of objects that could be given back."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Do not collect garbage meanwhile; for what ends soon, or makes objects that stay.

    Looking again and again through what is loaded takes a quarter of an import, and a twentieth of
    checking a text. Threads may nest it in any order: the first one in turns it on again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
