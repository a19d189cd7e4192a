"""The body of a request, as the caller wrote it: checked for the essentials, and encoded."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from slipstream.client.sdk.vendors import Route
from slipstream.client.sdk.wire import WireObject
from slipstream.errors import InvalidRequestError

_NOT_GIVEN: Final = ("NotGiven", "Omit", "omit")


class NotGiven:
    """An argument that was left out, for programs that pass it on: it is not sent."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = NotGiven()


def is_given(value: object) -> bool:
    """False for the marks of left-out arguments, ours and those of the official SDKs."""
    return type(value).__name__ not in _NOT_GIVEN


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without those that were left out."""
    return {name: value for name, value in options.items() if is_given(value)}


def check_spelling(options: Mapping[str, Any]) -> None:
    """Refuse an argument that is a known one misspelt, as the SDKs do; what is new to us goes through.

    Raises:
        TypeError: with the name that was meant, as a call with an unknown argument raises it.
    """
    for name in options:
        if name in KNOWN:
            continue
        near = difflib.get_close_matches(name, KNOWN, n=1, cutoff=0.85)
        if near:
            raise TypeError(f"create() got an unexpected keyword argument {name!r}; did you mean {near[0]!r}?")


KNOWN: Final = frozenset(
    ("access_programs", "audio", "background", "background_options", "container", "context_management", "conversation",
     "do_sample", "extra_body", "extra_headers", "extra_query", "frequency_penalty", "function_call", "functions",
     "image", "include", "inference_geo", "input", "instructions", "logit_bias", "logprobs", "max_completion_tokens",
     "max_output_tokens", "max_tokens", "max_tool_calls", "messages", "metadata", "meta", "modalities", "model",
     "moderation", "n", "output_config", "parallel_tool_calls", "prediction", "presence_penalty",
     "previous_response_id", "prompt", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention",
     "reasoning", "reasoning_effort", "request_id", "response_format", "safety_identifier", "seed",
     "sensitive_word_check", "service_tier", "stop", "stop_sequences", "store", "stream", "stream_options", "system",
     "temperature", "text", "thinking", "timeout", "tool_choice", "tool_stream", "tools", "top_k", "top_logprobs",
     "top_p", "truncation", "user", "user_id", "verbosity", "watermark_enabled", "web_search_options")
)  # fmt: skip
"""Arguments of the vendors' `create` methods: openai 3 (both APIs), zai-sdk 0.2, anthropic 2."""


def check(body: Mapping[str, Any], route: Route) -> None:
    """Refuse a request that no provider takes.

    Raises:
        InvalidRequestError: the message names the argument and what it takes. It never shows what is in it.
    """
    model = body.get("model")
    # A stored prompt of the Responses API brings its own model and text.
    stored = route.asks == "input" and body.get("prompt") is not None
    if not (stored and model is None) and (not isinstance(model, str) or not model.strip()):
        raise InvalidRequestError(f"model is {_shown(model)}; it takes a model's name, such as model='gpt-4o-mini'")
    if route.asks == "input":
        _check_input(body.get("input"), needed=not stored and body.get("previous_response_id") is None)
    else:
        _check_conversation(body.get("messages"))
    for name in route.required:
        if body.get(name) is None:
            raise InvalidRequestError(f"{name} is missing; it takes {_REQUIRED.get(name, 'a value')}")
    _check_kinds(body)


def _check_conversation(messages: Any) -> None:
    if isinstance(messages, (str, bytes, Mapping, WireObject)) or not isinstance(messages, Iterable):
        raise InvalidRequestError(f"messages is {_shown(messages)}; it takes a list of messages")
    if not messages:
        raise InvalidRequestError("messages is empty; it takes at least one message")
    if isinstance(messages, (list, tuple)):
        _check_messages(messages)


