"""Anthropic's Messages API (WIRE section 4), and the servers that speak it: Zhipu, OpenRouter, llama.cpp and others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipstream.codec import MAX_EVENT_BYTES
from slipstream.dialects.common.anthropic_wire import ends
from slipstream.dialects.common.anthropic_wire.answer import message_body
from slipstream.dialects.common.anthropic_wire.decoder import AnthropicDecoder
from slipstream.dialects.common.anthropic_wire.elsewhere import for_others
from slipstream.dialects.common.anthropic_wire.encoder import AnthropicEncoder
from slipstream.dialects.common.anthropic_wire.read import read_body
from slipstream.dialects.common.anthropic_wire.request import body_of
from slipstream.dialects.common.http_errors import from_response
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import Request
from slipstream.dialects.common.stream_decoder import parse_loosely
from slipstream.dialects.common.stream_encoder import json_bytes
from slipstream.events import Error, Event, Message

VERSION = "2023-06-01"
"""The one value of `anthropic-version` since streaming has its present form."""


class Anthropic:
    """The dialect `anthropic`; see `face.Dialect`."""

    name = "anthropic"

    def decoder(
        self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> AnthropicDecoder:
        """A decoder of one streamed answer; see `face.Dialect.decoder`."""
        return AnthropicDecoder(include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes)

    def decode_body(self, body: bytes, *, include_raw: bool = False) -> list[Event]:
        """The events of a whole answer.

        Its object is the one that `message_start` carries, with everything in it, so that is how it is read.
        """
        try:
            message = parse_loosely(body)
        except (ValueError, RecursionError):
            return [Error(message="the body is no JSON", kind="MalformedChunkError", retryable=True)]
        decoder = self.decoder(include_raw=include_raw)
        if not isinstance(message, dict) or message.get("type") != "message":
            stated = decoder._error_of(message) if isinstance(message, dict) else None
            return [stated or Error(message="the body is no message of this API", kind="ProtocolError")]
        start = decoder.feed_wire({"type": "message_start", "message": message})
        return start + decoder.feed_wire({"type": "message_stop"})

    def decode_error(self, status: int, body: bytes, *, headers: Mapping[str, str] | None = None) -> Error:
        """The error in the body of a response whose status is not 2xx."""
        return from_response(status, body, headers)

    def path(self, request: Request) -> str:  # noqa: ARG002
        """The path below a base URL that ends with `/v1`."""
        return "messages"

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body of this request; see `face.Dialect.body`."""
        return body_of(request)

    def headers(self, api_key: str | None, *, now: float) -> dict[str, str]:  # noqa: ARG002
        """The headers that carry the key and the API's version."""
        key = {"x-api-key": api_key} if api_key else {}
        return {**key, "anthropic-version": VERSION}

    def encoder(self, reply: Reply | None = None) -> AnthropicEncoder:
        """An encoder of one streamed answer; see `face.Dialect.encoder`."""
        return AnthropicEncoder(reply)

    def encode_body(self, message: Message, reply: Reply | None = None) -> bytes:
        """The body of a whole answer; its first one, for the API gives no more."""
        return json_bytes(message_body(message, reply or Reply()))

    def encode_error(self, error: Error, *, argument: str = "") -> tuple[int, bytes]:
        """The HTTP status and the body that tell a client of an error; the field is named in the message."""
        return ends.status_for(error), json_bytes(ends.error_body(error, argument))

    def read(self, body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:  # noqa: ARG002
        """Read a request body; see `face.Dialect.read`. The model and whether to stream stand in the body."""
        return read_body(body)

    def elsewhere(self, asked: Asked) -> Asked:
        """The same request for a provider that speaks another dialect; see `face.Peculiar`."""
        return for_others(asked)
