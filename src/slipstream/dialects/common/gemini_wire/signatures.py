"""Thought signatures: what Google wants back on the very part that carried it (WIRE section 5.1).

On a call the signature is kept where Google's own OpenAI-compatible endpoint has it, `extra_content.google` of
`ToolCall.metadata`, so that a conversation can move between the two, and a chat client of ours can send it back. On a
thought it stands in `ReasoningEnd.details`; not in `.signature`, which Anthropic would take for its own and refuse. A
text block has no place for one, and ends with an empty thought that holds it: in a stream Google itself sends the
signature of a text as an empty part behind it.

The other way round, what other providers want back travels through a client of this dialect as a signature, too: every
client keeps one and sends it back. It begins with a mark that no signature of Google's has.
"""

from __future__ import annotations

import base64
from typing import Any, Final

import msgspec

from slipstream.dialects.common.gemini_wire.chunks import data_of
from slipstream.events import ReasoningEnd

KIND: Final = "google.thought_signature"
"""`type` of our entry in `ReasoningEnd.details`."""

_MARK: Final = b"\x00slipstream\x00"

SKIP: Final = base64.b64encode(b"skip_thought_signature_validator").decode()
"""What Google documents for a call that another model made: https://ai.google.dev/gemini-api/docs/thought-signatures"""

Proof = tuple[str | None, str | None, list[Any] | None]
"""`signature`, `redacted` and `details` of a `ReasoningEnd` or a `ReasoningPart`."""


def entry(signature: str, on: str, characters: int) -> dict[str, Any]:
    """The entry of `details` for a signature.

    Args:
        signature: as Google sent it.
        on: `thought` or `text`: what kind of part carried it.
        characters: the length of the text in that part, which is the end of the block before.
    """
    found: dict[str, Any] = {"type": KIND, "thoughtSignature": signature, "on": on}
    return {**found, "characters": characters} if characters else found


def own_entry(details: list[Any] | None) -> dict[str, Any] | None:
    """Our entry in `details`, if Google made this thought."""
    for found in details or ():
        if isinstance(found, dict) and found.get("type") == KIND and isinstance(found.get("thoughtSignature"), str):
            return found
    return None


def of_call(metadata: dict[str, Any] | None) -> str | None:
    """The signature in a call's metadata, in any of the places it is known to stand in."""
    wire = metadata or {}
    extra = wire.get("extra_content")
    google = extra.get("google") if isinstance(extra, dict) else None
    found = google.get("thought_signature") if isinstance(google, dict) else wire.get("thoughtSignature")
    return found if isinstance(found, str) and found else None


def metadata_of(signature: str) -> dict[str, Any] | None:
    """The metadata of a call whose part had this signature."""
    if not signature:
        return None
    foreign = unpack(signature)
    if isinstance(foreign, dict):
        return foreign
    return {"extra_content": {"google": {"thought_signature": signature}}}


def proof_of(signature: str, on: str, characters: int) -> Proof:
    """What a thought with this signature has to be echoed with."""
    foreign = unpack(signature)
    if isinstance(foreign, list) and len(foreign) == 3:
        return foreign[0], foreign[1], foreign[2]
    return None, None, [entry(signature, on, characters)]


def signature_of(end: ReasoningEnd) -> tuple[str, str] | None:
    """The signature that tells a client of Google's dialect what must come back with this thought; and on which kind of
    part."""
    own = own_entry(end.details)
    if own is not None:
        return own["thoughtSignature"], "text" if own.get("on") == "text" else "thought"
    if end.signature or end.redacted or end.details:
        return pack([end.signature, end.redacted, end.details]), "thought"
    return None


def signature_of_call(metadata: dict[str, Any] | None) -> str | None:
    """The same for a call."""
    return of_call(metadata) or (pack(metadata) if metadata else None)


def pack(value: Any) -> str:
    """What another provider wants back, as a signature."""
    try:
        return base64.b64encode(_MARK + msgspec.json.encode(value, enc_hook=repr)).decode()
    except UnicodeEncodeError:
        return ""  # a lone surrogate; no provider signs one


def unpack(signature: str) -> Any:
    """What we packed; None for a signature of Google's. Google's SDK sends base64 back in the other alphabet."""
    data = data_of(signature)
    if data is None or not data.startswith(_MARK):
        return None
    try:
        return msgspec.json.decode(data.removeprefix(_MARK))
    except (ValueError, RecursionError):
        return None
