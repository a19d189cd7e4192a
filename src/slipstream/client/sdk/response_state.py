"""What the `.stream()` helper of Responses knows: frames in; events, and the response at its end, out. Pure.

Strategy: text and arguments are kept as pieces (`growing`), so that a snapshot costs nothing until somebody reads it.
The response itself is not put together: the provider sends it whole at the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from slipstream.client.sdk import response_stream_events as e
from slipstream.client.sdk.growing import GrowingText
from slipstream.client.sdk.parsing import parse
from slipstream.client.sdk.response_objects import (
    ParsedResponseFunctionToolCall,
    ParsedResponseOutputMessage,
    ParsedResponseOutputText,
)
from slipstream.client.sdk.response_whole import ParsedResponse, Response
from slipstream.client.sdk.wire import WireObject
from slipstream.errors import ContentFilteredError, ProtocolError, SlipstreamError

_ENDS: Final = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")


class Wanted:
    """What the answer is to be decoded into.

    Args:
        tools: the request's tools; arguments of those that are `strict` are decoded.
        kind: the class of the text, or None.
    """

    def __init__(self, tools: Iterable[Any] = (), kind: type[Any] | None = None) -> None:
        known = [tool for tool in tools if isinstance(tool, Mapping)]
        nested = [(tool.get("name"), inner) for tool in known for inner in tool.get("tools") or ()]
        self._strict = {(None, tool.get("name")) for tool in known if tool.get("strict")}
        self._strict |= {(space, inner.get("name")) for space, inner in nested if inner.get("strict")}
        self.kind = kind

    def text(self, text: str, phase: Any) -> Any:
        """The object that a text is; only a final answer is decoded, no remark on the way."""
        return None if self.kind is None or phase not in (None, "final_answer") else parse(self.kind, text)

    def arguments(self, call: Mapping[str, Any]) -> Any:
        """The arguments of a call of a strict tool."""
        space = call.get("namespace")
        if (space if space != call.get("name") else None, call.get("name")) not in self._strict:
            return None
        try:
            return json.loads(call.get("arguments") or "{}")
        except ValueError as error:
            raise ProtocolError("the arguments of a strict tool are no JSON") from error


def parsed(response: Response, wanted: Wanted) -> ParsedResponse:
    """The response with its texts and the arguments of its calls decoded.

    Raises:
        ProtocolError: they are not what was asked for; an answer that was cut says so.
        ContentFilteredError: they are not, because the provider's filter cut them.
    """
    wire = response._wire
    try:
        output = [_item(item, wanted) for item in wire.get("output") or ()]
    except ProtocolError as error:
        raise _unread(wire, error) from error.__cause__
    return ParsedResponse.over({**wire, "output": output})


def _unread(wire: Mapping[str, Any], error: ProtocolError) -> SlipstreamError:
    """Why an answer could not be decoded: by what its response says of its end, if it was cut."""
    details = wire.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) and wire.get("status") == "incomplete" else None
    if reason == "max_output_tokens":
        return ProtocolError("the answer was cut at max_output_tokens, so its JSON is not whole")
    if reason == "content_filter":
        return ContentFilteredError("the provider's filter cut the answer, so its JSON is not whole")
    return error


def _item(item: dict[str, Any], wanted: Wanted) -> Any:
    kind = item.get("type")
    if kind == "function_call":
        return ParsedResponseFunctionToolCall.over({**item, "parsed_arguments": wanted.arguments(item)})
    if kind != "message":
        return item
    content = [_part(part, item.get("phase"), wanted) for part in item.get("content") or ()]
    return ParsedResponseOutputMessage.over({**item, "content": content})


def _part(part: dict[str, Any], phase: Any, wanted: Wanted) -> Any:
    if part.get("type") != "output_text":
        return part
    return ParsedResponseOutputText.over({**part, "parsed": wanted.text(part.get("text") or "", phase)})


class ResponseState:
    """The answer, as far as it has come.

    Args:
        wanted: what it is decoded into.
        starting_after: events up to this number were seen before, and are not given again; None gives all.

    Attributes:
        response: the last response the provider told of, whole or not; None before the first.
        ended: True once the provider has ended it.
    """

    def __init__(self, wanted: Wanted, starting_after: int | None = None) -> None:
        self._wanted = wanted
        self._after = starting_after
        self._growing: dict[tuple[Any, Any, Any], GrowingText] = {}
        self._phases: dict[Any, Any] = {}
        self._failed: ProtocolError | None = None
        self.response: ParsedResponse | None = None
        self.ended = False

    def take(self, event: WireObject) -> list[WireObject]:
        """Take a frame; return its events.

        Raises:
            ProtocolError, ContentFilteredError: a text is not what was asked for; see `parsed`. It is raised at the end
                of the response, because only that says whether the text was cut.
        """
        wire = event._wire
        if self._failed is not None:
            return self._fail(self._failed, wire)
        try:
            made = self._make(str(wire.get("type")), wire, event)
        except ProtocolError as error:
            if wire.get("type") in _ENDS:
                raise
            self._failed = error
            return []
        number = wire.get("sequence_number")
        seen = self._after is not None and isinstance(number, int) and number <= self._after
        return [] if seen else [made]

    def _fail(self, error: ProtocolError, wire: dict[str, Any]) -> list[WireObject]:
        if wire.get("type") not in (*_ENDS, "error"):
            return []
        raise _unread(wire.get("response") or {}, error) from error.__cause__

    def _make(self, kind: str, wire: dict[str, Any], event: WireObject) -> WireObject:
        if kind == "response.output_text.delta":
            return _event(wire, snapshot=self._grow(wire))
        if kind == "response.function_call_arguments.delta":
            return _event(wire, snapshot=self._grow(wire))
        if kind == "response.output_text.done":
            phase = self._phases.get(wire.get("output_index"))
            return _event(wire, parsed=self._wanted.text(wire.get("text") or "", phase))
        if kind in ("response.output_item.added", "response.output_item.done"):
            self._begin(wire)
        elif isinstance(wire.get("response"), dict):
            return self._whole(kind, wire, event)
        return event

    def _begin(self, wire: dict[str, Any]) -> None:
        item = wire.get("item")
        if isinstance(item, dict):
            self._phases[wire.get("output_index")] = item.get("phase")

    def _grow(self, wire: dict[str, Any]) -> Any:
        # llama.cpp gives no indexes, others give no id.
        place = (wire.get("item_id"), wire.get("output_index"), wire.get("content_index"))
        text = self._growing.setdefault(place, GrowingText())
        text.append(str(wire.get("delta") or ""))
        return text.snapshot()

    def _whole(self, kind: str, wire: dict[str, Any], event: WireObject) -> WireObject:
        response = Response.over(wire["response"])
        self.ended = self.ended or kind in _ENDS
        if kind != "response.completed":
            self.response = ParsedResponse.over(response._wire)
            return event
        self.response = parsed(response, self._wanted)
        return _event(wire, response=self.response)


def _event(wire: dict[str, Any], **fields: Any) -> WireObject:
    """The helper's event of a frame, without the padding that hides the length of its text from listeners."""
    return e.HelperEvent.of({name: value for name, value in {**wire, **fields}.items() if name != "obfuscation"})
