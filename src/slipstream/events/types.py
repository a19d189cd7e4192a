"""What flows: one frozen Struct per kind of event, tagged by `type`.

The tags are the words of the AI SDK's stream parts, so that the UI protocol needs no translation. A class is its tag in
CamelCase. Every event may carry `raw`, the wire object it came from, when the caller asked for it.

A block (text, reasoning, tool input) opens with `-start`, grows by `-delta` and closes with `-end`; its `id` is unique
within the stream. `choice` tells the answers of one request apart (`n > 1`); it is 0 when there is one.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

FinishReason = Literal[
    "stop", "length", "tool_calls", "content_filter", "pause", "error", "interrupted", "cancelled", "other"
]


class Event(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type"):
    """The base of all events.

    Args:
        raw: the wire object this event came from, when `include_raw` was asked for.
    """

    raw: Any = None

    @property
    def type(self) -> str:
        """The tag, such as `text-delta`."""
        return str(self.__struct_config__.tag)


class Start(Event, frozen=True, gc=False, tag="start"):
    """The answer begins: the provider's id of it, and the model that answers."""

    id: str = ""
    model: str = ""
    created: int | None = None


class StepStart(Event, frozen=True, gc=False, tag="step-start"):
    """One model call begins to answer; one for each choice."""

    choice: int = 0


class TextStart(Event, frozen=True, gc=False, tag="text-start"):
    """A block of text opens."""

    id: str = "text-0"
    index: int = 0
    choice: int = 0


class TextDelta(Event, frozen=True, gc=False, tag="text-delta"):
    """A piece of text."""

    text: str
    id: str = "text-0"
    choice: int = 0


class TextEnd(Event, frozen=True, gc=False, tag="text-end"):
    """A block of text closes."""

    id: str = "text-0"
    choice: int = 0


class ReasoningStart(Event, frozen=True, gc=False, tag="reasoning-start"):
    """A block of thinking opens."""

    id: str = "reasoning-0"
    index: int = 0
    choice: int = 0


class ReasoningDelta(Event, frozen=True, gc=False, tag="reasoning-delta"):
    """A piece of thinking."""

    text: str
    id: str = "reasoning-0"
    choice: int = 0


class ReasoningEnd(Event, frozen=True, gc=False, tag="reasoning-end"):
    """A block of thinking closes.

    Args:
        signature: the provider's proof of the block, to be echoed back verbatim (Anthropic `signature`).
        redacted: thinking the provider encrypted (Anthropic `redacted_thinking.data`); the block has no text then.
        details: typed pieces to echo back (OpenRouter `reasoning_details`), or None.
    """

    id: str = "reasoning-0"
    signature: str | None = None
    redacted: str | None = None
    details: list[Any] | None = None
    choice: int = 0


class ToolInputStart(Event, frozen=True, gc=False, tag="tool-input-start"):
    """A tool call opens: its name is known, its arguments are on their way."""

    id: str
    name: str
    index: int = 0
    provider_executed: bool = False
    choice: int = 0


class ToolInputDelta(Event, frozen=True, gc=False, tag="tool-input-delta"):
    """A piece of a call's arguments, as JSON text."""

    text: str
    id: str
    choice: int = 0


class ToolInputEnd(Event, frozen=True, gc=False, tag="tool-input-end"):
    """No more arguments will come for this call."""

    id: str
    choice: int = 0


class ToolCall(Event, frozen=True, gc=False, tag="tool-call"):
    """A complete call. The only event a tool may be run on.

    Args:
        input: the arguments, decoded; None when they are no valid JSON.
        arguments: the arguments as the model wrote them ("" became "{}").
        error: why `arguments` could not be decoded, or None.
        metadata: what the provider wants echoed back with the call (Gemini `thought_signature`), or None.
    """

    id: str
    name: str
    input: Any = None
    arguments: str = "{}"
    error: str | None = None
    index: int = 0
    provider_executed: bool = False
    metadata: dict[str, Any] | None = None
    choice: int = 0


class ToolResult(Event, frozen=True, gc=False, tag="tool-result"):
    """What a call returned, run by us or by the provider.

    Args:
        preliminary: True for progress on the way to the result; it is shown, and never sent to the model.
    """

    id: str
    output: Any = None
    name: str = ""
    provider_executed: bool = False
    preliminary: bool = False
    choice: int = 0


