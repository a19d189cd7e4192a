"""A whole answer, and an error, as Ollama's JSON bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipstream.dialects.common.error_status import status_of
from slipstream.dialects.common.ollama_wire.encoder import GENERATE, call_of, last_fields, line_json
from slipstream.dialects.common.ollama_wire.words import TIMINGS, done_reason, is_context, is_count, time_of
from slipstream.dialects.common.reply import Reply
from slipstream.events import Error, Message


def body_of_answer(message: Message, reply: Reply) -> bytes:
    """The body of a whole answer; one that was cut is not `done`, and `done_reason` says why."""
    reason = message.finish_reason
    ending: dict[str, Any] = {"done": message.complete}
    if reason is not None:
        ending["done_reason"] = done_reason(reason, message.raw_finish_reason)
    if message.complete and message.retracted:
        ending["done_reason"] = "content_filter"
    generate = reply.options.get("endpoint") == GENERATE
    said = _said(message, "response" if generate else "content")
    timings = {name: value for name in TIMINGS if is_count(value := message.metadata.get(name))}
    if generate and is_context(message.metadata.get("context")):
        timings["context"] = message.metadata["context"]
    body = {
        "model": reply.model or message.model,
        "created_at": time_of(reply.created if message.created is None else message.created),
        **(said if generate else {"message": {"role": "assistant", **said}}),
        **({"logprobs": message.logprobs["content"]} if message.logprobs.get("content") else {}),
        **ending,
        **last_fields(message.usage, timings),
    }
    return line_json(body)


def body_of_error(error: Error, argument: str) -> tuple[int, bytes]:
    """The status and `{"error": ...}`. The API has no place for the field that is wrong, so the message names it."""
    words = error.message or error.kind
    if argument and argument not in words:
        words = f"{argument}: {words}"
    return status_of(error), line_json({"error": words})


def _said(message: Message, content: str) -> dict[str, Any]:
    calls = [
        call_of(call) for call in message.tool_calls if isinstance(call.input, Mapping) and not call.provider_executed
    ]
    said: dict[str, Any] = {content: message.text + message.refusal}
    if message.reasoning:
        said["thinking"] = message.reasoning
    if calls:
        said["tool_calls"] = calls
    return said
