"""Google's Interactions API: `POST interactions` (WIRE section 5.2), whose streams can be resumed.

The API keeps an interaction unless it is told not to (`store: false`, in `extra`), and its frames tell where to go on
from. With `background: true` it works on without a reader, and must be cancelled at its own address to stop. The API's
own reference: https://ai.google.dev/gemini-api/docs/interactions
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.dialects.common import http_errors
from slipstream.dialects.common.error_status import status_of
from slipstream.dialects.common.face import Cursor
from slipstream.dialects.common.gemini_wire.errors import error_body
from slipstream.dialects.common.gemini_wire.keys import key_headers
from slipstream.dialects.common.interactions_wire.body import body_of_message
from slipstream.dialects.common.interactions_wire.decoder import InteractionsDecoder
from slipstream.dialects.common.interactions_wire.encoder import InteractionsEncoder
from slipstream.dialects.common.interactions_wire.read import read_body
from slipstream.dialects.common.interactions_wire.request import body_of
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import Request
from slipstream.dialects.common.stream_encoder import json_bytes
from slipstream.events import Error, Event, Message

PATH: Final = "interactions"

REVISION: Final = "2026-05-20"
"""The revision of the API whose streams have steps; without the header it may send its older form."""


class GeminiInteractions:
    """The dialect `gemini_interactions`; see `face.Dialect` and `face.Resumable`."""

    name = "gemini_interactions"

    def decoder(
        self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> InteractionsDecoder:
        """A decoder of one streamed interaction; see `face.Dialect.decoder`."""
        return InteractionsDecoder(include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes)

    def decode_body(self, body: bytes, *, include_raw: bool = False) -> list[Event]:
        """The events of a whole interaction; one that is still worked on is an error that says so."""
        return self.decoder(include_raw=include_raw).take_body(body)

    def decode_error(self, status: int, body: bytes, *, headers: Mapping[str, str] | None = None) -> Error:
        """The error in the body of a response whose status is not 2xx."""
        return http_errors.from_response(status, body, headers)

    def path(self, request: Request) -> str:  # noqa: ARG002
        """`interactions`; whether it streams stands in the body."""
        return PATH

    def resume_path(self, cursor: Cursor) -> str:
        """Where a GET streams what comes after the cursor."""
        return f"{PATH}/{quote(cursor.id, safe='')}?stream=true&last_event_id={quote(str(cursor.after), safe='')}"

    def cancel_path(self, cursor: Cursor) -> str:
        """Where a POST without a body cancels the interaction."""
        return f"{PATH}/{quote(cursor.id, safe='')}/cancel"

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body of this request.

        Raises:
            InvalidRequestError: something in it cannot be said in this dialect; the message names it.
        """
        return body_of(request)

    def headers(self, api_key: str | None, *, now: float) -> dict[str, str]:  # noqa: ARG002
        """The key, and the revision of the API.

        Raises:
            InvalidRequestError: the key is none; the message does not show it.
        """
        return {**key_headers(api_key), "Api-Revision": REVISION}

    def encoder(self, reply: Reply | None = None) -> InteractionsEncoder:
        """An encoder of one streamed interaction."""
        return InteractionsEncoder(reply)

    def encode_body(self, message: Message, reply: Reply | None = None) -> bytes:
        """The body of a whole, not streamed interaction."""
        return json_bytes(body_of_message(message, reply))

    def encode_error(self, error: Error, *, argument: str = "") -> tuple[int, bytes]:
        """The HTTP status and the body that tell a client of an error."""
        return status_of(error), json_bytes(error_body(error, argument=argument))

    def read(self, body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
        """Read a request body.

        Raises:
            InvalidRequestError: it is not of this dialect; `.argument` and the message name the field.
        """
        return read_body(body, model=model, stream=stream)
