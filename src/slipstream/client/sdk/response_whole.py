"""The response as a whole: what it was asked, what it is, and what it cost (WIRE section 3)."""

from __future__ import annotations

from typing import Any, Final

from slipstream.client.sdk.declaring import Row, declare
from slipstream.client.sdk.response_objects import ContentPart, ResponseOutputItem
from slipstream.client.sdk.wire import OpenObject, Tagged, WireObject


class ResponseError(WireObject):
    """Why a response failed."""

    code: str
    message: str
    misalignment: OpenObject | None
    param: str | None
    type: str | None


class IncompleteDetails(WireObject):
    """Why a response is not whole."""

    reason: str | None


class InputTokensDetails(WireObject):
    """Parts of the request's tokens."""

    cache_write_tokens: int
    cached_tokens: int
    cache_write_tokens_details: OpenObject | None


class OutputTokensDetails(WireObject):
    """Parts of the answer's tokens."""

    reasoning_tokens: int


class ResponseUsage(WireObject):
    """Tokens of one request."""

    input_tokens: int
    input_tokens_details: InputTokensDetails
    output_tokens: int
    output_tokens_details: OutputTokensDetails
    total_tokens: int


class Reasoning(WireObject):
    """How the model was told to reason."""

    context: str | None
    effort: str | None
    generate_summary: str | None
    mode: str | None
    summary: str | None


class TextFormat(Tagged):
    """The form of the text; the base of the family."""

    type: str


class ResponseTextConfig(WireObject):
    """The form of the text that was asked for."""

    format: TextFormat | None
    verbosity: str | None


class Tool(Tagged):
    """A tool that the model may use; the base of the family."""

    type: str


_FORMATS: Final[dict[str, Row]] = {
    "text": ("ResponseFormatText", "type"),
    "json_schema": ("ResponseFormatTextJSONSchemaConfig", "name schema type description strict"),
    "json_object": ("ResponseFormatJSONObject", "type"),
}
_TOOLS: Final[dict[str, Row]] = {
    "function": (
        "FunctionTool",
        "name parameters strict type allowed_callers defer_loading description output_schema",
    ),
    "file_search": ("FileSearchTool", "type vector_store_ids filters:Open max_num_results ranking_options:Open"),
    "computer": ("ComputerTool", "type"),
    "computer_use_preview": ("ComputerUsePreviewTool", "display_height display_width environment type"),
    "web_search": ("WebSearchTool", "type external_web_access filters:Open search_context_size user_location:Open"),
    "mcp": (
        "Mcp",
        "server_label type allowed_callers allowed_tools authorization connector_id defer_loading headers "
        "require_approval server_description server_url tunnel_id",
    ),
    "code_interpreter": ("CodeInterpreter", "container:Open type allowed_callers"),
    "programmatic_tool_calling": ("ProgrammaticToolCalling", "type"),
    "image_generation": (
        "ImageGeneration",
        "type action background complexity frame_count frame_duration_ms input_fidelity input_image_mask:Open model "
        "moderation output_compression output_format partial_images quality size svg:Open",
    ),
    "local_shell": ("LocalShell", "type"),
    "shell": ("FunctionShellTool", "type allowed_callers environment:Open"),
    "custom": ("CustomTool", "name type allowed_callers defer_loading description format:Open"),
    "namespace": ("NamespaceTool", "description name tools:Open[] type"),
    "tool_search": ("ToolSearchTool", "type description execution parameters"),
    "web_search_preview": ("WebSearchPreviewTool", "type search_content_types search_context_size user_location:Open"),
    "apply_patch": ("ApplyPatchTool", "type allowed_callers"),
}
declare(globals(), TextFormat, _FORMATS)
declare(globals(), Tool, _TOOLS)


class Response(WireObject):
    """A response: whole, or as far as it is. Put its `output` back into `input` as it is."""

    id: str
    access_programs: OpenObject | None
    created_at: float
    error: ResponseError | None
    incomplete_details: IncompleteDetails | None
    instructions: Any
    metadata: dict[str, str] | None
    model: str
    object: str
    output: list[ResponseOutputItem]
    parallel_tool_calls: bool
    temperature: float | None
    tool_choice: OpenObject | str
    tools: list[Tool]
    top_p: float | None
    background: bool | None
    completed_at: float | None
    conversation: OpenObject | None
    image: OpenObject | None
    input_transformations: list[OpenObject] | None
    max_output_tokens: int | None
    max_tool_calls: int | None
    moderation: OpenObject | None
    previous_response_id: str | None
    prompt: OpenObject | None
    prompt_cache_diagnostics: OpenObject | None
    prompt_cache_key: str | None
    prompt_cache_options: OpenObject | None
    prompt_cache_retention: str | None
    reasoning: Reasoning | None
    safety_identifier: str | None
    service_tier: str | None
    status: str | None
    text: ResponseTextConfig | None
    tool_usage: OpenObject | None
    top_logprobs: int | None
    truncation: str | None
    usage: ResponseUsage | None
    user: str | None

    @property
    def output_text(self) -> str:
        """The text of all messages, joined; no field of the wire."""
        return "".join(part.text for part in parts(self) if part._wire.get("type") == "output_text")


class ParsedResponse(Response):
    """A response out of `.stream()` or `.parse()`."""

    @property
    def output_parsed(self) -> Any:
        """The first text that was decoded, as the class that was asked for; None if there is none."""
        found = (part.__dict__.get("parsed", part._wire.get("parsed")) for part in parts(self))
        return next((value for value in found if value is not None), None)


def parts(response: Response) -> list[ContentPart]:
    """The parts of all messages of a response."""
    messages = (item for item in response.output or () if item._wire.get("type") == "message")
    return [part for message in messages for part in message.content or ()]
