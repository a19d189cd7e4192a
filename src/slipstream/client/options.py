"""What may be asked of a stream, by name; one table for every door."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from slipstream.client.files import AnyFile
from slipstream.client.images import Image
from slipstream.errors import InvalidRequestError
from slipstream.events import Message, ToolCall
from slipstream.flow.stage import Stage
from slipstream.run.timeouts import Timeout

Messages = str | Sequence[Any]
"""Text, or dictionaries and `Message`s. Any, because a list that holds both is inferred as a list of objects."""


class Ask(TypedDict, total=False):
    """The options of `stream()` and `complete()`.

    Keys:
        model: a name of the registry, or `provider/model`.
        provider: the provider to ask, for this call; it knows any id.
        messages: the conversation: dictionaries in OpenAI's or Anthropic's form, and earlier `Message`s. A prompt
            beside it is its last message.
        system: instructions before the conversation.
        images: pictures added to the last user message.
        files: documents, sounds, films and pictures added to it as well: paths, addresses, bytes, or `(name, bytes)`.
        tools: dictionaries in OpenAI's or Anthropic's form, or functions.
        tool_choice: `auto`, `none`, `required`, or a tool's name.
        thinking: True, False, an effort such as `"low"`, or the provider's own mapping.
        temperature, top_p, max_tokens, stop, n, seed: sampling; what is left out is the provider's default.
        response_format: `{"type": "json_object"}`, `{"type": "json_schema", "json_schema": {...}}`, or a type of which
            that is made: a msgspec Struct, dataclass, TypedDict or pydantic model.
        extra: fields added to the request's body as they are.
        headers: HTTP headers added to the request.
        api_key: the key, for this call.
        timeout: seconds in total, or a mapping of clocks to seconds.
        max_retries: attempts after the first, 0 to 10.
        include_raw: give every event its wire object.
        lenient: skip malformed frames instead of ending with an error.
        expect_think: the answer begins inside thinking, and only `</think>` comes (some chat templates).
        keep: False keeps no content in `message`, so that memory stays flat.
        max_event_bytes: the longest event, in bytes.
        on_break: what to do when a stream dies after content: `raise` the error; `continue`: the provider resumes the
            answer, or a model that takes a prefill goes on with its text; `restart` it.
        fallback: models to ask when one fails, in this order; after content only as `on_break` says. Names, or mappings
            with `model`, `provider`, `base_url`, `api_key`.
        prefill: marks a model as taking the beginning of its answer, which `continue` needs, where the registry does
            not know it: `assistant-last` (the last message is the assistant's), `prefix` or `partial` (and says so).
        hedge: seconds after which a late first output makes a second request, or a mapping with `after` and a model as
            in `fallback`; whichever answers first is read, the other is closed.
        max_rounds, stop_when, approve, tool_timeout: the loop that runs functions given as `tools`: calls of the model
            at most (8); a function of each round's message that may end it; a function of each call that may refuse it;
            seconds for one call (60).
        stages: a function that makes stages for the answer to pass.
    """

    model: str | None
    provider: str | None
    messages: Messages | None
    system: str | None
    images: Sequence[Image] | None
    files: Sequence[AnyFile] | None
    tools: Sequence[Any] | None
    tool_choice: str | None
    thinking: bool | str | Mapping[str, Any] | None
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    stop: str | Sequence[str] | None
    n: int | None
    seed: int | None
    response_format: Mapping[str, Any] | type | None
    extra: Mapping[str, Any] | None
    headers: Mapping[str, str] | None
    api_key: str | None
    timeout: Timeout
    max_retries: int | None
    include_raw: bool
    lenient: bool
    expect_think: bool
    keep: bool
    max_event_bytes: int | None
    on_break: Literal["raise", "continue", "restart"]
    fallback: Sequence[str | Mapping[str, str]] | None
    prefill: Literal["prefix", "partial", "assistant-last"] | None
    hedge: float | Mapping[str, Any] | None
    max_rounds: int | None
    stop_when: Callable[[Message], Any] | None
    approve: Callable[[ToolCall], Any] | None
    tool_timeout: float | None
    stages: Callable[[], Sequence[Stage]] | None


ON_BREAK = ("raise", "continue", "restart")
"""What `on_break` may be."""

PREFILLS = ("prefix", "partial", "assistant-last")
"""What `prefill` may be; WIRE section 8 row 34."""

FORMATS = ("text", "json_object", "json_schema")
"""What `response_format["type"]` may be."""


def check_names(options: Mapping[str, Any]) -> None:
    """Refuse an option there is not.

    Raises:
        InvalidRequestError: with the near names, or all of them.
    """
    for name in options:
        if name not in Ask.__annotations__:
            near = difflib.get_close_matches(name, Ask.__annotations__, n=3)
            known = ", ".join(near or sorted(Ask.__annotations__))
            hint = f"did you mean {known}?" if near else f"there are {known}; the provider's own go into extra={{...}}"
            raise InvalidRequestError(f"there is no option {name!r}", hint=hint)
    if options.get("on_break", "raise") not in ON_BREAK:
        raise InvalidRequestError(f"on_break is {options['on_break']!r}; it takes {', '.join(ON_BREAK)}")


_NUMBERS: dict[str, tuple[Any, float, float, str]] = {
    "temperature": ((int, float), 0, 2, "a number from 0 to 2"),
    "top_p": ((int, float), 0, 1, "a number from 0 to 1"),
    "max_tokens": (int, 1, float("inf"), "a whole number from 1"),
    "n": (int, 1, 128, "a whole number from 1 to 128"),
    "seed": (int, -(2**63), 2**63 - 1, "a whole number"),
    "max_event_bytes": (int, 1024, float("inf"), "a whole number of bytes from 1024"),
}


def check_values(options: Mapping[str, Any]) -> None:
    """Refuse a value of the wrong type or out of its range, by name, before anything is sent.

    Raises:
        InvalidRequestError: the message names the option and what it takes.
    """
    for name, (kind, low, high, accepted) in _NUMBERS.items():
        value: Any = options.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
            raise InvalidRequestError(f"{name} is {value!r}; it takes {accepted}")
    for name, (shape, accepted) in _SHAPES.items():
        value = options.get(name)
        if value is not None and not isinstance(value, shape):
            raise InvalidRequestError(f"{name} is a {type(value).__name__}; it takes a {accepted}")
    for name in ("include_raw", "lenient", "expect_think", "keep"):
        if not isinstance(options.get(name, False), bool):
            raise InvalidRequestError(f"{name} is {options[name]!r}; it takes True or False")
    for name in ("images", "files"):
        if not isinstance(options.get(name) or (), Sequence) or isinstance(options.get(name), (str, bytes, bytearray)):
            raise InvalidRequestError(f"{name} takes a list; put the one you have into brackets", argument=name)
    if options.get("prefill") not in (None, *PREFILLS):
        raise InvalidRequestError(f"prefill is {options['prefill']!r}; it takes {', '.join(PREFILLS)}")
    check_stages(options.get("stages"))
    _check_stop(options.get("stop"))
    _check_format(options.get("response_format"))


_SHAPES: dict[str, tuple[type, str]] = {
    "extra": (Mapping, "mapping"),
    "headers": (Mapping, "mapping"),
    "tools": (Sequence, "list"),
}


def _check_stop(stop: Any) -> None:
    texts = [stop] if isinstance(stop, str) else stop
    if texts is not None and not (isinstance(texts, Sequence) and all(isinstance(t, str) and t for t in texts)):
        raise InvalidRequestError("stop takes a text or a list of texts, none of them empty")


def _check_format(wanted: Any) -> None:
    if isinstance(wanted, Mapping) and wanted.get("type") not in FORMATS:
        raise InvalidRequestError(f"response_format has the type {wanted.get('type')!r}; it takes {', '.join(FORMATS)}")
    if isinstance(wanted, (str, bytes, int, float, list)):
        raise InvalidRequestError(f"response_format is a {type(wanted).__name__}; it takes a mapping or a type")


def check_stages(make: Any) -> Callable[[], Sequence[Stage]] | None:
    """Refuse what makes no stages: stages keep the state of one stream, so that each stream needs its own."""
    if make is not None and not callable(make):
        raise InvalidRequestError(
            f"stages is a {type(make).__name__}; it takes a function that makes them, such as lambda: [flow.words()]"
        )
    made: Callable[[], Sequence[Stage]] | None = make
    return made
