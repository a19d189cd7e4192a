"""`ZhipuAI`, `ZhipuAiClient` and `ZaiClient`: the shape of Zhipu's SDKs on our engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NoReturn, overload

from slipstream.client.sdk.base import SDKClient, SyncSDKClient, missing
from slipstream.client.sdk.completions import BaseCompletions
from slipstream.client.sdk.glm_objects import ChatCompletionChunk, Completion
from slipstream.client.sdk.settings import headers_of
from slipstream.client.sdk.streams import ChunkStream
from slipstream.client.sdk.vendors import ZAI, ZHIPU

OFFERS = "chat.completions.create()"


class Completions(BaseCompletions):
    """`client.chat.completions`."""

    _offers = OFFERS

    @overload
    def create(
        self, *, model: str, messages: Any, stream: Literal[True], **arguments: Any
    ) -> ChunkStream[ChatCompletionChunk]: ...
    @overload
    def create(
        self, *, model: str, messages: Any, stream: Literal[False] | None = None, **arguments: Any
    ) -> Completion: ...
    @overload
    def create(
        self, *, model: str, messages: Any, stream: bool, **arguments: Any
    ) -> Completion | ChunkStream[ChatCompletionChunk]: ...
    def create(self, **arguments: Any) -> Any:
        """Ask; the arguments go into the body as they are, but for pictures, which go without their `data:` prefix.

        Args:
            arguments: `model`, `messages`, `stream`, `thinking` and everything the API takes; `extra_headers`,
                `extra_body` and `timeout` as in the SDK.

        Returns:
            A stream of chunks with `stream=True`, else the whole answer. Both once the response headers are in.

        Raises:
            InvalidRequestError: an argument is wrong; nothing was sent.
            SlipstreamError: the provider refused, or cannot be reached.
        """
        return self._send(arguments)


class Chat:
    """`client.chat`."""

    def __init__(self, client: SDKClient) -> None:
        self.completions = Completions(client, ChatCompletionChunk, Completion)

    if not TYPE_CHECKING:  # for them it is an error at once

        def __getattr__(self, name: str) -> NoReturn:
            missing(self, name, OFFERS)


class _GLM(SyncSDKClient):
    """What all three share; see `SDKClient` for the other arguments.

    Args:
        source_channel: sent as a header, as the vendor's SDK does.
        custom_headers: the vendor's name for `default_headers`.
    """

    _offers = OFFERS

    def __init__(
        self,
        *,
        disable_token_cache: bool = True,  # noqa: ARG002 - a key that is signed is signed anew for each request
        source_channel: str | None = None,
        custom_headers: Mapping[str, str] | None = None,
        default_headers: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        own = {"x-source-channel": source_channel} if source_channel else {}
        named = {"custom_headers": custom_headers, "default_headers": default_headers}
        for name, value in named.items():
            own |= headers_of(name, value)
        super().__init__(default_headers=own, **settings)

    @property
    def chat(self) -> Chat:
        """`chat.completions`."""
        return Chat(self)


class ZhipuAI(_GLM):
    """`zhipuai.ZhipuAI`: key from ZHIPUAI_API_KEY (else ZAI_API_KEY), mainland China."""

    _vendor = ZHIPU


class ZhipuAiClient(_GLM):
    """`zai.ZhipuAiClient`: key from ZHIPUAI_API_KEY (else ZAI_API_KEY), mainland China."""

    _vendor = ZHIPU


class ZaiClient(_GLM):
    """`zai.ZaiClient`: key from ZAI_API_KEY, everywhere else."""

    _vendor = ZAI
