"""What a client of ours wants, read from its request; and how it wants to be told."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from slipstream.dialects.common.request import Request


class Reply(Struct, frozen=True, kw_only=True):
    """How one answer is to be told.

    Args:
        model: the model's name to show; "" shows the one that answers.
        id: the answer's id where the one who answers tells none; "" makes none up.
        created: seconds since the epoch, where the one who answers tells none.
        include_usage: False leaves out a usage that this dialect gives only when asked.
        version: the version of the dialect that the client knows, where fields were added over time (`ui`: "5", "6" or
            "7"); "" is the oldest, which every client takes.
        ids: a name for the stream; the frames of event number `n` (from 1) then end with the SSE id `<ids>-<n>`, from
            which a reader can resume. "" writes no ids. Offsets stand there and never in the JSON: the AI SDK's
            clients check every part of its UI message stream against a strict schema
            (ai-sdk.dev/docs/ai-sdk-ui/stream-protocol).
        options: what else this dialect's client asked for, by the dialect's own names.
    """

    model: str = ""
    id: str = ""
    created: int = 0
    include_usage: bool = True
    version: str = ""
    ids: str = ""
    options: dict[str, Any] = field(default_factory=dict)


class Asked(Struct, frozen=True, kw_only=True):
    """A request body, read.

    Args:
        request: what is asked, in neutral form; `request.stream` says whether a stream is wanted, with the dialect's
            own default; `request.model` is "" where the dialect's body names none.
        reply: how the answer is to be told.
        own: fields of the dialect that have no neutral form, as they came. They are sent on to a provider that speaks
            the same dialect; for any other the gateway names them to the client as ignored.
        chat: the client's id of the conversation (`ui`: `id`, `ag_ui`: `threadId`), or "".
    """

    request: Request
    reply: Reply = Reply()
    own: dict[str, Any] = field(default_factory=dict)
    chat: str = ""
