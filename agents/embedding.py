"""Vectors of texts from any OpenAI-compatible endpoint, for the dense leg of a search.

What can go wrong raises the errors of the model gateway: too many requests RateLimitedError · no
answer, a failing endpoint, an answer that is no list of vectors UnavailableError · key, model or
request rejected MisconfiguredError.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import httpx2
from pydantic import SecretStr

from savoirfaire.agents.faults import http_error, shorten
from savoirfaire.agents.model import Endpoint
from savoirfaire.errors import MisconfiguredError, UnavailableError

if TYPE_CHECKING:
    from langchain_openai import OpenAIEmbeddings

_FIRST_WAIT = 10.0  # seconds to connect


class EndpointEmbedder:
    """Asks an endpoint's embedding model. Nothing is opened before the first text.

    `wire` stands in for the network. `name` is the model's: an index remembers it.
    """

    def __init__(
        self, endpoint: Endpoint, name: str, wire: httpx2.BaseTransport | None = None
    ) -> None:
        if not endpoint.base_url:
            raise MisconfiguredError("retrieval.embeddings needs an endpoint: set model.base_url")
        self._base_url = endpoint.base_url
        self._endpoint = endpoint
        self._name = name
        self._wire = wire
        self._client: OpenAIEmbeddings | None = None

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text, all of one size."""
        from openai import APIConnectionError, APIError, APIStatusError  # noqa: PLC0415 - a second

        if not texts:
            return []
        try:
            found = self._opened().embed_documents([text or " " for text in texts])
        except APIStatusError as error:
            key = self._key()
            raise http_error(error.status_code, error.response.content, key) from error
        except APIConnectionError as error:
            reason = shorten(str(error.__cause__ or error), "")
            raise UnavailableError("cannot reach the endpoint: {reason}", reason=reason) from error
        except (APIError, ValueError, TypeError, AttributeError, LookupError) as error:
            raise _no_vectors() from error
        _require_vectors(found, len(texts))
        return found

    def _key(self) -> str:
        key = self._endpoint.api_key
        return key.get_secret_value() if key else ""

    def _opened(self) -> "OpenAIEmbeddings":
        if self._client is None:
            from langchain_openai import OpenAIEmbeddings  # noqa: PLC0415 - heavy

            wire = self._wire or httpx2.HTTPTransport(trust_env=False)
            client = httpx2.Client(transport=_Outgoing(self._key(), wire), trust_env=False)
            # The library reads the environment where an argument is missing.
            self._client = OpenAIEmbeddings(
                model=self._name,
                openai_api_key=SecretStr("none"),
                openai_api_base=self._base_url,
                openai_organization="",
                openai_api_type="openai",
                openai_proxy="",
                http_client=client,
                http_async_client=httpx2.AsyncClient(trust_env=False),
                request_timeout=httpx2.Timeout(self._endpoint.timeout, connect=_FIRST_WAIT),
                max_retries=self._endpoint.retries,
                check_embedding_ctx_length=False,
            )
        return self._client


class _Outgoing(httpx2.BaseTransport):
    """Lets out the headers named here and the body, and nothing that was gathered elsewhere."""

    def __init__(self, key: str, wire: httpx2.BaseTransport) -> None:
        self._key = key
        self._wire = wire

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = {"content-type": "application/json", "user-agent": "savoirfaire"}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        said = httpx2.Request(
            request.method,
            request.url,
            headers=headers,
            content=request.read(),
            extensions=request.extensions,
        )
        return self._wire.handle_request(said)

    def close(self) -> None:
        self._wire.close()


def _require_vectors(found: Sequence[Sequence[float]], count: int) -> None:
    sizes = {len(vector) for vector in found}
    if len(found) != count or len(sizes) != 1 or 0 in sizes:
        raise _no_vectors()
    if not all(math.isfinite(each) for vector in found for each in vector):
        raise _no_vectors()


def _no_vectors() -> UnavailableError:
    return UnavailableError("the endpoint's answer has no vector of one size for each text")
