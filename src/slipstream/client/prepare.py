"""From the options of a call to what the engine drives."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from slipstream import dialects
from slipstream._version import __version__
from slipstream.client import endpoint as endpoints, files, images
from slipstream.client.endpoint import Endpoint
from slipstream.client.hosts import adapted, thinking_style
from slipstream.client.suiting import suited
from slipstream.dialects.common.face import Decoder, Dialect, Resumable
from slipstream.dialects.common.messages import normalise
from slipstream.dialects.common.request import ChatMessage, ImagePart, Part, Request, TextPart, Traits
from slipstream.dialects.common.thinking import normalise_thinking
from slipstream.dialects.common.tools import normalise_tools
from slipstream.errors import InvalidRequestError
from slipstream.models.capabilities import check
from slipstream.run.call import Call
from slipstream.run.retry import RetryPolicy, parse_max_retries
from slipstream.run.timeouts import Timeouts, parse
from slipstream.run.transport import HTTPRequest

USER_AGENT = f"slipstream/{__version__}"


def build_request(endpoint: Endpoint, prompt: str | None, options: Mapping[str, Any], *, streaming: bool) -> Request:
    """The neutral request, checked against what the model can do.

    Raises:
        InvalidRequestError: something in it is wrong; the message names it.
    """
    messages = suited(endpoint, with_media(conversation(prompt, options), options))
    stop = options.get("stop")
    request = Request(
        model=endpoint.model.id,
        messages=messages,
        tools=normalise_tools(options.get("tools") or ()),
        tool_choice=options.get("tool_choice"),
        thinking=normalise_thinking(options.get("thinking")),
        temperature=options.get("temperature"),
        top_p=options.get("top_p"),
        max_tokens=options.get("max_tokens"),
        stop=[stop] if isinstance(stop, str) else list(stop or ()),
        n=options.get("n"),
        seed=options.get("seed"),
        response_format=answer_format(options.get("response_format")),
        stream=streaming,
        traits=traits(endpoint, options.get("prefill")),
        extra=dict(options.get("extra") or {}),
    )
    check_capabilities(endpoint, request)
    return adapted(endpoint, request)


def answer_format(wanted: Any) -> dict[str, Any] | None:
    """The form of the answer: as it was given, or that of a type.

    Raises:
        InvalidRequestError: no JSON Schema can be made of the type.
    """
    if not wanted or isinstance(wanted, Mapping):
        return dict(wanted) if wanted else None
    from slipstream.flow.typed.schema import schema_of

    name = "".join(c if c.isalnum() else "_" for c in getattr(wanted, "__name__", "answer"))[:64]
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema_of(wanted), "strict": True}}


def conversation(prompt: str | None, options: Mapping[str, Any]) -> list[ChatMessage]:
    """The messages: those given, then the prompt as the user's."""
    messages = options.get("messages")
    if prompt is None and messages is None:
        raise InvalidRequestError("nothing is asked; pass a prompt, or messages=[{'role': 'user', 'content': '...'}]")
    if prompt is not None and not isinstance(prompt, str):
        raise InvalidRequestError(
            f"the prompt is a {type(prompt).__name__}; it takes text, and messages=[...] the rest"
        )
    if prompt is not None and messages is not None:
        if isinstance(messages, str):
            raise InvalidRequestError("messages is text beside a prompt; it takes a list of messages")
        messages = [*messages, {"role": "user", "content": prompt}]
    return normalise(messages if messages is not None else prompt or "", system=options.get("system"))


def with_media(messages: list[ChatMessage], options: Mapping[str, Any]) -> list[ChatMessage]:
    """The messages with `images=` and `files=` before the text of the last user message, where models expect them."""
    parts: list[Part] = [images.load(item, position)[0] for position, item in enumerate(options.get("images") or ())]
    parts += [files.load(item, position) for position, item in enumerate(options.get("files") or ())]
    if not parts:
        return messages
    last = next((i for i in range(len(messages) - 1, -1, -1) if messages[i].role == "user"), None)
    if last is None:
        name = "images" if options.get("images") else "files"
        raise InvalidRequestError(f"{name} need a user message to go with", argument=name)
    message = messages[last]
    grown = ChatMessage(message.role, [*parts, *message.parts], message.name)
    return [*messages[:last], grown, *messages[last + 1 :]]


def picture_size(options: Mapping[str, Any]) -> tuple[int, int] | None:
    """Width and height of the one picture that was sent, where they are known."""
    pictures: Sequence[Any] = options.get("images") or ()
    return images.load(pictures[0], 0)[1] if len(pictures) == 1 else None


def traits(endpoint: Endpoint, prefill: Any = None) -> Traits:
    """How this provider and model differ from their dialect, from the registry; `prefill` is what the caller knows."""
    provider, model = endpoint.provider, endpoint.model
    return Traits(
        max_tokens_field=model.max_tokens_field or provider.max_tokens_field,
        stream_usage=provider.stream_usage,
        system_role=model.system_role or provider.system_role,
        thinking_style=thinking_style(endpoint),
        prefill=prefill or (provider.prefill if model.prefill is not False else None),
        output_limit=model.output,
        version=endpoint.version,
        media=provider.media,
    )


