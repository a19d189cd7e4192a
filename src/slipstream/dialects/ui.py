"""The AI SDK's UI message stream, version 1: what `useChat` speaks with its server (WIRE section 1).

A server of this protocol is an application: it has its own model, prompt and tools. So this is foremost the dialect
that we answer browsers in; reading another server's stream works as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.codec.text import to_utf8
from slipstream.dialects.common import http_errors
from slipstream.dialects.common.error_status import status_of
from slipstream.dialects.common.openai_shape.dialect import check_key
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import Request
from slipstream.dialects.common.stream_decoder import parse_loosely
from slipstream.dialects.common.stream_encoder import StreamEncoder
from slipstream.dialects.common.ui_wire.body import body_of
from slipstream.dialects.common.ui_wire.decoder import UIDecoder
from slipstream.dialects.common.ui_wire.encoder import UIEncoder
from slipstream.dialects.common.ui_wire.message import events_of, message_body
from slipstream.dialects.common.ui_wire.request import read_body
from slipstream.dialects.common.ui_wire.text_encoder import UITextEncoder
from slipstream.dialects.common.ui_wire.words import told
from slipstream.events import Error, Event, Message


class UI:
    """The dialect `ui`; see `face.Dialect`."""

    name = "ui"

    def decoder(
        self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> UIDecoder:
        """A decoder of one UI message stream; see `face.Dialect.decoder`."""
        return UIDecoder(include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes)

    def decode_body(self, body: bytes, *, include_raw: bool = False) -> list[Event]:
        """The events of a UI message as JSON."""
        try:
            wire = parse_loosely(body)
        except (ValueError, RecursionError):
            return [Error(message="the body is no JSON", kind="MalformedChunkError", retryable=True)]
        return events_of(wire, include_raw=include_raw)

    def decode_error(self, status: int, body: bytes, *, headers: Mapping[str, str] | None = None) -> Error:
        """The error in the body of a response whose status is not 2xx: its text is the message."""
        return http_errors.from_response(status, body, headers)

    def path(self, request: Request) -> str:  # noqa: ARG002
        """`chat`, below a base URL that ends with `/api`, as `useChat` has it by default."""
        return "chat"

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body of this request; see `face.Dialect.body`."""
        return body_of(request)

    def headers(self, api_key: str | None, *, now: float) -> dict[str, str]:  # noqa: ARG002
        """The key as a bearer token; nothing where none is needed."""
        return {} if api_key is None else {"Authorization": f"Bearer {check_key(api_key)}"}

    def encoder(self, reply: Reply | None = None) -> StreamEncoder:
        """An encoder of one streamed answer; with `reply.options["text"]` that of the text-only mode.

        Raises:
            InvalidRequestError: `reply.version` is unknown.
        """
        if reply is not None and reply.options.get("text") is True:
            return UITextEncoder(reply)
        return UIEncoder(reply)

    def encode_body(self, message: Message, reply: Reply | None = None) -> bytes:
        """The UI message of a whole answer, as JSON."""
        return message_body(message, reply or Reply())

    def encode_error(self, error: Error, *, argument: str = "") -> tuple[int, bytes]:
        """The status, and the text that the client shows; a provider's own words are masked (`ui_wire.words`)."""
        text = told(error)
        if argument and argument not in text:
            text = f"{argument}: {text}"
        return status_of(error), to_utf8(text)

    def read(self, body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
        """Read the body that `useChat` sends; see `face.Dialect.read`."""
        return read_body(body, model=model, stream=stream)
