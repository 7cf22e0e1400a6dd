"""To a web address: one signed request, to a host on the list, never into the local network.

The signature is `v1=` and the hex of HMAC-SHA256, keyed with the secret, over the timestamp, a dot
and the body; both stand in headers, so that who receives it can refuse what is forged or old. The
key is `Idempotency-Key`: who has seen it before answers as then, and does nothing.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Collection

import httpx2

from savoirfaire.errors import EffectError
from savoirfaire.tools.effects.adapters import FinalEffectError, Sending
from savoirfaire.tools.effects.addresses import Lookup, address_of, resolve

_TIMEOUT = 15.0  # seconds
_LATER = {408, 409, 425, 429}
_FAILED = 500
_MADE = range(200, 300)


class ToWebhook:
    """Posts an effect as JSON; `hosts` are those it may go to, `secret` signs."""

    def __init__(
        self,
        hosts: Collection[str],
        secret: str,
        *,
        lookup: Lookup = resolve,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._hosts = frozenset(each.strip().lower() for each in hosts if each.strip())
        self._secret = secret
        self._lookup = lookup
        self._clock = clock

    def make(self, sending: Sending) -> list[str]:
        """Post it; the answer's status."""
        if not self._secret:
            raise FinalEffectError("effects.secret is not set, and what is sent must be signed")
        place = address_of(sending.target, self._hosts, self._lookup)
        body = body_of(sending)
        sent = str(int(self._clock()))
        headers = {
            "Host": place.host,
            "Content-Type": "application/json",
            "Idempotency-Key": sending.key,
            "Savoir-Timestamp": sent,
            "Savoir-Signature": signature(self._secret, sent, body),
        }
        try:
            # To the address that was looked at: a name may lead elsewhere a moment later.
            with httpx2.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as client:
                answer = client.post(
                    place.url,
                    content=body,
                    headers=headers,
                    extensions={"sni_hostname": place.name},
                )
        except httpx2.HTTPError as error:
            raise EffectError(
                "{host} cannot be reached: {reason}", host=place.host, reason=type(error).__name__
            ) from error
        return _judged(place.host, answer.status_code)


def body_of(sending: Sending) -> bytes:
    """What is posted, the same bytes each time."""
    told = {
        "key": sending.key,
        "client": sending.client,
        "run": sending.run,
        "kind": sending.kind,
        "payload_hash": sending.payload_hash,
        "files": dict(sending.files),
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=False).encode()


def signature(secret: str, sent: str, body: bytes) -> str:
    """What proves who sent a body, and when."""
    said = sent.encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()


def _judged(host: str, status: int) -> list[str]:
    if status in _MADE:
        return [f"{host}: {status}"]
    kind = EffectError if status in _LATER or status >= _FAILED else FinalEffectError
    raise kind("{host} answered {status}", host=host, status=status)