class ToolError(Event, frozen=True, gc=False, tag="tool-error"):
    """A call failed."""

    id: str
    error: str
    name: str = ""
    provider_executed: bool = False
    choice: int = 0


class RefusalDelta(Event, frozen=True, gc=False, tag="refusal-delta"):
    """A piece of the model's refusal, which comes instead of text."""

    text: str
    choice: int = 0


class Source(Event, frozen=True, gc=False, tag="source"):
    """Something the answer cites.

    Args:
        id: the id of the source, unique in the stream.
        url: where it is, or "" for a document that was sent along.
        block: the id of the text block that cites it, or None.
        metadata: the provider's own fields (the cited text, its place).
    """

    id: str
    url: str = ""
    title: str = ""
    block: str | None = None
    metadata: dict[str, Any] | None = None
    choice: int = 0


class File(Event, frozen=True, gc=False, tag="file"):
    """A file or media piece that the model made: its bytes, or where they are."""

    media_type: str
    data: bytes = b""
    url: str = ""
    id: str = ""
    choice: int = 0


class Box(Event, frozen=True, gc=False, tag="box"):
    """A place in a picture that the model named.

    Args:
        points: numbers in 0..1 of width and height, origin at the top left: `(x1, y1, x2, y2)` for a box, pairs
            `(x, y, ...)` for a point or a polygon.
        kind: what the points are.
        label: what was found there, or "".
        pixels: the same in pixels, when the picture's size is known.
        source: the notation as it stood in the text.
    """

    points: tuple[float, ...]
    kind: Literal["box", "point", "polygon"] = "box"
    label: str = ""
    pixels: tuple[int, ...] | None = None
    source: str = ""
    choice: int = 0


class Usage(Event, frozen=True, gc=False, tag="usage"):
    """Tokens counted so far. Always the whole: a later one replaces an earlier one, they never add up.

    Args:
        input_tokens: the request, cached part included; None if nobody said.
        output_tokens: the answer, thinking included.
        total_tokens: both.
        reasoning_tokens: the part of the output that is thinking.
        cached_tokens: the part of the input that was read from the provider's cache.
        cache_write_tokens: the part of the input that was written to it.
        estimated: True if we counted because the provider did not.
        details: the provider's own object.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    estimated: bool = False
    details: dict[str, Any] | None = None

    @property
    def prompt_tokens(self) -> int | None:
        """`input_tokens`, by OpenAI's name."""
        return self.input_tokens

    @property
    def completion_tokens(self) -> int | None:
        """`output_tokens`, by OpenAI's name."""
        return self.output_tokens


class StepEnd(Event, frozen=True, gc=False, tag="step-end"):
    """One model call has answered; one for each choice."""

    reason: FinishReason = "stop"
    raw_reason: str | None = None
    choice: int = 0


class Finish(Event, frozen=True, gc=False, tag="finish"):
    """The answer is whole: the provider's own end mark has come.

    Args:
        reason: why it ended, in our words (WIRE section 9).
        raw_reason: in the provider's.
    """

    reason: FinishReason = "stop"
    raw_reason: str | None = None


class Abort(Event, frozen=True, gc=False, tag="abort"):
    """The reader stopped the stream; what came before stands."""

    reason: str = "cancelled"


class Error(Event, frozen=True, gc=False, tag="error"):
    """The stream failed; what came before stands. Only run/ turns it into an exception.

    Args:
        kind: the class in `slipstream.errors` this becomes, such as `OverloadedError`.
        message: the provider's words, redacted.
        code: the provider's code or type, as text.
        status: the HTTP status it stands for.
        retryable: True if the same request may succeed later.
        seconds: the bound that was passed, for a timeout.
    """

    message: str
    kind: str = "APIError"
    code: str | None = None
    status: int | None = None
    retryable: bool = False
    request_id: str | None = None
    seconds: float | None = None


class Heartbeat(Event, frozen=True, gc=False, tag="heartbeat"):
    """The connection is alive: a comment or a ping came, and no content."""

    comment: str = ""


class Retry(Event, frozen=True, gc=False, tag="retry"):
    """A request failed and another is sent.

    Args:
        attempt: the number of the attempt that follows; the first request was 1.
        delay: seconds until then.
        reason: the name of the error class, or `hedge` for a request beside one that is late.
        model: the model that is asked then, where it is another one.
    """

    attempt: int
    delay: float
    reason: str
    model: str = ""


