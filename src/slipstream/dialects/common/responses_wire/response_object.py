"""The response as an object: what its first and its last events hold, and what a whole answer is."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from slipstream.dialects.common.counts import same_counts
from slipstream.dialects.common.finish import normalise
from slipstream.dialects.common.openai_shape.frames import written
from slipstream.dialects.common.openai_shape.style import openai_error
from slipstream.dialects.common.openai_shape.usage import read_usage
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.responses_wire.telling import COMPLETED, INCOMPLETE, fixed
from slipstream.dialects.common.wire import Wire
from slipstream.events import Error, FinishReason, Usage

_ASKED: Final[dict[str, Any]] = {
    "instructions": None, "max_output_tokens": None, "max_tool_calls": None, "metadata": {},
    "parallel_tool_calls": True, "previous_response_id": None, "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None, "prompt_cache_key": None, "temperature": None, "text": {"format": {"type": "text"}},
    "tool_choice": "auto", "tools": [], "top_logprobs": 0, "top_p": None, "truncation": "disabled", "user": None,
}  # fmt: skip
"""What a response repeats of its request, with what stands there if the request did not say."""

REPEATED: Final = tuple(_ASKED)
"""The names of these fields, for `Reply.options`."""

LIMITS: Final = {"max_output_tokens": "length", "content_filter": "content_filter"}
"""The API's words for why a response is incomplete -> ours. All else that ends early has no word."""

CUT: Final[frozenset[FinishReason]] = frozenset(("error", "interrupted", "cancelled"))
"""Reasons of answers that must not pass for whole."""

_WHOLE: Final[frozenset[FinishReason]] = frozenset(("stop", "tool_calls"))


_FAILED: Final = "server_error"


class ResponseObject:
    """The response but for its output.

    Args:
        reply: how the answer is to be told; `options` holds the request's fields that a response repeats.

    Attributes:
        id, model, created: as told to the client.
        usage: the last count.
        said: fields that the provider's own response had (`service_tier`, ...).
    """

    def __init__(self, reply: Reply) -> None:
        self.id = reply.id
        self.model = reply.model
        self.created = reply.created
        self.usage: Usage | None = None
        self.said: Wire = {}
        asked = {name: reply.options[name] for name in _ASKED if reply.options.get(name) is not None}
        self._asked = msgspec.json.decode(written({**_ASKED, **asked}), type=dict[str, msgspec.Raw])

    def wire(self, status: str, output: bytes, **ending: Any) -> Wire:
        """The object.

        Args:
            status: `in_progress`, `completed`, `incomplete`, `failed` or `cancelled`.
            output: the items, as JSON.
            ending: `error` and `incomplete_details`, where there are.
        """
        return {
            "id": fixed(self.id), "object": "response", "created_at": self.created, "status": status,
            "background": False, "error": None, "incomplete_details": None, "model": fixed(self.model),
            "output": msgspec.Raw(output), **self._asked, "store": False,
            "usage": None if self.usage is None else usage_wire(self.usage),
            **self.said, **ending,
        }  # fmt: skip


def usage_wire(usage: Usage) -> Wire | msgspec.Raw | None:
    """Token counts in this API's words; None if there are none.

    The provider's own object passes as it is if it is in them and still true. The API demands every count, and so does
    its SDK: one that nobody made is 0.
    """
    own = usage.details or {}
    if _whole(own) and same_counts(read_usage(own), usage):
        return fixed(own)
    asked, answered = usage.input_tokens or 0, usage.output_tokens or 0
    if usage.input_tokens is None and usage.output_tokens is None and usage.total_tokens is None:
        return None
    return {
        "input_tokens": asked,
        "input_tokens_details": {
            "cached_tokens": usage.cached_tokens or 0, "cache_write_tokens": usage.cache_write_tokens or 0,
        },
        "output_tokens": answered,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens or 0},
        "total_tokens": asked + answered if usage.total_tokens is None else usage.total_tokens,
    }  # fmt: skip


def _whole(usage: Wire) -> bool:
    """True for an object that has all that this API demands."""
    return all(type(usage.get(name)) is int for name in ("input_tokens", "output_tokens", "total_tokens")) and all(
        isinstance(usage.get(name), dict) for name in ("input_tokens_details", "output_tokens_details")
    )


def ending_of(reason: FinishReason, raw: str | None, *, retracted: bool = False) -> tuple[str, Wire]:
    """The status of an answer that ended with this reason, and `incomplete_details` if it is not whole.

    Args:
        reason: why it ended, in our words.
        raw: in the provider's, which are kept if they are this API's.
        retracted: True if it was taken back.
    """
    if retracted:
        return INCOMPLETE, {"incomplete_details": {"reason": "content_filter"}}
    if reason in _WHOLE:
        return COMPLETED, {}
    if raw in LIMITS and normalise(raw) == reason:
        return INCOMPLETE, {"incomplete_details": {"reason": raw}}
    word = next((word for word, ours in LIMITS.items() if ours == reason), None)
    return INCOMPLETE, {} if word is None else {"incomplete_details": {"reason": word}}


def error_wire(error: Error, argument: str = "") -> Wire:
    """An error as this API states it: all of message, type, code and param, as the AI SDK demands them."""
    wire = openai_error(error, argument)
    if error.code is None and wire["type"] == _FAILED and error.kind != "OverloadedError":
        return {**wire, "code": _FAILED}  # of all that may go wrong on our side this API has the one word
    return {**wire, "code": wire.get("code") or wire["type"]}
