"""The events of the `.stream()` helper that say more than the wire's own, by the SDK's names."""

from __future__ import annotations

from typing import Final

from slipstream.client.sdk.declaring import Row, declare, declare_plain
from slipstream.client.sdk.response_whole import ParsedResponse
from slipstream.client.sdk.wire import Tagged


class HelperEvent(Tagged):
    """The base of the family."""

    type: str


MENTIONED: Final = (ParsedResponse,)
"""What the rows below mention."""

_LOGPROBS: Final = {"LogprobTopLogprob": "token logprob", "Logprob": "token logprob top_logprobs:LogprobTopLogprob[]"}
_EVENTS: Final[dict[str, Row]] = {
    "response.output_text.delta": (
        "ResponseTextDeltaEvent",
        "content_index delta item_id logprobs:Logprob[] output_index sequence_number type snapshot",
    ),
    "response.output_text.done": (
        "ResponseTextDoneEvent",
        "content_index item_id logprobs:Logprob[] output_index sequence_number text type parsed",
    ),
    "response.function_call_arguments.delta": (
        "ResponseFunctionCallArgumentsDeltaEvent",
        "delta item_id output_index sequence_number type snapshot",
    ),
    "response.completed": ("ResponseCompletedEvent", "response:ParsedResponse sequence_number type"),
}
declare_plain(globals(), _LOGPROBS)
declare(globals(), HelperEvent, _EVENTS)
