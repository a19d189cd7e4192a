"""The events that Anthropic's `messages.stream()` helper adds to those of the wire, by the SDK's names."""

from __future__ import annotations

from typing import Any

from slipstream.client.sdk.message_objects import (
    Citation,
    ContentBlock,
    Message,
    RawContentBlockStopEvent,
    RawMessageStopEvent,
)
from slipstream.client.sdk.wire import WireObject


class TextEvent(WireObject):
    """A piece of text, and the text of its block so far."""

    type: str
    text: str
    snapshot: str


class ThinkingEvent(WireObject):
    """A piece of thinking, and all of its block so far."""

    type: str
    thinking: str
    snapshot: str


class SignatureEvent(WireObject):
    """The signature of a block of thinking."""

    type: str
    signature: str


class InputJsonEvent(WireObject):
    """A piece of a call's arguments, and their value so far."""

    type: str
    partial_json: str
    snapshot: Any


class CitationEvent(WireObject):
    """Something the text cites, and all its block has cited so far."""

    type: str
    citation: Citation
    snapshot: list[Citation]


class ContentBlockStopEvent(RawContentBlockStopEvent):
    """A block is whole; `content_block` is it."""

    content_block: ContentBlock


class MessageStopEvent(RawMessageStopEvent):
    """The answer is whole; `message` is it."""

    message: Message
