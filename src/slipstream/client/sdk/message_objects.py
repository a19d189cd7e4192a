"""What Anthropic's Messages API says, as objects; the fields are those of the official SDK (WIRE section 4).

Blocks, deltas, citations and events are families: `type` says which class it is. An object of a type that is not
here is of the family's own class, and its fields are readable all the same.
"""

from __future__ import annotations

from typing import Any

from slipstream.client.sdk.wire import OpenObject, Tagged, WireObject


class CacheCreation(WireObject):
    """Tokens written to the cache, by how long they stay."""

    ephemeral_1h_input_tokens: int
    ephemeral_5m_input_tokens: int


class ServerToolUsage(WireObject):
    """Calls of tools that the provider ran."""

    web_fetch_requests: int
    web_search_requests: int


class OutputTokensDetails(WireObject):
    """Parts of the answer's tokens."""

    thinking_tokens: int


class Usage(WireObject):
    """Tokens of one request."""

    cache_creation: CacheCreation | None
    cache_creation_input_tokens: int | None
    cache_read_input_tokens: int | None
    inference_geo: str | None
    input_tokens: int
    output_tokens: int
    output_tokens_details: OutputTokensDetails | None
    server_tool_use: ServerToolUsage | None
    service_tier: str | None
    speed: str | None


class MessageDeltaUsage(WireObject):
    """Tokens so far; the whole, never an increase."""

    cache_creation_input_tokens: int | None
    cache_read_input_tokens: int | None
    input_tokens: int | None
    output_tokens: int
    output_tokens_details: OutputTokensDetails | None
    server_tool_use: ServerToolUsage | None


class RefusalStopDetails(WireObject):
    """Why an answer was refused."""

    category: str | None
    explanation: str | None
    type: str


class Container(WireObject):
    """The sandbox that code ran in."""

    id: str
    expires_at: str
    skills: list[OpenObject] | None


class Citation(Tagged):
    """Something that a text block cites; the base of the family."""

    type: str


class CitationCharLocation(Citation, tag="char_location"):
    """Characters of a document."""

    cited_text: str
    document_index: int
    document_title: str | None
    end_char_index: int
    file_id: str | None
    start_char_index: int


class CitationPageLocation(Citation, tag="page_location"):
    """Pages of a document."""

    cited_text: str
    document_index: int
    document_title: str | None
    end_page_number: int
    file_id: str | None
    start_page_number: int


class CitationContentBlockLocation(Citation, tag="content_block_location"):
    """Blocks of a document."""

    cited_text: str
    document_index: int
    document_title: str | None
    end_block_index: int
    file_id: str | None
    start_block_index: int


class CitationsWebSearchResultLocation(Citation, tag="web_search_result_location"):
    """A page that a search found."""

    cited_text: str
    encrypted_index: str
    title: str | None
    url: str


class CitationsSearchResultLocation(Citation, tag="search_result_location"):
    """A search result that was sent along."""

    cited_text: str
    end_block_index: int
    search_result_index: int
    source: str
    start_block_index: int
    title: str | None


class ContentBlock(Tagged):
    """A block of an answer; the base of the family, and the class of blocks that are not listed here."""

    type: str


class TextBlock(ContentBlock, tag="text"):
    """Text."""

    _beside = frozenset(("parsed_output",))

    citations: list[Citation] | None
    text: str


class ThinkingBlock(ContentBlock, tag="thinking"):
    """Thinking, and the signature to send back with it."""

    signature: str
    thinking: str


class RedactedThinkingBlock(ContentBlock, tag="redacted_thinking"):
    """Thinking that the provider encrypted."""

    data: str


class ToolUseBlock(ContentBlock, tag="tool_use"):
    """A call of a tool of yours."""

    id: str
    caller: OpenObject | None
    input: dict[str, Any]
    name: str
    toolset_name: str | None


class ServerToolUseBlock(ContentBlock, tag="server_tool_use"):
    """A call of a tool that the provider runs."""

    id: str
    caller: OpenObject | None
    input: dict[str, Any]
    name: str


class ToolResultBlock(ContentBlock):
    """What a tool of the provider returned; the base of those below."""

    content: OpenObject
    tool_use_id: str


class WebSearchToolResultBlock(ToolResultBlock, tag="web_search_tool_result"):
    """Pages that a search found, or its error."""

    caller: OpenObject | None


class WebFetchToolResultBlock(ToolResultBlock, tag="web_fetch_tool_result"):
    """A page, or an error."""

    caller: OpenObject | None


class CodeExecutionToolResultBlock(ToolResultBlock, tag="code_execution_tool_result"):
    """What code printed."""


class BashCodeExecutionToolResultBlock(ToolResultBlock, tag="bash_code_execution_tool_result"):
    """What a shell command printed."""


class TextEditorCodeExecutionToolResultBlock(ToolResultBlock, tag="text_editor_code_execution_tool_result"):
    """What an edit did."""


class ToolSearchToolResultBlock(ToolResultBlock, tag="tool_search_tool_result"):
    """Tools that a search found."""


class ContainerUploadBlock(ContentBlock, tag="container_upload"):
    """A file that the sandbox holds."""

    file_id: str


class Message(WireObject):
    """A whole answer; `content` goes back into `messages` as it is."""

    id: str
    container: Container | None
    content: list[ContentBlock]
    diagnostics: OpenObject | None
    model: str
    role: str
    stop_details: RefusalStopDetails | None
    stop_reason: str | None
    stop_sequence: str | None
    type: str
    usage: Usage


class ContentBlockDelta(Tagged):
    """A piece of a block; the base of the family."""

    type: str


class TextDelta(ContentBlockDelta, tag="text_delta"):
    """A piece of text."""

    text: str


class InputJSONDelta(ContentBlockDelta, tag="input_json_delta"):
    """A piece of a call's arguments."""

    partial_json: str


class ThinkingDelta(ContentBlockDelta, tag="thinking_delta"):
    """A piece of thinking."""

    thinking: str


class SignatureDelta(ContentBlockDelta, tag="signature_delta"):
    """The signature of the thinking before it; it comes whole."""

    signature: str


class CitationsDelta(ContentBlockDelta, tag="citations_delta"):
    """Something that the open text block cites."""

    citation: Citation


class Delta(WireObject):
    """Why the answer ended."""

    container: Container | None
    stop_details: RefusalStopDetails | None
    stop_reason: str | None
    stop_sequence: str | None


class RawMessageStreamEvent(Tagged):
    """One frame of a stream; the base of the family."""

    type: str


class RawMessageStartEvent(RawMessageStreamEvent, tag="message_start"):
    """The answer begins; its message has no content yet."""

    message: Message


class RawContentBlockStartEvent(RawMessageStreamEvent, tag="content_block_start"):
    """A block opens."""

    content_block: ContentBlock
    index: int


class RawContentBlockDeltaEvent(RawMessageStreamEvent, tag="content_block_delta"):
    """A block grows."""

    delta: ContentBlockDelta
    index: int


class RawContentBlockStopEvent(RawMessageStreamEvent, tag="content_block_stop"):
    """A block is whole."""

    index: int


class RawMessageDeltaEvent(RawMessageStreamEvent, tag="message_delta"):
    """Why the answer ended, and its tokens so far."""

    delta: Delta
    usage: MessageDeltaUsage


class RawMessageStopEvent(RawMessageStreamEvent, tag="message_stop"):
    """The answer is whole."""
