"""Vectors come from the endpoint that is set, and what goes wrong there is said."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from savoirfaire.agents.embedding import EndpointEmbedder
from savoirfaire.agents.model import Endpoint
from savoirfaire.errors import MisconfiguredError, RateLimitedError, UnavailableError

ENDPOINT = Endpoint("http://endpoint.test/v1", SecretStr("k-1"), retries=0)
Answer = Callable[[httpx2.Request], httpx2.Response]


def embedder(answer: Answer) -> EndpointEmbedder:
    """An embedder over a wire that answers so."""
    return EndpointEmbedder(ENDPOINT, "small", httpx2.MockTransport(answer))


def vectors(request: httpx2.Request) -> httpx2.Response:
    """A vector for each text: its length, and one."""
    texts = json.loads(request.content)["input"]
    data = [
        {"object": "embedding", "index": n, "embedding": [float(len(text)), 1.0]}
        for n, text in enumerate(texts)
    ]
    return httpx2.Response(
        200, json={"object": "list", "data": data, "model": "small", "usage": {}}
    )


def test_vectors_in_order() -> None:
    """Each text has its vector; only what is named leaves, under the endpoint's address."""
    sent: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return vectors(request)

    found = embedder(answer)
    assert found.embed(["été", "", "a b c"]) == [[3.0, 1.0], [1.0, 1.0], [5.0, 1.0]]
    [request] = sent
    assert str(request.url) == "http://endpoint.test/v1/embeddings"
    assert request.headers["authorization"] == "Bearer k-1"
    assert set(request.headers) == {
        *("host", "content-type", "user-agent", "authorization", "content-length")
    }
    assert json.loads(request.content)["model"] == found.name == "small"


def test_no_text_asks_nothing() -> None:
    """Without a text nothing is opened."""
    assert EndpointEmbedder(ENDPOINT, "small").embed([]) == []


def _reply(value: Any) -> Answer:
    return lambda _request: httpx2.Response(200, json=value)


def _refused(_request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("refused")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda _request: httpx2.Response(401, json={"error": "bad key"}), MisconfiguredError),
        (lambda _request: httpx2.Response(429, json={"error": "slow"}), RateLimitedError),
        (lambda _request: httpx2.Response(503, text="down"), UnavailableError),
        (lambda _request: httpx2.Response(200, text="no json"), UnavailableError),
        (_reply({"data": []}), UnavailableError),
        (_reply({"data": [{"embedding": [1.0], "index": 0, "object": "embedding"}]}), None),
        (
            _reply({"data": [{"embedding": [], "index": 0, "object": "embedding"}]}),
            UnavailableError,
        ),
        (_reply({"data": None}), UnavailableError),
        (_reply([1, 2]), UnavailableError),
        (_refused, UnavailableError),
    ],
)
def test_what_goes_wrong(answer: Answer, error: type[Exception] | None) -> None:
    """Every answer that is no vector is an error that says what to do."""
    if error is None:
        assert embedder(answer).embed(["a"]) == [[1.0]]
        return
    with pytest.raises(error) as told:
        embedder(answer).embed(["a"])
    assert "k-1" not in str(told.value)


def test_an_endpoint_is_needed() -> None:
    """Embeddings without an endpoint are refused at once."""
    with pytest.raises(MisconfiguredError, match="base_url"):
        EndpointEmbedder(Endpoint(), "small")
