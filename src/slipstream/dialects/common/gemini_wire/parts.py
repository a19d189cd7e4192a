"""Events as the parts of a candidate's content; shared by streams and whole answers."""

from __future__ import annotations

import base64
from typing import Any, Final

from slipstream.dialects.common.gemini_wire.calls import CODE
from slipstream.dialects.common.gemini_wire.signatures import signature_of_call
from slipstream.dialects.common.wire import Wire
from slipstream.events import File, ToolCall, ToolError, ToolResult

TOOL_TYPES: Final = frozenset(
    ("GOOGLE_SEARCH_WEB", "GOOGLE_SEARCH_IMAGE", "URL_CONTEXT", "GOOGLE_MAPS", "FILE_SEARCH", "MEDIA_PROCESSING")
)
"""Tools that Google runs itself, by its own names; its SDK warns of any other."""

OUTCOMES: Final = frozenset(("OUTCOME_OK", "OUTCOME_FAILED", "OUTCOME_DEADLINE_EXCEEDED"))

# A function's arguments are an object here; what is none, and what is no JSON, stands under this key.
INVALID: Final = "INVALID_JSON"


def call_part(call: ToolCall) -> Wire | None:
    """The part of a call; None for a tool that another provider ran, which this API has no word for."""
    if not call.provider_executed:
        given = call.input if isinstance(call.input, dict) else {INVALID: call.arguments}
        part: Wire = {"functionCall": {"id": call.id, "name": call.name, "args": given}}
    elif call.name == CODE and _is_python(call.input):
        told = {name: value for name, value in call.input.items() if name in ("code", "language")}
        told.setdefault("language", "PYTHON")
        part = {"executableCode": {"id": call.id, **told}}
    elif call.name in TOOL_TYPES and isinstance(call.input, dict):
        part = {"toolCall": {"id": call.id, "toolType": call.name, "args": call.input}}
    else:
        return None
    signature = signature_of_call(call.metadata)
    return {**part, "thoughtSignature": signature} if signature else part


def _is_python(given: Any) -> bool:
    """True for code as Google's own tool takes it; there is but one language."""
    return (
        isinstance(given, dict) and isinstance(given.get("code"), str) and given.get("language", "PYTHON") == "PYTHON"
    )


def result_part(result: ToolResult | ToolError) -> Wire | None:
    """The part of what a tool of Google's returned; None for any other result."""
    if isinstance(result, ToolError) or not result.provider_executed or not isinstance(result.output, dict):
        return None
    if result.name == CODE and result.output.get("outcome") in OUTCOMES:
        told = {name: value for name, value in result.output.items() if isinstance(value, str)}
        return {"codeExecutionResult": {"id": result.id, **told}}
    if result.name in TOOL_TYPES:
        return {"toolResponse": {"id": result.id, "toolType": result.name, "response": result.output}}
    return None


def file_part(file: File) -> Wire:
    """The part of a file: its content, or where it is."""
    if file.url and not file.data:
        return {"fileData": {"mimeType": file.media_type, "fileUri": file.url}}
    return {"inlineData": {"mimeType": file.media_type, "data": base64.b64encode(file.data).decode()}}
