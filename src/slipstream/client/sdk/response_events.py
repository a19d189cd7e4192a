"""The events of a streamed response, by the SDK's names (WIRE section 3).

Source: https://platform.openai.com/docs/api-reference/responses-streaming.
"""

from __future__ import annotations

from typing import Final

from slipstream.client.sdk.declaring import Row, declare, declare_plain
from slipstream.client.sdk.response_objects import Annotation, ContentPart, ResponseOutputItem
from slipstream.client.sdk.response_whole import Response
from slipstream.client.sdk.wire import Tagged, WireObject


class ResponseStreamEvent(Tagged):
    """An event of a streamed response; the base of the family."""

    type: str
    sequence_number: int


class Part(WireObject):
    """A part of a summary of reasoning."""

    text: str
    type: str


MENTIONED: Final = (Response, ResponseOutputItem, ContentPart, Annotation, Part)
"""What the rows below mention."""

_LOGPROBS: Final = {"LogprobTopLogprob": "token logprob", "Logprob": "token logprob top_logprobs:LogprobTopLogprob[]"}

_PLACE: Final = "item_id output_index sequence_number type"
_RESPONSE: Final = "response:Response sequence_number type"
_ITEM: Final = "item:ResponseOutputItem output_index sequence_number type"
_CONTENT: Final = "content_index item_id output_index part:ContentPart sequence_number type"
_SUMMARY: Final = "item_id output_index part:Part sequence_number summary_index type"
_DELTA: Final = "delta item_id output_index sequence_number type"
_TEXT_DELTA: Final = "content_index delta item_id output_index sequence_number type"
_SUMMARY_DELTA: Final = "delta item_id output_index sequence_number summary_index type"

