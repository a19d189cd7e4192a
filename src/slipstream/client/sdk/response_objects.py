"""What OpenAI's Responses API says, as objects; the names and fields are those of the official SDK (WIRE section 3).

Source: the API reference, https://platform.openai.com/docs/api-reference/responses/object. The objects that programs
take apart are classes here, the rest are rows of tables. An object of a type that is not here is of its family's own
class, and its fields are readable all the same.
"""

from __future__ import annotations

from typing import Any, Final

from slipstream.client.sdk.declaring import Row, declare, declare_plain
from slipstream.client.sdk.wire import OpenObject, Tagged, WireObject


class Annotation(Tagged):
    """What a piece of text cites; the base of the family."""

    type: str


_ANNOTATIONS: Final[dict[str, Row]] = {
    "file_citation": ("AnnotationFileCitation", "file_id filename index type"),
    "url_citation": ("AnnotationURLCitation", "end_index start_index title type url"),
    "container_file_citation": (
        "AnnotationContainerFileCitation",
        "container_id end_index file_id filename start_index type",
    ),
    "file_path": ("AnnotationFilePath", "file_id index type"),
}


class LogprobTopLogprob(WireObject):
    """One of the likely tokens at a place."""

    token: str
    bytes: list[int]
    logprob: float


class Logprob(WireObject):
    """A token of the answer, and how likely it was."""

    token: str
    bytes: list[int]
    logprob: float
    top_logprobs: list[LogprobTopLogprob]


class ContentPart(Tagged):
    """A part of a message or of reasoning; the base of the family."""

    type: str


class ResponseOutputText(ContentPart, tag="output_text"):
    """A piece of text, and what it cites."""

    annotations: list[Annotation]
    text: str
    type: str
    logprobs: list[Logprob] | None


class ResponseOutputRefusal(ContentPart, tag="refusal"):
    """A refusal to answer."""

    refusal: str
    type: str


class PartReasoningText(ContentPart, tag="reasoning_text"):
    """A piece of reasoning, word for word."""

    text: str
    type: str


class ParsedResponseOutputText(ResponseOutputText):
    """A piece of text out of `.stream()` or `.parse()`, decoded if a class was asked for."""

    _local = ("parsed",)

    parsed: Any


class Summary(WireObject):
    """A part of a summary of reasoning."""

    text: str
    type: str


class Content(WireObject):
    """A part of reasoning itself, in its item."""

    text: str
    type: str


class ResponseOutputItem(Tagged):
    """One thing that the model has made: a message, a call, reasoning; the base of the family."""

    type: str


class ResponseOutputMessage(ResponseOutputItem, tag="message"):
    """A message of the model."""

    id: str
    content: list[ContentPart]
    role: str
    status: str
    type: str
    phase: str | None


class ParsedResponseOutputMessage(ResponseOutputMessage):
    """A message out of `.stream()` or `.parse()`."""


class ResponseFunctionToolCall(ResponseOutputItem, tag="function_call"):
    """A call of a function: its name, and its arguments as JSON text."""

    arguments: str
    call_id: str
    name: str
    type: str
    id: str | None
    caller: OpenObject | None
    namespace: str | None
    status: str | None


class ParsedResponseFunctionToolCall(ResponseFunctionToolCall):
    """A call out of `.stream()` or `.parse()`, its arguments decoded if the tool is `strict`."""

    _local = ("parsed_arguments",)

    parsed_arguments: Any


class ResponseReasoningItem(ResponseOutputItem, tag="reasoning"):
    """Reasoning: a summary of it, itself, or sealed."""

    id: str
    summary: list[Summary]
    type: str
    content: list[Content] | None
    encrypted_content: str | None
    status: str | None


declare(globals(), Annotation, _ANNOTATIONS)


class SearchAction(Tagged):
    """What a web search did; the base of the family."""

    type: str


class CodeOutput(Tagged):
    """What code gave out; the base of the family."""

    type: str


class MCPError(Tagged):
    """What went wrong in a call of an MCP server; the base of the family."""

    type: str


