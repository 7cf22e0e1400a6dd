"""Every known fault of a model server, through the gateway, whole and streamed."""

import pytest
from pydantic import BaseModel

from savoirfaire.agents.model import CallScope, open_gateway
from savoirfaire.testing import ENDPOINT, FAULTS, hostile, no_wait

SCOPE = CallScope("guardian", "check")
MESSAGES = [{"role": "user", "content": "Does it fit?"}]


class Verdict(BaseModel):
    """A small reply."""

    fits: bool


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("name", FAULTS)
async def test_fault(name: str, stream: bool) -> None:  # noqa: FBT001
    """A fault ends in its own error, with useful words, a hint, no secret, and as many calls."""
    fault, wire = FAULTS[name], hostile(name)
    async with open_gateway("live", ENDPOINT, wire=wire, wait=no_wait) as gateway:
        with pytest.raises(fault.error) as caught:
            await gateway.complete(MESSAGES, scope=SCOPE, form=gateway.form(Verdict), stream=stream)
    assert type(caught.value) is fault.error
    assert fault.words in str(caught.value)
    assert caught.value.hint
    assert len(wire.requests) == fault.calls
    for secret in ("a-key-nobody-has", "wxyz", "SECRET PROMPT"):
        assert secret not in str(caught.value)