_EVENTS: Final[dict[str, Row]] = {
    # The response.
    "response.created": ("ResponseCreatedEvent", _RESPONSE),
    "response.queued": ("ResponseQueuedEvent", _RESPONSE),
    "response.in_progress": ("ResponseInProgressEvent", _RESPONSE),
    "response.completed": ("ResponseCompletedEvent", _RESPONSE),
    "response.incomplete": ("ResponseIncompleteEvent", _RESPONSE),
    "response.failed": ("ResponseFailedEvent", _RESPONSE),
    "error": ("ResponseErrorEvent", "code message param sequence_number type"),
    # Items and their parts.
    "response.output_item.added": ("ResponseOutputItemAddedEvent", _ITEM),
    "response.output_item.done": ("ResponseOutputItemDoneEvent", _ITEM),
    "response.content_part.added": ("ResponseContentPartAddedEvent", _CONTENT),
    "response.content_part.done": ("ResponseContentPartDoneEvent", _CONTENT),
    # Text.
    "response.output_text.delta": (
        "ResponseTextDeltaEvent",
        "content_index delta item_id logprobs:Logprob[] output_index sequence_number type",
    ),
    "response.output_text.done": (
        "ResponseTextDoneEvent",
        "content_index item_id logprobs:Logprob[] output_index sequence_number text type",
    ),
    "response.output_text.annotation.added": (
        "ResponseOutputTextAnnotationAddedEvent",
        "annotation:Annotation annotation_index content_index item_id output_index sequence_number type",
    ),
    "response.refusal.delta": ("ResponseRefusalDeltaEvent", _TEXT_DELTA),
    "response.refusal.done": (
        "ResponseRefusalDoneEvent",
        "content_index item_id output_index refusal sequence_number type",
    ),
    # Reasoning.
    "response.reasoning_summary_part.added": ("ResponseReasoningSummaryPartAddedEvent", _SUMMARY),
    "response.reasoning_summary_part.done": ("ResponseReasoningSummaryPartDoneEvent", f"{_SUMMARY} status"),
    "response.reasoning_summary_text.delta": ("ResponseReasoningSummaryTextDeltaEvent", _SUMMARY_DELTA),
    "response.reasoning_summary_text.done": (
        "ResponseReasoningSummaryTextDoneEvent",
        "item_id output_index sequence_number summary_index text type",
    ),
    "response.reasoning_text.delta": ("ResponseReasoningTextDeltaEvent", _TEXT_DELTA),
    "response.reasoning_text.done": (
        "ResponseReasoningTextDoneEvent",
        "content_index item_id output_index sequence_number text type",
    ),
    # Calls of the caller's tools.
    "response.function_call_arguments.delta": ("ResponseFunctionCallArgumentsDeltaEvent", _DELTA),
    "response.function_call_arguments.done": ("ResponseFunctionCallArgumentsDoneEvent", f"arguments {_PLACE}"),
    "response.custom_tool_call_input.delta": ("ResponseCustomToolCallInputDeltaEvent", _DELTA),
    "response.custom_tool_call_input.done": ("ResponseCustomToolCallInputDoneEvent", f"input {_PLACE}"),
    # Tools that the provider runs.
    "response.web_search_call.in_progress": ("ResponseWebSearchCallInProgressEvent", _PLACE),
    "response.web_search_call.searching": ("ResponseWebSearchCallSearchingEvent", _PLACE),
    "response.web_search_call.completed": ("ResponseWebSearchCallCompletedEvent", _PLACE),
    "response.file_search_call.in_progress": ("ResponseFileSearchCallInProgressEvent", _PLACE),
    "response.file_search_call.searching": ("ResponseFileSearchCallSearchingEvent", _PLACE),
    "response.file_search_call.completed": ("ResponseFileSearchCallCompletedEvent", _PLACE),
    "response.code_interpreter_call.in_progress": ("ResponseCodeInterpreterCallInProgressEvent", _PLACE),
    "response.code_interpreter_call.interpreting": ("ResponseCodeInterpreterCallInterpretingEvent", _PLACE),
    "response.code_interpreter_call.completed": ("ResponseCodeInterpreterCallCompletedEvent", _PLACE),
    "response.code_interpreter_call_code.delta": ("ResponseCodeInterpreterCallCodeDeltaEvent", _DELTA),
    "response.code_interpreter_call_code.done": ("ResponseCodeInterpreterCallCodeDoneEvent", f"code {_PLACE}"),
    "response.image_generation_call.in_progress": ("ResponseImageGenCallInProgressEvent", _PLACE),
    "response.image_generation_call.generating": ("ResponseImageGenCallGeneratingEvent", _PLACE),
    "response.image_generation_call.completed": ("ResponseImageGenCallCompletedEvent", _PLACE),
    "response.image_generation_call.partial_image": (
        "ResponseImageGenCallPartialImageEvent",
        "item_id output_index partial_image_b64 partial_image_index sequence_number type background output_format "
        "quality size",
    ),
    "response.mcp_call.in_progress": ("ResponseMcpCallInProgressEvent", _PLACE),
    "response.mcp_call.completed": ("ResponseMcpCallCompletedEvent", _PLACE),
    "response.mcp_call.failed": ("ResponseMcpCallFailedEvent", _PLACE),
    "response.mcp_call_arguments.delta": ("ResponseMcpCallArgumentsDeltaEvent", _DELTA),
    "response.mcp_call_arguments.done": ("ResponseMcpCallArgumentsDoneEvent", f"arguments {_PLACE}"),
    "response.mcp_list_tools.in_progress": ("ResponseMcpListToolsInProgressEvent", _PLACE),
    "response.mcp_list_tools.completed": ("ResponseMcpListToolsCompletedEvent", _PLACE),
    "response.mcp_list_tools.failed": ("ResponseMcpListToolsFailedEvent", _PLACE),
    "response.shell_call_command.added": (
        "ResponseShellCallCommandAddedEvent",
        "command command_index output_index sequence_number type",
    ),
    "response.shell_call_command.delta": (
        "ResponseShellCallCommandDeltaEvent",
        "command_index delta output_index sequence_number type obfuscation",
    ),
    "response.shell_call_command.done": (
        "ResponseShellCallCommandDoneEvent",
        "command command_index output_index sequence_number type",
    ),
    "response.shell_call_output_content.delta": (
        "ResponseShellCallOutputContentDeltaEvent",
        "command_index delta:Open item_id output_index sequence_number type",
    ),
    "response.shell_call_output_content.done": (
        "ResponseShellCallOutputContentDoneEvent",
        "command_index item_id output:Open[] output_index sequence_number type",
    ),
    "response.compaction.compacting": ("ResponseCompactionCompactingEvent", _PLACE),
    # Sound.
    "response.audio.delta": ("ResponseAudioDeltaEvent", "delta sequence_number type"),
    "response.audio.done": ("ResponseAudioDoneEvent", "sequence_number type"),
    "response.audio.transcript.delta": ("ResponseAudioTranscriptDeltaEvent", "delta sequence_number type"),
    "response.audio.transcript.done": ("ResponseAudioTranscriptDoneEvent", "sequence_number type"),
}
declare_plain(globals(), _LOGPROBS)
declare(globals(), ResponseStreamEvent, _EVENTS)
