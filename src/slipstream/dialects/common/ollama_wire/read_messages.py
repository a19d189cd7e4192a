"""Ollama's `messages`, made neutral."""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import filled_at, known_keys, list_at, mapping_at, name_of, text_at, wrong
from slipstream.dialects.common.parts import call_part, image_of

ROLES: Final = ("system", "user", "assistant", "tool")
_FORM: Final = '{"role": ..., "content": ...}'
_CALL: Final = '{"function": {"name": ..., "arguments": {...}}}'
_KEYS: Final = frozenset(
    ("role", "content", "thinking", "images", "tool_calls", "tool_name", "tool_call_id", "name")
)  # fmt: skip


def pictures(value: Any, where: str) -> list[r.Part]:
    """Pictures in bare base64, or as `data:` URLs.

    Raises:
        InvalidRequestError: one is none, or an address: Ollama fetches none, so its clients do not mean one.
    """
    found: list[r.Part] = []
    for index, item in enumerate(list_at([] if value is None else value, where, "a list of pictures in base64")):
        place = f"{where}[{index}]"
        if isinstance(item, str) and item.startswith(("http://", "https://")):
            raise wrong(place, "an address", "a picture in base64")
        found.append(image_of(item, None, place))
    return found


class Conversation:
    """Reads messages.

    Older servers gave calls no id: those get one made up here, and results find theirs by name or by turn.
    """

    def __init__(self) -> None:
        self._count = 0
        self._open: list[tuple[str, str]] = []  # calls that nobody has answered: id and name

    def read(self, value: Any) -> list[r.ChatMessage]:
        """The neutral messages.

        Raises:
            InvalidRequestError: something in them is wrong; the message says where and what is accepted.
        """
        items = list_at(value, "messages", f"a list of {_FORM}")
        if not items:
            raise wrong("messages", "an empty list", "at least one message")
        return [self._message(item, f"messages[{index}]") for index, item in enumerate(items)]

    def _message(self, value: Any, where: str) -> r.ChatMessage:
        wire = mapping_at(value, where, _FORM)
        role = wire.get("role")
        if not isinstance(role, str) or role not in ROLES:
            what = "missing" if role is None else f"{name_of(role)} is unknown"
            raise wrong(f"{where}.role", what, ", ".join(ROLES))
        known_keys(wire, _KEYS, where)
        content = wire.get("content")
        text = text_at("" if content is None else content, f"{where}.content")
        if role == "tool":
            return r.ChatMessage("tool", [self._result(wire, text, where)])
        parts: list[r.Part] = [r.TextPart(text)] if text else []
        parts += pictures(wire.get("images"), f"{where}.images")
        if role == "assistant":
            parts = [*self._thinking(wire, where), *parts, *self._calls(wire, where)]
        name = wire.get("name")
        role_: r.Role = role  # type: ignore[assignment]  # it is one of ROLES
        return r.ChatMessage(
            role_, parts or [r.TextPart("")], None if name is None else filled_at(name, f"{where}.name")
        )

    @staticmethod
    def _thinking(wire: dict[str, Any], where: str) -> list[r.Part]:
        thinking = wire.get("thinking")
        return [r.ReasoningPart(text=text_at(thinking, f"{where}.thinking"))] if thinking else []

    def _calls(self, wire: dict[str, Any], where: str) -> list[r.Part]:
        calls = wire.get("tool_calls")
        items = list_at([] if calls is None else calls, f"{where}.tool_calls", f"a list of {_CALL}")
        return [self._call(item, f"{where}.tool_calls[{index}]") for index, item in enumerate(items)]

    def _call(self, value: Any, where: str) -> r.Part:
        call = mapping_at(value, where, _CALL)
        function = mapping_at(call.get("function"), f"{where}.function", '{"name": ..., "arguments": {...}}')
        id = call.get("id")
        id = filled_at(id, f"{where}.id") if id else self._made_up()
        part = call_part(function, f"{where}.function", id, function.get("arguments"), {})
        self._open.append((id, part.name))
        return part

    def _made_up(self) -> str:
        self._count += 1
        return f"call_{self._count}"

    def _result(self, wire: dict[str, Any], text: str, where: str) -> r.Part:
        name = wire.get("tool_name") or wire.get("name")
        name = text_at(name, f"{where}.tool_name") if name else ""
        id = wire.get("tool_call_id")
        id = filled_at(id, f"{where}.tool_call_id") if id else self._answered(name)
        self._open = [call for call in self._open if call[0] != id]
        return r.ToolResultPart(id=id, output=text, name=name)

    def _answered(self, name: str) -> str:
        """The call that a result without an id answers: the first open one of its name, else the first open one."""
        named = (id for id, called in self._open if called == name)
        return next(named, self._open[0][0] if self._open else self._made_up())
