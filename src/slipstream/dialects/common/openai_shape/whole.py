"""A whole, not streamed answer of this shape: the body of a folded `Message`."""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common.openai_shape import forms
from slipstream.dialects.common.openai_shape.customs import call_wire
from slipstream.dialects.common.openai_shape.frames import written
from slipstream.dialects.common.openai_shape.proofs import Proof, entries_of, plain_entry
from slipstream.dialects.common.openai_shape.style import Style
from slipstream.dialects.common.reply import Reply
from slipstream.events import Choice, File, Message, ToolCall

STAMPED: Final = ("system_fingerprint", "service_tier", "provider", "request_id", "x_groq")


def whole(message: Message, reply: Reply, style: Style) -> bytes:
    """The body.

    Args:
        message: the answer; it may be cut, and then the finish reason is the provider's word for a cut and the error
            stands in the choice.
        reply: how it is to be told.
        style: the provider's words.
    """
    wire: dict[str, Any] = {
        "id": message.id or reply.id,
        "object": "chat.completion",
        "created": reply.created if message.created is None else message.created,
        "model": reply.model or message.model,
        "choices": [_choice(choice, message, reply, style) for choice in message.choices],
    }
    if message.usage is not None:
        wire["usage"] = forms.usage_wire(message.usage)
    if style.web_search:
        found = [forms.found_on_the_web(source) for source in message.sources if source.url]
        wire |= {"web_search": found} if found else {}
    return written(wire | {name: message.metadata[name] for name in STAMPED if message.metadata.get(name)})


def _choice(choice: Choice, message: Message, reply: Reply, style: Style) -> dict[str, Any]:
    legacy = bool(reply.options.get("functions"))
    reason = choice.finish_reason or "interrupted"  # nobody has said that it is whole
    word = style.finish(reason, choice.raw_finish_reason, retracted=choice.retracted)
    if legacy and word == "tool_calls":
        word = "function_call"
    logprobs = forms.logprobs_wire(choice.logprobs) if choice.logprobs else None
    wire = {
        "index": choice.index,
        "message": _message(choice, message, style, legacy=legacy),
        "logprobs": logprobs,
        "finish_reason": word,
    }
    return wire | ({"error": style.error(message.error, "")} if message.error is not None else {})


def _message(choice: Choice, message: Message, style: Style, *, legacy: bool) -> dict[str, Any]:
    calls = _calls(choice)
    spoken = forms.spoken_blocks(message.metadata)
    said = "".join(block.text for block in choice.blocks if block.kind == "text" and block.id not in spoken)
    media = _media(choice, message, spoken)
    wire: dict[str, Any] = {"role": "assistant"}
    wire["content"] = said or (None if calls or choice.refusal or choice.text else "")
    wire["refusal"] = choice.refusal or None
    wire |= _thinking(choice)
    if calls and legacy:
        wire["function_call"] = {"name": calls[0].name, "arguments": calls[0].arguments}
    elif calls:
        wire["tool_calls"] = [{"id": call.id, **call_wire(call)} for call in calls]
    sources = [] if style.web_search else [source for source in choice.sources if source.url]
    if sources:
        wire["annotations"] = [forms.citation(source, index) for index, source in enumerate(sources)]
    return wire | media


def _thinking(choice: Choice) -> dict[str, Any]:
    blocks = [block for block in choice.blocks if block.kind == "reasoning"]
    text = "".join(block.text for block in blocks)
    wire: dict[str, Any] = {"reasoning_content": text} if text else {}
    entries: list[dict[str, Any]] = []
    proven = False
    for block in blocks:
        proof = Proof(block.text, block.signature, block.redacted, block.details)
        found = entries_of(proof, len(entries))
        proven = proven or bool(found)
        # All blocks or none: a client that gets details takes the text from there.
        entries += found or ([{**plain_entry(block.text), "index": len(entries)}] if block.text else [])
    return wire | ({"reasoning_details": entries} if proven else {})


def _calls(choice: Choice) -> list[ToolCall]:
    """The complete calls that the client is to run; those with a result have been run."""
    run = {result.id for result in choice.tool_results}
    return [call for call in choice.tool_calls if not call.provider_executed and call.id not in run]


def _media(choice: Choice, message: Message, spoken: frozenset[str]) -> dict[str, Any]:
    pictures = [file for file in choice.files if forms.is_picture(file)]
    sounds = [file for file in choice.files if forms.is_sound(file)]
    transcript = "".join(block.text for block in choice.blocks if block.kind == "text" and block.id in spoken)
    wire: dict[str, Any] = {}
    if pictures:
        wire["images"] = [forms.picture(file, index) for index, file in enumerate(pictures)]
    if sounds or transcript:
        wire["audio"] = {**_sound(sounds, message.metadata.get("audio")), "transcript": transcript}
    return wire


def _sound(sounds: list[File], known: Any) -> dict[str, Any]:
    """The sound, whole. Its clients demand a number for when it expires; 0 where nobody said."""
    known = known if isinstance(known, dict) else {}
    id = next((file.id for file in sounds if file.id), known.get("id"))
    expires = known.get("expires_at")
    return {
        "id": id if isinstance(id, str) else "",
        "data": forms.sound(b"".join(file.data for file in sounds)),
        "expires_at": expires if type(expires) is int else 0,
    }
