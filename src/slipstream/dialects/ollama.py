"""Ollama's own API (WIRE section 7): `/api/chat`, and the answers of `/api/generate`.

Through it thinking is switched by `think`, a context window is set (`extra={"options": {"num_ctx": ...}}`), and an
answer says how long loading and counting took; the same server's OpenAI-compatible API has none of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipstream.codec import MAX_EVENT_BYTES
from slipstream.dialects.common.http_errors import from_response
from slipstream.dialects.common.ollama_wire.decoder import OllamaDecoder
from slipstream.dialects.common.ollama_wire.encoder import OllamaEncoder
from slipstream.dialects.common.ollama_wire.read import asked_of
from slipstream.dialects.common.ollama_wire.request import body_of
from slipstream.dialects.common.ollama_wire.whole import body_of_answer, body_of_error
from slipstream.dialects.common.openai_shape.dialect import check_key
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import Request
from slipstream.events import Error, Event, Message


class Ollama:
    """The dialect `ollama`; see `face.Dialect`."""

    name = "ollama"

    def decoder(
        self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> OllamaDecoder:
        """A decoder of one streamed answer; see `face.Dialect.decoder`. An event is a line here."""
        return OllamaDecoder(include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes)

    def decode_body(self, body: bytes, *, include_raw: bool = False) -> list[Event]:
        """The events of a whole answer."""
        return self.decoder(include_raw=include_raw).take_body(body)

    def decode_error(self, status: int, body: bytes, *, headers: Mapping[str, str] | None = None) -> Error:
        """The error in the body of a response whose status is not 2xx."""
        return from_response(status, body, headers)

    def path(self, request: Request) -> str:  # noqa: ARG002
        """The path below a base URL that ends with `/api`."""
        return "chat"

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body of this request; see `face.Dialect.body`."""
        return body_of(request)

    def headers(self, api_key: str | None, *, now: float) -> dict[str, str]:  # noqa: ARG002
        """The key as a bearer token, which ollama.com wants; a server on one's own machine needs none."""
        return {} if api_key is None else {"Authorization": f"Bearer {check_key(api_key)}"}

    def encoder(self, reply: Reply | None = None) -> OllamaEncoder:
        """An encoder of one streamed answer; see `face.Dialect.encoder`."""
        return OllamaEncoder(reply)

    def encode_body(self, message: Message, reply: Reply | None = None) -> bytes:
        """The body of a whole, not streamed answer."""
        return body_of_answer(message, reply or Reply())

    def encode_error(self, error: Error, *, argument: str = "") -> tuple[int, bytes]:
        """The HTTP status and `{"error": ...}`."""
        return body_of_error(error, argument)

    def read(self, body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
        """Read a body of `/api/chat` or `/api/generate`; see `face.Dialect.read`."""
        return asked_of(body, model, stream)