class Resume(Event, frozen=True, gc=False, tag="resume"):
    """The stream broke and goes on where it stopped; nothing is repeated, nothing lost.

    Args:
        attempt: the number of the request that goes on.
        reason: the name of the error class that broke the stream.
        model: the model that goes on.
        exact: True if the provider itself resumed the answer; False if a model continued its text.
    """

    attempt: int = 1
    reason: str = ""
    model: str = ""
    exact: bool = False


class Restart(Event, frozen=True, gc=False, tag="restart"):
    """The stream broke and begins anew: what came before is void.

    Args:
        attempt, reason, model: as in `Resume`.
    """

    attempt: int = 1
    reason: str = ""
    model: str = ""


class Retract(Event, frozen=True, gc=False, tag="retract"):
    """What has been shown must be taken back (GLM finish reason `sensitive`, a guard's late verdict)."""

    reason: str = ""
    choice: int = 0


class Moderation(Event, frozen=True, gc=False, tag="moderation"):
    """A verdict of a safety check on the request or the answer."""

    verdict: dict[str, Any]
    source: str = ""


class Partial(Event, frozen=True, gc=False, tag="partial"):
    """A structured answer as far as it has come; made by the stage `partial`.

    Args:
        value: the object so far. It is the live one and grows with the next piece; copy it to keep it as it is.
        complete: True once the text has closed it and it has been validated.
    """

    value: Any
    complete: bool = False
    choice: int = 0


class Element(Event, frozen=True, gc=False, tag="element"):
    """A finished item of a list in a structured answer, validated; made by the stage `elements`."""

    value: Any
    index: int = 0
    choice: int = 0


ProgressState = Literal["waiting", "thinking", "answering", "calling", "done"]


class Progress(Event, frozen=True, gc=False, tag="progress"):
    """What the model is doing, for a spinner or a progress bar; made by the stage `progress`.

    Args:
        state: `waiting` for the first output, `thinking`, `answering`, `calling` a tool, `done`.
        fraction: how much of `max_tokens` has been used, 0 to 1; None if there is no such bound.
        tokens: output tokens so far, estimated until the provider says.
        seconds: since the start of the stream.
    """

    state: ProgressState
    fraction: float | None = None
    tokens: int = 0
    seconds: float = 0.0


class Metadata(Event, frozen=True, gc=False, tag="metadata"):
    """What the provider says beside the content (log probabilities, filters, fingerprints), by its own names."""

    data: dict[str, Any]
    choice: int = 0


class Raw(Event, frozen=True, gc=False, tag="raw"):
    """A wire object that became no other event: unknown kinds pass, they are never an error and never lost."""

    data: Any = None


EVENT_TYPES: tuple[type[Event], ...] = (
    Start, StepStart, TextStart, TextDelta, TextEnd, ReasoningStart, ReasoningDelta, ReasoningEnd, ToolInputStart,
    ToolInputDelta, ToolInputEnd, ToolCall, ToolResult, ToolError, RefusalDelta, Source, File, Box, Usage, StepEnd,
    Finish, Abort, Error, Heartbeat, Retry, Resume, Restart, Retract, Moderation, Partial, Element, Progress, Metadata,
    Raw,
)  # fmt: skip

AnyEvent = (
    Start | StepStart | TextStart | TextDelta | TextEnd | ReasoningStart | ReasoningDelta | ReasoningEnd
    | ToolInputStart | ToolInputDelta | ToolInputEnd | ToolCall | ToolResult | ToolError | RefusalDelta | Source | File
    | Box | Usage | StepEnd | Finish | Abort | Error | Heartbeat | Retry | Resume | Restart | Retract | Moderation
    | Partial | Element | Progress | Metadata | Raw
)  # fmt: skip
"""The union, for `msgspec.json.decode(data, type=AnyEvent)`."""

OUTPUT_TYPES: frozenset[type[Event]] = frozenset(
    (TextDelta, ReasoningDelta, RefusalDelta, ToolInputDelta, ToolCall, File, Box)
)
"""What counts as output for the clocks and the metrics (WIRE section 0, clock c): content that a person waits for."""


def is_output(event: Event) -> bool:
    """True if the event is output: a non-empty piece of text, thinking, refusal or arguments, a call, a file, a box."""
    return type(event) in OUTPUT_TYPES and getattr(event, "text", True) != ""
