"""`Anthropic` and `AsyncAnthropic`: the official SDK's shape on our engine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from slipstream.client.endpoint import check_key
from slipstream.client.sdk.base import AsyncSDKClient, SDKClient, SyncSDKClient
from slipstream.client.sdk.body import NOT_GIVEN
from slipstream.client.sdk.messages import OFFERS, AsyncMessages, Messages
from slipstream.client.sdk.settings import headers_of
from slipstream.client.sdk.vendors import ANTHROPIC, first_set


class _Anthropic(SDKClient):
    """What both share; see `SDKClient` for the other arguments.

    Args:
        auth_token: sent as `Authorization: Bearer`; None takes ANTHROPIC_AUTH_TOKEN. A key is not needed beside it.
    """

    _vendor = ANTHROPIC
    _offers = OFFERS

    def __init__(
        self,
        *,
        api_key: str | None = None,
        auth_token: str | None = None,
        default_headers: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        token = auth_token or os.environ.get("ANTHROPIC_AUTH_TOKEN", "").strip() or None
        check_key(token)
        own = {"authorization": f"Bearer {token}"} if token else {}
        keyless = token is not None and api_key is None and first_set(ANTHROPIC.keys) is None
        headers = own | headers_of("default_headers", default_headers)
        super().__init__(api_key=NOT_GIVEN if keyless else api_key, default_headers=headers, **settings)


class Anthropic(SyncSDKClient, _Anthropic):
    """`anthropic.Anthropic`: key from ANTHROPIC_API_KEY, address from ANTHROPIC_BASE_URL."""

    @property
    def messages(self) -> Messages:
        """`messages.create` and `messages.stream`."""
        return Messages(self)


class AsyncAnthropic(AsyncSDKClient, _Anthropic):
    """`anthropic.AsyncAnthropic`: key from ANTHROPIC_API_KEY, address from ANTHROPIC_BASE_URL."""

    @property
    def messages(self) -> AsyncMessages:
        """`messages.create` and `messages.stream`."""
        return AsyncMessages(self)
