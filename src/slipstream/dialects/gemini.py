"""Google's Gemini API: `models/{model}:streamGenerateContent` (WIRE section 5.1), on its own host and on Vertex AI.

The API's reference: https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.dialects.common import http_errors
from slipstream.dialects.common.error_status import status_of
from slipstream.dialects.common.gemini_wire.body import body_of_message
from slipstream.dialects.common.gemini_wire.decoder import GeminiDecoder
from slipstream.dialects.common.gemini_wire.encoder import GeminiArrayEncoder, GeminiEncoder
from slipstream.dialects.common.gemini_wire.errors import error_body
from slipstream.dialects.common.gemini_wire.keys import key_headers
from slipstream.dialects.common.gemini_wire.read import read_body
from slipstream.dialects.common.gemini_wire.read_elsewhere import for_others
from slipstream.dialects.common.gemini_wire.request import body_of
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import Request
from slipstream.dialects.common.stream_encoder import json_bytes
from slipstream.events import Error, Event, Message

_COLLECTIONS: Final = ("models/", "tunedModels/")


class Gemini:
    """The dialect `gemini`; see `face.Dialect`."""

    name = "gemini"

    def decoder(
        self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> GeminiDecoder:
        """A decoder of one streamed answer, in either form of the body; see `face.Dialect.decoder`."""
        return GeminiDecoder(include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes)

    def decode_body(self, body: bytes, *, include_raw: bool = False) -> list[Event]:
        """The events of a whole answer."""
        return self.decoder(include_raw=include_raw).take_body(body)

    def decode_error(self, status: int, body: bytes, *, headers: Mapping[str, str] | None = None) -> Error:
        """The error in the body of a response whose status is not 2xx."""
        return http_errors.from_response(status, body, headers)

    def path(self, request: Request) -> str:
        """The model and what is asked of it; a stream is asked for as an event stream."""
        model = request.model if request.model.startswith(_COLLECTIONS) else f"models/{request.model}"
        method = "streamGenerateContent?alt=sse" if request.stream else "generateContent"
        return f"{quote(model, safe='/-._~@')}:{method}"

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body of this request.

        Raises:
            InvalidRequestError: something in it cannot be said in this dialect; the message names it.
        """
        return body_of(request)

    def headers(self, api_key: str | None, *, now: float) -> dict[str, str]:  # noqa: ARG002
        """The key as `x-goog-api-key`; an access token, which Vertex AI wants, as a bearer token.

        Raises:
            InvalidRequestError: the key is none; the message does not show it.
        """
        return key_headers(api_key)

    def encoder(self, reply: Reply | None = None) -> GeminiEncoder:
        """An encoder of one streamed answer: an event stream, or one JSON array if `reply.options["alt"]` is not `sse`.

        Google's own default is the array; each of its SDKs asks for `alt=sse`, and so that is ours.
        """
        options = {} if reply is None else reply.options
        return GeminiEncoder(reply) if options.get("alt", "sse") == "sse" else GeminiArrayEncoder(reply)

    def encode_body(self, message: Message, reply: Reply | None = None) -> bytes:
        """The body of a whole, not streamed answer."""
        return json_bytes(body_of_message(message, reply))

    def encode_error(self, error: Error, *, argument: str = "") -> tuple[int, bytes]:
        """The HTTP status and the body that tell a client of an error."""
        return status_of(error), json_bytes(error_body(error, argument=argument))

    def read(self, body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
        """Read a request body; the model and whether to stream stand in the path.

        Raises:
            InvalidRequestError: it is not of this dialect; `.argument` and the message name the field.
        """
        return read_body(body, model=model, stream=stream)

    def elsewhere(self, asked: Asked) -> Asked:
        """The same request for a provider that speaks another dialect; see `face.Peculiar`."""
        return for_others(asked)
