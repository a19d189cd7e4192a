"""Whose SDK a client stands in for, as data: addresses, keys and what a request must have."""

from __future__ import annotations

import os
from collections.abc import Mapping

from msgspec import Struct

from slipstream.client import endpoint as endpoints
from slipstream.errors import MissingKeyError


class Route(Struct, frozen=True, kw_only=True):
    """What a request speaks, and where it goes.

    Args:
        dialect: what is spoken there.
        path: where requests go below the base URL.
        required: arguments without which a request is refused before it is sent, beside `model` and `messages`.
        asks: the argument that holds the conversation, `messages` or `input`.
    """

    dialect: str
    path: str
    required: tuple[str, ...] = ()
    asks: str = "messages"


RESPONSES = Route(dialect="openai_responses", path="responses", asks="input")
"""OpenAI's Responses API."""


class Vendor(Struct, frozen=True, kw_only=True):
    """One SDK.

    Args:
        provider: the name that errors and messages carry.
        dialect: what the provider speaks.
        base_url: as the SDK has it; the path is joined to it.
        path: where requests go below it.
        keys: environment variables that may hold the key, in the order they are looked for.
        urls: environment variables that may hold the base URL.
        key_page: where a person gets a key.
        required: arguments without which a request is refused before it is sent, beside `model` and `messages`.
        data_urls: False where pictures in base64 go without their `data:` prefix.
    """

    provider: str
    dialect: str
    base_url: str
    path: str
    keys: tuple[str, ...]
    urls: tuple[str, ...]
    key_page: str
    required: tuple[str, ...] = ()
    data_urls: bool = True

    @property
    def route(self) -> Route:
        """The route of chats."""
        return Route(dialect=self.dialect, path=self.path, required=self.required)

    def key(self, given: str | None) -> str:
        """The key: the one given, else that of the environment.

        Raises:
            MissingKeyError: there is none.
            InvalidRequestError: it cannot be one.
        """
        key = given if given is not None else first_set(self.keys)
        if key is None:
            raise MissingKeyError(
                f"no API key for {self.provider}",
                provider=self.provider,
                hint=f'set {" or ".join(self.keys)}, or pass api_key="..."; get one at {self.key_page}',
            )
        endpoints.check_key(key)
        return key

    def address(self, given: object) -> str:
        """The base URL: the one given, else that of the environment, else the vendor's, without a trailing slash.

        Raises:
            InvalidRequestError: it is no http(s) address.
        """
        if given is None:
            given = first_set(self.urls) or self.base_url
        return endpoints.check_url(given if isinstance(given, str) else str(given))  # httpx.URL comes along too


def first_set(names: tuple[str, ...], environment: Mapping[str, str] = os.environ) -> str | None:
    """The value of the first variable that is set and not blank, or None."""
    return next((value for name in names if (value := environment.get(name, "").strip())), None)


OPENAI = Vendor(
    provider="openai",
    dialect="openai_chat",
    base_url="https://api.openai.com/v1",
    path="chat/completions",
    keys=("OPENAI_API_KEY",),
    urls=("OPENAI_BASE_URL",),
    key_page="https://platform.openai.com/api-keys",
)

ANTHROPIC = Vendor(
    provider="anthropic",
    dialect="anthropic",
    base_url="https://api.anthropic.com",
    path="v1/messages",
    keys=("ANTHROPIC_API_KEY",),
    urls=("ANTHROPIC_BASE_URL",),
    key_page="https://console.anthropic.com/settings/keys",
    required=("max_tokens",),
)

# Keys of the two regions are not interchangeable; the SDKs' variables are, so both are looked for where it is safe.
ZHIPU = Vendor(
    provider="zhipu",
    dialect="zhipu",
    base_url="https://open.bigmodel.cn/api/paas/v4",
    path="chat/completions",
    keys=("ZHIPUAI_API_KEY", "ZAI_API_KEY"),
    urls=("ZHIPUAI_BASE_URL", "ZAI_BASE_URL"),
    key_page="https://open.bigmodel.cn/usercenter/apikeys",
    data_urls=False,
)

ZAI = Vendor(
    provider="zai",
    dialect="zhipu",
    base_url="https://api.z.ai/api/paas/v4",
    path="chat/completions",
    keys=("ZAI_API_KEY",),
    urls=("ZAI_BASE_URL",),
    key_page="https://z.ai/manage-apikey/apikey-list",
    data_urls=False,
)
