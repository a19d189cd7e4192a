"""A body of `POST /api/chat` or `/api/generate`, read (docs.ollama.com/api/chat, /api/generate)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slipstream.dialects.common.checks import name_of, no, wrong
from slipstream.dialects.common.fields import Fields
from slipstream.dialects.common.ollama_wire.encoder import GENERATE
from slipstream.dialects.common.ollama_wire.read_messages import Conversation, pictures
from slipstream.dialects.common.ollama_wire.request import LEVELS
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import ChatMessage, Request, TextPart, Thinking
from slipstream.dialects.common.tools import normalise_tools

LATEST: Final = ":latest"
"""The tag that Ollama adds to a name without one."""

_THINK: Final = f"true, false, {', '.join(LEVELS)}"


def asked_of(body: Any, model: str, stream: bool | None) -> Asked:
    """The request in a body; see `face.Dialect.read`.

    A body with `prompt` and without `messages` is one of `/api/generate`, and its answer is told in that form. Loading
    a model ahead (no messages, an empty prompt) is refused: nothing would be answered.

    The answer names the model as it was asked for, which is what Ollama does; the request names it without `:latest`.
    """
    fields = Fields(body)
    generate = _is_generate(fields, body)
    name = fields.needed("model") if "model" in fields or not model else model
    streamed = fields.flag("stream")
    options = fields.inner("options")
    max_tokens, unbounded = _most(options)
    request = Request(
        model=name.removesuffix(LATEST) or name,
        messages=_prompt(fields) if generate else Conversation().read(fields.take("messages")),
        tools=normalise_tools(fields.take("tools")),
        thinking=_thinking(fields.take("think")),
        response_format=_format(fields.take("format")),
        temperature=options.number("temperature"),
        top_p=options.number("top_p"),
        stop=options.texts("stop"),
        seed=options.whole("seed"),
        max_tokens=max_tokens,
        stream=stream if stream is not None else streamed is not False,
    )
    own, others = fields.rest(), options.rest() | unbounded
    if others:
        own["options"] = others
    reply = Reply(model=name, options={"endpoint": GENERATE} if generate else {})
    return Asked(request=request, reply=reply, own=own)


def _is_generate(fields: Fields, body: Mapping[str, Any]) -> bool:
    """True for a body of `/api/generate`; where it may be one of either, the refusal names what either wants."""
    if "messages" in body and ("messages" in fields or "prompt" not in fields):
        return False
    if "prompt" not in fields:
        raise wrong("prompt", "missing, as are messages", "a prompt (/api/generate), or messages (/api/chat)")
    return True


def _most(options: Fields) -> tuple[int | None, dict[str, Any]]:
    """The bound on the answer; below 1 (`-1`: none, `-2`: the context) it is a word of Ollama's own."""
    most = options.whole("num_predict")
    return (most, {}) if most is None or most > 0 else (None, {"num_predict": most})


def _prompt(fields: Fields) -> list[ChatMessage]:
    """The conversation of `/api/generate`: a prompt, perhaps a system message before it."""
    if fields.text("suffix"):
        raise wrong("suffix", "text to fill in before it", "a prompt alone, as no other API fills in")
    system = fields.text("system")
    chat = [ChatMessage("system", [TextPart(system)])] if system else []
    prompt = TextPart(fields.needed("prompt"))
    return [*chat, ChatMessage("user", [prompt, *pictures(fields.take("images"), "images")])]


def _thinking(value: Any) -> Thinking | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return Thinking(enabled=value)
    if not isinstance(value, str) or value not in LEVELS:
        raise wrong("think", f"{name_of(value)} is unknown", _THINK)
    return Thinking(enabled=True, effort=value)  # type: ignore[arg-type]  # LEVELS are efforts


def _format(value: Any) -> dict[str, Any] | None:
    if value is None or value == "":
        return None
    if value == "json":
        return {"type": "json_object"}
    if not isinstance(value, dict):
        raise wrong("format", no(value, "format") if not isinstance(value, str) else "unknown", '"json", a JSON Schema')
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": value}}