def _check_input(items: Any, *, needed: bool) -> None:
    if items is None and not needed:
        return
    if isinstance(items, (bytes, Mapping, WireObject)) or not isinstance(items, Iterable):
        raise InvalidRequestError(f"input is {_shown(items)}; it takes text or a list of items")
    if needed and not items:
        raise InvalidRequestError("input is empty; it takes text or at least one item")
    for position, item in enumerate(items if isinstance(items, (list, tuple)) else ()):
        if isinstance(item, str) or not (isinstance(item, Mapping) or hasattr(item, "model_dump")):
            raise InvalidRequestError(
                f"input[{position}] is {_shown(item)}; it takes an item such as {{'role': 'user', 'content': '...'}}"
            )


_REQUIRED: Final = {"max_tokens": "the most tokens of the answer, a whole number from 1"}


def _check_messages(messages: list[Any] | tuple[Any, ...]) -> None:
    for position, message in enumerate(messages):
        role = message.get("role") if isinstance(message, Mapping) else getattr(message, "role", None)
        if not isinstance(role, str) or not role:
            raise InvalidRequestError(
                f"messages[{position}] is {_shown(message)}"
                + (" without a role" if isinstance(message, Mapping) else "")
                + "; it takes {'role': 'user', 'content': '...'}"
            )


def _check_kinds(body: Mapping[str, Any]) -> None:
    for name in ("max_tokens", "max_output_tokens"):
        limit = body.get(name)
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
            raise InvalidRequestError(f"{name} is {limit!r}; it takes a whole number from 1")
    stream = body.get("stream")
    if stream is not None and not isinstance(stream, bool):
        raise InvalidRequestError(f"stream is {stream!r}; it takes True or False")


def _shown(value: object) -> str:
    """A value's kind, because the value may be a prompt."""
    return "missing" if value is None else "empty" if value == "" else f"a {type(value).__name__}"


def encode(body: Mapping[str, Any]) -> bytes:
    """The body as JSON.

    Raises:
        InvalidRequestError: an argument cannot be written as JSON; the message names it.
    """
    try:
        return msgspec.json.encode(body, enc_hook=_plain)
    except (TypeError, ValueError, RecursionError):
        pass
    for name, value in body.items():
        _encode_one(name, value)
    raise InvalidRequestError("the request cannot be written as JSON")


def _encode_one(name: str, value: Any) -> None:
    try:
        msgspec.json.encode(value, enc_hook=_plain)
    except UnicodeEncodeError:
        raise InvalidRequestError(f"{name} holds a lone surrogate, half a character; it takes valid text") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRequestError(f"{name} cannot be written as JSON ({type(error).__name__})") from None


def _plain(value: Any) -> Any:
    """Objects of answers, ours and those of the SDKs, and whatever is a mapping or a series."""
    if isinstance(value, WireObject):
        return value.sendable()
    if callable(getattr(value, "model_dump", None)):
        return value.model_dump(mode="json", exclude_unset=True, warnings=False)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(type(value).__name__)


def without_data_prefix(messages: Any) -> Any:
    """The messages with base64 pictures bare, as Zhipu's SDK sends them; the caller's own list is left alone."""
    if not isinstance(messages, (list, tuple)):
        return messages
    return [
        {**message, "content": [_bare_picture(part) for part in message["content"]]}
        if isinstance(message, Mapping) and isinstance(message.get("content"), list)
        else message
        for message in messages
    ]


def _bare_picture(part: Any) -> Any:
    picture = part.get("image_url") if isinstance(part, Mapping) else None
    url = picture.get("url") if isinstance(picture, Mapping) else None
    if not isinstance(url, str) or not url.startswith("data:image/"):
        return part
    assert isinstance(picture, Mapping)  # `url` came from it
    return {**part, "image_url": {**picture, "url": url.split("base64,")[-1]}}


def prompt_text(messages: Any, instructions: Any = None) -> str:
    """The text of the request, for an estimate of its tokens."""
    found: list[str] = [text for text in (instructions, messages) if isinstance(text, str)]
    for message in messages if isinstance(messages, (list, tuple)) else ():
        content = message.get("content") if isinstance(message, Mapping) else getattr(message, "content", None)
        parts = content if isinstance(content, list) else [content]
        texts = (part.get("text") if isinstance(part, Mapping) else part for part in parts)
        found += [text for text in texts if isinstance(text, str)]
    return "\n".join(found)
