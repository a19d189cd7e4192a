"""The `contents` of a request, read into the neutral conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import filled_at, kind_of, list_at, mapping_at, name_of, text_at, wrong
from slipstream.dialects.common.gemini_wire.media import read_file, read_inline
from slipstream.dialects.common.gemini_wire.signatures import metadata_of, proof_of

_Wire = dict[str, Any]

_ROLES: Final = "user, model"
_PARTS: Final = "text, inlineData, fileData, functionCall, functionResponse, ..."
_PASSED: Final = ("executableCode", "codeExecutionResult", "toolCall", "toolResponse")
_CAMEL: Final = {
    "inline_data": "inlineData", "file_data": "fileData", "function_call": "functionCall",
    "function_response": "functionResponse", "executable_code": "executableCode",
    "code_execution_result": "codeExecutionResult", "tool_call": "toolCall", "tool_response": "toolResponse",
    "thought_signature": "thoughtSignature",
}  # fmt: skip
_KNOWN: Final = ("text", "thought", "thoughtSignature", "partMetadata")


class ContentsReader:
    """Reads the turns of a conversation. Calls without an id get one, and so do their results, in their order."""

    def __init__(self) -> None:
        self._calls = 0
        self._waiting: dict[str, list[str]] = {}  # name -> ids of calls without one of their own

    def system(self, value: Any) -> list[r.ChatMessage]:
        """The system message, if there is one."""
        if value is None:
            return []
        where = "systemInstruction"
        if isinstance(value, str):
            return [r.ChatMessage("system", [r.TextPart(text_at(value, where))])]
        parts = self._parts(mapping_at(value, where, '{"parts": [...]}'), where, said=False)
        if not all(isinstance(part, r.TextPart | r.RawPart) for part in parts):
            raise wrong(where, "more than text", "text parts")
        return [r.ChatMessage("system", parts)] if parts else []

    def contents(self, value: Any) -> list[r.ChatMessage]:
        """The conversation.

        Raises:
            InvalidRequestError: it is none; the message names the place.
        """
        items = list_at(value, "contents", 'a list of {"role": ..., "parts": [...]}')
        if not items:
            raise wrong("contents", "an empty list", "at least one content")
        return [message for index, item in enumerate(items) for message in self._content(item, f"contents[{index}]")]

    def _content(self, item: Any, where: str) -> list[r.ChatMessage]:
        wire = mapping_at(item, where, '{"role": ..., "parts": [...]}')
        role = wire.get("role") or "user"
        if role not in ("user", "model", "function", "tool"):
            raise wrong(f"{where}.role", f"{name_of(role)} is unknown", _ROLES)
        parts = self._parts(wire, where, said=role == "model")
        if role == "model":
            return [r.ChatMessage("assistant", parts)] if parts else []
        found: list[r.ChatMessage] = []
        for part in parts:
            if isinstance(part, r.ToolResultPart):
                found.append(r.ChatMessage("tool", [part]))
            elif found and found[-1].role == "user":
                found[-1].parts.append(part)
            else:
                found.append(r.ChatMessage("user", [part]))
        return found

    def _parts(self, wire: _Wire, where: str, *, said: bool) -> list[r.Part]:
        value = wire.get("parts")
        items = list_at([] if value is None else value, f"{where}.parts", "a list of parts")
        found: list[r.Part] = []
        for index, item in enumerate(items):
            place = f"{where}.parts[{index}]"
            part = mapping_at(item, place, _PARTS)
            found += self._part({_CAMEL.get(name, name): one for name, one in part.items()}, place, said=said)
        return found

    def _part(self, wire: _Wire, where: str, *, said: bool) -> list[r.Part]:
        signature = text_at(wire.get("thoughtSignature") or "", f"{where}.thoughtSignature")
        kind = next((name for name in wire if name not in _KNOWN and wire[name] is not None), None)
        if kind in _PASSED:
            return [r.RawPart(wire)]
        reader = None if kind is None else _READERS.get(kind)
        if reader is not None:
            others = [name for name in wire if name not in (kind, *_KNOWN)]
            return [r.RawPart(wire)] if others else [reader(self, wire[str(kind)], f"{where}.{kind}", signature, said)]
        if kind is not None and wire.get("text") is None:
            raise wrong(where, f"a part with {name_of(kind)} is unknown", _PARTS)
        return self._text(wire, where, signature, said=said)

    def _text(self, wire: _Wire, where: str, signature: str, *, said: bool) -> list[r.Part]:
        value = wire.get("text")
        if value is None and not signature:
            raise wrong(where, "an empty part", _PARTS)
        text = text_at(value or "", f"{where}.text")
        thought = wire.get("thought") is True
        proof = (
            proof_of(signature, "thought" if thought else "text", 0 if thought else len(text)) if signature else None
        )
        if thought:
            return [r.ReasoningPart(text, *(proof or (None, None, None)))] if said else [r.TextPart(text)]
        parts: list[r.Part] = [r.TextPart(text)] if text or not signature else []
        return [*parts, r.ReasoningPart("", *proof)] if proof is not None and said else parts

    # Readers of the parts that are objects.

    def _call(self, value: Any, where: str, signature: str, said: bool) -> r.Part:
        if not said:
            raise wrong(where, "a call in a turn of the user", "calls in turns of the model")
        wire = mapping_at(value, where, '{"name": ..., "args": {...}}')
        name = filled_at(wire.get("name"), f"{where}.name", "the function's name")
        args = wire.get("args")
        if args is not None and not isinstance(args, dict):
            raise wrong(f"{where}.args", f"{kind_of(args)} is no object", "an object")
        id = text_at(wire.get("id") or "", f"{where}.id")
        if not id:
            id = f"call_{self._calls}"
            self._waiting.setdefault(name, []).append(id)
        self._calls += 1
        return r.ToolCallPart(id, name, _dump(args or {}, f"{where}.args"), metadata_of(signature))

    def _response(self, value: Any, where: str, signature: str, said: bool) -> r.Part:  # noqa: ARG002
        wire = mapping_at(value, where, '{"name": ..., "response": {...}}')
        name = filled_at(wire.get("name"), f"{where}.name", "the function's name")
        if wire.get("parts"):
            return r.RawPart({"functionResponse": wire})  # media in a result: no neutral form
        found = wire.get("response")
        response = mapping_at({} if found is None else found, f"{where}.response", "an object")
        id = text_at(wire.get("id") or "", f"{where}.id")
        waiting = self._waiting.get(name)
        if not id and waiting:
            id = waiting.pop(0)
        output, failed = _output(response, f"{where}.response")
        return r.ToolResultPart(id=id, output=output, name=name, is_error=failed)

    def _blob(self, value: Any, where: str, signature: str, said: bool) -> r.Part:  # noqa: ARG002
        return read_inline(value, where)

    def _file(self, value: Any, where: str, signature: str, said: bool) -> r.Part:  # noqa: ARG002
        return read_file(value, where)


def _output(response: _Wire, where: str) -> tuple[str, bool]:
    """What a tool returned, as text, and whether it failed; `output` and `error` are the API's own words."""
    if len(response) == 1:
        (name, value), *_ = response.items()
        if name in ("output", "error"):
            text = text_at(value, f"{where}.{name}") if isinstance(value, str) else _dump(value, where)
            return text, name == "error"
    return _dump(response, where), False


def _dump(value: Any, where: str) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (UnicodeEncodeError, TypeError, RecursionError):
        raise wrong(where, "something that JSON cannot hold", "valid JSON") from None


_READERS: Final[dict[str, Callable[[ContentsReader, Any, str, str, bool], r.Part]]] = {
    "functionCall": ContentsReader._call,
    "functionResponse": ContentsReader._response,
    "inlineData": ContentsReader._blob,
    "fileData": ContentsReader._file,
}
