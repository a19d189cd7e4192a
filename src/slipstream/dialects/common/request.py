"""The neutral request: what every dialect builds its body from.

A user writes messages as strings, as dictionaries in OpenAI's or Anthropic's form, or as `Message`s that earlier
streams folded; `messages.normalise` makes all of them into these types, once.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

Role = Literal["system", "user", "assistant", "tool"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class TextPart(Struct, frozen=True, tag="text"):
    """Text."""

    text: str


class ImagePart(Struct, frozen=True, tag="image"):
    """A picture, by address or by content.

    Args:
        url: http(s) address, or "" when `data` is given.
        data: the picture in base64, without a `data:` prefix, or "".
        media_type: such as `image/png`; needed with `data`.
        detail: OpenAI's `detail` (`low`, `high`, `auto`), or None.
    """

    url: str = ""
    data: str = ""
    media_type: str = ""
    detail: str | None = None


class FilePart(Struct, frozen=True, tag="file"):
    """A document, a sound or a film, by address, by content, or by the provider's id of it.

    Args:
        url: http(s) address, or "".
        data: the content in base64, without a `data:` prefix, or "".
        media_type: such as `application/pdf` or `audio/wav`; needed with `data`.
        name: the file's name, or "".
        id: the provider's id of a file that was uploaded before, or "".
    """

    url: str = ""
    data: str = ""
    media_type: str = ""
    name: str = ""
    id: str = ""


class ReasoningPart(Struct, frozen=True, tag="reasoning"):
    """Earlier thinking, to be echoed back where the provider demands it; see `events.ReasoningEnd`."""

    text: str = ""
    signature: str | None = None
    redacted: str | None = None
    details: list[Any] | None = None


class ToolCallPart(Struct, frozen=True, tag="tool-call"):
    """A call the model made. `arguments` is JSON text, as the model wrote it."""

    id: str
    name: str
    arguments: str = "{}"
    metadata: dict[str, Any] | None = None


class ToolResultPart(Struct, frozen=True, tag="tool-result"):
    """What a call returned, as text (JSON text for anything else). `name` is for the legacy `function` role."""

    id: str
    output: str
    name: str = ""
    is_error: bool = False


class RawPart(Struct, frozen=True, tag="raw"):
    """A content part of some dialect's own that has no neutral form; sent as it is."""

    data: dict[str, Any]


Part = TextPart | ImagePart | FilePart | ReasoningPart | ToolCallPart | ToolResultPart | RawPart


class ChatMessage(Struct, frozen=True):
    """One message of the conversation, in neutral form."""

    role: Role
    parts: list[Part]
    name: str | None = None


class Tool(Struct, frozen=True):
    """A tool the model may call.

    Args:
        name: letters, digits, `_` and `-`, at most 64.
        description: what it does, for the model.
        parameters: JSON Schema of its arguments.
        raw: a provider's own tool object (`web_search`, ...), sent as it is; the other fields are ignored then.
    """

    name: str
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    strict: bool | None = None
    raw: dict[str, Any] | None = None


class Thinking(Struct, frozen=True):
    """Whether and how hard to think.

    Args:
        enabled: True or False; None leaves it to the model.
        effort: how hard, in OpenAI's words, or None.
        budget: tokens for thinking (Anthropic `budget_tokens`), or None.
        extra: the provider's own fields (`clear_thinking`, ...).
    """

    enabled: bool | None = None
    effort: Effort | None = None
    budget: int | None = None
    extra: dict[str, Any] | None = None


class Traits(Struct, frozen=True):
    """How this provider and model differ from their dialect: data from the registry, never code.

    Args:
        max_tokens_field: the name of the bound on the answer's length in the body.
        stream_usage: `ask` sends `stream_options.include_usage`; `always` and `never` do not.
        system_role: the role of system messages in OpenAI's shape.
        thinking_style: how thinking is switched: OpenAI's `reasoning_effort`, GLM's `thinking` object, Qwen's
            `enable_thinking`, OpenRouter's `reasoning` object, Anthropic's `thinking` of type `adaptive` or `enabled`
            with a budget, or not at all.
        prefill: how a trailing assistant message asks to be continued (WIRE section 8 row 34), or None if it cannot.
        output_limit: the most tokens the model gives in one answer, if known.
        version: the API version (Azure `api-version`), or "".
        media: how sounds, films and documents go in OpenAI's shape: by `content` or id, as OpenAI takes them; also by
            address (`any`), as most of the others do; or as Qwen wants them (`dashscope`).
    """

    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    stream_usage: Literal["ask", "always", "never"] = "ask"
    system_role: Literal["system", "developer"] = "system"
    thinking_style: Literal["effort", "object", "enable_thinking", "openrouter", "adaptive", "budget", "none"] = "none"
    prefill: Literal["prefix", "partial", "assistant-last"] | None = None
    output_limit: int | None = None
    version: str = ""
    media: Literal["content", "any", "dashscope"] = "content"


class Request(Struct, frozen=True, kw_only=True):
    """What is asked of a model, in no provider's words.

    Args:
        model: the model's id, as the provider knows it.
        messages: the conversation; system messages stand where the caller put them.
        tools, tool_choice: tools, and `auto`, `none`, `required` or a tool's name.
        thinking: see `Thinking`.
        temperature, top_p, max_tokens, stop, n, seed: sampling; None leaves the provider's default.
        response_format: None, `{"type": "json_object"}`, or `{"type": "json_schema", "json_schema": {...}}`.
        stream: False asks for the whole answer at once.
        traits: see `Traits`.
        extra: fields added to the body as they are; they win over ours.
    """

    model: str
    messages: list[ChatMessage]
    tools: list[Tool] = field(default_factory=list)
    tool_choice: str | None = None
    thinking: Thinking | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: list[str] = field(default_factory=list)
    n: int | None = None
    seed: int | None = None
    response_format: dict[str, Any] | None = None
    stream: bool = True
    traits: Traits = Traits()
    extra: dict[str, Any] = field(default_factory=dict)
