"""The face that every dialect has: what reads its streams, what writes them, and its requests both ways; and more
protocols for those that have more to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import Request
from slipstream.events import Error, Event, Message


@runtime_checkable
class Decoder(Protocol):
    """Body bytes in, events out. Never raises for what is in the bytes: a failure is an `Error` event, the last one.

    Attributes:
        finished: True once `Finish` or `Error` is out; whatever comes after is ignored.
        complete: True if an end of the body now would be a normal end: the finish reason has come. OpenAI's end mark
            `[DONE]` may be missing behind it; the AI SDK (`openai-compatible`) draws the line there as well.
        last_event_id: the SSE id of the last whole frame, or None.
        malformed: how many frames were no valid JSON of this dialect.
    """

    finished: bool
    malformed: int

    @property
    def complete(self) -> bool: ...

    @property
    def last_event_id(self) -> str | None: ...

    def feed(self, data: bytes) -> list[Event]:
        """Take body bytes, cut anywhere; return the events they complete."""
        ...

    def feed_wire(self, wire: Mapping[str, Any]) -> list[Event]:
        """Take one wire object (a chunk an SDK has already decoded); return its events."""
        ...

    def end(self) -> list[Event]:
        """The body has ended: return what was held, then `Finish`, or `Error` if the end mark is missing."""
        ...


@runtime_checkable
class Encoder(Protocol):
    """Events in, body bytes out: one streamed answer, told to a client that speaks the dialect.

    Never raises for what is in the events.

    Attributes:
        content_type: of the HTTP response.
        headers: further headers of the response that this dialect's clients look for.
        carried: events that the dialect has no form for and that have come: tag -> how they were carried instead.
        finished: True once the answer's end, good or bad, has been written; whatever comes after gives no bytes.
    """

    carried: dict[str, str]
    finished: bool

    @property
    def content_type(self) -> str: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def feed(self, event: Event) -> bytes:
        """Take the next event; return the body bytes it makes, whole frames only.

        Raises:
            InvalidRequestError: it is no event.
        """
        ...

    def end(self) -> bytes:
        """No more events will come: what ends the body. An answer that was never finished ends as an error."""
        ...

    def heartbeat(self) -> bytes:
        """A sign of life that no reader takes for content; it changes nothing."""
        ...


@runtime_checkable
class Dialect(Protocol):
    """One provider API.

    Attributes:
        name: as in `slipstream.dialects.get(name)`.
    """

    name: str

    def decoder(self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = ...) -> Decoder:
        """A decoder of one streamed answer.

        Args:
            include_raw: give every event its wire object, and frames without an event a `Raw`.
            lenient: skip malformed frames (resynchronising at an inner `data: {`) instead of ending with an error.
            max_event_bytes: the longest event, in bytes; the codec says why the default is what it is.
        """
        ...

    def decode_body(self, body: bytes, *, include_raw: bool = False) -> list[Event]:
        """The events of a whole, not streamed answer: the same that its stream would have given, in fewer deltas."""
        ...

    def decode_error(self, status: int, body: bytes, *, headers: Mapping[str, str] | None = None) -> Error:
        """The error in the body of a response whose status is not 2xx."""
        ...

    def path(self, request: Request) -> str:
        """The path below the base URL that this request goes to."""
        ...

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body of this request.

        Raises:
            InvalidRequestError: something in it cannot be said in this dialect; the message names it.
        """
        ...

    def headers(self, api_key: str | None, *, now: float) -> dict[str, str]:
        """The headers that carry the key.

        Args:
            api_key: the key, or None where none is needed.
            now: seconds since the epoch, for keys that are signed.
        """
        ...

    def encoder(self, reply: Reply | None = None) -> Encoder:
        """An encoder of one streamed answer.

        Args:
            reply: how the answer is to be told.
        """
        ...

    def encode_body(self, message: Message, reply: Reply | None = None) -> bytes:
        """The body of a whole, not streamed answer."""
        ...

    def encode_error(self, error: Error, *, argument: str = "") -> tuple[int, bytes]:
        """The HTTP status and the body that tell a client of this dialect of an error.

        Args:
            error: what went wrong.
            argument: the field of the request that is wrong, such as `messages[0].role`, or "".
        """
        ...

    def read(self, body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
        """Read a request body of this dialect.

        Args:
            body: the JSON object, decoded: a mapping, not its bytes.
            model: the model's name, where the dialect has it in the path (Gemini).
            stream: whether a stream is asked for, where the dialect has that in the path.

        Raises:
            InvalidRequestError: it is not of this dialect; `.argument` and the message name the field.
        """
        ...


@runtime_checkable
class Peculiar(Dialect, Protocol):
    """A dialect whose requests may hold what only a provider of the same dialect understands."""

    def elsewhere(self, asked: Asked) -> Asked:
        """The same request for a provider of any other dialect: what is this one's own is said plainly, or left out.

        Raises:
            InvalidRequestError: leaving it out would ask for something else; the message names it.
        """
        ...


class Cursor(Struct, frozen=True):
    """A place in an answer that the provider keeps, to go on from.

    Args:
        id: the provider's id of the answer.
        after: the number or the token of the last event that came whole.
    """

    id: str
    after: int | str


@runtime_checkable
class ResumableDecoder(Decoder, Protocol):
    """A decoder whose stream another connection may go on with: what came stays, what is missing follows."""

    @property
    def resume_cursor(self) -> Cursor | None:
        """Where to go on. None if this answer cannot be resumed, cannot be yet, or has been ended by the provider.

        It holds for the events returned so far. It stays after an `Error` of a cut, a gap or a malformed frame.
        """
        ...

    def continued(self) -> ResumableDecoder:
        """A decoder for the body that goes on from `resume_cursor`, at any time and after any such error.

        It continues a copy of the state of this one (open blocks, ids, usage), so that the events of both, without the
        error between them, are those of an uncut stream. A frame that was cut in the middle is forgotten, an event that
        comes again is dropped. This decoder is finished; each call gives another decoder for the same place, one for
        each attempt.

        Raises:
            InvalidRequestError: the provider has ended the answer.
        """
        ...


@runtime_checkable
class Resumable(Dialect, Protocol):
    """A dialect whose provider may go on with an answer after the connection broke.

    OpenAI's does so for background responses (platform.openai.com/docs/guides/background, `starting_after`).
    """

    def resume_path(self, cursor: Cursor) -> str:
        """The path below the base URL, with its query, where a GET gives the rest of this answer as a stream."""
        ...

    def cancel_path(self, cursor: Cursor) -> str:
        """The path that a POST without a body cancels this answer at; closing the connection does not stop it."""
        ...
