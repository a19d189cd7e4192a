"""UI messages as a neutral conversation, by the rules of the AI SDK's own `convertToModelMessages`.

Of the user's messages text and files count, of the assistant's also thinking and calls; a `step-start` divides what one
model call said from what the next one said, with the results between. What is only for the eye (sources, data parts) is
left out, and so are calls whose arguments never became whole and those the provider ran itself, with their results:
only that provider knows them, and what it made of them stands in its text.

A call that nobody answered (the page was closed, an approval is open) gets a result that says so, for no provider takes
a call without one. Parts before a `data-restart` are void: the answer began anew behind it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import filled_at, list_at, mapping_at, name_of, scrub, text_at, wrong
from slipstream.dialects.common.ui_wire.files import DEFAULT_TYPE, of_data_url
from slipstream.dialects.common.ui_wire.metadata import call_metadata, proof_of

ROLES: Final = "system, user, assistant"
PARTS: Final = "a list of parts: objects with a `type`"
FILE: Final = "an http(s) address or a data URL"
UNANSWERED: Final = "There is no result: the call was not answered."
DENIED: Final = "The user denied this call."

STATES: Final = (
    "input-streaming", "input-available", "approval-requested", "approval-responded", "output-available",
    "output-error", "output-denied",
)  # fmt: skip


def messages_of(wire: Any, where: str) -> Iterator[r.ChatMessage]:
    """The neutral messages of one UI message; none if it holds nothing that a model reads.

    Raises:
        InvalidRequestError: it is wrong; the message says where.
    """
    message = mapping_at(wire, where, "UI messages: objects with id, role and parts")
    role = message.get("role")
    if role not in ("system", "user", "assistant"):
        raise wrong(f"{where}.role", "missing" if role is None else f"{name_of(role)} is unknown", ROLES)
    parts = list(_parts(message, where))
    if role == "assistant":
        yield from _assistant(parts)
        return
    found = [part for part in map(_plain, parts) if part is not None]
    if role == "system":
        found = _joined(found)
    if found:
        yield r.ChatMessage(role, found)


class _Placed:
    """A part of a UI message, and where it stands."""

    __slots__ = ("kind", "where", "wire")

    def __init__(self, wire: dict[str, Any], where: str) -> None:
        self.wire = wire
        self.where = where
        self.kind: str = text_at(wire.get("type"), f"{where}.type", "the type of a part")

    @property
    def tool(self) -> str | None:
        """The name of the tool that this part is a call of, or None."""
        if self.kind == "dynamic-tool":
            return filled_at(self.wire.get("toolName"), f"{self.where}.toolName", "the tool's name")
        return self.kind[5:] if self.kind.startswith("tool-") else None


def _parts(message: Mapping[str, Any], where: str) -> Iterator[_Placed]:
    content = message.get("content")
    if message.get("parts") is None and isinstance(content, str):  # version 4 of the AI SDK
        yield _Placed({"type": "text", "text": content}, where)
        return
    for index, part in enumerate(list_at(message.get("parts"), f"{where}.parts", PARTS)):
        place = f"{where}.parts[{index}]"
        yield _Placed(mapping_at(part, place, PARTS), place)


def _plain(part: _Placed) -> r.Part | None:
    """A part of a user's or a system's message, or None if it is only for the eye."""
    if part.kind == "text":
        return r.TextPart(text_at(part.wire.get("text"), f"{part.where}.text"))
    return _file(part) if part.kind == "file" else None


def _joined(parts: list[r.Part]) -> list[r.Part]:
    text = "".join(part.text for part in parts if isinstance(part, r.TextPart))
    return [r.TextPart(text)] if text else []


def _file(part: _Placed) -> r.Part:
    wire, where = part.wire, part.where
    media_type = text_at(wire.get("mediaType"), f"{where}.mediaType", "a media type such as image/png")
    name = wire.get("filename")
    name = "" if name is None else text_at(name, f"{where}.filename")
    reference = wire.get("providerReference")
    if isinstance(reference, Mapping) and reference:
        id = next(iter(reference.values()))
        return r.FilePart(id=filled_at(id, f"{where}.providerReference"), media_type=media_type, name=name)
    url = filled_at(wire.get("url"), f"{where}.url", FILE)
    kind = r.ImagePart if media_type.startswith("image/") else None
    if url.startswith(("https://", "http://")):
        return kind(url=url, media_type=media_type) if kind else r.FilePart(url=url, media_type=media_type, name=name)
    stated, data = _content(url, f"{where}.url")
    exact = stated or media_type if media_type.endswith("/*") else media_type or stated
    if kind:
        return kind(data=data, media_type=exact)
    return r.FilePart(data=data, media_type=exact or DEFAULT_TYPE, name=name)


def _content(url: str, where: str) -> tuple[str, str]:
    """The media type and the content, in base64, of a data URL."""
    try:
        content = of_data_url(url)
    except ValueError as error:
        raise wrong(where, str(error), FILE) from None
    if content is None or not content[1]:
        raise wrong(where, "neither an address nor a data URL with content", FILE)
    return content[0], base64.b64encode(content[1]).decode()


def _assistant(parts: list[_Placed]) -> Iterator[r.ChatMessage]:
    for step in _steps(_standing(parts)):
        said = [part for placed in step for part in _said(placed)]
        if said:
            yield r.ChatMessage("assistant", said)
        for placed in step:
            result = _result(placed)
            if result is not None:
                yield r.ChatMessage("tool", [result])
            if placed.kind == "steering-message":  # version 7: the user spoke between two steps
                inner = {"role": "user", "parts": placed.wire.get("parts")}
                yield from messages_of(inner, placed.where)


def _standing(parts: list[_Placed]) -> list[_Placed]:
    """The parts that no new beginning has made void."""
    last = max((index for index, part in enumerate(parts) if part.kind == "data-restart"), default=-1)
    return parts[last + 1 :]


def _steps(parts: Iterable[_Placed]) -> Iterator[list[_Placed]]:
    step: list[_Placed] = []
    for part in parts:
        if part.kind == "step-start":
            yield step
            step = []
        else:
            step.append(part)
            if part.kind == "steering-message":
                yield step
                step = []
    yield step


def _said(part: _Placed) -> list[r.Part]:
    """What the assistant said with this part. Its text is a model's, so that odd characters are no caller's fault."""
    if part.kind == "text":
        text = scrub(_text(part, "text"))
        return [r.TextPart(text)] if text else []
    if part.kind == "reasoning":
        return _reasoning(part)
    if part.kind == "file":
        return [_file(part)] if _is_sendable(part.wire.get("url")) else []
    name = part.tool
    if name is None or not _is_call(part):
        return []
    id = filled_at(part.wire.get("toolCallId"), f"{part.where}.toolCallId", "the call's id")
    if not name:
        raise wrong(f"{part.where}.type", "a call without a name", "tool-<name>, or dynamic-tool with a toolName")
    metadata = call_metadata(part.wire.get("callProviderMetadata"))
    return [r.ToolCallPart(id=id, name=name, arguments=_arguments(part.wire), metadata=metadata)]


def _is_sendable(url: Any) -> bool:
    """False for a file of the model's own whose content nobody has; it must not end the conversation."""
    if not isinstance(url, str) or url.startswith(("https://", "http://")):
        return True
    try:
        content = of_data_url(url)
    except ValueError:
        return False
    return content is not None and bool(content[1])


