"""AG-UI, the Agent User Interaction Protocol: what pages and agents speak (WIRE section 11; docs.ag-ui.com).

A run of an agent is one streamed answer; there is no form that is not streamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.dialects.common import http_errors
from slipstream.dialects.common.ag_ui_wire.decoder import AGUIDecoder
from slipstream.dialects.common.ag_ui_wire.encoder import AGUIEncoder
from slipstream.dialects.common.ag_ui_wire.message import events_of, message_body
from slipstream.dialects.common.ag_ui_wire.request import body_of, read_body
from slipstream.dialects.common.error_status import status_of
from slipstream.dialects.common.openai_shape.dialect import check_key
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import Request
from slipstream.dialects.common.stream_decoder import parse_loosely
from slipstream.dialects.common.stream_encoder import json_bytes
from slipstream.events import Error, Event, Message


class AGUI:
    """The dialect `ag_ui`; see `face.Dialect`."""

    name = "ag_ui"

    def decoder(
        self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> AGUIDecoder:
        """A decoder of one run; see `face.Dialect.decoder`."""
        return AGUIDecoder(include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes)

    def decode_body(self, body: bytes, *, include_raw: bool = False) -> list[Event]:
        """The events of a `MESSAGES_SNAPSHOT` as JSON."""
        try:
            wire = parse_loosely(body)
        except (ValueError, RecursionError):
            return [Error(message="the body is no JSON", kind="MalformedChunkError", retryable=True)]
        return events_of(wire, include_raw=include_raw)

    def decode_error(self, status: int, body: bytes, *, headers: Mapping[str, str] | None = None) -> Error:
        """The error in the body of a response whose status is not 2xx."""
        return http_errors.from_response(status, body, headers)

    def path(self, request: Request) -> str:  # noqa: ARG002
        """Nothing: an agent is its address, which is the base URL."""
        return ""

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body of this request; see `face.Dialect.body`."""
        return body_of(request)

    def headers(self, api_key: str | None, *, now: float) -> dict[str, str]:  # noqa: ARG002
        """The key as a bearer token, and the form of the stream: an agent may speak protobuf as well."""
        key = {} if api_key is None else {"Authorization": f"Bearer {check_key(api_key)}"}
        return {**key, "Accept": "text/event-stream"}

    def encoder(self, reply: Reply | None = None) -> AGUIEncoder:
        """An encoder of one run.

        Raises:
            InvalidRequestError: `reply.version` is no version.
        """
        return AGUIEncoder(reply)

    def encode_body(self, message: Message, reply: Reply | None = None) -> bytes:
        """The `MESSAGES_SNAPSHOT` of a whole answer, as JSON."""
        return message_body(message, reply or Reply())

    def encode_error(self, error: Error, *, argument: str = "") -> tuple[int, bytes]:
        """The status, and a `RUN_ERROR`."""
        message = error.message
        if argument and argument not in message:
            message = f"{argument}: {message}"
        return status_of(error), json_bytes({"type": "RUN_ERROR", "message": message, "code": error.code or error.kind})

    def read(self, body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
        """Read a `RunAgentInput`; see `face.Dialect.read`."""
        return read_body(body, model=model, stream=stream)
