"""OpenAI's Responses API, and everybody who speaks it: `POST responses` (WIRE section 3).

A response that is made with `background: true` (in `extra`) goes on without us: a stream of it that breaks can be
resumed, and must be cancelled at its own address to stop. The API's own reference:
https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.dialects.common import http_errors
from slipstream.dialects.common.error_status import status_of
from slipstream.dialects.common.face import Cursor
from slipstream.dialects.common.openai_shape.dialect import check_key
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import Request
from slipstream.dialects.common.responses_wire.body import body_of_message
from slipstream.dialects.common.responses_wire.decoder import ResponsesDecoder
from slipstream.dialects.common.responses_wire.elsewhere import for_others
from slipstream.dialects.common.responses_wire.encoder import ResponsesEncoder
from slipstream.dialects.common.responses_wire.reading import read_body
from slipstream.dialects.common.responses_wire.request import body_of
from slipstream.dialects.common.responses_wire.response_object import error_wire
from slipstream.dialects.common.stream_encoder import json_bytes
from slipstream.events import Error, Event, Message

PATH = "responses"


class OpenAIResponses:
    """The dialect `openai_responses`; see `face.Dialect` and `face.Resumable`."""

    name = "openai_responses"

    def decoder(
        self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> ResponsesDecoder:
        """A decoder of one streamed response; see `face.Dialect.decoder`."""
        return ResponsesDecoder(include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes)

    def decode_body(self, body: bytes, *, include_raw: bool = False) -> list[Event]:
        """The events of a whole response; one that is still worked on (`background`) is an error that says so."""
        return self.decoder(include_raw=include_raw).take_body(body)

    def decode_error(self, status: int, body: bytes, *, headers: Mapping[str, str] | None = None) -> Error:
        """The error in the body of a response whose status is not 2xx."""
        return http_errors.from_response(status, body, headers)

    def path(self, request: Request) -> str:
        """`responses`, with `api-version` where the provider has versions (Azure)."""
        version = request.traits.version
        return f"{PATH}?api-version={version}" if version else PATH

    def resume_path(self, cursor: Cursor) -> str:
        """Where a GET streams what comes after the cursor."""
        return f"{PATH}/{quote(cursor.id, safe='')}?stream=true&starting_after={cursor.after}"

    def cancel_path(self, cursor: Cursor) -> str:
        """Where a POST without a body cancels the response."""
        return f"{PATH}/{quote(cursor.id, safe='')}/cancel"

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body of this request.

        Raises:
            InvalidRequestError: something in it cannot be said in this dialect; the message names it.
        """
        return body_of(request)

    def headers(self, api_key: str | None, *, now: float) -> dict[str, str]:  # noqa: ARG002
        """The key as a bearer token; nothing where none is needed.

        Raises:
            InvalidRequestError: the key is none; the message does not show it.
        """
        return {} if api_key is None else {"Authorization": f"Bearer {check_key(api_key)}"}

    def encoder(self, reply: Reply | None = None) -> ResponsesEncoder:
        """An encoder of one streamed response; see `face.Dialect.encoder`."""
        return ResponsesEncoder(reply)

    def encode_body(self, message: Message, reply: Reply | None = None) -> bytes:
        """The response as one JSON object; its status says how it ended."""
        return body_of_message(message, reply)

    def encode_error(self, error: Error, *, argument: str = "") -> tuple[int, bytes]:
        """The status, and `{"error": {"message", "type", "param", "code"}}`."""
        return status_of(error), json_bytes({"error": error_wire(error, argument)})

    def read(self, body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
        """Read the body of `POST responses`; see `face.Dialect.read`.

        What a provider must have kept to understand it (`previous_response_id`, `conversation`, `prompt`) stands in
        `own`, and references to items in the conversation as they came: `elsewhere` makes of it what others can take.
        """
        return read_body(body, model=model, stream=stream)

    def elsewhere(self, asked: Asked) -> Asked:
        """The same for a provider that speaks another dialect; see `responses_wire.elsewhere`.

        Raises:
            InvalidRequestError: it rests on something that only the provider that has kept it knows.
        """
        return for_others(asked)