_ACTIONS: Final[dict[str, Row]] = {
    "search": ("ActionSearch", "type queries query sources:Open[]"),
    "open_page": ("ActionOpenPage", "type url"),
    "find_in_page": ("ActionFind", "pattern type url"),
}
_OUTPUTS: Final[dict[str, Row]] = {"logs": ("OutputLogs", "logs type"), "image": ("OutputImage", "type url")}
_MCP_ERRORS: Final[dict[str, Row]] = {
    "mcp_protocol_error": ("McpProtocolError", "code message type"),
    "mcp_tool_execution_error": ("McpToolExecutionError", "content type"),
    "http_error": ("HTTPError", "code message type"),
}
_PLAIN: Final = {
    "Result": "attributes file_id filename score text",
    "McpListToolsTool": "input_schema name annotations description",
    "LocalShellCallAction": "command env type timeout_ms user working_directory",
    "Action": "commands max_output_length timeout_ms",
}

declare(globals(), SearchAction, _ACTIONS)
declare(globals(), CodeOutput, _OUTPUTS)
declare(globals(), MCPError, _MCP_ERRORS)
declare_plain(globals(), _PLAIN)

_ITEMS: Final[dict[str, Row]] = {
    "file_search_call": ("ResponseFileSearchToolCall", "id queries status type results:Result[]"),
    "function_call_output": (
        "ResponseFunctionToolCallOutputItem",
        "id output:Open[] status type call_id caller:Open created_by name namespace",
    ),
    "web_search_call": ("ResponseFunctionWebSearch", "id action:SearchAction status type"),
    "computer_call": (
        "ResponseComputerToolCall",
        "id call_id pending_safety_checks:Open[] status type action:Open actions:Open[]",
    ),
    "computer_call_output": (
        "ResponseComputerToolCallOutputItem",
        "id call_id output:Open status type acknowledged_safety_checks:Open[] created_by",
    ),
    "program": ("Program", "id call_id code fingerprint type"),
    "program_output": ("ProgramOutput", "id call_id result status type"),
    "tool_search_call": ("ResponseToolSearchCall", "id arguments call_id execution status type created_by"),
    "tool_search_output": (
        "ResponseToolSearchOutputItem",
        "id call_id execution status tools:Open[] type created_by",
    ),
    "additional_tools": ("AdditionalTools", "id role tools:Open[] type"),
    "compaction": ("ResponseCompactionItem", "id encrypted_content type created_by"),
    "image_generation_call": (
        "ImageGenerationCall",
        "id result status type action background error:Open output_format quality revised_prompt size svg_usage:Open",
    ),
    "code_interpreter_call": (
        "ResponseCodeInterpreterToolCall",
        "id code container_id outputs:CodeOutput[] status type",
    ),
    "local_shell_call": ("LocalShellCall", "id action:LocalShellCallAction call_id status type"),
    "local_shell_call_output": ("LocalShellCallOutput", "id output type status"),
    "shell_call": (
        "ResponseFunctionShellToolCall",
        "id action:Action call_id environment:Open status type caller:Open created_by",
    ),
    "shell_call_output": (
        "ResponseFunctionShellToolCallOutput",
        "id call_id max_output_length output:Open[] status type caller:Open created_by",
    ),
    "apply_patch_call": (
        "ResponseApplyPatchToolCall",
        "id call_id operation:Open status type caller:Open created_by",
    ),
    "apply_patch_call_output": (
        "ResponseApplyPatchToolCallOutput",
        "id call_id status type caller:Open created_by output",
    ),
    "mcp_call": (
        "McpCall",
        "id arguments name server_label type approval_request_id error:MCPError output status",
    ),
    "mcp_list_tools": ("McpListTools", "id server_label tools:McpListToolsTool[] type error"),
    "mcp_approval_request": ("McpApprovalRequest", "id arguments name server_label type"),
    "mcp_approval_response": ("McpApprovalResponse", "id approval_request_id approve type reason"),
    "custom_tool_call": ("ResponseCustomToolCall", "call_id input name type id caller:Open namespace"),
    "custom_tool_call_output": (
        "ResponseCustomToolCallOutputItem",
        "call_id output:Open[] type id caller:Open status created_by",
    ),
}
declare(globals(), ResponseOutputItem, _ITEMS)