def _text(part: _Placed, key: str) -> str:
    value = part.wire.get(key)
    if not isinstance(value, str):
        raise wrong(f"{part.where}.{key}", "missing" if value is None else "no text", "a text")
    return value


def _reasoning(part: _Placed) -> list[r.Part]:
    text = scrub(_text(part, "text"))
    signature, redacted, details = proof_of(part.wire.get("providerMetadata"))
    if not (text or signature or redacted or details):
        return []
    return [r.ReasoningPart(text=text, signature=signature, redacted=redacted, details=details)]


def _is_call(part: _Placed) -> bool:
    """True if this part is a call that the conversation needs."""
    state = part.wire.get("state")
    if state not in STATES:
        raise wrong(
            f"{part.where}.state", "missing" if state is None else f"{name_of(state)} is unknown", ", ".join(STATES)
        )
    return state != "input-streaming" and part.wire.get("providerExecuted") is not True


def _arguments(wire: Mapping[str, Any]) -> str:
    """The arguments as JSON text; those that were no JSON stand in `rawInput` as the model wrote them."""
    raw = wire.get("rawInput")
    value = wire.get("input")
    if value is None and wire.get("state") == "output-error":
        value = raw
        if isinstance(raw, str):
            return scrub(raw) or "{}"
    return "{}" if value is None else _json(value)


def _json(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return scrub(msgspec.json.encode(_scrubbed(value)).decode())


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {_scrubbed(key): _scrubbed(item) for key, item in value.items()}
    return [_scrubbed(item) for item in value] if isinstance(value, list) else value


def _result(part: _Placed) -> r.ToolResultPart | None:
    """The result of a call, or None if this part is no call that needs one."""
    name = part.tool
    if name is None or not _is_call(part):
        return None
    output, failed = _outcome(part)
    return r.ToolResultPart(id=part.wire["toolCallId"], output=scrub(output), name=name, is_error=failed)


def _outcome(part: _Placed) -> tuple[str, bool]:
    wire, state = part.wire, part.wire["state"]
    approval = wire.get("approval")
    approval = approval if isinstance(approval, Mapping) else {}
    if state == "output-available" and wire.get("preliminary") is not True:
        output = wire.get("output")
        return (output if isinstance(output, str) else _json(output)), False
    if state == "output-error":
        return _text(part, "errorText"), True
    if state == "output-denied" or approval.get("approved") is False:
        reason = approval.get("reason")
        return (f"{DENIED} {reason}" if isinstance(reason, str) and reason else DENIED), True
    return UNANSWERED, True
