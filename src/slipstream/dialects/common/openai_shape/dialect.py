"""What every dialect of this shape does alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.dialects.common import http_errors
from slipstream.dialects.common.checks import wrong
from slipstream.dialects.common.error_status import status_of
from slipstream.dialects.common.openai_shape.decoder import OpenAIShapeDecoder
from slipstream.dialects.common.openai_shape.encoder import ChatEncoder
from slipstream.dialects.common.openai_shape.messages import MessageWriter
from slipstream.dialects.common.openai_shape.reading import read_body
from slipstream.dialects.common.openai_shape.request import build_body
from slipstream.dialects.common.openai_shape.whole import whole
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import Request
from slipstream.dialects.common.stream_encoder import json_bytes
from slipstream.events import Error, Event, Message

PATH = "chat/completions"


class OpenAIShapeDialect:
    """A provider API in OpenAI's Chat Completions shape; see `face.Dialect`."""

    name: str = ""
    DECODER: ClassVar[type[OpenAIShapeDecoder]] = OpenAIShapeDecoder
    ENCODER: ClassVar[type[ChatEncoder]] = ChatEncoder

    def decoder(
        self,
        *,
        include_raw: bool = False,
        lenient: bool = False,
        max_event_bytes: int = MAX_EVENT_BYTES,
        expect_think: bool = False,
    ) -> OpenAIShapeDecoder:
        """A decoder of one streamed answer.

        Args:
            include_raw, lenient, max_event_bytes: see `face.Dialect.decoder`.
            expect_think: see `OpenAIShapeDecoder`.
        """
        return self.DECODER(
            include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes, expect_think=expect_think
        )

    def decode_body(self, body: bytes, *, include_raw: bool = False, expect_think: bool = False) -> list[Event]:
        """The events of a whole answer; blank lines before it, which some servers send as a sign of life, pass."""
        return self.decoder(include_raw=include_raw, expect_think=expect_think).take_body(body)

    def decode_error(self, status: int, body: bytes, *, headers: Mapping[str, str] | None = None) -> Error:
        """The error in the body of a response whose status is not 2xx."""
        return http_errors.from_response(status, body, headers)

    def path(self, request: Request) -> str:
        """`chat/completions`, with `api-version` where the provider has versions (Azure)."""
        version = request.traits.version
        return f"{PATH}?api-version={version}" if version else PATH

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body of this request.

        Raises:
            InvalidRequestError: something in it cannot be said in this dialect; the message names it.
        """
        return build_body(request, MessageWriter(request.traits))

    def headers(self, api_key: str | None, *, now: float) -> dict[str, str]:  # noqa: ARG002
        """The key as a bearer token; nothing where none is needed.

        Raises:
            InvalidRequestError: the key is none; the message does not show it.
        """
        return {} if api_key is None else {"Authorization": f"Bearer {check_key(api_key)}"}

    def encoder(self, reply: Reply | None = None) -> ChatEncoder:
        """An encoder of one streamed answer."""
        return self.ENCODER(reply)

    def encode_body(self, message: Message, reply: Reply | None = None) -> bytes:
        """The body of a whole, not streamed answer."""
        return whole(message, Reply() if reply is None else reply, self.ENCODER.STYLE)

    def encode_error(self, error: Error, *, argument: str = "") -> tuple[int, bytes]:
        """The HTTP status and the body that tell a client of an error."""
        style = self.ENCODER.STYLE
        status = status_of(error)
        return style.statuses.get(status, status), json_bytes({"error": style.error(error, argument)})

    def read(self, body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
        """Read a request body.

        Args:
            body: the JSON object.
            model: the model's name, where the path has it (Azure's deployments).
            stream: whether a stream is asked for, should the body not say.

        Raises:
            InvalidRequestError: it is none of this dialect; `.argument` and the message name the field.
        """
        return read_body(body, model=model, stream=bool(stream), always_counts=self.ENCODER.STYLE.usage_at_finish)


def check_key(api_key: str) -> str:
    """The key, if it can stand in a header: a key with a line end in it is a copying error, or a smuggled header."""
    accepted = "visible ASCII characters without spaces"
    if not isinstance(api_key, str) or not api_key:
        raise wrong("api_key", "empty" if api_key == "" else f"a {type(api_key).__name__}", accepted)
    for index, character in enumerate(api_key):
        if not "!" <= character <= "~":
            raise wrong("api_key", f"character {index + 1} of {len(api_key)} cannot stand in a header", accepted)
    return api_key
