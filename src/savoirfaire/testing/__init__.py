"""Fakes for tests of roles and graphs: a model server that follows a script, and a hostile one.

wire = ScriptedTransport(["first reply", Verdict(fits=True)])
async with open_gateway("live", ENDPOINT, wire=wire) as gateway:
    ...
assert "the brand" in wire.prompts[0]
"""

from savoirfaire.testing.faults import FAULTS, Fault, hostile
from savoirfaire.testing.scripted import ENDPOINT, Scripted, ScriptedTransport, no_wait

__all__ = [
    "ENDPOINT",
    "FAULTS",
    "Fault",
    "Scripted",
    "ScriptedTransport",
    "hostile",
    "no_wait",
]
