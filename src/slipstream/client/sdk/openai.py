"""`OpenAI` and `AsyncOpenAI`: the official SDK's shape on our engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from slipstream.client.sdk.base import AsyncSDKClient, SDKClient, SyncSDKClient, missing
from slipstream.client.sdk.chat_objects import ChatCompletion, ChatCompletionChunk
from slipstream.client.sdk.completions import AsyncCompletions, Completions
from slipstream.client.sdk.responses import OFFERS as RESPONSES, AsyncResponses, Responses
from slipstream.client.sdk.settings import headers_of
from slipstream.client.sdk.vendors import OPENAI

CHAT = "chat.completions.create() and chat.completions.stream()"
OFFERS = f"{CHAT}, {RESPONSES}"


class _OpenAI(SDKClient):
    """What both share; see `SDKClient` for the other arguments.

    Args:
        organization, project: sent as headers, as the SDK does.
    """

    _vendor = OPENAI
    _offers = OFFERS

    def __init__(
        self,
        *,
        organization: str | None = None,
        project: str | None = None,
        default_headers: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        named = {"openai-organization": organization, "openai-project": project}
        own = {name: value for name, value in named.items() if value is not None}
        super().__init__(default_headers=own | headers_of("default_headers", default_headers), **settings)


class Chat:
    """`client.chat`."""

    def __init__(self, client: SDKClient) -> None:
        self.completions = Completions(client, ChatCompletionChunk, ChatCompletion)

    if not TYPE_CHECKING:  # for them it is an error at once

        def __getattr__(self, name: str) -> NoReturn:
            missing(self, name, CHAT)


class AsyncChat:
    """`client.chat` of the async client."""

    def __init__(self, client: SDKClient) -> None:
        self.completions = AsyncCompletions(client, ChatCompletionChunk, ChatCompletion)

    if not TYPE_CHECKING:  # for them it is an error at once

        def __getattr__(self, name: str) -> NoReturn:
            missing(self, name, CHAT)


class Beta:
    """`client.beta`, where the helper once lived."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat

    if not TYPE_CHECKING:  # for them it is an error at once

        def __getattr__(self, name: str) -> NoReturn:
            missing(self, name, CHAT)


class AsyncBeta:
    """`client.beta` of the async client."""

    def __init__(self, chat: AsyncChat) -> None:
        self.chat = chat

    if not TYPE_CHECKING:  # for them it is an error at once

        def __getattr__(self, name: str) -> NoReturn:
            missing(self, name, CHAT)


class OpenAI(SyncSDKClient, _OpenAI):
    """`openai.OpenAI`: key from OPENAI_API_KEY, address from OPENAI_BASE_URL."""

    @property
    def chat(self) -> Chat:
        """`chat.completions`."""
        return Chat(self)

    @property
    def responses(self) -> Responses:
        """`responses.create`, `.stream`, `.parse`, `.retrieve` and `.cancel`."""
        return Responses(self)

    @property
    def beta(self) -> Beta:
        """`beta.chat.completions`."""
        return Beta(self.chat)


class AsyncOpenAI(AsyncSDKClient, _OpenAI):
    """`openai.AsyncOpenAI`: key from OPENAI_API_KEY, address from OPENAI_BASE_URL."""

    @property
    def chat(self) -> AsyncChat:
        """`chat.completions`."""
        return AsyncChat(self)

    @property
    def responses(self) -> AsyncResponses:
        """`responses.create`, `.stream`, `.parse`, `.retrieve` and `.cancel`."""
        return AsyncResponses(self)

    @property
    def beta(self) -> AsyncBeta:
        """`beta.chat.completions`."""
        return AsyncBeta(self.chat)
