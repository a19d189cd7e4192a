"""The neutral request as `useChat`'s body, for servers that speak the UI protocol.

Such a server decides on its own about the model and its tools, so what the request says of them stands beside
`messages` under our neutral names, where `request.read_body` finds them; other servers ignore what they do not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import kind_of, wrong
from slipstream.dialects.common.ui_wire.metadata import OWN

NO_JSON: Final = "The arguments are no JSON."
FILE: Final = "a url, or data and media_type"


def body_of(request: r.Request) -> dict[str, Any]:
    """The JSON body.

    Raises:
        InvalidRequestError: something in the request cannot be said in this protocol; the message names it.
    """
    if request.n is not None and request.n != 1:
        raise wrong("n", f"{request.n} answers to one request", "1, which is all a message holds")
    body: dict[str, Any] = {
        "id": "chat",
        "messages": list(_messages(request.messages)),
        "trigger": "submit-message",
    }
    return body | settings_of(request) | request.extra


def settings_of(request: r.Request) -> dict[str, Any]:
    """What a request says beside its messages, by the names that `settings` reads."""
    optional = {
        "model": request.model or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": request.tool_choice,
        "thinking": None if request.thinking is None else _thinking(request.thinking),
        "temperature": request.temperature,
        "top_p": request.top_p,
        "max_tokens": request.max_tokens,
        "stop": request.stop or None,
        "seed": request.seed,
        "response_format": request.response_format,
        "stream": None if request.stream else False,
    }
    return {key: value for key, value in optional.items() if value is not None}


def _tool(tool: r.Tool) -> dict[str, Any]:
    if tool.raw is not None:
        return tool.raw
    function: dict[str, Any] = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


_SWITCH: Final = {True: "enabled", False: "disabled", None: "auto"}


def _thinking(thinking: r.Thinking) -> dict[str, Any]:
    fields = {"type": _SWITCH[thinking.enabled], "budget_tokens": thinking.budget, "effort": thinking.effort}
    return {key: value for key, value in fields.items() if value is not None} | (thinking.extra or {})


def _messages(messages: list[r.ChatMessage]) -> Iterator[dict[str, Any]]:
    """UI messages: what the assistant said and the results it got are one message, a step for each turn."""
    answer: list[dict[str, Any]] = []
    number = 0
    for index, message in enumerate(messages):
        where = f"messages[{index}]"
        if message.role in ("assistant", "tool"):
            _continue(answer, message, where)
            continue
        if answer:
            yield {"id": f"message-{number}", "role": "assistant", "parts": answer}
            answer, number = [], number + 1
        parts = [_plain(part, f"{where}.parts[{at}]") for at, part in enumerate(message.parts)]
        yield {"id": f"message-{number}", "role": message.role, "parts": parts}
        number += 1
    if answer:
        yield {"id": f"message-{number}", "role": "assistant", "parts": answer}


def _continue(answer: list[dict[str, Any]], message: r.ChatMessage, where: str) -> None:
    if message.role == "assistant":
        answer.append({"type": "step-start"})
    for at, part in enumerate(message.parts):
        place = f"{where}.parts[{at}]"
        if isinstance(part, r.ToolResultPart):
            _answer_call(answer, part, place, own=message.role == "assistant")
        else:
            answer.append(_said(part, place))


def _plain(part: r.Part, where: str) -> dict[str, Any]:
    if isinstance(part, r.TextPart):
        return {"type": "text", "text": part.text}
    if isinstance(part, (r.ImagePart, r.FilePart)):
        return _file(part, where)
    raise wrong(where, f"{kind_of(part)} has no form in a UI message", "TextPart, ImagePart, FilePart")


def _file(part: r.ImagePart | r.FilePart, where: str) -> dict[str, Any]:
    if not part.url and not part.data:
        raise wrong(where, "a file known to one provider only", FILE)
    media_type = part.media_type or ("image/*" if isinstance(part, r.ImagePart) else "application/octet-stream")
    found = {"type": "file", "mediaType": media_type, "url": part.url or f"data:{media_type};base64,{part.data}"}
    name = part.name if isinstance(part, r.FilePart) else ""
    return found | ({"filename": name} if name else {})


def _said(part: r.Part, where: str) -> dict[str, Any]:
    if isinstance(part, r.ReasoningPart):
        fields = {"signature": part.signature, "redacted": part.redacted, "details": part.details}
        proof = {key: value for key, value in fields.items() if value is not None}
        found: dict[str, Any] = {"type": "reasoning", "text": part.text}
        return found | ({"providerMetadata": {OWN: proof}} if proof else {})
    return _call(part) if isinstance(part, r.ToolCallPart) else _plain(part, where)


def _call(part: r.ToolCallPart) -> dict[str, Any]:
    found: dict[str, Any] = {"type": f"tool-{part.name}", "toolCallId": part.id, "state": "input-available"}
    if part.metadata is not None:
        found["callProviderMetadata"] = {OWN: part.metadata}
    try:
        found["input"] = msgspec.json.decode(part.arguments)
    except (ValueError, RecursionError):
        found |= {"state": "output-error", "rawInput": part.arguments, "errorText": NO_JSON}
    return found


def _answer_call(answer: list[dict[str, Any]], part: r.ToolResultPart, where: str, *, own: bool) -> None:
    """Write a result into the first call of its id that has none."""
    calls = [wire for wire in answer if wire.get("toolCallId") == part.id]
    if not calls:
        raise wrong(where, "a result without its call before it", "results of calls in the message before")
    call = next(
        (wire for wire in calls if wire["state"] == "input-available" or wire.get("errorText") == NO_JSON), calls[-1]
    )
    if part.is_error or "rawInput" in call:
        call |= {"state": "output-error", "errorText": part.output}
    else:
        call |= {"state": "output-available", "output": part.output}
    if own:
        call["providerExecuted"] = True


def _is_unanswered(call: dict[str, Any]) -> bool:
    return call["state"] == "input-available" or call.get("errorText") == NO_JSON
