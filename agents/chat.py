"""The chat model behind every gateway; imported only when one is opened, because it is heavy.

LangChain and the OpenAI client read a dozen environment variables where an argument is missing:
each has its argument here. The key is not among them; the live transport adds it to what leaves.
"""

from typing import Any, cast

import httpx2
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI


class Chat(ChatOpenAI):
    """ChatOpenAI that keeps a streamed refusal, which it otherwise drops."""

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: Any
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(
            chunk, default_chunk_class, base_generation_info
        )
        choices = chunk.get("choices")
        refusal = choices[0]["delta"].get("refusal") if made and choices else None
        if made and refusal:
            made.message.additional_kwargs["refusal"] = refusal
        return made


async def _no_key() -> str:
    return "none"


def build_chat(
    *,
    name: str,
    base_url: str,
    temperature: float | None,
    max_tokens: int,
    timeout: float,
    client: httpx2.AsyncClient,
) -> ChatOpenAI:
    """Build the chat model over `client`.

    An asynchronous key source makes ChatOpenAI build no synchronous client at all, so that
    `client` and its transport are the only way out.
    """
    return Chat(
        model=name,
        api_key=_no_key,
        base_url=base_url,
        http_async_client=client,
        temperature=temperature,
        max_tokens=cast("Any", max_tokens),
        timeout=httpx2.Timeout(timeout, connect=min(timeout, 10.0)),
        stream_chunk_timeout=timeout,
        stream_usage=True,
        max_retries=0,
        use_responses_api=False,
        output_version="v0",
        openai_proxy=None,
        http_socket_options=(),
        cache=False,
    )
