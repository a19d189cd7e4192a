"""What stands in `providerMetadata`: the proofs of thinking and of calls, which the client keeps and sends back.

We write under one name of our own, so that what comes back is what went out whoever made it. From the histories of
other servers, Anthropic's form is read as well (`@ai-sdk/anthropic`: `signature`, `redactedData`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slipstream.events import ReasoningEnd

OWN: Final = "slipstream"

Proof = tuple[str | None, str | None, list[Any] | None]
"""`signature`, `redacted` and `details` of a block of thinking."""


def proof_metadata(end: ReasoningEnd) -> dict[str, Any] | None:
    """The `providerMetadata` of a block of thinking, or None if there is nothing to echo."""
    fields = {"signature": end.signature, "redacted": end.redacted, "details": end.details}
    found = {key: value for key, value in fields.items() if value is not None}
    return {OWN: found} if found else None


def proof_of(metadata: Any) -> Proof:
    """The proof in a `providerMetadata`."""
    own = owned(metadata)
    if own:
        details = own.get("details")
        return _text(own.get("signature")), _text(own.get("redacted")), details if isinstance(details, list) else None
    anthropic = _under(metadata, "anthropic")
    return _text(anthropic.get("signature")), _text(anthropic.get("redactedData")), None


def owned(metadata: Any) -> dict[str, Any]:
    """What stands under our own name."""
    return _under(metadata, OWN)


def call_metadata(metadata: Any) -> dict[str, Any] | None:
    """What a call's provider wants back with it, or None."""
    return owned(metadata) if isinstance(metadata, Mapping) and OWN in metadata else None


def foreign(metadata: Any) -> dict[str, Any]:
    """What stands under other names than those that are read here."""
    if not isinstance(metadata, Mapping):
        return {}
    return {key: value for key, value in metadata.items() if key not in (OWN, "anthropic")}


def _under(metadata: Any, name: str) -> dict[str, Any]:
    found = metadata.get(name) if isinstance(metadata, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
