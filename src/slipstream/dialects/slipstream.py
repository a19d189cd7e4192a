"""Our own API: neutral requests as JSON, our own events as plain SSE. Nothing is lost on its way, and back again.

`POST <base>/stream` takes a body whose fields are the options of `Client.stream`. The answer is an event stream whose
frames are events as JSON, ended by `finish`, `error` or `abort`; with `"stream": false` it is
`{"message": ..., "events": [...]}`: the message as plain data to read, and the events to rebuild it from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from slipstream.codec import MAX_EVENT_BYTES
from slipstream.dialects.common.error_status import status_of
from slipstream.dialects.common.http_errors import from_response, shorten
from slipstream.dialects.common.openai_shape.dialect import check_key
from slipstream.dialects.common.own_wire.decoder import SlipstreamDecoder
from slipstream.dialects.common.own_wire.encoder import SlipstreamEncoder, json_of
from slipstream.dialects.common.own_wire.plain import plain
from slipstream.dialects.common.own_wire.request import asked_of, body_of
from slipstream.dialects.common.own_wire.unfold import events_of
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import Request
from slipstream.events import Error, Event, Message


class Slipstream:
    """The dialect `slipstream`; see `face.Dialect`."""

    name = "slipstream"

    def decoder(
        self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> SlipstreamDecoder:
        """A decoder of one streamed answer; see `face.Dialect.decoder`."""
        return SlipstreamDecoder(include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes)

    def decode_body(self, body: bytes, *, include_raw: bool = False) -> list[Event]:
        """The events of a whole answer; their fold is the message that was encoded."""
        return self.decoder(include_raw=include_raw).take_body(body)

    def decode_error(self, status: int, body: bytes, *, headers: Mapping[str, str] | None = None) -> Error:
        """The error in the body of a response whose status is not 2xx: our own as it was, others as everywhere."""
        try:
            stated = msgspec.json.decode(body, type=_Refusal).error
            if stated.get("type") == Error.__struct_config__.tag:
                told = msgspec.convert(stated, Error)
                return msgspec.structs.replace(told, status=status, message=shorten(told.message))
        except (ValueError, RecursionError):
            pass
        return from_response(status, body, headers)

    def path(self, request: Request) -> str:  # noqa: ARG002
        """The path below a base URL that ends with `/v1`."""
        return "stream"

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body of this request; see `face.Dialect.body`."""
        return body_of(request)

    def headers(self, api_key: str | None, *, now: float) -> dict[str, str]:  # noqa: ARG002
        """The key as a bearer token; nothing where none is needed."""
        return {} if api_key is None else {"Authorization": f"Bearer {check_key(api_key)}"}

    def encoder(self, reply: Reply | None = None) -> SlipstreamEncoder:
        """An encoder of one streamed answer; see `face.Dialect.encoder`."""
        return SlipstreamEncoder(reply)

    def encode_body(self, message: Message, reply: Reply | None = None) -> bytes:
        """`{"message": ..., "events": [...]}`: see `Message.to_dict`, and events whose fold is the message."""
        encoder = SlipstreamEncoder(reply)
        events = [encoder.shown(event) for event in events_of(message)]
        names = {"model": encoder.reply.model or message.model, "id": message.id or encoder.reply.id}
        shown = json_of(message.to_dict() | names)
        return b'{"message":%b,"events":[%b]}' % (shown, b",".join(map(json_of, events)))

    def encode_error(self, error: Error, *, argument: str = "") -> tuple[int, bytes]:
        """The HTTP status and `{"error": ..., "argument": ...}`: the event as JSON, and the field that is wrong."""
        status = status_of(error)
        told = {"error": plain(error) | {"status": status}}
        return status, json_of({**told, "argument": argument} if argument else told)

    def read(self, body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
        """Read a body; see `face.Dialect.read`."""
        return asked_of(body, model, stream)


class _Refusal(msgspec.Struct):
    error: dict[str, Any]
