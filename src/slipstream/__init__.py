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
    from slipstream.api import complete as complete
    from slipstream.api import stream as stream
    from slipstream.client import (
        AsyncClient as AsyncClient,
    )
    from slipstream.client import (
        AsyncStream as AsyncStream,
    )
    from slipstream.client import (
        Client as Client,
    )
    from slipstream.client import (
        Stream as Stream,
    )
    from slipstream.client import (
        wrap as wrap,
    )
    from slipstream.errors import (
        APIError as APIError,
    )
    from slipstream.errors import (
        AuthenticationError as AuthenticationError,
    )
    from slipstream.errors import (
        BadRequestError as BadRequestError,
    )
    from slipstream.errors import (
        ConnectionFailedError as ConnectionFailedError,
    )
    from slipstream.errors import (
        ContentFilteredError as ContentFilteredError,
    )
    from slipstream.errors import (
        EventTooLargeError as EventTooLargeError,
    )
    from slipstream.errors import (
        IllegalEventError as IllegalEventError,
    )
    from slipstream.errors import (
        InvalidRequestError as InvalidRequestError,
    )
    from slipstream.errors import (
        LocalModelError as LocalModelError,
    )
    from slipstream.errors import (
        MalformedChunkError as MalformedChunkError,
    )
    from slipstream.errors import (
        MissingKeyError as MissingKeyError,
    )
    from slipstream.errors import (
        NotAStreamError as NotAStreamError,
    )
    from slipstream.errors import (
        NotFoundError as NotFoundError,
    )
    from slipstream.errors import (
        OverloadedError as OverloadedError,
    )
    from slipstream.errors import (
        PermissionDeniedError as PermissionDeniedError,
    )
    from slipstream.errors import (
        ProtocolError as ProtocolError,
    )
    from slipstream.errors import (
        QuotaExceededError as QuotaExceededError,
    )
    from slipstream.errors import (
        RateLimitError as RateLimitError,
    )
    from slipstream.errors import (
        ServerError as ServerError,
    )
    from slipstream.errors import (
        SlipstreamError as SlipstreamError,
    )
    from slipstream.errors import (
        StreamClosedError as StreamClosedError,
    )
    from slipstream.errors import (
        StreamInterrupted as StreamInterrupted,
    )
    from slipstream.errors import (
        StreamInterruptedError as StreamInterruptedError,
    )
    from slipstream.errors import (
        StreamTimeoutError as StreamTimeoutError,
    )
    from slipstream.errors import (
        TLSError as TLSError,
    )
    from slipstream.errors import (
        UnknownModelError as UnknownModelError,
    )
    from slipstream.errors import (
        UnsupportedError as UnsupportedError,
    )
    from slipstream.events import (
        Abort as Abort,
    )
    from slipstream.events import (
        Box as Box,
    )
    from slipstream.events import (
        Error as Error,
    )
    from slipstream.events import (
        Event as Event,
    )
    from slipstream.events import (
        File as File,
    )
    from slipstream.events import (
        Finish as Finish,
    )
    from slipstream.events import (
        Heartbeat as Heartbeat,
    )
    from slipstream.events import (
        Message as Message,
    )
    from slipstream.events import (
        Metadata as Metadata,
    )
    from slipstream.events import (
        Moderation as Moderation,
    )
    from slipstream.events import (
        Raw as Raw,
    )
    from slipstream.events import (
        ReasoningDelta as ReasoningDelta,
    )
    from slipstream.events import (
        ReasoningEnd as ReasoningEnd,
    )
    from slipstream.events import (
        ReasoningStart as ReasoningStart,
    )
    from slipstream.events import (
        RefusalDelta as RefusalDelta,
    )
    from slipstream.events import (
        Restart as Restart,
    )
    from slipstream.events import (
        Resume as Resume,
    )
    from slipstream.events import (
        Retract as Retract,
    )
    from slipstream.events import (
        Retry as Retry,
    )
    from slipstream.events import (
        Source as Source,
    )
    from slipstream.events import (
        Start as Start,
    )
    from slipstream.events import (
        StepEnd as StepEnd,
    )
    from slipstream.events import (
        StepStart as StepStart,
    )
    from slipstream.events import (
        TextDelta as TextDelta,
    )
    from slipstream.events import (
        TextEnd as TextEnd,
    )
    from slipstream.events import (
        TextStart as TextStart,
    )
    from slipstream.events import (
        ToolCall as ToolCall,
    )
    from slipstream.events import (
        ToolError as ToolError,
    )
    from slipstream.events import (
        ToolInputDelta as ToolInputDelta,
    )
    from slipstream.events import (
        ToolInputEnd as ToolInputEnd,
    )
    from slipstream.events import (
        ToolInputStart as ToolInputStart,
    )
    from slipstream.events import (
        ToolResult as ToolResult,
    )
    from slipstream.events import (
        Usage as Usage,
    )
    from slipstream.run.timeouts import Timeouts as Timeouts

_HOME = {
    "api": ("stream", "complete"),
    "client": ("Client", "AsyncClient", "Stream", "AsyncStream", "wrap"),
    "run.timeouts": ("Timeouts",),
    "events": (
        "Abort", "Box", "Error", "Event", "File", "Finish", "Heartbeat", "Message", "Metadata", "Moderation", "Raw",
        "ReasoningDelta", "ReasoningEnd", "ReasoningStart", "RefusalDelta", "Restart", "Resume", "Retract", "Retry",
        "Source", "Start", "StepEnd", "StepStart", "TextDelta", "TextEnd", "TextStart", "ToolCall", "ToolError",
        "ToolInputDelta", "ToolInputEnd", "ToolInputStart", "ToolResult", "Usage",
    ),
    "errors": (
        "APIError", "AuthenticationError", "BadRequestError", "ConnectionFailedError", "ContentFilteredError",
        "EventTooLargeError", "IllegalEventError", "InvalidRequestError", "LocalModelError", "MalformedChunkError",
        "MissingKeyError", "NotAStreamError", "NotFoundError", "OverloadedError", "PermissionDeniedError",
        "ProtocolError", "QuotaExceededError", "RateLimitError", "ServerError", "SlipstreamError", "StreamClosedError",
        "StreamInterrupted", "StreamInterruptedError", "StreamTimeoutError", "TLSError", "UnknownModelError",
        "UnsupportedError",
    ),
}  # fmt: skip

_ROOMS = ("client", "codec", "dialects", "errors", "events", "flow", "local", "models", "run", "sdk")
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
