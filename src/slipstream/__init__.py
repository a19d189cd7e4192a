"""Slipstream: bytes -> frames -> events -> stages -> screens, from any LLM provider, in sync and async Python.

    import slipstream

    with slipstream.stream("Tell me three odd facts") as s:
        for text in s.text_stream:
            print(text, end="", flush=True)
    print(s.usage, s.metrics.time_to_first_output)

Nothing is imported before it is used: `import slipstream` loads neither aiohttp nor the dialects.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from slipstream._version import __version__

if TYPE_CHECKING:
    from slipstream.api import complete as complete, stream as stream
    from slipstream.client import (
        AsyncClient as AsyncClient,
        AsyncStream as AsyncStream,
        Client as Client,
        Stream as Stream,
        merge as merge,
        wrap as wrap,
    )
    from slipstream.client.pictures import draw_boxes as draw_boxes
    from slipstream.errors import (
        APIError as APIError,
        AuthenticationError as AuthenticationError,
        BadRequestError as BadRequestError,
        ConnectionFailedError as ConnectionFailedError,
        ContentFilteredError as ContentFilteredError,
        EventTooLargeError as EventTooLargeError,
        IllegalEventError as IllegalEventError,
        InvalidOutputError as InvalidOutputError,
        InvalidRequestError as InvalidRequestError,
        LocalModelError as LocalModelError,
        MalformedChunkError as MalformedChunkError,
        MissingKeyError as MissingKeyError,
        NotAStreamError as NotAStreamError,
        NotFoundError as NotFoundError,
        OverloadedError as OverloadedError,
        PermissionDeniedError as PermissionDeniedError,
        ProtocolError as ProtocolError,
        QuotaExceededError as QuotaExceededError,
        RateLimitError as RateLimitError,
        ServerError as ServerError,
        SlipstreamError as SlipstreamError,
        StageError as StageError,
        StreamClosedError as StreamClosedError,
        StreamInterrupted as StreamInterrupted,
        StreamInterruptedError as StreamInterruptedError,
        StreamTimeoutError as StreamTimeoutError,
        TLSError as TLSError,
        UnknownModelError as UnknownModelError,
        UnsupportedError as UnsupportedError,
    )
    from slipstream.events import (
        Abort as Abort,
        Box as Box,
        Element as Element,
        Error as Error,
        Event as Event,
        File as File,
        Finish as Finish,
        Heartbeat as Heartbeat,
        Message as Message,
        Metadata as Metadata,
        Moderation as Moderation,
        Partial as Partial,
        Progress as Progress,
        Raw as Raw,
        ReasoningDelta as ReasoningDelta,
        ReasoningEnd as ReasoningEnd,
        ReasoningStart as ReasoningStart,
        RefusalDelta as RefusalDelta,
        Restart as Restart,
        Resume as Resume,
        Retract as Retract,
        Retry as Retry,
        Source as Source,
        Start as Start,
        StepEnd as StepEnd,
        StepStart as StepStart,
        TextDelta as TextDelta,
        TextEnd as TextEnd,
        TextStart as TextStart,
        ToolCall as ToolCall,
        ToolError as ToolError,
        ToolInputDelta as ToolInputDelta,
        ToolInputEnd as ToolInputEnd,
        ToolInputStart as ToolInputStart,
        ToolResult as ToolResult,
        Usage as Usage,
    )
    from slipstream.gateway import create_app as create_app, encode as encode, respond as respond
    from slipstream.run.timeouts import Timeouts as Timeouts

_HOME = {
    "api": ("stream", "complete"),
    "client": ("Client", "AsyncClient", "Stream", "AsyncStream", "wrap", "merge"),
    "client.pictures": ("draw_boxes",),
    "gateway": ("respond", "encode", "create_app"),
    "run.timeouts": ("Timeouts",),
    "events": (
        "Abort", "Box", "Element", "Error", "Event", "File", "Finish", "Heartbeat", "Message", "Metadata", "Moderation",
        "Partial", "Progress", "Raw",
        "ReasoningDelta", "ReasoningEnd", "ReasoningStart", "RefusalDelta", "Restart", "Resume", "Retract", "Retry",
        "Source", "Start", "StepEnd", "StepStart", "TextDelta", "TextEnd", "TextStart", "ToolCall", "ToolError",
        "ToolInputDelta", "ToolInputEnd", "ToolInputStart", "ToolResult", "Usage",
    ),
    "errors": (
        "APIError", "AuthenticationError", "BadRequestError", "ConnectionFailedError", "ContentFilteredError",
        "EventTooLargeError", "IllegalEventError", "InvalidOutputError", "InvalidRequestError",
        "LocalModelError", "MalformedChunkError",
        "MissingKeyError", "NotAStreamError", "NotFoundError", "OverloadedError", "PermissionDeniedError",
        "ProtocolError", "QuotaExceededError", "RateLimitError", "ServerError", "SlipstreamError", "StageError",
        "StreamClosedError",
        "StreamInterrupted", "StreamInterruptedError", "StreamTimeoutError", "TLSError", "UnknownModelError",
        "UnsupportedError",
    ),
}  # fmt: skip

_ROOMS = (
    "client", "codec", "dialects", "errors", "events", "flow", "gateway", "local", "models", "record", "run", "sdk",
    "sinks", "telemetry",
)  # fmt: skip
_WHERE = {name: module for module, names in _HOME.items() for name in names}

__all__ = ["__version__", *sorted(_WHERE)]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        value = getattr(importlib.import_module(f"slipstream.{_WHERE[name]}"), name)
        globals()[name] = value
        return value
    if name in _ROOMS:
        return importlib.import_module(f"slipstream.{name}")
    raise AttributeError(f"module 'slipstream' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted((*__all__, *_ROOMS))