def check_capabilities(endpoint: Endpoint, request: Request) -> None:
    """Refuse what the model cannot do, by name, before anything is sent."""
    has_images = any(isinstance(part, ImagePart) for message in request.messages for part in message.parts)
    check(
        endpoint.model,
        thinking=request.thinking.enabled if request.thinking is not None else None,
        images=has_images,
        tools=bool(request.tools),
        max_tokens=request.max_tokens,
        prefill=request.messages[-1].role == "assistant",
    )


def texts_of(request: Request) -> list[str]:
    """The texts of the request, for an estimate of its tokens; the request itself need not be kept for that."""
    return [p.text for message in request.messages for p in message.parts if isinstance(p, TextPart)]


def build_call(
    endpoint: Endpoint, request: Request, options: Mapping[str, Any], *, timeouts: Timeouts, max_retries: int,
    headers: Mapping[str, str],
) -> Call:  # fmt: skip
    """What the engine drives for this request."""
    endpoint = _where_prefills_go(endpoint, request)
    dialect = dialects.get(endpoint.dialect)
    own = options.get("max_retries")
    headers = {**headers, **endpoints.client_headers(options.get("headers"))}
    return Call(
        prepare=http_request(endpoint, dialect, request, headers),
        fetch=functools.partial(get_request, endpoint, dialect, headers) if _resumes(type(dialect)) else None,
        dialect=dialect,
        decoder=decoder_factory(dialect, options),
        provider=endpoint.provider.name,
        model=endpoint.model.id,
        url=endpoint.base_url,
        streaming=request.stream,
        blocking=endpoint.plugin is not None,
        include_raw=options.get("include_raw", False),
        timeouts=parse(options.get("timeout"), timeouts),
        retry=RetryPolicy(max_retries=max_retries if own is None else parse_max_retries(own)),
        prompt=functools.partial("\n".join, texts_of(request)),
    )


@functools.cache  # Python looks at every method of a protocol each time: 30 us
def _resumes(dialect: type[Dialect]) -> bool:
    return isinstance(dialect(), Resumable)


def _where_prefills_go(endpoint: Endpoint, request: Request) -> Endpoint:
    """DeepSeek continues an assistant message at another address only."""
    known = endpoint.provider
    moves = known.prefill_url and request.messages[-1].role == "assistant"
    if not moves or endpoint.base_url != known.base_url.rstrip("/"):
        return endpoint
    return msgspec.structs.replace(endpoint, base_url=known.prefill_url.rstrip("/"))


def http_request(
    endpoint: Endpoint, dialect: Dialect, request: Request, headers: Mapping[str, str]
) -> Callable[[], HTTPRequest]:
    """A function that makes the HTTP request: the body once, the key's headers anew each time."""
    body = encode(dialect.body(request))
    path = dialect.path(request)
    return lambda: address(endpoint, dialect, path, body, headers, streaming=request.stream)


def encode(body: Mapping[str, Any]) -> bytes:
    """The body as JSON.

    Raises:
        InvalidRequestError: something in it has no JSON form, such as an object in `extra`.
    """
    try:
        return msgspec.json.encode(body)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        why = str(error) or type(error).__name__
        raise InvalidRequestError(f"the request cannot be written as JSON ({why}); look at extra and tools") from None


def address(
    endpoint: Endpoint, dialect: Dialect, path: str, body: bytes, headers: Mapping[str, str], *, streaming: bool
) -> HTTPRequest:
    """The HTTP request: address, headers and body. Starts what must be started first."""
    base_url, key = (endpoint.base_url, endpoint.api_key)
    if endpoint.plugin is not None:
        base_url, key = endpoints.start_plugin(endpoint.plugin)
    json = {"content-type": "application/json"}
    named = _headers(endpoint, dialect, key, headers, streaming=streaming)
    return HTTPRequest(f"{base_url}/{path}", {**json, **named}, body)


def get_request(endpoint: Endpoint, dialect: Dialect, headers: Mapping[str, str], path: str) -> HTTPRequest:
    """A request for what the provider keeps, such as the rest of an answer."""
    url = f"{endpoint.base_url}/{path}"
    return HTTPRequest(url, _headers(endpoint, dialect, endpoint.api_key, headers, streaming=True), method="GET")


def _headers(
    endpoint: Endpoint, dialect: Dialect, key: str | None, headers: Mapping[str, str], *, streaming: bool
) -> dict[str, str]:
    own = endpoint.provider.key_header
    keyed = {own: key} if own and key is not None else dialect.headers(key, now=time.time())
    return {
        "accept": "text/event-stream" if streaming else "application/json",
        "accept-encoding": "identity",  # a packed stream arrives in blocks, not in tokens
        "user-agent": USER_AGENT,
        **keyed,
        **headers,
    }


def decoder_factory(dialect: Dialect, options: Mapping[str, Any]) -> Callable[[], Decoder]:
    """Makes a decoder with the options that concern it."""
    wanted = {name: options[name] for name in ("include_raw", "lenient", "expect_think") if options.get(name)}
    if options.get("max_event_bytes") is not None:
        wanted["max_event_bytes"] = options["max_event_bytes"]
    if not wanted:
        return dialect.decoder
    dialect.decoder(**wanted)  # refuse now what this dialect does not take
    return lambda: dialect.decoder(**wanted)
